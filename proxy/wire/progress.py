"""Judges whether bytes move: so many in any so many seconds, or the other end is given up."""

from __future__ import annotations


class Progress:
    """What one end has done so far, in bytes, and when that was last worth counting."""

    __slots__ = ("_done", "_most_seconds", "_since", "_worth")

    def __init__(self, worth: int, most_seconds: float, now: float) -> None:
        """Expect `worth` bytes in any `most_seconds`; `now` is the loop's time in seconds."""
        self._worth = worth
        self._most_seconds = most_seconds
        self._done = 0
        self._since = now

    def begin(self, now: float) -> None:
        """Count anew, from nothing."""
        self._done = 0
        self._since = now

    def has_stopped(self, done: int, now: float, *, is_its_turn: bool) -> bool:
        """Tell whether too little has moved for too long; `done` is all the bytes until `now`.

        While it `is_its_turn` not, because somebody else has to move first, no time is counted.
        """
        if not is_its_turn or done - self._done >= self._worth:
            self._done, self._since = done, now
            return False
        return now - self._since > self._most_seconds

    def seconds_since(self, now: float) -> float:
        """Return for how long too little has moved."""
        return now - self._since
