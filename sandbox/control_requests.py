"""What the control API's requests may hold; anything else is answered 400 with a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import abort, request

Choice = TypeVar("Choice")


def json_object() -> dict[str, Any]:
    """Return the request's body, a JSON object."""
    body = request.get_json()
    if not isinstance(body, dict):
        abort(400, "send a JSON object")
    return body


def text_field(name: str) -> str:
    """Return a field of the request's body that must be a string."""
    value = json_object().get(name)
    if not isinstance(value, str):
        abort(400, f"{name!r} must be a string")
    return value


def number_argument(name: str) -> int:
    """Return a number in the query; 0 where it is absent."""
    value = request.args.get(name, "0")
    return int(value) if value.isascii() and value.isdigit() else abort(400, f"bad {name!r}")


def one_of(choices: tuple[Choice, ...], value: object) -> Choice:
    """Return the one of `choices` that equals `value`."""
    if value not in choices:
        abort(400, f"choose one of {', '.join(map(str, choices))}")
    return choices[choices.index(value)]


@contextmanager
def refusals_as_400() -> Iterator[None]:
    """Answer 400 with the sentence of a ValueError that the block raises."""
    try:
        yield
    except ValueError as refusal:
        abort(400, str(refusal))
