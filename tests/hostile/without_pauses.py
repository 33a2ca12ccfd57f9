"""What tries again does so at once, where every try would be answered the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def without_pauses(*kinds: type) -> Iterator[None]:
    """Have what is made of these classes inside the block pass no time between its tries.

    Each of them takes `time.sleep` where nothing else is given.
    """
    with pytest.MonkeyPatch.context() as patched:
        for kind in kinds:
            usual = kind.__init__.__defaults__  # type: ignore[misc]  # of the class that is named
            assert time.sleep in usual, kind
            at_once = tuple(_pass if one is time.sleep else one for one in usual)
            patched.setattr(kind.__init__, "__defaults__", at_once)  # type: ignore[misc]
        yield


def _pass(_: float) -> None:
    """Pass no time."""
