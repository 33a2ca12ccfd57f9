"""A clock that a test moves by hand."""

from __future__ import annotations


class Clock:
    """Seconds that pass when a test says so, from `now` on."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
