"""JSON of other people's making: what cannot be read in one way is null.

Names and notes of people travel beside the few fields that are used. RFC 8259 leaves repeated names
open (4) and asks for UTF-8 (8.1), and not every sender keeps to it: what nobody needs must not cost
the rest. What is needed is there, then, but says nothing, which is not the same as absent.
"""

from __future__ import annotations

import json
import re
from typing import Any

# What `surrogateescape` (PEP 383) makes of a byte that is not UTF-8.
_UNDECODED = re.compile("[\udc80-\udcff]")
_MOST_DIGITS = 1_000
Pairs = list[tuple[str, Any]]


def read_lenient(body: bytes) -> Any:
    """Return the value of JSON in which texts that are not UTF-8 are null.

    Members whose names are not are left out. Raises ValueError, RecursionError.
    """
    text = body.decode("utf-8", errors="surrogateescape")
    return json.loads(text, object_pairs_hook=_legible, parse_int=_integer, strict=False)


def null_members(body: bytes) -> set[str]:
    """Return the names of the members of a JSON object that are null wherever they stand in it.

    What `read_lenient` makes null is not one of them. Raises as `read_lenient`.
    """
    text = body.decode("utf-8", errors="surrogateescape")
    pairs: Pairs = json.loads(text, object_pairs_hook=list, parse_int=_integer, strict=False)
    return {name for name, _ in pairs} - {name for name, value in pairs if value is not None}


def _integer(digits: str) -> int | None:
    """Return a whole number; None for one longer than Python reads (4,300 digits)."""
    return int(digits) if len(digits) <= _MOST_DIGITS else None


class NameRepeated(ValueError):
    """An object has two members of one name (RFC 8259 4 leaves open which one counts)."""


def unrepeated(pairs: Pairs) -> dict[str, Any]:
    """Return an object's members (for `object_pairs_hook`); raises NameRepeated."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise NameRepeated
    return members


def agreed(pairs: Pairs) -> dict[str, Any]:
    """Return an object's members (for `object_pairs_hook`); one that contradicts itself is null."""
    members = dict(pairs)
    if len(members) < len(pairs):
        for name, value in pairs:
            if repr(members[name]) != repr(value):  # 1 is not true, and NaN is NaN
                members[name] = None
    return members


def _legible(pairs: Pairs) -> dict[str, Any]:
    """Return what `agreed` does, with null for what was not decoded."""
    members = agreed(pairs)
    return {n: v if _is_legible(v) else None for n, v in members.items() if _is_legible(n)}


def _is_legible(value: object) -> bool:
    """Tell whether a value was decoded; objects inside it have been seen to."""
    if isinstance(value, list):
        return all(_is_legible(item) for item in value)
    return not isinstance(value, str) or _UNDECODED.search(value) is None
