"""Connections to one origin that wait to be used again.

Taking one and giving it back are single operations of a deque, which need no lock; nobody waits for
anybody here.
"""

from __future__ import annotations

import time
import weakref
from collections import deque
from collections.abc import Callable

from proxy.outgoing.http_connection import HttpConnection, Origin

# Servers, and the balancers before them, close after 60 s without a request as a rule, and some
# networks forget a connection without a word. A POST that meets such an end is not sent again.
KEPT_SECONDS = 20.0
# When a connection comes back, so many that were kept too long are closed: a burst's are gone soon,
# and nobody closes hundreds at once.
_CLOSED_AT_ONCE = 2


class ConnectionPool:
    """The kept connections of one origin; the one that came back last is used first."""

    __slots__ = ("__weakref__", "_clock", "_kept", "_size", "host_field", "origin")

    def __init__(
        self, origin: Origin, size: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the origin, the most connections to keep, and a clock in seconds."""
        self.origin = origin
        name = f"[{origin.host}]" if ":" in origin.host else origin.host
        standard = 80 if origin.context is None else 443
        self.host_field = name if origin.port == standard else f"{name}:{origin.port}"
        self._size = size
        self._clock = clock
        self._kept: deque[HttpConnection] = deque()
        # A pool that nobody has any more, and every pool at the end of the process.
        weakref.finalize(self, _close_all, self._kept)

    def take(self) -> HttpConnection | None:
        """Return a connection that can be used, or None; those that cannot be are closed."""
        while True:
            try:
                connection = self._kept.pop()
            except IndexError:
                return None
            if self._is_young(connection) and connection.is_quiet():
                return connection
            connection.close()

    def give_back(self, connection: HttpConnection) -> None:
        """Keep a connection on which nothing is under way."""
        connection.kept_since = self._clock()
        if len(self._kept) >= self._size:
            connection.close()
            return
        self._kept.append(connection)
        for _ in range(_CLOSED_AT_ONCE):
            if self._kept and not self._is_young(self._kept[0]):
                self._close_oldest()

    def _is_young(self, connection: HttpConnection) -> bool:
        return self._clock() - connection.kept_since < KEPT_SECONDS

    def _close_oldest(self) -> None:
        """Close the oldest, or a younger one where another thread was faster."""
        try:
            self._kept.popleft().close()
        except IndexError:
            return

    def close(self) -> None:
        """Close all that are kept."""
        _close_all(self._kept)


def _close_all(kept: deque[HttpConnection]) -> None:
    while kept:
        kept.pop().close()
