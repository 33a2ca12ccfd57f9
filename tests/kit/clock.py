"""The app's clock in tests that move it by hand."""

from __future__ import annotations

import time


class FastClock:
    """The real clock, or one that is `ahead` seconds fast."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead
