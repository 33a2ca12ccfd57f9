"""The OAuth `state` of the connection trip: signed, short-lived, bound to user and browser.

RFC 6749 10.12 and RFC 9700 4.7: the state is the only proof that a return belongs to a request of
this user in this browser. It holds the user's id and the digest of a nonce, which only the browser
that began has, in a cookie.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from itsdangerous import BadData, BadSignature, URLSafeSerializer
from itsdangerous.encoding import base64_encode
from itsdangerous.url_safe import URLSafeSerializerMixin

from crypto import LEEWAY_SECONDS, KeyRing, equal, subkey
from proxy.connections.pkce import code_verifier

STATE_SECONDS = 15 * 60  # a new account at the vendor may have to be made on the way
_NONCE_BYTES = 32
_TRIP_CHARACTERS = 16
_MAX_CHARACTERS = 1_000


class StateInvalid(Exception):
    """A return carries no state that holds here; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A state on its way out, and the nonce for the cookie of the browser that began.

    `code_verifier` proves to the vendor that who began redeems (`proxy.connections.pkce`).
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)

    @property
    def trip(self) -> str:
        """What tells this trip from others; see Expected."""
        return _digest(self.nonce)[:_TRIP_CHARACTERS]


@dataclass(frozen=True, slots=True)
class Expected:
    """Who must return, whether with a session, and whether the time for it is over.

    `digest` is the nonce's; `trip`, its beginning (16 hex digits), tells one trip from others.
    """

    user_id: UUID
    comes_back: bool
    digest: str = field(repr=False)
    signer: _Signer = field(repr=False)
    is_late: bool = False

    @property
    def trip(self) -> str:
        """What tells this trip from others: no secret, since the state shows it."""
        return self.digest[:_TRIP_CHARACTERS]

    def is_of(self, nonce: str) -> bool:
        """Tell whether a browser with this nonce ("": none) is the one that began."""
        return equal(self.digest, _digest(nonce))

    def code_verifier(self, nonce: str) -> str:
        """Return what was begun with, whichever key has become the newest since."""
        return self.signer.code_verifier(nonce)


class States:
    """Issues and checks the states of one vendor: the newest key signs, every key verifies."""

    def __init__(
        self, keys: KeyRing, client_id: str, vendor: str, clock: Callable[[], float]
    ) -> None:
        self._clock = clock
        self._signers = [_Signer(key, f"{client_id}\0{vendor}") for _, key in keys.entries]

    def issue(self, user_id: UUID, *, comes_back: bool) -> Begun:
        """Return a state for one user, and the nonce that it is bound to.

        `comes_back` tells that the return must bring the user's session too.
        """
        signer = self._signers[0]
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        issued_at = int(self._clock())
        state = signer.sign([user_id.hex, _digest(nonce), comes_back, issued_at])
        return Begun(state, nonce, signer.code_verifier(nonce))

    def check(self, state: str) -> Expected:
        """Return whom a state was issued for: which browser, and whether in time, is asked of it.

        The process that issued it may have a clock that is ahead, by the leeway that a sealed
        reference has too. Raises StateInvalid for every state that is forged, altered, from a later
        time than that, or another vendor's.
        """
        if not 0 < len(state) <= _MAX_CHARACTERS:
            raise StateInvalid("no state")
        try:
            signer, content = self._opened(state)
            user_hex, digest, comes_back, issued_at = content
            user_id, age = UUID(hex=user_hex), int(self._clock()) - issued_at
        except (BadData, ValueError, TypeError, AttributeError) as error:
            raise StateInvalid(f"state: {type(error).__name__}") from None
        if not isinstance(digest, str):
            raise StateInvalid("state: no digest")
        if age < -LEEWAY_SECONDS:
            raise StateInvalid("state of a later time")
        is_late = age > STATE_SECONDS
        return Expected(user_id, bool(comes_back), digest, signer, is_late=is_late)

    def _opened(self, state: str) -> tuple[_Signer, Any]:
        """Return the content of a state with the key that signed it; raises BadData."""
        for signer in self._signers[:-1]:
            with suppress(BadSignature):
                return signer, signer.read(state)
        return self._signers[-1], self._signers[-1].read(state)


class _Signer:
    """One key of the ring at work for one vendor's trips: subkeys for states and for verifiers."""

    def __init__(self, key: bytes, owner: str) -> None:
        self._owner = owner
        self._verifier_key = subkey(key, label="echoseal code verifier")
        self._serializer = _PlainSerializer(
            subkey(key, label="echoseal connection state"),
            salt=f"connection trip\0{owner}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def sign(self, content: Any) -> str:
        state = self._serializer.dumps(content)
        return state if isinstance(state, str) else state.decode()

    def read(self, state: str) -> Any:
        return self._serializer.loads(state)

    def code_verifier(self, nonce: str) -> str:
        return code_verifier(self._verifier_key, self._owner, nonce)


class _PlainSerializer(URLSafeSerializer):
    """Never compresses: a compressed text begins with a dot.

    The state may stand in a path, where many servers take that for a hidden file.
    """

    def dump_payload(self, obj: Any, *args: Any, **kwargs: Any) -> bytes:
        plain: bytes = super(URLSafeSerializerMixin, self).dump_payload(obj, *args, **kwargs)
        return base64_encode(plain)


def _digest(nonce: str) -> str:
    return hashlib.sha256(nonce.encode("utf-8", "surrogatepass")).hexdigest()[:32]
