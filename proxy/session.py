"""Who is calling: the marketplace session in a cookie or a bearer token, read and written.

The cookie proves nothing by itself; only the answer of `current_user/show` does. Cookie format:
sharetribe-flex-sdk 1.24.2 (`src/browser_cookie_store.js`, `src/express_cookie_store.js`).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from proxy.problems import Problem

# encodeURIComponent leaves exactly these unescaped (ECMA-262), besides letters and digits.
_URI_COMPONENT_SAFE = "!'()*~-._"
COOKIE_SECONDS = 180 * 24 * 60 * 60  # the refresh token's life: flex-sdk-js CHANGELOG 1.14.0
_MAX_COOKIE_CHARACTERS = 16_384
# An access token goes out in a header, for which servers have limits; real ones have about 450.
_MAX_ACCESS_TOKEN_CHARACTERS = 4_096


@dataclass(frozen=True, slots=True)
class Token:
    """A token of the Authentication API, and the whole object that it came in.

    `stored` is what the SDK keeps in the cookie; keys that we do not know survive in it.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    stored: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A caller's token and where it was found; only cookies are sent by browsers unasked."""

    token: Token
    from_cookie: bool


def read_credentials(
    client_id: str, cookies: Mapping[str, str], authorization: str | None
) -> Credentials:
    """Return the caller's credentials: a bearer token when there is one, else the cookie.

    Raises Problem `session-missing`, `session-unreadable`, `session-anonymous` or
    `session-impersonated`. Another scheme in `Authorization` is ignored: a frontend behind basic
    authentication sends it with every request.
    """
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return Credentials(Token(_bearer(value.strip())), from_cookie=False)
    raw = cookies.get(cookie_name(client_id))
    if not raw:
        raise Problem("session-missing")
    return Credentials(_usable(_decode(raw)), from_cookie=True)


def cookie_name(client_id: str) -> str:
    """Return the name of the SDK's token cookie."""
    return f"st-{client_id}-token"


def _bearer(value: str) -> str:
    if not _is_token(value) or len(value) > _MAX_ACCESS_TOKEN_CHARACTERS:
        raise Problem("session-unreadable")
    scopes = _claimed_scopes(value)
    if "user:limited" in scopes:
        raise Problem("session-impersonated")
    if scopes == ["public-read"]:
        raise Problem("session-anonymous")
    return value


def _claimed_scopes(access_token: str) -> list[str]:
    """Return the scopes that an access token claims, to refuse early; nothing is granted by them.

    Sharetribe's are JWTs that only Sharetribe can verify. An empty list means: not one that can be
    read here, and `current_user/show` will tell.
    """
    try:
        _, payload, _ = access_token.split(".")
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(claims["scope"]).split()
    except (ValueError, LookupError, TypeError, RecursionError):
        return []


def _decode(raw: str) -> dict[str, Any]:
    """Read both encodings of the cookie: js-cookie's (braces stay raw) and Express's."""
    if len(raw) > _MAX_COOKIE_CHARACTERS:
        raise Problem("session-unreadable")
    try:
        stored = json.loads(unquote(raw, errors="strict"))
    except (ValueError, RecursionError):
        raise Problem("session-unreadable") from None
    if not isinstance(stored, dict):
        raise Problem("session-unreadable")
    return stored


def _usable(stored: dict[str, Any]) -> Token:
    """Refuse what is not a user's own session; the order follows the SDK's `authInfo`."""
    access_token = stored.get("access_token", "")
    refresh_token = stored.get("refresh_token")
    scope = stored.get("scope", "user" if refresh_token else "public-read")
    if not all(_is_token(text) for text in (access_token, refresh_token or "", scope)):
        raise Problem("session-unreadable")
    if not access_token and not refresh_token:
        raise Problem("session-unreadable")
    if len(access_token) > _MAX_ACCESS_TOKEN_CHARACTERS:
        raise Problem("session-unreadable")
    scopes = scope.split()
    if stored.get("isLoggedInAs") or "user:limited" in scopes:
        raise Problem("session-impersonated")
    if "user" not in scopes:
        raise Problem("session-anonymous")
    if not refresh_token:
        # Only "log in as" hands out a user's token that cannot be refreshed.
        raise Problem("session-impersonated")
    return Token(access_token, refresh_token, stored)


def _is_token(value: object) -> bool:
    """Tell whether a value can be sent on as a header (RFC 6750 2.1 allows less)."""
    return isinstance(value, str) and value.isascii() and (not value or value.isprintable())


def cookie_value(token: Token) -> str:
    """Return the cookie's value as JavaScript's encodeURIComponent would write it."""
    text = json.dumps(dict(token.stored), separators=(",", ":"))
    return quote(text, safe=_URI_COMPONENT_SAFE)
