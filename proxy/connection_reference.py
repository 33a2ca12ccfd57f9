"""The sealed reference in the address that one connection's callbacks go to.

It says whose connection this is and when it was made; no token travels in it, because it stays at
the vendor for as long as the connection lives. A callback of an earlier connection is told by its
time.
"""

from __future__ import annotations

from uuid import UUID

from crypto import Reference, ReferenceInvalid, Sealer
from proxy.connection import Connection
from proxy.timestamps import parse_utc

# A connection has no end of its own: it lives until it is made again or given back.
_NEVER = 2**33


class ConnectionReferences:
    """Seals and opens the references of one vendor's callback addresses."""

    def __init__(self, sealer: Sealer, vendor: str, callback_url: str) -> None:
        self._sealer = sealer
        self._purpose = f"{vendor}.connection-callback"
        self._callback_url = callback_url

    def callback_url(self, user_id: UUID, connection: Connection) -> str:
        """Return the address for the callbacks of one connection."""
        reference = Reference(user_id, generation(connection), None)
        return f"{self._callback_url}/{self._sealer.seal(reference, purpose=self._purpose)}"

    def open(self, text: str, now: float) -> Reference:
        """Return what a callback's address says; raises ReferenceInvalid."""
        reference = self._sealer.open(text, purpose=self._purpose, now=int(now), max_age=_NEVER)
        if reference.refresh_token is not None:
            raise ReferenceInvalid
        return reference


def generation(connection: Connection) -> int:
    """Return the number that tells this connection from the user's earlier ones: unix seconds."""
    moment = parse_utc(connection.connected_at)
    return 0 if moment is None else int(moment.timestamp())
