"""What sessions that the marketplace refuses may cost it: a token bucket for each source.

A test marketplace takes 60 queries and 30 commands a minute from one address, and that is ours
(sharetribe.com/docs, rate limiting, read 2026-11). Whoever sends made-up sessions has them asked
about, and would use that up for everybody. Who guesses a session is not the point: nobody can.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from proxy.problems import Problem

Source = Callable[[], str]
CALLS_AT_ONCE = 20
SECONDS_A_CALL = 3.0
# A flood that came all at once is paid for until here; its neighbours at one address wait, too.
_LONGEST_DEBT = 300.0
_MAX_SOURCES = 4_096


class CallBudget:
    """Twenty refused calls at once, and twenty a minute, for each source; thread-safe.

    A source is told by a function, since it is asked for only where something is owed at all.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        # By source: when all of its calls are paid for. Who spent longest ago comes first.
        self._paid_at: OrderedDict[str, float] = OrderedDict()

    @property
    def is_touched(self) -> bool:
        """Tell whether anybody owes anything; most of the time nobody does."""
        return bool(self._paid_at)

    def check(self, source: Source) -> None:
        """Raise Problem `too-many-attempts` when a source has nothing left to spend."""
        name = source()
        with self._guard:
            now = self._clock()
            self._forget(now)
            debt = self._paid_at.get(name, now) - now
        seconds = debt - (CALLS_AT_ONCE - 1) * SECONDS_A_CALL
        if seconds > 0:
            raise Problem("too-many-attempts", retry_after=math.ceil(seconds))

    def spend(self, source: Source) -> None:
        """Count a call that was answered with a refusal."""
        name = source()
        with self._guard:
            now = self._clock()
            paid_at = max(now, self._paid_at.pop(name, now)) + SECONDS_A_CALL
            self._paid_at[name] = min(paid_at, now + _LONGEST_DEBT)
            self._forget(now)

    def _forget(self, now: float) -> None:
        while self._paid_at:
            oldest = next(iter(self._paid_at))
            if self._paid_at[oldest] > now and len(self._paid_at) <= _MAX_SOURCES:
                return
            del self._paid_at[oldest]
