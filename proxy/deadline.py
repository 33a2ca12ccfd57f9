"""A deadline for everything that one incoming request waits for.

A read timeout bounds one wait for bytes, so an upstream that sends a byte now and then is never
cut off. Heroku's router gives up after 30 seconds (devcenter.heroku.com, HTTP routing, read
2026-11): the sockets here therefore count every wait against one budget.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

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


class _PlainSocket(socket.socket):
    """A socket whose every receive is bounded by the deadline in force."""

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        read_timeout = _shorten_timeout(self)
        try:
            return super().recv_into(buffer, nbytes, flags)
        finally:
            self.settimeout(read_timeout)


class _TlsSocket(ssl.SSLSocket):
    """The same behind TLS."""

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        read_timeout = _shorten_timeout(self)
        try:
            return super().recv_into(buffer, nbytes, flags)
        finally:
            self.settimeout(read_timeout)


def _shorten_timeout(connected: socket.socket) -> float | None:
    """Cap the socket's timeout at what is left; return the timeout to restore."""
    read_timeout = connected.gettimeout()
    if read_timeout is not None:
        connected.settimeout(remaining(read_timeout))
    return read_timeout


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        timeout = connected.gettimeout()
        counted = _PlainSocket(
            connected.family, connected.type, connected.proto, fileno=connected.detach()
        )
        counted.settimeout(timeout)
        return counted


class PlainPool(HTTPConnectionPool):
    """urllib3's pool over sockets that keep to the deadline."""

    ConnectionCls = _PlainConnection


class TlsPool(HTTPSConnectionPool):
    """urllib3's pool over TLS sockets that keep to the deadline (see `tls_context`)."""

    ConnectionCls = HTTPSConnection


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Return the one TLS context of the process.

    It trusts the system's store (and `SSL_CERT_FILE`) and `ca_file`, a PEM bundle. Loading a bundle
    costs tens of milliseconds of CPU, so it is done once and not per connection.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(ca_file)
    context.sslsocket_class = _TlsSocket
    return context


def pool_classes() -> dict[str, Any]:
    """Return the pool classes by URL scheme, as urllib3's PoolManager wants them."""
    return {"http": PlainPool, "https": TlsPool}
