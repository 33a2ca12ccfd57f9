"""The OpenAPI document as tests need it, and the refusals that the product's code states."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Flask

from integrations import ALL
from proxy.operating.contract.composition import compose
from proxy.problems import KINDS
from proxy.vendors.part import CalledBack, Parts
from tests.documents import everything
from tests.kit.examples import KNOWN
from tests.source_tree import PRODUCT, parse, python_files

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
Json = dict[str, Any]
_UNPROVEN = "signature-invalid"


def read_contract() -> Json:
    """Return the document of all that there is."""
    return dict(everything().contract)


def contracts_of_each(parts: Parts) -> Iterator[Json]:
    """Iterate over the documents of each vendor alone, which name its own answers and no others."""
    known = {one.name: one for one in (*ALL, *KNOWN)}
    for name in dict.fromkeys(part.name for part in parts):
        own = Parts(part for part in parts if part.name == name)
        yield compose([known[name]], own, "/api", link_pages=True)


def served_contract(app: Flask) -> Json:
    """Return the document that an app serves: of what is enabled there."""
    document: Json = app.test_client().get("/openapi.json").get_json()
    return document


def resolve(contract: Json, value: Json) -> Json:
    """Return `value`, or what it refers to; raises KeyError for a reference that leads nowhere."""
    while "$ref" in value:
        target: Any = contract
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        value = target
    return value


def operations(contract: Json) -> Iterator[tuple[str, str, Json]]:
    """Iterate over path, method (in capitals) and operation.

    A path with `{vendor}` comes once for each vendor that the document names there.
    """
    for path, item in contract["paths"].items():
        for method in METHODS:
            if method in item:
                for vendor in vendors_of(item[method]) or ("",):
                    yield path.replace("{vendor}", vendor), method.upper(), item[method]


def vendors_of(operation: Json) -> tuple[str, ...]:
    """Return the vendors for which an operation is routed, none for one without `{vendor}`."""
    found = [
        p for p in operation["parameters"] if (p.get("in"), p.get("name")) == ("path", "vendor")
    ]
    return tuple(found[0]["schema"]["enum"]) if found else ()


def path_of_rule(rule: str) -> str:
    """Return a Flask rule in OpenAPI's notation: `/a/<b>` is `/a/{b}`."""
    return re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule)


def documented_answers(contract: Json, operation: Json) -> dict[int, Json]:
    """Return an operation's answers by status."""
    responses = operation["responses"].items()
    return {int(status): resolve(contract, response) for status, response in responses}


def problem_codes(response: Json) -> frozenset[str]:
    """Return the problem codes that an answer may carry; none for an answer that is no problem."""
    content = response.get("content", {}).get("application/problem+json")
    if content is None:
        return frozenset()
    return frozenset(content["schema"]["allOf"][1]["properties"]["code"]["enum"])


def fits(contract: Json, schema: Json, value: Any) -> bool:
    """Tell whether a value fits, by the few keywords that the document uses on its objects."""
    schema = resolve(contract, schema)
    alternatives = schema.get("oneOf", [schema])
    if "oneOf" in schema:
        return [fits(contract, one, value) for one in alternatives].count(True) == 1
    if "anyOf" in schema:
        return any(fits(contract, one, value) for one in schema["anyOf"])
    if not all(fits(contract, part, value) for part in schema.get("allOf", ())):
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, list) and "items" in schema:
        return all(fits(contract, schema["items"], item) for item in value)
    if not isinstance(value, dict) or "properties" not in schema:
        return True
    known = schema["properties"]
    is_open = schema.get("additionalProperties", True)
    return (
        set(schema.get("required", ())) <= set(value)
        and bool(is_open or set(value) <= set(known))
        and all(fits(contract, known[name], value[name]) for name in known if name in value)
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """A problem as the product states it: its row of the table, or one call that deviates."""

    code: str
    status: int
    detail: str


def stated_refusals(parts: Parts) -> set[Refusal]:
    """Return the table's rows, and what calls of `Problem` with fixed texts say instead.

    Those of a callback without proof are in the words of the parts.
    """
    rows = {Refusal(code, kind.status, kind.detail) for code, kind in KINDS.items()}
    own = {
        Refusal(_UNPROVEN, part.refusal_status, part.refusal_detail or KINDS[_UNPROVEN].detail)
        for part in parts.of(CalledBack)
    }
    return rows | own | _deviating()


@cache
def _deviating() -> frozenset[Refusal]:
    calls = (call for path in python_files(*PRODUCT) for call in _problem_calls(parse(path)))
    return frozenset(refusal for call in calls if (refusal := _refusal(call)) is not None)


def refusal_statuses(parts: Parts) -> dict[str, set[int]]:
    """Return the statuses under which each code is answered."""
    statuses: dict[str, set[int]] = {}
    for refusal in stated_refusals(parts):
        statuses.setdefault(refusal.code, set()).add(refusal.status)
    return statuses


def _problem_calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Problem")):
                yield node


def _refusal(call: ast.Call) -> Refusal | None:
    """Read a call; None where its code is not a text that stands there."""
    code, *detail = [_constant(argument) for argument in call.args]
    if not isinstance(code, str):
        return None
    named = {keyword.arg: _constant(keyword.value) for keyword in call.keywords}
    kind = KINDS[code]
    text = detail[0] if detail and isinstance(detail[0], str) else kind.detail
    return Refusal(code, int(named.get("status") or kind.status), text)


def _constant(node: ast.expr) -> Any:
    return node.value if isinstance(node, ast.Constant) else None
