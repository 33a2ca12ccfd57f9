"""Reading what vendors send: JSON objects, and the values in them, whatever stands in their place.

A vendor reads a value in one line; what is not of the expected form is None, or an empty object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from proxy.lenient_json import agreed, read_lenient
from proxy.vendors.part import CallbackUnreadable

_ID = re.compile(r"[0-9A-Za-z_-]{1,60}", re.ASCII)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_URL = re.compile(r"https?://[!-~]+", re.ASCII)
_MAX_INTEGER = 2**53
_LAST_SECOND = 253_402_300_799  # of the year 9999


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


def as_object(value: object) -> dict[str, Any]:
    """Return `value` when it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_text(value: object) -> str | None:
    """Return `value` when it is a text, as it is: for what is compared, not shown."""
    return value if isinstance(value, str) else None


def as_id(value: object) -> str | None:
    """Return `value` when it is an id that can stand in a path: 60 letters, digits, `_` and `-`."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def as_uuid(value: object) -> str | None:
    """Return a UUID in its usual text form (36 characters, lower case), else None."""
    return value.lower() if isinstance(value, str) and _UUID.fullmatch(value) else None


def as_url(value: object) -> str | None:
    """Return `value` when it is an http(s) address in printable ASCII (RFC 3986), else None."""
    return value if isinstance(value, str) and _URL.fullmatch(value) else None


def as_integer(value: object) -> int | None:
    """Return `value` when it is a whole number of at most 2^53 either way, else None."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) <= _MAX_INTEGER else None


def as_unix_time(value: object) -> datetime | None:
    """Return the time that whole seconds since 1970 stand for, up to the year 9999, else None."""
    seconds = as_integer(value)
    if seconds is None or not 0 <= seconds <= _LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def as_word(value: object) -> str:
    """Return a short vendor word such as MANIPULATED_DOCUMENT, cleaned, or "UNKNOWN".

    For what is shown, and never for what is compared: `APPROVED?` is another word.
    """
    text = value if isinstance(value, str) else ""
    return re.sub(r"[^A-Za-z0-9_ .-]", "", text)[:64] or "UNKNOWN"
