"""Checks on the fields of a JSON body, put together like the tables in a documentation.

A check takes a value and the path of its field, and yields what is wrong.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; `field` is a path such as `items[0].price`."""

    field: str
    message: str

    def __str__(self) -> str:
        """Return both as a sentence."""
        return f"{self.field} {self.message}".strip()


Check = Callable[[object, str], Iterator[FieldError]]


def text(value: object, path: str) -> Iterator[FieldError]:
    """Check that `value` is a string."""
    if not isinstance(value, str):
        yield FieldError(path, f"{shown(value)} is not a string")


def short_text(limit: int, least: int = 1, *, printable: bool = False) -> Check:
    """Return a check for a string of `least` to `limit` characters, `printable` ones if told so."""

    def check(value: object, path: str) -> Iterator[FieldError]:
        if not isinstance(value, str):
            yield from text(value, path)
        elif not least <= len(value) <= limit:
            yield FieldError(path, f"must have {least} to {limit} characters")
        elif printable and not value.isprintable():
            yield FieldError(path, "must not contain control characters")

    return check


def one_of(*choices: str | int) -> Check:
    """Return a check for one of `choices`."""

    def check(value: object, path: str) -> Iterator[FieldError]:
        if isinstance(value, bool) or not isinstance(value, str | int) or value not in choices:
            yield FieldError(path, f"{shown(value)} is not one of {', '.join(map(str, choices))}")

    return check


def whole_number(least: int, most: int) -> Check:
    """Return a check for a JSON integer from `least` to `most`."""

    def check(value: object, path: str) -> Iterator[FieldError]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield FieldError(path, f"{shown(value)} is not an integer")
        elif not least <= value <= most:
            yield FieldError(path, f"must be {least} to {most}")

    return check


def flag(value: object, path: str) -> Iterator[FieldError]:
    """Check that `value` is true or false."""
    if not isinstance(value, bool):
        yield FieldError(path, f"{shown(value)} is not a boolean")


def matching(judge: Callable[[str], bool], wanted: str) -> Check:
    """Return a check for a string about which `judge` is content; `wanted` says what that is."""

    def check(value: object, path: str) -> Iterator[FieldError]:
        if not isinstance(value, str) or not judge(value):
            yield FieldError(path, f"{shown(value)} is not {wanted}")

    return check


def any_object(most_bytes: int | None = None) -> Check:
    """Return a check for a JSON object, whatever is in it, of at most so many bytes."""

    def check(value: object, path: str) -> Iterator[FieldError]:
        if not isinstance(value, dict):
            yield FieldError(path, "is not an object")
        elif most_bytes and len(json.dumps(value, ensure_ascii=False).encode()) > most_bytes:
            yield FieldError(path, f"must not exceed {most_bytes // 1024} kilobytes")

    return check


def nothing(reason: str) -> Check:
    """Return a check that refuses every value for `reason`."""

    def check(_: object, path: str) -> Iterator[FieldError]:
        yield FieldError(path, reason)

    return check


def list_of(element: Check, least: int = 0) -> Check:
    """Return a check for a JSON array of at least so many elements that all pass `element`."""

    def check(value: object, path: str) -> Iterator[FieldError]:
        if not isinstance(value, list) or len(value) < least:
            yield FieldError(path, "is not an array" if least == 0 else "is not a non-empty array")
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
    """A check for an object with these fields and no others.

    With `null_is_unset`, null leaves an optional field unset; else it is a wrong type.
    """

    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)
    null_is_unset: bool = True

    def __call__(self, value: object, path: str = "") -> Iterator[FieldError]:
        """Yield what is wrong with `value`, found at `path`."""
        if not isinstance(value, dict):
            yield FieldError(path, "is not an object")
            return
        prefix = f"{path}." if path else ""
        for name in self.required:
            if name not in value or (self.null_is_unset and value[name] is None):
                yield FieldError(f"{prefix}{name}", "is missing")
        for name, item in value.items():
            check = self.required.get(name) or self.optional.get(name)
            if check is None:
                yield FieldError(f"{prefix}{name[:50]}", "is unknown")
            elif not (self.null_is_unset and item is None):
                yield from check(item, f"{prefix}{name}")


def shown(value: object) -> str:
    """Return a value as a refusal repeats it: cut short."""
    return repr(value)[:60]
