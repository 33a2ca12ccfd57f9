"""Places for outgoing calls: one upstream that hangs holds its share of the threads, no more.

Whoever waits for an upstream holds a thread. Without a bound, one upstream that hangs would soon
hold all of them, and nothing else would be answered either (a bulkhead, as in "Release It!").
Callbacks and visitors are counted apart: a callback carries what cannot be asked for again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from proxy.outgoing.deadline import DeadlineExceeded, remaining

# For whom a thread works; each lane has places of its own.
lane: ContextVar[str] = ContextVar("lane", default="visitors")
# The upstream for which this context holds a place: what it calls then needs no other.
_held_for: ContextVar[str | None] = ContextVar("held_for", default=None)
_WAIT_SECONDS = 2.0
# When no call has begun or ended for so long while all places are taken, the upstream hangs.
_STILL_SECONDS = 1.0
# Ends that are remembered, to know the pace; more than a process has threads.
_MOST_ENDS = 1_000


class NoPlace(Exception):
    """All places are taken, and none is likely to be free soon."""


def lane_threads(threads: int) -> int:
    """Return how many of a process's threads one lane may hold: others always have some."""
    return max(1, threads * 7 // 8)


class Places:
    """Counts the calls under way, by upstream and lane; no lock is held during a call."""

    def __init__(self, threads: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the number of the process's threads, and a clock in seconds."""
        self._size = max(1, threads * 3 // 4)
        self._clock = clock
        self._shares: dict[tuple[str, str], _Share] = {}

    @property
    def under_way(self) -> dict[tuple[str, str], int]:
        """How many calls are under way, by upstream and lane."""
        return {key: self._size - share.free for key, share in list(self._shares.items())}

    @contextmanager
    def taken(self, upstream: str) -> Iterator[None]:
        """Hold a place for calling `upstream` in this lane; inside the block there is no second.

        Raises NoPlace: at once when the calls under way stand still, or end too slowly for those
        who wait already; else after two seconds, or at the deadline in force.
        """
        if _held_for.get() == upstream:
            yield
            return
        key = (upstream, lane.get())
        share = self._shares.get(key)
        if share is None:
            share = self._shares.setdefault(key, _Share(self._size, self._clock))
        share.enter()
        token = _held_for.set(upstream)
        try:
            yield
        finally:
            _held_for.reset(token)
            share.leave()


class _Share:
    """The places of one upstream in one lane."""

    def __init__(self, size: int, clock: Callable[[], float]) -> None:
        self._free = size
        self._clock = clock
        self._changed = threading.Condition(threading.Lock())
        self._waiting = 0
        # When a call last began or ended, and when the last ones ended.
        self._moved_at = clock()
        self._ends: deque[float] = deque(maxlen=_MOST_ENDS)

    @property
    def free(self) -> int:
        """How many places are free at this moment."""
        return self._free

    def enter(self) -> None:
        with self._changed:
            if self._free <= 0:
                self._wait()
            self._free -= 1
            self._moved_at = self._clock()

    def _wait(self) -> None:
        """Wait, without the lock, for a free place; raises NoPlace."""
        now = self._clock()
        pace = sum(1 for end in self._ends if now - end < 1)
        if pace and self._waiting >= pace * _WAIT_SECONDS:
            raise NoPlace
        self._waiting += 1
        try:
            while self._free <= 0:
                self._changed.wait(self._patience(now + _WAIT_SECONDS))
        finally:
            self._waiting -= 1

    def _patience(self, until: float) -> float:
        """Return for how many seconds waiting makes sense; raises NoPlace when it does not."""
        seconds = min(until, self._moved_at + _STILL_SECONDS) - self._clock()
        try:
            seconds = remaining(seconds)
        except DeadlineExceeded:
            seconds = 0
        if seconds <= 0:
            raise NoPlace
        return seconds

    def leave(self) -> None:
        with self._changed:
            self._free += 1
            self._moved_at = self._clock()
            self._ends.append(self._moved_at)
            self._changed.notify()
