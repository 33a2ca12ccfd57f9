"""A WebSocket between a real client and a real server, through the server in front."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from proxy.wire.limits import Limits
from sandbox.ports import free_port
from tests.kit.world import KitWorld
from tests.patience import wait_until
from tests.proxy.fronted import request
from tests.world import World

LARGE = 5 * 1024 * 1024
CHAT = Subprotocol("chat")
Handle = Callable[[ServerConnection], None]


class SocketFrontend:
    """A frontend whose WebSockets are handled as `handle` says at that time."""

    def __init__(self) -> None:
        self.handle: Handle = _echo
        self.server: Server = serve(
            self._handle,
            "127.0.0.1",
            0,
            max_size=None,
            compression=None,
            subprotocols=[CHAT],
        )
        self.port: int = self.server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self.server.serve_forever)
        self._thread.start()

    def _handle(self, client: ServerConnection) -> None:
        self.handle(client)

    def close(self) -> None:
        """Stop."""
        self.server.shutdown()
        self._thread.join()


def _echo(client: ServerConnection) -> None:
    for message in client:
        client.send(message)


@pytest.fixture(scope="module")
def fronted_socket() -> Iterator[tuple[World, SocketFrontend]]:
    """Return a world in front of a frontend that speaks WebSocket."""
    frontend = SocketFrontend()
    world = KitWorld(FRONTEND_URL=f"http://127.0.0.1:{frontend.port}", limits=Limits(tunnels=3))
    yield world, frontend
    world.close()
    frontend.close()


@pytest.fixture
def handled_by(
    fronted_socket: tuple[World, SocketFrontend],
) -> Iterator[Callable[[Handle], World]]:
    """Return a function that returns that world, its WebSockets handled so."""
    world, frontend = fronted_socket

    def behave(handle: Handle) -> World:
        frontend.handle = handle
        return world

    yield behave
    wait_until(lambda: not world.taken, f"still taken: {world.taken}")


@contextmanager
def _connected(world: World) -> Iterator[ClientConnection]:
    address = f"ws://127.0.0.1:{world.port}/socket?room=1"
    with connect(
        address, max_size=None, compression=None, subprotocols=[CHAT], proxy=None
    ) as client:
        yield client


@pytest.mark.parametrize("message", ["hello \u00e9", b"\x00\xff", "", os.urandom(LARGE)])
def test_messages_go_both_ways(handled_by: Callable[[Handle], World], message: str | bytes) -> None:
    with _connected(handled_by(_echo)) as client:
        for _ in range(2):
            client.send(message)
            assert message == client.recv(20)


def test_the_subprotocol_is_agreed_on(handled_by: Callable[[Handle], World]) -> None:
    with _connected(handled_by(_echo)) as client:
        assert CHAT == client.subprotocol


def test_what_the_frontend_says_at_once_arrives(handled_by: Callable[[Handle], World]) -> None:
    with _connected(handled_by(lambda client: client.send("welcome"))) as client:
        assert "welcome" == client.recv(20)


def test_the_frontends_close_code_arrives(handled_by: Callable[[Handle], World]) -> None:
    world = handled_by(lambda client: client.close(4001, "that is all"))
    with _connected(world) as client, pytest.raises(ConnectionClosed) as closed:
        client.recv(20)
    received = closed.value.rcvd
    assert received is not None
    assert (4001, "that is all") == (received.code, received.reason)


def test_the_clients_close_code_arrives(handled_by: Callable[[Handle], World]) -> None:
    codes: list[int | None] = []

    def handle(client: ServerConnection) -> None:
        with pytest.raises(ConnectionClosed):
            client.recv(20)
        codes.append(client.close_code)

    with _connected(handled_by(handle)) as client:
        client.close(4002, "enough")
    wait_until(lambda: codes == [4002], "the frontend is not told")


def test_the_frontend_is_told_that_its_client_has_vanished(
    handled_by: Callable[[Handle], World],
) -> None:
    codes: list[int | None] = []

    def handle(client: ServerConnection) -> None:
        with pytest.raises(ConnectionClosed):
            client.recv(20)
        codes.append(client.close_code)

    with _connected(handled_by(handle)) as client:
        client.socket.shutdown(socket.SHUT_RDWR)
        wait_until(lambda: codes == [1006], "the frontend is not told")


def test_the_client_is_told_that_the_frontend_has_vanished(
    handled_by: Callable[[Handle], World],
) -> None:
    def handle(client: ServerConnection) -> None:
        client.recv(20)
        client.socket.shutdown(socket.SHUT_RDWR)

    with _connected(handled_by(handle)) as client:
        client.send("go")
        with pytest.raises(ConnectionClosed):
            client.recv(20)
        assert 1006 == client.close_code


@pytest.mark.parametrize("sender", ["frontend", "client"])
def test_who_does_not_read_holds_the_other_up(
    handled_by: Callable[[Handle], World], sender: str
) -> None:
    sent: list[int] = []
    may_read = threading.Event()
    count = 64

    def send(connection: ClientConnection | ServerConnection) -> None:
        for number in range(count):
            connection.send(bytes(1024 * 1024))
            sent.append(number)
        connection.send("end")

    def read(connection: ClientConnection | ServerConnection) -> None:
        may_read.wait(20)
        while connection.recv(20) != "end":
            pass
        connection.send("read")

    def handle(client: ServerConnection) -> None:
        (send if sender == "frontend" else read)(client)
        if sender == "frontend":
            assert "read" == client.recv(20)

    with _connected(handled_by(handle)) as client:
        other = threading.Thread(target=(read if sender == "frontend" else send), args=(client,))
        other.start()
        wait_until(lambda: len(sent) > 1, "nothing is sent")
        held_up_at = -1
        while held_up_at != len(sent):
            held_up_at = len(sent)
            may_read.wait(0.3)
        may_read.set()
        other.join()
        if sender == "client":
            assert "read" == client.recv(20)
    assert (True, count) == (held_up_at < count, len(sent))


def test_tunnels_have_a_share_of_their_own(handled_by: Callable[[Handle], World]) -> None:
    world = handled_by(_echo)
    with _connected(world), _connected(world), _connected(world) as last:
        with pytest.raises(InvalidStatus) as refused, _connected(world):
            pass
        assert (503, "overloaded") == (
            refused.value.response.status_code,
            json.loads(refused.value.response.body or b"{}")["code"],
        )
        assert 200 == request(world, "GET", "/healthz").status
        last.send("still here")
        assert "still here" == last.recv(20)


@pytest.mark.parametrize("path", ["/healthz", "/api/id-verification"])
def test_our_own_routes_speak_http_only(handled_by: Callable[[Handle], World], path: str) -> None:
    wish = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    status = request(handled_by(_echo), "GET", path, *wish).status
    assert status == (200 if path == "/healthz" else 401)


def test_a_frontend_that_refuses_a_websocket_says_so_itself(
    handled_by: Callable[[Handle], World],
) -> None:
    wish = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 7")
    reply = request(handled_by(_echo), "GET", "/socket", *wish)
    assert (True, None) == (400 <= reply.status < 500, reply.headers["Content-Security-Policy"])


def test_a_websocket_to_a_frontend_that_is_down_is_a_problem() -> None:
    world = KitWorld(FRONTEND_URL=f"http://127.0.0.1:{free_port()}")
    try:
        with pytest.raises(InvalidStatus) as refused, _connected(world):
            pass
    finally:
        world.close()
    body = json.loads(refused.value.response.body or b"{}")
    assert (503, "frontend-unavailable") == (refused.value.response.status_code, body["code"])
