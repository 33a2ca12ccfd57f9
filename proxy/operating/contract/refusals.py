"""Refusals, as a few words in the contract's files and as OpenAPI responses in the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from proxy.problems import CONTENT_TYPE, KINDS

Json = dict[str, Any]
_REQUEST_ID = "0f4c1d2e-7a55-4d0b-9f3e-2b6f6f1f9a10"


def merged(refusals: Sequence[Json]) -> Json:
    """Return one refusal with the codes of several, which have one status."""
    codes: dict[str, str | None] = {}
    for refusal in refusals:
        codes = {**_details(refusal), **codes}
    descriptions = dict.fromkeys(refusal["description"] for refusal in refusals)
    together = {key: value for refusal in refusals for key, value in refusal.items() if value}
    return {**together, "description": " ".join(descriptions), "codes": codes}


def _details(refusal: Json) -> dict[str, str | None]:
    """Return the sentence by code, None for the table's own."""
    codes = refusal["codes"]
    return dict(codes) if isinstance(codes, Mapping) else dict.fromkeys(codes)


def as_answer(refusal: Json) -> Json:
    """Return a refusal as an OpenAPI response: headers, schema, and an example of each code.

    `challenge` names the header of a 401; `renews`: the session may be renewed on the way;
    `repeats`: the sentence comes once more as `message`.
    """
    status, details = refusal["status"], _details(refusal)
    headers = {"X-Request-Id": "RequestId"}
    if status in (429, 503):
        headers["Retry-After"] = "RetryAfter"
    if status == 401:
        headers["WWW-Authenticate"] = refusal.get("challenge", "Challenge")
    if status == 405:
        headers["Allow"] = "Allow"
    if refusal.get("renews"):
        headers["Set-Cookie"] = "RenewedSession"
    fixed = {"status": {"const": status}, "code": {"enum": list(details)}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, {"properties": fixed}]}
    repeats = bool(refusal.get("repeats"))
    examples = {
        code: {"value": _example(code, status, detail, repeats=repeats)}
        for code, detail in details.items()
    }
    return {
        "description": refusal["description"],
        "headers": {name: {"$ref": f"#/components/headers/{to}"} for name, to in headers.items()},
        "content": {CONTENT_TYPE: {"schema": schema, "examples": examples}},
    }


def _example(code: str, status: int, detail: str | None, *, repeats: bool) -> Json:
    kind = KINDS[code]
    document = {
        "type": f"urn:echoseal:problem:{code}",
        "title": kind.title,
        "status": status,
        "detail": detail or kind.detail,
        "code": code,
        "requestId": _REQUEST_ID,
        "error": kind.title,
    }
    return {**document, "message": document["detail"]} if repeats else document
