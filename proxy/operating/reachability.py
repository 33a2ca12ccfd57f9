"""Whether the upstreams can be reached, for the operator to see: readiness never asks them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from proxy.logs import log_event
from proxy.outgoing.deadline import deadline
from proxy.outgoing.places import lane
from proxy.outgoing.upstream import Reachable

_CHECK_SECONDS = 3.0
# Whoever watches asks often; the upstreams are asked at most this often. A test
# marketplace takes 60 queries a minute from one address (sharetribe.com/docs, read 2026-11).
_FRESH_SECONDS = 5.0
# Whoever asks now and then, such as a monitor every half minute, waits for how things are now.
_RECENT_SECONDS = 20.0
UP, DOWN, UNKNOWN = "up", "down", "unknown"


@dataclass(frozen=True, slots=True)
class Reach:
    """How an upstream is: `state` is "up", "down" or "unknown".

    `cause` says why it is down (`proxy.outgoing.causes`).
    """

    state: str
    cause: str | None = None


class Reachability:
    """Asks each upstream for any answer below 500, and remembers the answers.

    While they are recent, nobody waits: who finds them no longer fresh has them asked for in the
    background. Where they are not, one caller asks and waits, three seconds at most, and whoever
    comes meanwhile gets the last ones at once. So one upstream that hangs holds one thread, however
    many want to know.
    """

    def __init__(
        self, upstreams: tuple[Reachable, ...], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._upstreams = upstreams
        self._clock = clock
        # Held for moments only, never while an upstream is asked.
        self._lock = threading.Lock()
        self._is_asking = False
        self._checked_at = -_RECENT_SECONDS
        self._states = {upstream.name: Reach(UNKNOWN) for upstream in upstreams}

    def states(self) -> dict[str, Reach]:
        """Return how each upstream is, by its name; one with several hosts is up whole.

        All are "unknown" to those who come while they are asked for the first time.
        """
        with self._lock:
            age = self._clock() - self._checked_at
            states = dict(self._states)
            if self._is_asking or age < _FRESH_SECONDS:
                return states
            self._is_asking = True
        if age >= _RECENT_SECONDS:
            return self._ask()
        try:
            threading.Thread(target=self._ask_unseen, name="reachability", daemon=True).start()
        except RuntimeError:  # no more threads can be had now; the next caller tries again
            self._is_asking = False
        return states

    def _ask_unseen(self) -> None:
        """Ask where nobody waits; what goes wrong shows to the one who waits for the next."""
        try:
            self._ask()
        except Exception as error:
            log_event("defect", logging.ERROR, error=type(error).__name__, cause="reachability")

    def _ask(self) -> dict[str, Reach]:
        try:
            states = self._check()
            with self._lock:
                self._states, self._checked_at = states, self._clock()
        finally:
            self._is_asking = False
        return dict(states)

    def _check(self) -> dict[str, Reach]:
        with ThreadPoolExecutor(max_workers=len(self._upstreams)) as pool:
            causes = list(pool.map(_why_down, self._upstreams))
        states: dict[str, Reach] = {}
        for upstream, cause in zip(self._upstreams, causes, strict=True):
            if states.get(upstream.name, Reach(UP)).state == UP:
                states[upstream.name] = Reach(UP) if cause is None else Reach(DOWN, cause)
        return states


def _why_down(upstream: Reachable) -> str | None:
    # A thread of this check alone: its calls take nobody's places.
    lane.set("checks")
    with deadline(_CHECK_SECONDS):
        return upstream.why_unreachable()
