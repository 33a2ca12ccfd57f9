"""A frontend behind TLS, and a redirect behind a router."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from pathlib import Path

import pytest

from bench.certificate import make_certificate
from proxy.wire.limits import Limits
from tests.patience import wait_until
from tests.proxy.conftest import StartServer, StartWorld
from tests.proxy.fronted import request
from tests.proxy.loopback import Connection, LoopbackServer, answer, answering
from tests.world import World

PIECES, PIECE = 40, b"x" * 5_000
# Far less than the upload below takes.
QUICK = Limits(own_body_seconds=0.3, frontend_head_seconds=0.4, frontend_gap_seconds=0.4)


def _context(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a server's context, and the certificate that a client has to trust."""
    certificate, key = make_certificate(folder)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    return made, certificate


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Return the context of a server that the app trusts."""
    context, certificate = _context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return context


def _length(connection: Connection) -> None:
    while (received := connection.receive()) is not None:
        connection.send(answer(str(len(received.body)).encode()))


def _world(start_world: StartWorld, frontend: LoopbackServer, **more: object) -> World:
    return start_world(FRONTEND_URL=frontend.url, **more)


def test_an_upload_may_take_longer_than_an_answer_over_tls_too(
    start_world: StartWorld, start_server: StartServer, trusted: ssl.SSLContext
) -> None:
    world = _world(start_world, start_server(_length, trusted), limits=QUICK)
    pause = threading.Event()
    head = f"POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: {PIECES * len(PIECE)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", world.port), timeout=20) as client:
        client.sendall(head.encode())
        for _ in range(PIECES):
            client.sendall(PIECE)
            pause.wait(0.03)
        assert str(PIECES * len(PIECE)).encode() in client.recv(4_096)


def test_a_connection_over_tls_is_kept(
    start_world: StartWorld, start_server: StartServer, trusted: ssl.SSLContext
) -> None:
    frontend = start_server(_length, trusted)
    world = _world(start_world, frontend)
    assert [b"4"] * 3 == [request(world, "POST", "/", body=b"body").body for _ in range(3)]
    assert 1 == frontend.connections


def test_a_frontend_that_nobody_vouches_for_is_a_problem(
    start_world: StartWorld, start_server: StartServer, tmp_path: Path
) -> None:
    world = _world(start_world, start_server(_length, _context(tmp_path)[0]))
    assert 503 == request(world).status


def test_a_frontend_that_never_ends_the_handshake_is_a_problem(
    start_world: StartWorld, start_server: StartServer
) -> None:
    silent = start_server(lambda connection: connection.hang())
    url = silent.url.replace("http:", "https:")
    world = start_world(FRONTEND_URL=url, limits=Limits(connect_seconds=0.3))
    assert 503 == request(world).status
    wait_until(lambda: not world.taken, f"still taken: {world.taken}")


def test_a_client_that_leaves_during_the_handshake_leaves_nothing_behind(
    start_world: StartWorld, start_server: StartServer
) -> None:
    silent = start_server(lambda connection: connection.hang())
    world = start_world(FRONTEND_URL=silent.url.replace("http:", "https:"))
    with contextlib.closing(socket.create_connection(("127.0.0.1", world.port))) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: silent.connections == 1, "the frontend is not asked")
    wait_until(lambda: not world.taken, f"still taken: {world.taken}")


def test_a_redirect_to_the_frontend_itself_leads_to_the_public_address(
    start_world: StartWorld, start_server: StartServer
) -> None:
    told: list[str] = []

    def serve(connection: Connection) -> None:
        answering(answer(b"", f"Location: {told[0]}", status="302 Found"))(connection)

    frontend = start_server(serve)
    told.append(f"{frontend.url}/login?x=1")
    world = start_world(FRONTEND_URL=frontend.url, TRUSTED_PROXY_HOPS="1")
    router = ("X-Forwarded-Proto: HTTPS", "X-Forwarded-Host: evil.example, Market.Example")
    reply = request(world, "GET", "/", "X-Forwarded-For: 192.0.2.1", *router)
    assert "https://market.example/login?x=1" == reply.headers["Location"]
