"""Connecting to a name with several addresses, some of which do not answer."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from proxy.outgoing.http_connection import Origin, connect
from proxy.outgoing.upstream import Upstreams, UpstreamUnavailable
from tests.proxy.conftest import StartServer
from tests.proxy.loopback import Connection

NAME = "many.test"
SHORT = 0.2
# Each with a timeout of its own, these would take twice PATIENCE.
MANY = 40
PATIENCE = SHORT * MANY / 2

Resolve = Callable[..., None]


@pytest.fixture
def resolve_to(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Return a function that gives NAME its addresses: `resolve_to(*ports)` of loopback."""
    resolve = socket.getaddrinfo

    def resolve_to(*ports: int) -> None:
        def resolver(host: Any, *arguments: Any, **options: Any) -> Any:
            if host != NAME:
                return resolve(host, *arguments, **options)
            if not ports:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            loopback = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
            return [(*loopback, ("127.0.0.1", port)) for port in ports]

        monkeypatch.setattr(socket, "getaddrinfo", resolver)

    return resolve_to


@pytest.fixture
def refusing_port() -> Iterator[int]:
    """Return a port at which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Return a port whose listener takes nobody in any more."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as listener,
        socket.create_connection(listener.getsockname()),
    ):
        yield listener.getsockname()[1]


def get() -> bytes:
    """Return what the server that was connected to says by itself."""
    connection = connect(Origin(NAME, 80, None), SHORT)
    try:
        return connection.receive(10)
    finally:
        connection.close()


def greeting(connection: Connection) -> None:
    connection.send(b"hello")


def test_the_next_address_is_used_when_one_refuses(
    start_server: StartServer, resolve_to: Resolve, refusing_port: int
) -> None:
    server = start_server(greeting)
    resolve_to(refusing_port, server.port)
    assert b"hello" == get()


def test_the_first_address_that_accepts_is_the_only_one_asked(
    start_server: StartServer, resolve_to: Resolve
) -> None:
    first, second = (start_server(greeting) for _ in range(2))
    resolve_to(first.port, second.port)
    get()
    assert (1, 0) == (first.connections, second.connections)


def test_all_addresses_share_one_timeout(resolve_to: Resolve, silent_port: int) -> None:
    resolve_to(*[silent_port] * MANY)
    began = time.monotonic()
    with pytest.raises(requests.ConnectTimeout):
        get()
    assert time.monotonic() - began < PATIENCE


def test_addresses_that_all_refuse_are_a_failed_connection(
    resolve_to: Resolve, refusing_port: int
) -> None:
    resolve_to(refusing_port, refusing_port)
    with pytest.raises(requests.ConnectionError) as caught:
        get()
    assert requests.ConnectionError is type(caught.value)


def test_a_name_that_cannot_be_one_is_a_failed_connection() -> None:
    with pytest.raises(requests.ConnectionError):
        connect(Origin("x" * 64, 80, None), SHORT)


def test_a_name_without_addresses_is_an_unavailable_upstream(resolve_to: Resolve) -> None:
    resolve_to()
    upstream = Upstreams("Tests/1.0", lambda *_: None).at("up", f"http://{NAME}")
    with pytest.raises(UpstreamUnavailable, match="up: dns"):
        upstream.request("GET", "/", headers={})
