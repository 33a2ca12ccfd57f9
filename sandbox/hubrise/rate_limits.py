"""How many requests a connection may make: "Rate Limiting" in "General Concepts", 2026-11-20."""

import math
from collections import Counter
from collections.abc import Callable

from sandbox.hubrise.refusals import too_many_requests

WINDOWS = ((500, 60), (2_500, 3_600), (10_000, 86_400))
"""Limits for all requests, as (requests, seconds)."""
HIGH_LOAD = (10, 60)
"""The additional limit for "high load queries" such as listing orders."""


class RateLimits:
    """Counts requests per connection in windows that "start at a round minute, hour, and day"."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with nothing counted; `clock` answers Unix seconds."""
        self._clock = clock
        self._counts: Counter[tuple[str, int, int, bool]] = Counter()

    def count(self, token: str, *, high_load: bool) -> None:
        """Count one request; raises RefusalError (429) where that is one too many."""
        now = self._clock()
        windows = [(limit, seconds, False) for limit, seconds in WINDOWS]
        if high_load:
            windows.append((*HIGH_LOAD, True))
        for limit, seconds, of_high_load in windows:
            window = (token, seconds, int(now // seconds), of_high_load)
            self._counts[window] += 1
            if self._counts[window] > limit:
                raise too_many_requests(math.ceil(seconds - now % seconds))
