"""The sealed reference in the address that one user's connection is called back at.

It says whose connection it is. No token travels in it, because it stays at the vendor for as long
as the connection lives; what the vendor then says is held against the stored connection.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from crypto import Reference as SealedReference
from crypto import ReferenceInvalid, Sealer, sealed_length

# A connection has no end of its own: it lives until it is made again or given back.
_NEVER = 2**33


class ConnectionReferences:
    """Seals and opens the references of one vendor's callback addresses."""

    def __init__(
        self, sealer: Sealer, vendor: str, callback_url: str, clock: Callable[[], float]
    ) -> None:
        self._sealer = sealer
        self._purpose = f"{vendor}.connection-callback"
        self._callback_url = callback_url
        self._clock = clock

    def callback_url(self, user_id: UUID) -> str:
        """Return the address for the callbacks of one user's connection."""
        reference = SealedReference(user_id, int(self._clock()), None)
        return f"{self._callback_url}/{self._sealer.seal(reference, purpose=self._purpose)}"

    def open(self, text: str) -> UUID:
        """Return whose connection a callback's address names; raises ReferenceInvalid."""
        now = int(self._clock())
        reference = self._sealer.open(text, purpose=self._purpose, now=now, max_age=_NEVER)
        if reference.refresh_token is not None:
            raise ReferenceInvalid
        return reference.user_id


def address_length(callback_url: str) -> int:
    """Return how many characters an address below `callback_url` has."""
    return len(callback_url) + 1 + sealed_length(None)
