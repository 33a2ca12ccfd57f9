"""One operation of several vendors: what each says of it, put together."""

from __future__ import annotations

from typing import Any

from proxy.operating.contract.refusals import as_answer, merged

Json = dict[str, Any]
_REQUEST_ID = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
_RENEWED = {"Set-Cookie": {"$ref": "#/components/headers/RenewedSession"}}


def add(operation: Json, vendor: str, said: Json) -> None:
    """Add to an operation what one vendor says of it."""
    if "description" in said:
        told = f"{vendor}: {said['description']}"
        operation["description"] = "\n\n".join(filter(None, (operation.get("description"), told)))
    for field in ("parameters", "security", "refusals"):
        operation.setdefault(field, []).extend(said.get(field, ()))
    _gather(operation.get("requestBody", {}), vendor, said.get("requestBody", {}))
    for status, answer in said.get("responses", {}).items():
        _gather(operation["responses"].setdefault(status, {}), vendor, answer)


def _gather(place: Json, vendor: str, said: Json) -> None:
    """Add a vendor's media types: its schema to the alternatives, its examples under its name."""
    for media_type, told in said.get("content", {}).items():
        content = place.setdefault("content", {}).setdefault(media_type, {"schema": {"anyOf": []}})
        alternatives = content["schema"].get("anyOf")
        if alternatives is not None and told.get("schema") not in (None, *alternatives):
            alternatives.append(told["schema"])
        for name, example in told.get("examples", {}).items():
            content.setdefault("examples", {})[f"{vendor}: {name}"] = example


def finish(operation: Json, refusals: Json) -> Json:
    """Return an operation as OpenAPI has it; `refusals` are all that there are, by name.

    Raises KeyError for a refusal that is not among them.
    """
    operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/RequestId"})
    responses, renewed = operation["responses"], {}
    if {"session": []} in operation["security"]:
        renewed = _RENEWED
    for status, response in responses.items():
        headers = {**_REQUEST_ID, **renewed, **response.pop("headers", {})}
        told = response.pop("description", "As the vendor tells it.")
        responses[status] = {"description": told, "headers": headers, **response}
    several: dict[int, list[Json]] = {}
    for one in [*operation.pop("refusals"), "InternalError"]:
        refusal = {**refusals[one], "name": one} if isinstance(one, str) else one
        several.setdefault(refusal["status"], []).append(refusal)
    for status, same in several.items():
        also = responses.get(str(status), {})
        names = {refusal.get("name") for refusal in same}
        if len(names) == 1 and None not in names and not also:
            responses[str(status)] = {"$ref": f"#/components/responses/{names.pop()}"}
        else:
            answer = as_answer(merged(same))
            answer["content"] |= also.get("content", {})
            responses[str(status)] = answer
    for place in (operation.get("requestBody", {}), *responses.values()):
        for content in place.get("content", {}).values():
            if len(content["schema"].get("anyOf", ())) == 1:
                content["schema"] = content["schema"]["anyOf"][0]
    operation["responses"] = dict(sorted(responses.items()))
    return operation
