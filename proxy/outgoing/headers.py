"""The `Authorization` header of outgoing requests, and what can stand in one."""

from __future__ import annotations

import base64
import re
from typing import TypeGuard

# RFC 6750 2.1 allows less; more could not be sent on as a header, or read again from a cookie.
_TOKEN = re.compile(r"[!-~]{1,4096}")


def is_token(value: object) -> TypeGuard[str]:
    """Tell whether a value from an upstream's answer is a token that can be sent on."""
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def bearer_json(access_token: str) -> dict[str, str]:
    """Return the headers of a JSON request with a bearer token (RFC 6750)."""
    return {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "Authorization": f"Bearer {access_token}",
    }


def basic(user: str, password: str) -> str:
    """Return the value of `Authorization` for basic authentication in UTF-8 (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
