"""The log of who called whom, which the demo page draws and tests read."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

CAPACITY = 500


@dataclass(frozen=True, slots=True)
class Hop:
    """One HTTP exchange between two parties, stripped of everything secret.

    `number` counts from 1 over the life of the log, `at` is the time in Unix seconds at which the
    exchange was logged, `path` has no query, and `status` is None where no answer was given.
    """

    number: int
    at: float
    caller: str
    callee: str
    method: str
    path: str
    status: int | None
    milliseconds: float
    note: str


class HopLog:
    """A thread-safe list of the last 500 hops."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Start empty; `clock` answers the time in Unix seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._hops: deque[Hop] = deque(maxlen=CAPACITY)
        self._last_number = 0

    def add(
        self,
        caller: str,
        callee: str,
        method: str,
        path: str,
        status: int | None,
        milliseconds: float,
        note: str = "",
    ) -> Hop:
        """Append one hop and return it; a query string on `path` is cut off."""
        with self._lock:
            self._last_number += 1
            hop = Hop(
                number=self._last_number,
                at=self._clock(),
                caller=caller,
                callee=callee,
                method=method,
                path=path.partition("?")[0],
                status=status,
                milliseconds=milliseconds,
                note=note,
            )
            self._hops.append(hop)
            return hop

    def since(self, number: int) -> list[Hop]:
        """Return the kept hops with a number above `number`, oldest first."""
        with self._lock:
            return [hop for hop in self._hops if hop.number > number]

    def clear(self) -> None:
        """Forget all hops; numbering goes on, so that a reader's `since` stays meaningful."""
        with self._lock:
            self._hops.clear()
