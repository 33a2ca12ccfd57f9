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
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

CONNECT_SECONDS = 4.0
# The longest silence of a client that is sending a body.
CLIENT_GAP_SECONDS = 10.0
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
    """Suspend the deadline inside the block, for what may rightly take long (a large upload)."""
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


class _ClientSocket(socket.socket):
    """A client's connection, every receive of which is bounded by the deadline in force."""

    __slots__ = ()

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        self.settimeout(remaining(CLIENT_GAP_SECONDS))
        return super().recv(bufsize, flags)


@contextmanager
def counted_receives(connection: object) -> Iterator[None]:
    """Bound what is received from a client inside the block: a TimeoutError ends the waiting.

    `connection` is the server's socket, which blocks without end by itself; its class is changed
    for the time of the block, because servers offer no other way. Anything else is left alone.
    """
    if type(connection) is not socket.socket:
        yield
        return
    connection.__class__ = _ClientSocket
    try:
        yield
    finally:
        connection.__class__ = socket.socket
        connection.settimeout(None)


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self, _PlainSocket)


class _TlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self, socket.socket)


def _connect(connection: HTTPConnection, make: type[socket.socket]) -> socket.socket:
    """Connect to the first address that answers; all of them share the connect timeout.

    urllib3 gives each address the whole timeout, and a host may have many. Raises what urllib3's
    own connecting raises.
    """
    seconds = float(connection.timeout or CONNECT_SECONDS)
    failure: OSError = OSError("the name has no address")
    try:
        with deadline(seconds):
            for family, kind, protocol, _, address in _addresses(connection):
                connected = make(family, kind, protocol)
                try:
                    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    connected.settimeout(remaining(seconds))
                    connected.connect(address)
                except OSError as error:
                    connected.close()
                    failure = error
                else:
                    connected.settimeout(seconds)
                    return connected
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, "connecting timed out") from failure
    raise NewConnectionError(connection, "no address accepts a connection") from failure


def _addresses(connection: HTTPConnection) -> list[tuple[Any, ...]]:
    return socket.getaddrinfo(connection.host, connection.port, type=socket.SOCK_STREAM)


class PlainPool(HTTPConnectionPool):
    """urllib3's pool over sockets that keep to the deadline."""

    ConnectionCls = _PlainConnection


class TlsPool(HTTPSConnectionPool):
    """urllib3's pool over TLS sockets that keep to the deadline (see `tls_context`)."""

    ConnectionCls = _TlsConnection


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
