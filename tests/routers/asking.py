"""Requests to a router from a chosen address."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from http.client import HTTPConnection

import pytest

from sandbox.kit import router
from sandbox.ports import HOST
from tests.proxy.loopback import Reply
from tests.routers.router_process import NAME

# The addresses that the vendor calls from: that of the tests, and one to claim. Nobody knows the
# last one, which a machine may lack.
VENDOR, CLAIMED, STRANGER = HOST, router.VENDOR, "127.0.0.9"
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
    """Send one request on a connection of its own, from `source`.

    Skips the test, with a line that says so, where this machine has no such address.
    """
    if not _is_ours(source):
        pytest.skip(f"the loopback of this machine has no {source}: no router can see a stranger")
    connection = HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS, source_address=(source, 0))
    with contextlib.closing(connection):
        connection.request(method, target, body or None, {"Host": NAME, **(headers or {})})
        with connection.getresponse() as answer:
            return Reply(answer.status, answer.headers, answer.read())


def _is_ours(address: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def connect(port: int) -> socket.socket:
    """Return a connection to the router."""
    return socket.create_connection((HOST, port), timeout=PATIENCE_SECONDS)
