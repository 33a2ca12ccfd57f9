"""Locks by key: requests that would do the same thing twice wait for each other.

It holds within one process. Two processes can still race, so nothing may rely on it for safety:
what it saves is a second, billed verification after a double click.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class KeyedLocks:
    """One lock per key, kept only while somebody holds it or waits for it.

    At most `most_per_key` hold or wait for one key: more would only take threads from others.
    """

    def __init__(self, most_per_key: int = 16) -> None:
        self._most_per_key = most_per_key
        self._guard = threading.Lock()
        self._locks: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def hold(self, key: str, seconds: float) -> Iterator[bool]:
        """Hold the key's lock inside the block.

        Yields False when it was not free in time, at once when too many wait for it already.
        """
        with self._guard:
            lock, users = self._locks.get(key, (threading.Lock(), 0))
            is_crowded = users >= self._most_per_key
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
