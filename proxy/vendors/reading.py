"""JSON objects that vendors post, without a byte order mark (`proxy.http.bodies.without_mark`)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from proxy.lenient_json import agreed, read_lenient
from proxy.vendors.part import CallbackUnreadable


def read_whole_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a callback all of which counts.

    A member that stands twice with different values is null. Raises CallbackUnreadable, also for
    what is not UTF-8.
    """
    return _object(body, lambda sent: json.loads(sent.decode("utf-8"), object_pairs_hook=agreed))


def read_lenient_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a callback of which a few members count.

    As `read_whole_object`, but a text that is not UTF-8 is null and costs no more than itself.
    """
    return _object(body, read_lenient)


def _object(body: bytes, read: Callable[[bytes], Any]) -> dict[str, Any]:
    try:
        value = read(body)
    except (ValueError, RecursionError):
        raise CallbackUnreadable("The body is not JSON.") from None
    if not isinstance(value, dict):
        raise CallbackUnreadable("The body is not a JSON object.")
    return value
