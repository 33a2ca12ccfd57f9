"""Checks on the fields of a JSON body, put together like the tables in the documentation.

A check takes a value and the path of its field, and yields what is wrong. Data types: "Common Data
Types" in "General Concepts", read 2026-11-20.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.hubrise.refusals import FieldError

Check = Callable[[object, str], Iterator[FieldError]]

# No limits are documented; these keep sums exact and years within what can be converted.
_MONEY = re.compile(r"-?[0-9]{1,9}\.[0-9]{2} (?P<currency>[A-Z]{3})")
_DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")
_LARGEST_COUNT = 9_999
_TIME = re.compile(r"(19|20)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)", re.ASCII)


def text(value: object, path: str) -> Iterator[FieldError]:
    """Check that `value` is a string."""
    if not isinstance(value, str):
        yield FieldError(path, f"{_shown(value)} is not a string")


def short_text(limit: int) -> Check:
    """Return a check for a string of 1 to `limit` characters."""

    def check(value: object, path: str) -> Iterator[FieldError]:
        if not isinstance(value, str):
            yield from text(value, path)
        elif not 1 <= len(value) <= limit:
            yield FieldError(path, f"must have 1 to {limit} characters")

    return check


def one_of(*words: str) -> Check:
    """Return a check for one of `words`."""

    def check(value: object, path: str) -> Iterator[FieldError]:
        if value not in words:
            yield FieldError(path, f"{_shown(value)} is not one of {', '.join(words)}")

    return check


def money(currency: str) -> Check:
    """Return a check for an amount such as `8.90 EUR`, in `currency`."""

    def check(value: object, path: str) -> Iterator[FieldError]:
        amount = _MONEY.fullmatch(value) if isinstance(value, str) else None
        if amount is None:
            yield FieldError(path, f"{_shown(value)} is not a valid monetary amount")
        elif amount["currency"] != currency:
            yield FieldError(path, f"must be in {currency}")

    return check


def decimal(value: object, path: str) -> Iterator[FieldError]:
    """Check that `value` is a decimal in a string, never a JSON number."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        yield FieldError(path, f"{_shown(value)} is not a valid decimal")


def time(value: object, path: str) -> Iterator[FieldError]:
    """Check that `value` is a time such as `2026-08-20T06:42:46+02:00`."""
    try:
        valid = isinstance(value, str) and bool(_TIME.fullmatch(value))
        if valid:
            datetime.fromisoformat(str(value))
    except ValueError:
        valid = False
    if not valid:
        yield FieldError(path, f"{_shown(value)} is not a valid time")


def whole_number(value: object, path: str) -> Iterator[FieldError]:
    """Check that `value` is a JSON integer that can count something."""
    if not isinstance(value, int) or isinstance(value, bool):
        yield FieldError(path, f"{_shown(value)} is not an integer")
    elif not 0 <= value <= _LARGEST_COUNT:
        yield FieldError(path, f"must be 0 to {_LARGEST_COUNT}")


def flag(value: object, path: str) -> Iterator[FieldError]:
    """Check that `value` is true or false."""
    if not isinstance(value, bool):
        yield FieldError(path, f"{_shown(value)} is not a boolean")


def free_object(value: object, path: str) -> Iterator[FieldError]:
    """Check that `value` is a JSON object, whatever is in it."""
    if not isinstance(value, dict):
        yield FieldError(path, "is not an object")


def nothing(reason: str) -> Check:
    """Return a check that refuses every value for `reason`."""

    def check(_: object, path: str) -> Iterator[FieldError]:
        yield FieldError(path, reason)

    return check


def list_of(element: Check) -> Check:
    """Return a check for a JSON array whose elements all pass `element`."""

    def check(value: object, path: str) -> Iterator[FieldError]:
        if not isinstance(value, list):
            yield FieldError(path, "is not an array")
            return
        for position, item in enumerate(value):
            yield from element(item, f"{path}[{position}]")

    return check


def map_of(member: Check) -> Check:
    """Return a check for a JSON object whose members all pass `member`, whatever their names."""

    def check(value: object, path: str) -> Iterator[FieldError]:
        if not isinstance(value, dict):
            yield FieldError(path, "is not an object")
            return
        for name, item in value.items():
            yield from member(item, f"{path}.{name}")

    return check


@dataclass(frozen=True, slots=True)
class Shape:
    """A check for an object with these fields and no others; null leaves an optional one unset."""

    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)

    def __call__(self, value: object, path: str = "") -> Iterator[FieldError]:
        """Yield what is wrong with `value`, found at `path`."""
        if not isinstance(value, dict):
            yield FieldError(path, "is not an object")
            return
        prefix = f"{path}." if path else ""
        for name in self.required:
            if value.get(name) is None:
                yield FieldError(f"{prefix}{name}", "is missing")
        for name, item in value.items():
            check = self.required.get(name) or self.optional.get(name)
            if check is None:
                yield FieldError(f"{prefix}{name[:50]}", "is unknown")
            elif item is not None:
                yield from check(item, f"{prefix}{name}")


def _shown(value: object) -> str:
    return repr(value)[:60]
