"""How long a request has waited at the router, told by a clock that is not ours."""

from __future__ import annotations

# Where a number of seconds since 1970 is told in another unit, it is this much larger.
_UNITS = (1_000_000.0, 1_000.0, 1.0)
# A router has given up long before: what is older tells of a clock, not of a wait.
_BELIEVED_SECONDS = 60.0
_WINDOW_SECONDS = 300.0
# So many requests have not all waited.
_ENOUGH = 10


class RouterClock:
    """Reads `X-Request-Start`.

    Two machines do not agree on the time, and a clock that is five seconds off must not make every
    request look old. Of the last minutes' requests, once there are some, the quickest is taken for
    one that did not wait: what others took longer than it is their wait.
    """

    def __init__(self) -> None:
        self._window_ends = 0.0
        self._count = 0
        self._least = self._least_before = float("inf")

    def waited(self, told: bytes | None, now: float) -> float:
        """Return the seconds that a request has waited, 0 when that is not told.

        `told` is the field's value: Heroku sends milliseconds since 1970 (devcenter.heroku.com,
        HTTP routing, read 2026-11), others put "t=" before it, or count in seconds or microseconds.
        `now` is our own clock, in seconds since 1970.
        """
        difference = _difference(told, now)
        if difference is None:
            return 0.0
        if now >= self._window_ends or now < self._window_ends - _WINDOW_SECONDS:
            self._least_before, self._least = self._least, float("inf")
            self._window_ends = now + _WINDOW_SECONDS
        self._least = min(self._least, difference)
        self._count += 1
        if self._count < _ENOUGH:
            return max(difference, 0.0)
        return difference - min(self._least, self._least_before)


def _difference(told: bytes | None, now: float) -> float | None:
    """Return how far `now` is from what is told, in seconds; None for what cannot be a wait."""
    try:
        began = float((told or b"").strip().removeprefix(b"t="))
    except ValueError:
        return None
    for unit in _UNITS:
        if abs(now - began / unit) < _BELIEVED_SECONDS:
            return now - began / unit
    return None
