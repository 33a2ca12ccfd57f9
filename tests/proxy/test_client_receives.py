"""A client that sends slowly, or not at all, is waited for within bounds."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from proxy.deadline import CLIENT_GAP_SECONDS, counted_receives, deadline
from tests.proxy.loopback import DRIP_SECONDS

SHORT = 0.2

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Return the server's and the client's end of a connection; the server's blocks."""
    server, client = socket.socketpair()
    with server, client:
        yield server, client


def receive(connection: socket.socket, count: int) -> None:
    for _ in range(count):
        connection.recv(1)


def test_a_silent_client_is_cut_off_at_the_deadline(pair: Pair) -> None:
    server, _ = pair
    with deadline(SHORT), counted_receives(server), pytest.raises(TimeoutError):
        server.recv(1)


def test_a_client_that_sends_a_byte_now_and_then_is_cut_off_as_well(pair: Pair) -> None:
    server, client = pair
    done = threading.Event()

    def drip() -> None:
        with contextlib.suppress(OSError):
            while not done.wait(DRIP_SECONDS):
                client.send(b"x")

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        with deadline(SHORT), pytest.raises(TimeoutError), counted_receives(server):
            receive(server, int(5 / DRIP_SECONDS))
    finally:
        done.set()
        dripping.join()


def test_a_silence_has_its_own_limit(pair: Pair) -> None:
    server, client = pair
    client.send(b"x")
    with counted_receives(server):
        server.recv(1)
        assert CLIENT_GAP_SECONDS == server.gettimeout()


def test_what_arrives_in_time_is_received(pair: Pair) -> None:
    server, client = pair
    client.send(b"body")
    with deadline(SHORT), counted_receives(server):
        assert b"body" == server.recv(10)


def test_the_connection_is_as_before_afterwards(pair: Pair) -> None:
    server, _ = pair
    with deadline(SHORT), pytest.raises(TimeoutError), counted_receives(server):
        server.recv(1)
    assert (socket.socket, None) == (type(server), server.gettimeout())


@pytest.mark.parametrize("connection", [None, object()])
def test_what_is_no_plain_socket_is_left_alone(connection: object) -> None:
    kind = type(connection)
    with counted_receives(connection):
        assert kind is type(connection)
