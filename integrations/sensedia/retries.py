"""What AWS cannot do just now is tried again, after a pause that grows, until the deadline."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import TypeVar

from proxy.vendors import DeadlineExceeded, remaining

MOST_TRIES = 8
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
_T = TypeVar("_T")


def spread() -> float:
    """Return a part of a pause between a half and the whole.

    Who met in one conflict must not meet in the next one too.
    """
    return 0.5 + secrets.randbelow(501) / 1_000


class Retries:
    """Tries again; `wait` sleeps for some seconds."""

    def __init__(self, wait: Callable[[float], None] = time.sleep) -> None:
        self._wait = wait

    def until_done(
        self, step: Callable[[], _T], *passing: type[Exception], tries: int = MOST_TRIES
    ) -> _T:
        """Return what `step` returns, tried again while it raises one of `passing`.

        Raises the last of these when all tries are used up, or when the deadline comes first.
        """
        pause = _FIRST_PAUSE
        for _ in range(tries - 1):
            try:
                return step()
            except passing:
                seconds = pause * spread()
                if _time_left(seconds) < seconds:
                    raise
            self._wait(seconds)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return step()


def _time_left(at_most: float) -> float:
    try:
        return remaining(at_most)
    except DeadlineExceeded:
        return 0.0
