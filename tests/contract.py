"""The OpenAPI document as tests need it: references resolved, and answers by route and method."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.source_tree import ROOT

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
Json = dict[str, Any]


def read_contract() -> Json:
    """Return the document as it stands in the repository."""
    document: Json = json.loads((ROOT / "openapi.json").read_text())
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
    """Iterate over path (as the document writes it), method (in capitals) and operation."""
    for path, item in contract["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method.upper(), item[method]


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
