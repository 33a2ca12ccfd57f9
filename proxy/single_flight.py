"""Locks by key: requests that would do the same thing twice wait for each other.

It holds within one process. Two processes can still race, so nothing may rely on it for safety:
what it saves is a second, billed verification after a double click.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

# One at work and one waiting: more of the same would only take threads from others.
_MOST_PER_KEY = 2


class KeyedLocks:
    """One lock per key, kept only while somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def hold(self, key: str, seconds: float) -> Iterator[bool]:
        """Hold the key's lock inside the block.

        Yields False when it was not free in time, at once when somebody waits for it already.
        """
        with self._guard:
            lock, users = self._locks.get(key, (threading.Lock(), 0))
            is_crowded = users >= _MOST_PER_KEY
            if not is_crowded:
                self._locks[key] = (lock, users + 1)
        if is_crowded:
            yield False
            return
        held = lock.acquire(timeout=seconds)
        try:
            yield held
        finally:
            if held:
                lock.release()
            with self._guard:
                lock, users = self._locks[key]
                if users == 1:
                    del self._locks[key]
                else:
                    self._locks[key] = (lock, users - 1)
