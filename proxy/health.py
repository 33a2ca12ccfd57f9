"""Whether the upstreams can be reached."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from proxy.deadline import deadline

_CHECK_SECONDS = 3.0
# Readiness is asked often and by anybody; the upstreams are asked at most this often.
_FRESH_SECONDS = 1.0


class Reachable(Protocol):
    """An outside system that can be asked for a sign of life."""

    @property
    def name(self) -> str:
        """Its name in answers."""

    def is_reachable(self) -> bool:
        """Tell whether it answers; within the deadline in force."""


class Readiness:
    """Asks each upstream for any answer below 500, and remembers the answers for a moment."""

    def __init__(
        self, upstreams: tuple[Reachable, ...], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._upstreams = upstreams
        self._clock = clock
        self._lock = threading.Lock()
        self._checked_at = -_FRESH_SECONDS
        self._states: dict[str, str] = {}

    def states(self) -> dict[str, str]:
        """Return "up" or "down" by upstream name; an upstream with several hosts is up whole."""
        with self._lock:
            if self._clock() - self._checked_at >= _FRESH_SECONDS:
                self._states = self._check()
                self._checked_at = self._clock()
            return dict(self._states)

    def _check(self) -> dict[str, str]:
        with ThreadPoolExecutor(max_workers=len(self._upstreams)) as pool:
            answers = list(pool.map(_is_up, self._upstreams))
        states: dict[str, str] = {}
        for upstream, is_up in zip(self._upstreams, answers, strict=True):
            if states.get(upstream.name) != "down":
                states[upstream.name] = "up" if is_up else "down"
        return states


def _is_up(upstream: Reachable) -> bool:
    with deadline(_CHECK_SECONDS):
        return upstream.is_reachable()
