"""The web process ends when it is told to, whatever clients hold open, and loses nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.patience import PATIENCE_SECONDS, wait_until
from tests.proxy.loopback import Connection, LoopbackServer
from tests.serving.conftest import Served, StartServed
from tests.serving.gunicorn_process import HOST
from tests.serving.stopped_at_start import MARK, StopsTheFirst

SHORT_GRACE = "--graceful-timeout 2"
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
WISH = b"GET /endless HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
STREAM = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
SWITCH = b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"


def _endless(connection: Connection) -> None:
    head = connection.receive_head()
    connection.send(SWITCH if "Upgrade" in head else STREAM)
    connection.read(1)


@pytest.fixture
def frontend() -> Iterator[LoopbackServer]:
    """Return a frontend whose answers have no end."""
    server = LoopbackServer(_endless)
    yield server
    server.close()


@contextlib.contextmanager
def _connected(served: Served, sent: bytes = b"") -> Iterator[socket.socket]:
    address = (HOST, served.web.port)
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as client:
        client.sendall(sent)
        yield client


def test_idle_and_silent_clients_do_not_delay_the_end(start_served: StartServed) -> None:
    served = start_served()
    with _connected(served), _connected(served, b"GET / HT"), _connected(served, GET) as idle:
        assert b"HTTP/1.1 200" == idle.recv(12)
        served.web.terminate()
        assert 0 == served.web.wait()


def test_a_process_that_stops_says_that_it_should_get_no_more(start_served: StartServed) -> None:
    served = start_served()
    with contextlib.closing(served.web.connect()) as kept:
        kept.auto_open = 0
        kept.connect()
        statuses = [_readiness(kept)]
        served.web.terminate()
        while statuses[-1] == 200:
            statuses.append(_readiness(kept))
    assert (200, 503) == (statuses[0], statuses[-1])


def _readiness(kept: HTTPConnection) -> int:
    kept.request("GET", "/readyz")
    answer = kept.getresponse()
    answer.read()
    return answer.status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_endless_answers_and_tunnels_do_not_prevent_the_end(
    start_served: StartServed, frontend: LoopbackServer, number: int
) -> None:
    grace = SHORT_GRACE if number == signal.SIGTERM else "--graceful-timeout 28"
    served = start_served(FRONTEND_URL=frontend.url, GUNICORN_CMD_ARGS=grace)
    stream = GET.replace(b"/healthz", b"/endless")
    with _connected(served, stream) as streaming, _connected(served, WISH) as tunnel:
        assert (b"HTTP/1.1 200", b"HTTP/1.1 101") == (streaming.recv(12), tunnel.recv(12))
        served.web.signal(number)
        assert 0 == served.web.wait()


def test_a_worker_that_was_killed_is_replaced(start_served: StartServed) -> None:
    served = start_served()
    os.kill(served.web.worker_pids()[0], signal.SIGKILL)
    wait_until(lambda: len(served.web.worker_pids()) == 2, "no other worker")
    served.web.wait_until_it_answers()


def test_a_worker_that_is_told_to_stop_while_it_starts_stops(
    start_served: StartServed, tmp_path: Path
) -> None:
    said = f"{StopsTheFirst.__module__}.{StopsTheFirst.__name__}"
    served = start_served(
        GUNICORN_CMD_ARGS=f"--logger-class {said}", **{MARK: str(tmp_path / "stopped")}
    )
    wait_until(lambda: len(served.web.worker_pids()) == 2, "it has not stopped")


def test_several_processes_serve(start_served: StartServed) -> None:
    served = start_served(WEB_PROCESSES="2")
    wait_until(lambda: len(served.web.worker_pids()) == 2, "no second worker")
    first, second = served.web.worker_pids()
    os.kill(first, signal.SIGSTOP)
    try:
        assert [200] * 5 == [served.web.request("GET", "/healthz").status for _ in range(5)]
    finally:
        os.kill(first, signal.SIGCONT)
    assert first != second


ATTACKS = {
    "silent": b"",
    "half a head": b"GET / HTTP/1.1\r\nHo",
    "garbage": b"\x16\x03\x01\r\n\r\n",
    "a quiet stream": GET.replace(b"/healthz", b"/endless"),
    "a tunnel": WISH,
    "an upload": b"POST /endless HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
    "a late body": b"POST /api/callbacks/facecheck HTTP/1.1\r\nHost: x\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\n",
}


@pytest.fixture(scope="module")
def cramped() -> Iterator[Served]:
    """Return a world whose process may open 256 descriptors, in front of endless answers."""
    frontend = LoopbackServer(_endless)
    served = Served(256, "facecheck", FRONTEND_URL=frontend.url, WEB_THREADS="40")
    yield served
    served.close()
    frontend.close()


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_no_kind_of_client_takes_all_descriptors(cramped: Served, attack: bytes) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(_connected(cramped, attack))
        assert 200 == cramped.web.request("GET", "/healthz").status
        assert 401 == cramped.web.request("GET", "/api/id-verification").status
    assert 1 == cramped.web.worker_count()
