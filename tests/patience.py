"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 20.0
_POLL_SECONDS = 0.01


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Return as soon as `happened` returns true; raises TimeoutError, naming `what`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(_POLL_SECONDS)
