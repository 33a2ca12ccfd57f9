"""A deadline for everything that one incoming request waits for.

A read timeout bounds one wait for bytes, so an upstream that sends a byte now and then is never
cut off. Heroku's router gives up after 30 seconds (devcenter.heroku.com, HTTP routing, read
2026-11): every wait is therefore counted against one budget.
"""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

CONNECT_SECONDS = 4.0
_ends_at: ContextVar[float | None] = ContextVar("deadline_ends_at", default=None)


class DeadlineExceeded(TimeoutError):
    """The time for the whole request is used up."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Bound all upstream waiting inside the block; an outer, earlier deadline stays in force."""
    ends_at = time.monotonic() + seconds
    outer = _ends_at.get()
    token = _ends_at.set(ends_at if outer is None else min(outer, ends_at))
    try:
        yield
    finally:
        _ends_at.reset(token)


@contextmanager
def uncounted() -> Iterator[None]:
    """Suspend the deadline inside the block, for what must be done even when it has passed."""
    token = _ends_at.set(None)
    try:
        yield
    finally:
        _ends_at.reset(token)


def remaining(at_most: float) -> float:
    """Return the seconds left, never more than `at_most`.

    Raises DeadlineExceeded when nothing is left.
    """
    ends_at = _ends_at.get()
    if ends_at is None:
        return at_most
    left = ends_at - time.monotonic()
    if left <= 0:
        raise DeadlineExceeded("the deadline of this request has passed")
    return min(left, at_most)


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Return the one TLS context of the process.

    It trusts the system's store (and `SSL_CERT_FILE`) and `ca_file`, a PEM bundle. Loading a bundle
    costs tens of milliseconds of CPU, so it is done once for each file, and not per connection.
    """
    return _loaded(ca_file, os.environ.get("SSL_CERT_FILE"))


@cache
def _loaded(ca_file: str, _: str | None) -> ssl.SSLContext:
    """Load `ca_file` and the system's store, which the environment's file is a part of."""
    context = ssl.create_default_context()
    context.load_verify_locations(ca_file)
    return context
