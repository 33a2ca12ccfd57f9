"""Misbehaviour that a simulated vendor shows on request."""

import socket
import threading
from collections.abc import Callable
from typing import Literal, get_args

from flask import Response, request

Mode = Literal["ok", "error", "hang", "reset", "rate-limit", "garbage"]

LONGEST_HANG_SECONDS = 60.0
DROPPED = "sandbox.dropped"
"""Key in the WSGI environ of a request whose connection was dropped: it has no status to log."""


class Faults:
    """Switchable misbehaviour; put `apply` into an application's `before_request`.

    The modes are:

    - `ok`: none.
    - `error`: 503 with an HTML body where JSON is promised.
    - `hang`: the answer is held until `release()`, for 60 seconds at most.
    - `reset`: the connection is dropped without an answer.
    - `rate-limit`: 429 in the vendor's own words, without a Retry-After header.
    - `garbage`: 200 with an HTML body where JSON is promised.
    """

    def __init__(self, rate_limited: Callable[[], Response] | None = None) -> None:
        """Start in mode `ok`; `rate_limited` makes the vendor's documented 429 answer."""
        self.only_paths: frozenset[str] = frozenset()
        self._rate_limited = rate_limited or _plain_rate_limit
        self._mode: Mode = "ok"
        self._gate = threading.Event()

    @property
    def mode(self) -> Mode:
        """What every request meets, or only those under `only_paths` where that is not empty."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        if mode not in get_args(Mode):
            raise ValueError(f"unknown fault mode {mode!r}")
        self._mode = mode

    def release(self) -> None:
        """Let go of all requests that hang now; later ones hang anew."""
        gate, self._gate = self._gate, threading.Event()
        gate.set()

    def reset(self) -> None:
        """Behave again, on every path, and let go of the requests that hang."""
        self._mode = "ok"
        self.only_paths = frozenset()
        self.release()

    def apply(self) -> Response | None:
        """Misbehave on the current Flask request; None means that it takes its usual course."""
        if self.only_paths and not request.path.startswith(tuple(self.only_paths)):
            return None
        if self._mode == "error":
            return Response("<html><body><h1>503 Service Unavailable</h1></body></html>", 503)
        if self._mode == "garbage":
            return Response("<html><body><h1>It works!</h1></body></html>", 200)
        if self._mode == "rate-limit":
            return self._rate_limited()
        if self._mode == "hang":
            self._gate.wait(LONGEST_HANG_SECONDS)
        if self._mode == "reset":
            return _drop_connection()
        return None


def _drop_connection() -> Response:
    """Close the peer's socket under the answer, which then never leaves."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    request.environ[DROPPED] = True
    return Response(status=500)


def _plain_rate_limit() -> Response:
    return Response("Too Many Requests", 429, content_type="text/plain")
