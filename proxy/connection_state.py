"""The OAuth `state` of the connection trip: signed, short-lived, bound to user and browser.

RFC 6749 10.12 and RFC 9700 4.7: the state is the only proof that a return belongs to a request of
this user in this browser. It holds the user's id and the digest of a nonce, which only the browser
that began has, in a cookie.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode
from itsdangerous.url_safe import URLSafeSerializerMixin

from crypto import KeyRing, equal, subkey

STATE_SECONDS = 15 * 60  # a new account at the vendor may have to be made on the way
_NONCE_BYTES = 32
_MAX_CHARACTERS = 1_000


class StateInvalid(Exception):
    """A return carries no state that holds here; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A state on its way out, and the nonce for the cookie of the browser that began."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Expected:
    """Who must return, whether with a session, and when the state was issued (unix seconds)."""

    user_id: UUID
    comes_back: bool
    issued_at: float


class States:
    """Issues and checks the states of one vendor: the newest key signs, every key verifies."""

    def __init__(
        self, keys: KeyRing, client_id: str, vendor: str, clock: Callable[[], float]
    ) -> None:
        oldest_first = [key for _, key in reversed(keys.entries)]  # the last one signs
        self._clock = clock
        self._serializer = _PlainSerializer(
            [subkey(key, label="echoseal connection state") for key in oldest_first],
            salt=f"connection\0{client_id}\0{vendor}",
            signer=_ClockSigner,
            signer_kwargs={
                "clock": clock,
                "key_derivation": "hmac",
                "digest_method": hashlib.sha256,
            },
        )

    def issue(self, user_id: UUID, *, comes_back: bool) -> Begun:
        """Return a state for one user, and the nonce that it is bound to.

        `comes_back` tells that the return must bring the user's session too.
        """
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        issued_ms = int(self._clock() * 1000)  # itsdangerous keeps whole seconds
        state = self._serializer.dumps([user_id.hex, _digest(nonce), comes_back, issued_ms])
        return Begun(state if isinstance(state, str) else state.decode(), nonce)

    def check(self, state: str, nonce: str) -> Expected:
        """Return whom a state was issued for, to the browser with this nonce.

        Raises StateInvalid for every state that is forged, altered, late, another vendor's, or
        another browser's.
        """
        if not 0 < len(state) <= _MAX_CHARACTERS:
            raise StateInvalid("no state")
        try:
            content = self._serializer.loads(state, max_age=STATE_SECONDS)
            user_hex, digest, comes_back, issued_ms = content
            user_id, issued_at = UUID(hex=user_hex), issued_ms / 1000
        except (BadData, ValueError, TypeError, AttributeError) as error:
            raise StateInvalid(f"state: {type(error).__name__}") from None
        if not isinstance(digest, str) or not equal(digest, _digest(nonce)):
            raise StateInvalid("state of another browser")
        return Expected(user_id, comes_back=bool(comes_back), issued_at=issued_at)


class _PlainSerializer(URLSafeTimedSerializer):
    """Never compresses: a compressed text begins with a dot.

    The state may stand in a path, where many servers take that for a hidden file.
    """

    def dump_payload(self, obj: Any, *args: Any, **kwargs: Any) -> bytes:
        plain: bytes = super(URLSafeSerializerMixin, self).dump_payload(obj, *args, **kwargs)
        return base64_encode(plain)


class _ClockSigner(TimestampSigner):
    """A signer that asks our clock."""

    def __init__(self, *args: Any, clock: Callable[[], float], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clock = clock

    def get_timestamp(self) -> int:
        return int(self._clock())


def _digest(nonce: str) -> str:
    return hashlib.sha256(nonce.encode("utf-8", "surrogatepass")).hexdigest()[:32]
