"""JSON objects that vendors post: what cannot be read in one way is not told.

Other people's names and notes travel beside the few fields that are read. RFC 8259 leaves repeated
names open (4) and asks for UTF-8 (8.1), and senders keep neither rule always: what nobody needs
must not cost the rest, and what is needed must not depend on who reads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from proxy.vendor import CallbackUnreadable

# What `surrogateescape` (PEP 383) makes of a byte that is not UTF-8.
_UNDECODED = re.compile("[\udc80-\udcff]")
_NOT_JSON = "The body is not JSON."


def read_json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a callback; raises CallbackUnreadable.

    A member that stands twice with different values is left out, as if it were not told. `body` is
    without a byte order mark (`proxy.bodies.without_mark`), and UTF-8.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise CallbackUnreadable(_NOT_JSON) from None
    return _object(text, _agreed)


def read_json_members(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a callback of which only a few members count.

    As `read_json_object`, but a member that is not UTF-8 is left out too.
    """
    try:
        return _object(body.decode("utf-8"), _agreed)
    except UnicodeDecodeError:
        return _object(body.decode("utf-8", errors="surrogateescape"), _legible)


def _object(text: str, members: Callable[[list[tuple[str, Any]]], Any]) -> dict[str, Any]:
    try:
        value = json.loads(text, object_pairs_hook=members)
    except (ValueError, RecursionError):
        raise CallbackUnreadable(_NOT_JSON) from None
    if not isinstance(value, dict):
        raise CallbackUnreadable("The body is not a JSON object.")
    return value


def _agreed(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's members without those that contradict themselves."""
    members = dict(pairs)
    if len(members) < len(pairs):
        for name, value in pairs:
            if name in members and repr(members[name]) != repr(value):  # 1 is not True, NaN is NaN
                del members[name]
    return members


def _legible(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's members without those that cannot be decoded either."""
    agreed = _agreed(pairs)
    return {n: v for n, v in agreed.items() if _is_legible(n) and _is_legible(v)}


def _is_legible(value: object) -> bool:
    """Tell whether a value was decoded; objects inside it have lost what was not."""
    if isinstance(value, list):
        return all(_is_legible(item) for item in value)
    return not isinstance(value, str) or _UNDECODED.search(value) is None
