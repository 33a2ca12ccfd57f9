"""What the official SDK's types say of an answer: a judge of what the simulator shows.

The types are made from Stripe's description of its API (`stripe` for Python). Their enumerations
are open; here a word has to be one that is documented.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

from stripe import StripeObject
from stripe._object_classes import get_object_class


def flaws(document: dict[str, Any]) -> list[str]:
    """Return where an object differs from its type: unknown, missing, null or of another type."""
    return list(_flaws(document, get_object_class("V1", document["object"]), document["object"]))


def _flaws(document: dict[str, Any], kind: Any, path: str) -> Iterator[str]:
    annotations: dict[str, Any] = inspect.get_annotations(kind)
    known = {
        name: annotation
        for name, annotation in annotations.items()
        if get_origin(annotation) is not ClassVar and not name.startswith("_")
    }
    for name in document.keys() - known.keys():
        yield f"{path}.{name} is unknown"
    for name, annotation in known.items():
        if name in document:
            yield from _differs(document[name], annotation, f"{path}.{name}")
            yield from _inner(document[name], kind._inner_class_types.get(name), f"{path}.{name}")
        elif type(None) not in get_args(annotation):
            yield f"{path}.{name} is missing"


def _inner(value: Any, kind: Any, path: str) -> Iterator[str]:
    for number, one in enumerate(value if isinstance(value, list) else [value]):
        if not isinstance(one, dict):
            continue
        if "object" in one and one["object"] != "list":
            yield from (f"{path}[{number}]: {flaw}" for flaw in flaws(one))
        elif one.get("object") == "list":
            yield from _inner(one["data"], None, path)
        elif kind is not None:
            yield from _flaws(one, kind, path)


def _differs(value: Any, annotation: Any, path: str) -> Iterator[str]:
    wanted = list(_alternatives(annotation))
    if value is None:
        if type(None) not in wanted:
            yield f"{path} is null"
        return
    words = [get_args(one) for one in wanted if get_origin(one) is Literal]
    if words:
        if not any(value in choices for choices in words):
            yield f"{path} is {value!r}, not one of {words}"
        return
    plain = [one for one in wanted if one in (str, int, float, bool)]
    if plain and len(plain) == len([one for one in wanted if one is not type(None)]):
        fits = any(type(value) is one for one in plain)
        if not fits:
            yield f"{path} is {value!r}, not {plain}"
        return
    objects = [one for one in wanted if one is not type(None)]
    if objects and all(_is_object(one) for one in objects) and not isinstance(value, dict):
        yield f"{path} is {value!r}, not an object"


def _alternatives(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        for one in get_args(annotation):
            yield from _alternatives(one)
    else:
        yield annotation


def _is_object(annotation: Any) -> bool:
    if isinstance(annotation, ForwardRef):
        return not annotation.__forward_arg__.startswith("ExpandableField")
    return isinstance(annotation, type) and issubclass(annotation, StripeObject)
