"""Requests to a router from a chosen address."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from http.client import HTTPConnection

from sandbox.ports import HOST
from tests.proxy.loopback import Reply
from tests.routers.router_process import NAME

# The address that the simulated vendor calls from, and one that nobody knows.
VENDOR, STRANGER = "127.0.0.2", "127.0.0.9"
PATIENCE_SECONDS = 10.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def ask(
    port: int,
    method: str,
    target: str,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    source: str = HOST,
) -> Reply:
    """Send one request on a connection of its own, from `source`."""
    connection = HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS, source_address=(source, 0))
    with contextlib.closing(connection):
        connection.request(method, target, body or None, {"Host": NAME, **(headers or {})})
        with connection.getresponse() as answer:
            return Reply(answer.status, answer.headers, answer.read())


def connect(port: int) -> socket.socket:
    """Return a connection to the router."""
    return socket.create_connection((HOST, port), timeout=PATIENCE_SECONDS)
