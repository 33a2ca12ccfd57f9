"""Read what a request holds, and believe nothing that can be read in two ways."""

import hmac
import json
from collections.abc import Collection, Iterable
from typing import NoReturn, TypeVar

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
Value = TypeVar("Value")


def json_object(raw: bytes) -> dict[str, object]:
    """Return the JSON object that `raw` is.

    Raises ValueError for what is not UTF-8 (lone surrogates are not), not JSON (NaN and Infinity
    are not), not an object, or an object that gives a member twice.
    """
    try:
        body = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_no_constant
        )
        json.dumps(body, ensure_ascii=False).encode("utf-8")  # fails for lone surrogates
    except (ValueError, RecursionError) as error:
        raise ValueError("The body is not valid JSON") from error
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object")
    return body


def parameters(
    pairs: Iterable[tuple[str, str]], required: Collection[str], optional: Collection[str] = ()
) -> dict[str, str]:
    """Return the parameters of a query or a form.

    Raises ValueError for one that is unknown, repeated, empty or not printable, and for a
    `required` one that is missing.
    """
    given = list(pairs)
    for name, value in given:
        if name not in {*required, *optional}:
            raise ValueError(f"Unknown parameter: {name[:50]!r}")
        if not value or not value.isprintable():
            raise ValueError(f"{name} is empty or has control characters")
    for name in required:
        if name not in dict(given):
            raise ValueError(f"{name} is required")
    try:
        return _distinct(given)
    except ValueError as error:
        raise ValueError("A parameter occurs twice") from error


def same(given: str, expected: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


def _distinct(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member occurs twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
