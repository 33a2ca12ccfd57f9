"""One connection to another server, over a socket that never blocks: every wait is bounded.

The bounds are the longest silence, which the caller names, and the deadline in force
(`proxy.outgoing.deadline`): a server that sends a byte now and then is cut off by the latter. A
socket that does not block, and one `poll` before what has to wait, cost about half the system calls
of a socket with a timeout, each of which gives the other threads their turn.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass

import requests

from proxy.outgoing.deadline import deadline, remaining

_RECEIVE_BYTES = 64 * 1024
_CANNOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where to connect to; `context` is None for plain HTTP."""

    host: str
    port: int
    context: ssl.SSLContext | None


class HttpConnection:
    """A connection that carries one exchange at a time; `kept_since` is its user's to set."""

    __slots__ = ("_readable", "_socket", "_tls", "_writable", "kept_since")

    def __init__(self, connected: socket.socket) -> None:
        """Take a connected socket, after its TLS handshake."""
        connected.setblocking(False)
        self._socket = connected
        self._tls = connected if isinstance(connected, ssl.SSLSocket) else None
        self._readable = select.poll()
        self._readable.register(connected, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(connected, select.POLLOUT)
        self.kept_since = 0.0

    def is_quiet(self) -> bool:
        """Tell whether it stands open with nothing to read, which it must between exchanges."""
        if self._tls is not None and self._tls.pending():
            return False
        return not self._readable.poll(0)

    def send(self, data: bytes, seconds: float) -> None:
        """Send all of `data`; `seconds` is the longest time without progress.

        Raises TimeoutError (DeadlineExceeded among them) and OSError.
        """
        left = memoryview(data)
        until = time.monotonic() + seconds
        remaining(seconds)
        while left:
            try:
                sent = self._socket.send(left)
            except _CANNOT_YET as error:
                wants_to_read = isinstance(error, ssl.SSLWantReadError)
                _wait(self._readable if wants_to_read else self._writable, until)
            else:
                left = left[sent:]
                until = time.monotonic() + seconds

    def receive(self, seconds: float) -> bytes:
        """Return what comes next, b"" at the end; `seconds` is the longest silence.

        Raises TimeoutError (DeadlineExceeded among them) and OSError.
        """
        until = time.monotonic() + seconds
        if self._tls is None or not self._tls.pending():
            _wait(self._readable, until)
        while True:
            try:
                return self._socket.recv(_RECEIVE_BYTES)
            except _CANNOT_YET as error:
                wants_to_write = isinstance(error, ssl.SSLWantWriteError)
                _wait(self._writable if wants_to_write else self._readable, until)

    def close(self) -> None:
        """Close it, without a word to the other side."""
        self._socket.close()


def _wait(poll: select.poll, until: float) -> None:
    """Wait for what `poll` is about; raises TimeoutError after `until`, or at the deadline."""
    while True:
        left = remaining(until - time.monotonic())
        if left <= 0:
            raise TimeoutError("silence")
        if poll.poll(left * 1000):
            return


def connect(origin: Origin, seconds: float) -> HttpConnection:
    """Connect to the first address that answers, within `seconds` for all of them and TLS.

    Raises requests' ConnectTimeout, SSLError and ConnectionError, and DeadlineExceeded.
    """
    remaining(seconds)
    try:
        with deadline(seconds):
            connected = _connect(origin, seconds)
            return HttpConnection(_secured(connected, origin, seconds))
    except ssl.SSLError as error:
        raise requests.exceptions.SSLError("no TLS") from error
    except TimeoutError as error:
        remaining(seconds)
        raise requests.ConnectTimeout("connecting timed out") from error
    except (OSError, UnicodeError) as error:  # the latter is a name that cannot be one
        raise requests.ConnectionError("no address accepts a connection") from error


def _connect(origin: Origin, seconds: float) -> socket.socket:
    failure: OSError = socket.gaierror("the name has no address")
    # Nothing bounds the looking up of a name but the system's own resolver.
    found = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    for family, kind, protocol, _, address in found:
        connected = socket.socket(family, kind, protocol)
        try:
            connected.settimeout(remaining(seconds))
            connected.connect(address)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connected.close()
            failure = error
        else:
            return connected
    raise failure


def _secured(connected: socket.socket, origin: Origin, seconds: float) -> socket.socket:
    if origin.context is None:
        return connected
    try:
        connected.settimeout(remaining(seconds))
        return origin.context.wrap_socket(connected, server_hostname=origin.host)
    except BaseException:
        # What wrap_socket has taken over it closes itself.
        with suppress(OSError):
            connected.close()
        raise
