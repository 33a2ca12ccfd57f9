"""The app's clock in tests that move it by hand."""

from __future__ import annotations

import time
from collections.abc import Callable


class FastClock:
    """The real clock, or another (`now`, in unix seconds), that is `ahead` seconds fast."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self.ahead = 0.0

    def __call__(self) -> float:
        return self._now() + self.ahead
