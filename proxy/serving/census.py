"""All connections of a process: how many there are, which one has been idle longest, what runs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from proxy.logs import log_event
from proxy.problems import Problem
from proxy.serving.limits import Limits


class Counted(Protocol):
    """A client's connection, as far as it is counted."""

    def close(self) -> None:
        """End the connection, after what is still to be sent."""

    def stop(self) -> None:
        """Serve what is under way, and then no more."""

    def check(self, now: float) -> None:
        """Judge whether the client takes longer than it may."""


class Census:
    """Counts connections and uploads, and looks at them once a tick.

    Used by the event loop alone, hence without locks.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._connections: set[Counted] = set()
        # In the order in which they became idle.
        self._idle: dict[Counted, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._uploads: Counter[str] = Counter()
        self._uploads_under_way = 0
        self._is_stopping = False
        # How many descriptors are taken by others, such as connections to the frontend.
        self.others: Callable[[], int] = lambda: 0

    def add(self, connection: Counted) -> bool:
        """Count a new connection; the one that has been idle longest makes room for it.

        False: there is no room, for nobody is idle.
        """
        self._connections.add(connection)
        if self._is_stopping:
            connection.stop()
        if len(self._connections) + self.others() <= self._limits.connections:
            return True
        for longest in self._idle:
            # It stays counted until it has ended, which a client that reads nothing delays.
            self.busy(longest)
            longest.close()
            return True
        return False

    def remove(self, connection: Counted) -> None:
        """Forget a connection; doing it twice is harmless."""
        self._connections.discard(connection)
        self._idle.pop(connection, None)

    def idle(self, connection: Counted) -> None:
        """Note that nothing is asked on a connection."""
        self._idle[connection] = None

    def busy(self, connection: Counted) -> None:
        """Note that something is asked on a connection."""
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

    @contextmanager
    def upload(self, client: str) -> Iterator[None]:
        """Count a request whose body is still on its way; `client` is whose it is.

        Raises Problem `overloaded` when there are too many, of this client or in all.
        """
        if self._uploads[client] >= self._limits.uploads_per_client:
            raise Problem("overloaded", cause="too many uploads of one client")
        if self._uploads_under_way >= self._limits.uploads:
            raise Problem("overloaded", cause="too many uploads")
        self._uploads[client] += 1
        self._uploads_under_way += 1
        try:
            yield
        finally:
            self._uploads_under_way -= 1
            self._uploads[client] -= 1
            if not self._uploads[client]:
                del self._uploads[client]

    def check(self, now: float) -> None:
        """Judge all connections; `now` is the loop's time in seconds."""
        for connection in list(self._connections):
            connection.check(now)

    def stop(self) -> None:
        """Have every connection end after what is under way on it."""
        self._is_stopping = True
        for connection in list(self._connections):
            connection.stop()

    @property
    def is_empty(self) -> bool:
        """Whether nobody is connected and nothing is being served."""
        return not self._connections and not self._tasks

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._connections)
