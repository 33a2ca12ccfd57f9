"""What a request asks for: its query parameters and the keys of its body, strictly.

What is unknown, of another type or missing is refused with the code for it
(sharetribe.com/api-reference, "API error codes", read 2026-11-30). Query parameters may be written
with underscores as well, such as `listing_id`: Sharetribe's own template does so.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import request

from sandbox.sharetribe.messages import ApiError, request_body

Reader = Callable[[Any], Any]
"""Returns what a value means; raises ValueError for one that is not allowed."""

EXTENDED = re.compile(r"(pub|priv|prot|meta)_[A-Za-z0-9_-]+")
_SHAPING = re.compile(r"include|expand|(fields|limit|imageVariant)\..+")
MOST_PER_PAGE = 100


def read_query(
    readers: Mapping[str, Reader], required: tuple[str, ...] = (), *, extended: bool = False
) -> dict[str, Any]:
    """Return what the query parameters mean, but for those that shape the answer.

    Parameters for extended data, such as `pub_skill`, are text as it came, where `extended`.
    Raises ApiError.
    """
    given: dict[str, Any] = {}
    for name, value in request.args.items():
        if not _SHAPING.fullmatch(name):
            given[name if EXTENDED.fullmatch(name) else _camel(name)] = value
    known = dict(readers)
    if extended:
        known |= {name: text for name in given if EXTENDED.fullmatch(name)}
    return _checked(given, known, required)


def read_body(readers: Mapping[str, Reader], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what the keys of the body mean; raises ApiError."""
    return _checked(request_body(), readers, required)


def read_values(
    given: Mapping[str, Any], readers: Mapping[str, Reader], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return what those of `given` mean that have a reader; raises ApiError.

    For objects in which Sharetribe overlooks what it does not know.
    """
    known = {name: value for name, value in given.items() if name in readers}
    return _checked(known, readers, required)


def text(value: Any) -> str:
    """Read any text."""
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def uuid(value: Any) -> str:
    """Read a uuid, in lower case."""
    if not is_uuid(value):
        raise ValueError("no uuid")
    return str(value).lower()


def is_uuid(value: object) -> bool:
    """Tell whether a value is a uuid in its canonical text form."""
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def truth(value: Any) -> bool:
    """Read true or false, as JSON or as a query has it."""
    words = {"true": True, "false": False}
    if isinstance(value, bool):
        return value
    if value not in words:
        raise ValueError("neither true nor false")
    return words[value]


def whole(least: int = 0, most: int | None = None) -> Reader:
    """Return a reader of a whole number, as JSON or as a query has it."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError("no whole number")
        number = int(value)
        if number < least or (most is not None and number > most):
            raise ValueError("out of bounds")
        return number

    return read


def mapping(value: Any) -> dict[str, Any]:
    """Read a JSON object."""
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


def moment(value: Any) -> datetime:
    """Read a moment in time, which names its distance to UTC, or a date, which is in UTC."""
    found = datetime.fromisoformat(text(value))
    if found.tzinfo is None:
        if len(value) > len("2026-11-30"):
            raise ValueError("no time zone")
        found = found.replace(tzinfo=UTC)
    return found.astimezone(UTC)


def money(value: Any) -> tuple[int, str]:
    """Read `{"amount": …, "currency": …}`: the amount, which may be negative, and the currency."""
    if not isinstance(value, dict) or set(value) != {"amount", "currency"}:
        raise ValueError("no money")
    amount, currency = value["amount"], value["currency"]
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise ValueError("no amount")
    if not re.fullmatch("[A-Z]{3}", text(currency)):
        raise ValueError("no currency")
    return amount, currency


def one_of(*words: str) -> Reader:
    """Return a reader of one of `words`."""

    def read(value: Any) -> str:
        if value not in words:
            raise ValueError("none of the words")
        return str(value)

    return read


def several(reader: Reader) -> Reader:
    """Return a reader of a list, which a query has with commas."""

    def read(value: Any) -> list[Any]:
        values = value.split(",") if isinstance(value, str) else value
        if not isinstance(values, list):
            raise ValueError("no list")
        return [reader(one) for one in values]

    return read


def nullable(reader: Reader) -> Reader:
    """Return a reader of null as well."""
    return lambda value: None if value is None else reader(value)


PAGES: Mapping[str, Reader] = {"page": whole(1), "perPage": whole(1, MOST_PER_PAGE)}
"""The readers of a query that answers in pages."""


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def _checked(
    given: Mapping[str, Any], readers: Mapping[str, Reader], required: tuple[str, ...]
) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in given.items():
        if name not in readers:
            raise ApiError(400, "validation-disallowed-key", name)
        try:
            read[name] = readers[name](value)
        except (ValueError, TypeError) as error:
            raise ApiError(400, "validation-invalid-value", name) from error
    for name in required:
        if name not in read:
            raise ApiError(400, "validation-missing-key", name)
    return read
