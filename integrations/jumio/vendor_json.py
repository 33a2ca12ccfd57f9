"""Reading single values of Jumio's answers, whatever stands in their place."""

from __future__ import annotations

import re
from typing import Any


def as_object(value: object) -> dict[str, Any]:
    """Return `value` when it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def web_address(value: object) -> str | None:
    """Return `value` when it is an http(s) address in printable ASCII (RFC 3986), else None."""
    is_address = isinstance(value, str) and re.fullmatch(r"https?://[!-~]+", value)
    return str(value) if is_address else None


def words(value: object) -> str:
    """Return a short vendor word such as MANIPULATED_DOCUMENT, cleaned, or "UNKNOWN"."""
    text = value if isinstance(value, str) else ""
    return re.sub(r"[^A-Za-z0-9_ .-]", "", text)[:64] or "UNKNOWN"
