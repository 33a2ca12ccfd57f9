"""Xero's identity service: what people allow, and the tokens that stand for it.

A code works once, for five minutes. An access token is a JWT and lives 30 minutes; a refresh token
lives 60 days, is replaced by each renewal, and works for 30 minutes more when it was replaced
("OAuth 2.0" and its FAQ, read 2026-11). Apps made since 2026-03-02 know granular scopes only.
"""

import hashlib
import hmac
import json
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

CODE_SECONDS = 5 * 60
ACCESS_SECONDS = 30 * 60
REFRESH_SECONDS = 60 * 24 * 60 * 60
GRACE_SECONDS = 30 * 60
BROAD_SCOPES = frozenset({"accounting.transactions", "accounting.transactions.read"})
SCOPES = frozenset(
    {
        "openid",
        "profile",
        "email",
        "offline_access",
        "accounting.invoices",
        "accounting.invoices.read",
        "accounting.payments",
        "accounting.contacts",
        "accounting.settings.read",
    }
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a person has allowed on the consent page, until its code is redeemed."""

    event_id: str
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str
    ends_at: float


@dataclass(slots=True)
class Session:
    """One authorization: its refresh tokens, by the time until which each works."""

    event_id: str
    scopes: tuple[str, ...]
    refresh_tokens: dict[str, float] = field(default_factory=dict, repr=False)
    renewals: int = 0


class Identity:
    """Codes and tokens of one app and the one person who uses it; thread-safe."""

    def __init__(self, client_id: str, clock: Callable[[], float]) -> None:
        """Start without any; `clock` answers Unix seconds."""
        self._client_id = client_id
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._guard = threading.Lock()
        self._codes: dict[str, Allowed] = {}
        self._access: dict[str, tuple[Session, float]] = {}
        self.sessions: list[Session] = []

    def allow(self, event_id: str, scopes: tuple[str, ...], returns: str, challenge: str) -> str:
        """Return a code for what a person allows."""
        code = secrets.token_urlsafe(32)
        ends_at = self._clock() + CODE_SECONDS
        self._codes[code] = Allowed(event_id, scopes, returns, challenge, ends_at)
        return code

    def redeem(self, code: str, redirect_uri: str, verifier: str) -> dict[str, Any] | None:
        """Return the token answer for a code, or None for one that is not good (any more)."""
        with self._guard:
            allowed = self._codes.pop(code, None)
            if allowed is None or allowed.ends_at < self._clock():
                return None
            digest = _encoded(hashlib.sha256(verifier.encode()).digest())
            if (redirect_uri, digest) != (allowed.redirect_uri, allowed.challenge):
                return None
            session = Session(allowed.event_id, allowed.scopes)
            self.sessions.append(session)
            return self._answer(session)

    def renew(self, refresh_token: str) -> dict[str, Any] | None:
        """Return the token answer for a refresh token, or None for a dead one."""
        with self._guard:
            now = self._clock()
            for session in self.sessions:
                if session.refresh_tokens.get(refresh_token, 0) > now:
                    for token, until in session.refresh_tokens.items():
                        session.refresh_tokens[token] = min(until, now + GRACE_SECONDS)
                    session.renewals += 1
                    return self._answer(session)
            return None

    def _answer(self, session: Session) -> dict[str, Any]:
        now = self._clock()
        claims = {
            "iss": "https://identity.xero.com",
            "client_id": self._client_id,
            "authentication_event_id": session.event_id,
            "exp": int(now) + ACCESS_SECONDS,
            "jti": uuid4().hex,
            "scope": list(session.scopes),
        }
        token = self._signed(claims)
        self._access[token] = (session, now + ACCESS_SECONDS)
        answer: dict[str, Any] = {
            "access_token": token,
            "expires_in": ACCESS_SECONDS,
            "token_type": "Bearer",
            "scope": " ".join(session.scopes),
        }
        if "offline_access" in session.scopes:
            refresh_token = secrets.token_urlsafe(32)
            session.refresh_tokens[refresh_token] = now + REFRESH_SECONDS
            answer["refresh_token"] = refresh_token
        return answer

    def session_of(self, access_token: str) -> Session | None:
        """Return whose access token this is; None for one that has ended."""
        session, ends_at = self._access.get(access_token, (None, 0.0))
        return session if ends_at > self._clock() else None

    def end_access_tokens(self) -> None:
        """End every access token now."""
        self._access.clear()

    def revoke(self, token: str) -> Session | None:
        """End the authorization of a refresh token, and return it; None for an unknown one."""
        with self._guard:
            for session in self.sessions:
                if token in session.refresh_tokens:
                    self.sessions.remove(session)
                    for access in [a for a, (s, _) in self._access.items() if s is session]:
                        del self._access[access]
                    return session
            return None

    def _signed(self, claims: dict[str, Any]) -> str:
        head = _encoded(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        text = f"{head}.{_encoded(json.dumps(claims).encode())}"
        return f"{text}.{_encoded(hmac.digest(self._key, text.encode(), 'sha256'))}"


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
