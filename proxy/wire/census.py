"""All connections of a process: how many there are, which one has been idle longest, what runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from proxy.logs import log_event
from proxy.wire.limits import Limits
from proxy.wire.shares import Share, Uploads

# Refused clients that are let read why; with more of them the oldest is cut off.
_MOST_TURNED_AWAY = 24


class Counted(Protocol):
    """A client's connection, as far as it is counted."""

    def evict(self) -> None:
        """End the connection at once: its descriptor is needed."""

    def stop(self) -> None:
        """Serve what is under way, and then no more."""

    def check(self, now: float) -> None:
        """Judge whether the client takes longer than it may."""

    def unsent(self, now: float) -> tuple[float, int]:
        """Return for how many seconds the client has hardly read, and what waits in bytes."""


class Census:
    """Counts connections and what they hold, and looks at them once a tick.

    Used by the event loop alone, hence without locks.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._connections: set[Counted] = set()
        # Those on which nothing is being served, in the order in which they came to that.
        self._idle: dict[Counted, None] = {}
        self._turned_away: dict[Counted, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_stopping = False
        self.uploads = Uploads(limits.uploads, limits.uploads_per_client)
        self.held_body_bytes = Share(limits.held_body_bytes, "bytes of bodies that are held")
        # How many descriptors are taken by others, such as connections to the frontend.
        self.others: Callable[[], int] = lambda: 0

    def add(self, connection: Counted) -> bool:
        """Count a new connection; the one that has been idle longest makes room for it.

        False: there is no room, for nobody is idle. It is to be refused then.
        """
        if self._is_stopping:
            connection.stop()
        if self._taken >= self._limits.connections:
            longest = next(iter(self._idle), None)
            if longest is None:
                self._turn_away(connection)
                return False
            self.remove(longest)
            longest.evict()
        self._connections.add(connection)
        return True

    def _turn_away(self, connection: Counted) -> None:
        self._turned_away[connection] = None
        if len(self._turned_away) > _MOST_TURNED_AWAY:
            oldest = next(iter(self._turned_away))
            self.remove(oldest)
            oldest.evict()

    def remove(self, connection: Counted) -> None:
        """Forget a connection; doing it twice is harmless."""
        self._connections.discard(connection)
        self._idle.pop(connection, None)
        self._turned_away.pop(connection, None)

    def idle(self, connection: Counted) -> None:
        """Note that nothing is being served on a connection."""
        if connection in self._connections:
            self._idle[connection] = None

    def busy(self, connection: Counted) -> None:
        """Note that something is being served on a connection."""
        self._idle.pop(connection, None)

    def begin(self, serving: Coroutine[Any, Any, None]) -> None:
        """Serve a request; a defect in that is logged by its kind, and the rest goes on."""
        task = asyncio.get_running_loop().create_task(serving)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log_event("defect", error=type(task.exception()).__name__, cause="while serving")

    def check(self, now: float) -> None:
        """Judge all connections; `now` is the loop's time in seconds."""
        for connection in [*self._connections, *self._turned_away]:
            connection.check(now)
        self._bound_unsent(now)

    def _bound_unsent(self, now: float) -> None:
        """Give up those that have read least, longest, when too much waits for clients in all."""
        waiting = [(*connection.unsent(now), connection) for connection in self._connections]
        total = sum(size for _, size, _ in waiting)
        if total <= self._limits.unsent_bytes:
            return
        for _, size, connection in sorted(waiting, key=lambda found: found[:2], reverse=True):
            if total <= self._limits.unsent_bytes:
                return
            if size:
                total -= size
                connection.evict()

    def stop(self) -> None:
        """Have every connection end after what is under way on it."""
        self._is_stopping = True
        for connection in [*self._connections, *self._turned_away]:
            connection.stop()

    def evict_all(self) -> None:
        """End what is left, for the loop is about to be closed."""
        for connection in [*self._connections, *self._turned_away]:
            self.remove(connection)
            connection.evict()

    @property
    def is_empty(self) -> bool:
        """Whether nobody is connected and nothing is being served."""
        return not (self._connections or self._turned_away or self._tasks)

    @property
    def is_full(self) -> bool:
        """Whether the next client would be turned away: nobody is idle to make room for it."""
        return not self._idle and self._taken >= self._limits.connections

    @property
    def shares(self) -> dict[str, tuple[int, int]]:
        """What is taken and the most there may be, by its kind."""
        return {
            "connections": (self._taken, self._limits.connections),
            "uploads": (self.uploads.under_way, self.uploads.most),
            "held-body-bytes": (self.held_body_bytes.taken, self.held_body_bytes.most),
        }

    @property
    def _taken(self) -> int:
        return len(self._connections) + self.others()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._connections) + len(self._turned_away)
