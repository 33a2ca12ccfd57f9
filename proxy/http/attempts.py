"""Guessing is slow: failed attempts are counted by where they come from.

Some are free. Then each further one makes the source wait longer before it is judged again; what
comes before that is refused unjudged, so that no flood finds a password sooner. Nobody else waits,
and no thread sleeps. What is remembered is this process's, bounded, and forgiven with time: it
makes guessing slow, not impossible, so a secret still must be one that cannot be guessed.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from proxy.problems import Problem

FREE_ATTEMPTS = 10
MAX_SOURCES = 4_096
_LONGEST_WAIT = 60.0
# The failure at which the longest wait is reached; more are not remembered.
_LONGEST_STREAK = 7
_FORGIVING_SECONDS = 300.0


class Attempt:
    """An attempt that is being judged: without a verdict in the end it does not count."""

    def __init__(self) -> None:
        self.verdict: bool | None = None

    def failed(self) -> None:
        """Say that it was wrong."""
        self.verdict = False

    def succeeded(self) -> None:
        """Say that it was right: the failures before it are forgotten."""
        self.verdict = True


@dataclass(slots=True)
class _Source:
    """What is known of one source; times are by the clock in seconds."""

    failures: int = 0
    forgiven_at: float = 0.0
    waits_until: float = 0.0
    judging: int = 0


class Attempts:
    """Failed attempts at one kind of secret, by source; a source is any text (guards.source_of)."""

    def __init__(
        self, free: int = FREE_ATTEMPTS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take how many failures cost nothing, and a clock in seconds that does not jump."""
        self._free = free
        self._clock = clock
        # Held for moments only, never while an attempt is judged.
        self._lock = threading.Lock()
        # The one that was heard of longest ago comes first.
        self._sources: OrderedDict[str, _Source] = OrderedDict()

    @contextmanager
    def judging(self, source: str) -> Iterator[Attempt]:
        """Judge an attempt inside the block, and tell the verdict to what it yields.

        Raises Problem `too-many-attempts` instead when the source has to wait: for its time, or
        for those of its attempts that are being judged, as soon as they could be one too many.
        """
        self._begin(source)
        attempt = Attempt()
        try:
            yield attempt
        finally:
            self._end(source, attempt.verdict)

    def _begin(self, source: str) -> None:
        with self._lock:
            now = self._clock()
            known = self._sources.get(source) or _Source(forgiven_at=now)
            self._forgive(known, now)
            seconds = known.waits_until - now
            # At once, only as many are judged as may fail for free: else a hundred would be.
            if seconds <= 0 and known.judging and known.failures + known.judging >= self._free:
                seconds = 1.0
            known.judging += seconds <= 0
            self._remember(source, known)
        if seconds > 0:
            raise Problem("too-many-attempts", retry_after=math.ceil(seconds))

    def _end(self, source: str, verdict: bool | None) -> None:
        with self._lock:
            now = self._clock()
            known = self._sources.get(source) or _Source(forgiven_at=now, judging=1)
            known.judging -= 1
            if verdict is False:
                self._count_failure(known, now)
            elif verdict:
                known.failures, known.waits_until = 0, now
            self._remember(source, known)

    def _forgive(self, known: _Source, now: float) -> None:
        """Take one failure back for every five minutes since the last one."""
        forgiven = int((now - known.forgiven_at) / _FORGIVING_SECONDS)
        known.failures = max(0, known.failures - forgiven)
        known.forgiven_at += forgiven * _FORGIVING_SECONDS

    def _count_failure(self, known: _Source, now: float) -> None:
        known.failures = min(known.failures + 1, self._free + _LONGEST_STREAK)
        known.forgiven_at = now
        if known.failures > self._free:
            wait = min(2.0 ** (known.failures - self._free - 1), _LONGEST_WAIT)
            known.waits_until = max(known.waits_until, now + wait)

    def _remember(self, source: str, known: _Source) -> None:
        """Keep what is worth keeping, and forget who was not heard of for longest."""
        if not known.failures and not known.judging:
            self._sources.pop(source, None)
            return
        self._sources[source] = known
        self._sources.move_to_end(source)
        while len(self._sources) > MAX_SOURCES:
            self._sources.popitem(last=False)
