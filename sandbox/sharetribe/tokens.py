"""Access and refresh tokens of the simulated Sharetribe.

Access tokens are JWTs under HS256 with the kebab-case claims that real ones show; refresh tokens
are opaque. Whether the real service rotates refresh tokens is undocumented, so all three ways can
be chosen.
"""

import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import uuid4

from sandbox.kit.tokens import encoded_json, payload_of, signed

Rotation = Literal["none", "grace", "strict"]

REFRESH_TOKEN_SECONDS = 180 * 86400
LOGIN_AS_SECONDS = 1800


class TokenRules(Protocol):
    """What a test may change about tokens while the simulator runs.

    `rotation` says what a refresh does to the refresh token: `none` returns the same one, `grace`
    returns a new one and still accepts the old, `strict` returns a new one and refuses the old.
    """

    rotation: Rotation
    access_token_seconds: int
    refresh_token_maker: Callable[[], str]
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for; `user_id` is None for an anonymous visitor or the operator."""

    client_id: str
    scope: str
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Session:
    grant: Grant
    expires_at: float


class Tokens:
    """Issues, checks, refreshes and revokes tokens; thread-safe."""

    def __init__(self, rules: TokenRules) -> None:
        """Start with no session; `rules` is read anew at every use."""
        self._rules = rules
        self._lock = threading.Lock()
        self._sessions: dict[str, _Session] = {}
        self._tenancy_id = str(uuid4())
        self._signing_key = secrets.token_bytes(32)

    def start_session(self, grant: Grant) -> dict[str, Any]:
        """Return the token object of a session that can be refreshed for 180 days."""
        with self._lock:
            return self._token_object(grant, self._new_refresh_token(grant))

    def issue_alone(self, grant: Grant, seconds: int | None = None) -> dict[str, Any]:
        """Return a token object without a refresh token, valid for `seconds`."""
        return self._token_object(grant, seconds=seconds)

    def session_grant(self, refresh_token: str) -> Grant | None:
        """Return what a refresh token stands for, or None for a dead or unknown one."""
        with self._lock:
            return self._live_grant(refresh_token)

    def refresh(self, refresh_token: str) -> dict[str, Any] | None:
        """Redeem a refresh token as the chosen rotation demands; None for a dead one."""
        with self._lock:
            grant = self._live_grant(refresh_token)
            if grant is None:
                return None
            if self._rules.rotation == "none":
                return self._token_object(grant, refresh_token)
            if self._rules.rotation == "strict":
                del self._sessions[refresh_token]
            return self._token_object(grant, self._new_refresh_token(grant))

    def revoke(self, refresh_token: str, user_id: str | None) -> None:
        """End one session of this user; anything else is left as it is."""
        with self._lock:
            session = self._sessions.get(refresh_token)
            if session is not None and session.grant.user_id == user_id:
                del self._sessions[refresh_token]

    def revoke_all(self, user_id: str) -> None:
        """End every session of a user; access tokens live on until they expire."""
        with self._lock:
            self._sessions = {
                token: session
                for token, session in self._sessions.items()
                if session.grant.user_id != user_id
            }

    def expire_access_tokens(self) -> None:
        """Make every access token that exists now invalid, by changing the signing key."""
        self._signing_key = secrets.token_bytes(32)

    def access_grant(self, access_token: str) -> Grant | None:
        """Return what an access token stands for, or None if it is expired or not genuine."""
        payload = payload_of(access_token, self._signing_key)
        if payload is None:
            return None
        claims = json.loads(payload)
        if claims["exp"] <= self._rules.clock():
            return None
        return Grant(claims["client-id"], claims["scope"], claims.get("user-id"))

    def _live_grant(self, refresh_token: str) -> Grant | None:
        session = self._sessions.get(refresh_token)
        if session is None or session.expires_at <= self._rules.clock():
            return None
        return session.grant

    def _new_refresh_token(self, grant: Grant) -> str:
        token = self._rules.refresh_token_maker()
        self._sessions[token] = _Session(grant, self._rules.clock() + REFRESH_TOKEN_SECONDS)
        return token

    def _token_object(
        self, grant: Grant, refresh_token: str | None = None, seconds: int | None = None
    ) -> dict[str, Any]:
        lifetime = seconds or self._rules.access_token_seconds
        token: dict[str, Any] = {
            "access_token": self._access_token(grant, lifetime),
            "scope": grant.scope,
            "token_type": "bearer",
            "expires_in": lifetime,
        }
        if refresh_token is not None:
            token["refresh_token"] = refresh_token
        return token

    def _access_token(self, grant: Grant, seconds: int) -> str:
        claims: dict[str, Any] = {
            "client-id": grant.client_id,
            "tenancy-id": self._tenancy_id,
            "scope": grant.scope,
            "exp": int(self._rules.clock()) + seconds,
            "env": "demo",
            "ident": "sandbox-test",
        }
        if grant.user_id is not None:
            claims["user-id"] = grant.user_id
            claims["user-roles"] = ["user.role/provider", "user.role/customer"]
        return signed({"alg": "HS256"}, encoded_json(claims), self._signing_key)


def make_refresh_token() -> str:
    """Make a token of the form that real ones were seen to have: `v2--<uuid4>--<40 hex>`."""
    return f"v2--{uuid4()}--{secrets.token_hex(20)}"
