"""Who is calling: the marketplace session in a cookie or a bearer token, read and written.

The cookie proves nothing by itself; only the answer of `current_user/show` does. Cookie format:
sharetribe-flex-sdk 1.24.2 (`src/browser_cookie_store.js`, `src/express_cookie_store.js`). A page on
a sibling host can add a cookie that comes first (RFC 6265 5.4 and 8.6), so of credentials that
contradict each other none is believed.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from proxy.http.cookies import cookie_pairs, cookie_values
from proxy.outgoing.headers import is_token
from proxy.problems import Problem
from proxy.sharetribe.token import Token

# encodeURIComponent leaves exactly these unescaped (ECMA-262), besides letters and digits.
_URI_COMPONENT_SAFE = "!'()*~-._"
COOKIE_SECONDS = 180 * 24 * 60 * 60  # the refresh token's life: flex-sdk-js CHANGELOG 1.14.0
_MAX_COOKIE_CHARACTERS = 16_384
# An access token goes out in a header, for which servers have limits; real ones have about 450.
_MAX_ACCESS_TOKEN_CHARACTERS = 4_096
_BEARER = re.compile(r"bearer(?:[ \t]+(.*))?", re.IGNORECASE | re.DOTALL)
# As long as the cookie may be: what is too long to be carried is told by the trips.
_REFRESH_TOKEN = re.compile(r"[!-~]*")
_ANY_COOKIE_NAME = re.compile(r"st-[0-9A-Za-z-]{1,100}-token")
_B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750 2.1


@dataclass(frozen=True, slots=True)
class Credentials:
    """A caller's token and where it was found; only cookies are sent by browsers unasked."""

    token: Token
    from_cookie: bool


class Impersonated(Problem):
    """The session is an operator's who is logged in as a user; `access_token` may be "".

    `from_cookie` as in Credentials.
    """

    def __init__(self, what: str, access_token: str, *, from_cookie: bool) -> None:
        cause = f"{what} is an operator's, who is logged in as a user from Console"
        super().__init__("session-impersonated", cause=cause)
        self.access_token = access_token
        self.from_cookie = from_cookie


def read_credentials(client_id: str, cookie: str | None, authorization: str | None) -> Credentials:
    """Return the caller's credentials: a bearer token when there is one, else the cookie.

    `cookie` and `authorization` are the header fields as WSGI has them: Latin-1, repeated ones
    joined. Raises Impersonated, or Problem `session-missing`, `session-unreadable`,
    `session-anonymous` or, where credentials contradict each other, `session-ambiguous`. Another
    scheme in `Authorization` is ignored: a frontend behind basic authentication sends it with every
    request.
    """
    bearer = _bearer_value(authorization)
    raw = _one_session(cookie_values(cookie, cookie_name(client_id)))
    if bearer is None:
        if not raw:
            raise _missing(cookie)
        return Credentials(_usable(_decode(raw)), from_cookie=True)
    access_token = _bearer(bearer)
    if raw:
        _require_one_user(access_token, raw)
    return Credentials(Token(access_token), from_cookie=False)


def _missing(cookie: str | None) -> Problem:
    """Return the problem of a request without a session, with what it has instead."""
    names = {name for name, _ in cookie_pairs(cookie)}
    if any(_ANY_COOKIE_NAME.fullmatch(name) for name in names):
        return Problem(
            "session-missing",
            "The request carries no session of this marketplace, but one of another client id.",
            cause="a cookie of another client id: SHARETRIBE_CLIENT_ID is not the frontend's",
        )
    cause = (
        "cookies, and none is a session: nobody is logged in on this host"
        if names
        else "no cookie and no bearer token: nobody is logged in, or they do not reach this host"
    )
    return Problem("session-missing", cause=cause, is_daily=True)


def cookie_name(client_id: str) -> str:
    """Return the name of the SDK's token cookie."""
    return f"st-{client_id}-token"


def _bearer_value(authorization: str | None) -> str | None:
    """Return the one bearer token of a header field, None where it carries none.

    A repeated field is joined by commas (RFC 9110 5.3), which no bearer token contains. Raises
    Problem `session-ambiguous` where something else stands beside the token.
    """
    parts = [part.strip(" \t") for part in (authorization or "").split(",")]
    matches = [_BEARER.fullmatch(part) for part in parts if part]
    values = {match[1] or None if match else None for match in matches}
    if not any(values):
        return None
    if len(values) > 1:
        raise Problem("session-ambiguous", cause="Authorization says more than one thing")
    return values.pop()


def _one_session(values: Sequence[str]) -> str:
    """Return the value that all cookies of one name have, "" where there is none.

    The same session in different encodings is one. Raises Problem `session-ambiguous`.
    """
    different = list(dict.fromkeys(values))
    if len(different) > 1 and not _say_the_same(different):
        raise Problem("session-ambiguous", cause="session cookies that differ")
    return different[0] if different else ""


def _say_the_same(values: Sequence[str]) -> bool:
    try:
        first, *others = map(_decode, values)
        return all(other == first for other in others)
    except (Problem, RecursionError):
        return False


def _bearer(value: str) -> str:
    if len(value) > _MAX_ACCESS_TOKEN_CHARACTERS or not _B64TOKEN.fullmatch(value):
        raise _unreadable("the bearer token is none: too long, or of other characters")
    scopes = _claimed_scopes(value)
    if "user:limited" in scopes:
        raise Impersonated("the bearer token", value, from_cookie=False)
    if scopes == ["public-read"]:
        raise _anonymous("the bearer token")
    return value


def _claimed_scopes(access_token: str) -> list[str]:
    """Return the scopes that an access token claims, to refuse early; nothing is granted by them.

    An empty list means: not one that can be read here, and `current_user/show` will tell.
    """
    scope = _claims(access_token).get("scope")
    return [] if scope is None else str(scope).split()


def _claims(access_token: str) -> dict[str, Any]:
    """Return what an access token claims, which proves nothing; empty where it cannot be read.

    Sharetribe's are JWTs that only Sharetribe can verify.
    """
    try:
        _, payload, _ = access_token.split(".")
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _require_one_user(access_token: str, raw: str) -> None:
    """Refuse a bearer token beside the session of another user, or of one who cannot be told.

    A visitor's cookie, or one that nobody could use, contradicts nothing. Raises Problem
    `session-ambiguous`, or Impersonated where the cookie tells that it is an operator.
    """
    try:
        session = _usable(_decode(raw))
    except Impersonated as operators:
        if operators.access_token == access_token:
            raise
        raise Problem("session-impersonated", cause=operators.cause) from None
    except Problem:
        return
    if session.access_token == access_token:
        return
    user = _claims(access_token).get("user-id")
    named = isinstance(user, str) and user != ""
    if not named or _claims(session.access_token).get("user-id") != user:
        raise Problem("session-ambiguous", cause="a bearer token beside another session")


def _unreadable(cause: str) -> Problem:
    return Problem("session-unreadable", cause=cause)


def _anonymous(what: str) -> Problem:
    return Problem("session-anonymous", cause=f"{what} is a visitor's", is_daily=True)


def _decode(raw: str) -> dict[str, Any]:
    """Read both encodings of the cookie: js-cookie's (braces stay raw) and Express's."""
    if len(raw) > _MAX_COOKIE_CHARACTERS:
        raise _unreadable(f"the cookie is longer than {_MAX_COOKIE_CHARACTERS} characters")
    try:
        stored = json.loads(unquote_to_bytes(raw.encode("latin-1")).decode())
    except (ValueError, RecursionError):
        raise _unreadable("the cookie is no JSON: the frontend's SDK writes it otherwise") from None
    if not isinstance(stored, dict):
        raise _unreadable("the cookie is no JSON object")
    return stored


def _usable(stored: dict[str, Any]) -> Token:
    """Refuse what is not a user's own session; the order follows the SDK's `authInfo`."""
    access_token = stored.get("access_token", "")
    refresh_token = stored.get("refresh_token") or ""
    scope = stored.get("scope", "user" if refresh_token else "public-read")
    if not (access_token or refresh_token) or not isinstance(scope, str):
        raise _unreadable("the cookie holds no token, or a scope that is no text")
    if access_token != "" and not is_token(access_token):
        raise _unreadable("the cookie's access token is none")
    if not isinstance(refresh_token, str) or not _REFRESH_TOKEN.fullmatch(refresh_token):
        raise _unreadable("the cookie's refresh token is none")
    scopes = scope.split()
    if stored.get("isLoggedInAs") or "user:limited" in scopes:
        raise Impersonated("the cookie", access_token, from_cookie=True)
    if "user" not in scopes:
        raise _anonymous("the cookie")
    if not refresh_token:
        # Only "log in as" hands out a user's token that cannot be refreshed.
        what = "the cookie, which cannot be refreshed,"
        raise Impersonated(what, access_token, from_cookie=True)
    return Token(access_token, refresh_token, stored)


def cookie_value(token: Token) -> str:
    """Return the cookie's value as JavaScript's encodeURIComponent would write it."""
    text = json.dumps(dict(token.stored), separators=(",", ":"))
    return quote(text, safe=_URI_COMPONENT_SAFE)
