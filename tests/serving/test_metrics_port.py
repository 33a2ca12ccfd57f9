"""Metrics on a port of their own, beside one process or several, whatever the app is busy with."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from sandbox.ports import free_port
from tests.monitoring.test_metrics import numbers
from tests.patience import PATIENCE_SECONDS, wait_until
from tests.serving.conftest import Served, StartServed
from tests.serving.gunicorn_process import HOST

StartCounted = Callable[..., "Counted"]
HEALTH = "requests_total{method=GET,route=/healthz,status=200}"


class Counted:
    """A served world, and the port of its metrics."""

    def __init__(self, start_served: StartServed, **settings: str) -> None:
        self.port = free_port()
        self.served: Served = start_served(METRICS_PORT=str(self.port), **settings)
        self.web = self.served.web

    def ask(self, method: str = "GET", path: str = "/metrics") -> tuple[HTTPResponse, str]:
        """Return the answer of the metrics' port, and its body."""
        with contextlib.closing(HTTPConnection(HOST, self.port, timeout=10)) as connection:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer, answer.read().decode()

    def numbers(self) -> dict[str, float]:
        """Return what is counted."""
        return numbers(self.ask()[1])


@pytest.fixture
def start_counted(start_served: StartServed) -> StartCounted:
    """Return a function that serves a world whose metrics have a port."""
    return lambda **settings: Counted(start_served, **settings)


def test_the_port_answers_with_metrics_and_nothing_else(start_counted: StartCounted) -> None:
    counted = start_counted()
    answer, page = counted.ask()
    assert (200, True) == (answer.status, "echoseal_build_info" in page)
    asked = [("GET", "/"), ("GET", "/healthz"), ("POST", "/metrics"), ("GET", "/metrics/x")]
    assert [404, 404, 405, 404] == [counted.ask(*one)[0].status for one in asked]
    head, body = counted.ask("HEAD")
    assert (200, "") == (head.status, body)
    assert 404 == counted.web.request("GET", "/metrics").status


def test_metrics_wait_neither_for_threads_nor_for_upstreams(start_counted: StartCounted) -> None:
    counted = start_counted(WEB_THREADS="4")
    vendor, world = counted.served.world.checks, counted.served.world
    vendor.faults.mode = "hang"
    browsers = [world.browser(world.sharetribe.add_user(f"User{n}")) for n in range(3)]
    with ThreadPoolExecutor(3) as pool:
        starts = [pool.submit(browser.start) for browser in browsers]
        busy = "requests_in_flight{kind=visitors}"
        wait_until(lambda: counted.numbers().get(busy, 0) == 3, "they are not seen")
        assert 3 == counted.numbers()["calls_in_flight{kind=visitors,upstream=passcheck}"]
        vendor.faults.reset()
        assert {201} == {start.result().status_code for start in starts}
    wait_until(lambda: busy not in counted.numbers(), "they are not seen to end")


def test_rude_scrapers_hurt_nobody(start_counted: StartCounted) -> None:
    counted = start_counted()
    rude: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            rude.append(socket.create_connection((HOST, counted.port), PATIENCE_SECONDS))
            stack.enter_context(rude[-1])
            with contextlib.suppress(OSError):
                rude[-1].sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Half: ")
        assert 200 == counted.web.request("GET", "/healthz").status
        # Those that took too long are told so; those that made room for others are not.
        assert [_read(one) for one in rude].count(b"") >= 32
    wait_until(lambda: _answers(counted), "the port answers nobody")


def _read(connection: socket.socket) -> bytes:
    try:
        return connection.recv(12)
    except OSError:
        return b""


def _answers(counted: Counted) -> bool:
    with contextlib.suppress(OSError):
        return counted.ask()[0].status == 200
    return False


def test_any_of_several_processes_tells_the_numbers_of_all(start_counted: StartCounted) -> None:
    counted = start_counted(WEB_PROCESSES="2")
    wait_until(lambda: counted.numbers().get("processes{}") == 2, "not both serve")
    before = counted.numbers()[HEALTH]
    for _ in range(20):
        counted.web.request("GET", "/healthz")
    assert {before + 20} == {counted.numbers()[HEALTH] for _ in range(10)}


def test_a_process_that_ends_leaves_its_counts_and_nothing_under_way(
    start_counted: StartCounted,
) -> None:
    counted = start_counted(WEB_PROCESSES="2")
    wait_until(lambda: counted.numbers().get("processes{}") == 2, "not both serve")
    for _ in range(10):
        counted.web.request("GET", "/healthz")
    before = counted.numbers()[HEALTH]
    first, *_ = counted.web.worker_pids()
    os.kill(first, signal.SIGKILL)
    served = "event=serving"
    wait_until(lambda: counted.web.output().count(served) == 3, "no other process serves")
    assert 2 == counted.numbers()["processes{}"]
    assert before == counted.numbers()[HEALTH]


def test_what_processes_share_is_gone_with_them(start_counted: StartCounted) -> None:
    counted = start_counted(WEB_PROCESSES="2")
    (pid, *_) = counted.web.worker_pids()
    mapped = re.findall(r"(/\S*/echoseal-metrics-[^/]*)/", Path(f"/proc/{pid}/maps").read_text())
    folder = Path(mapped[0])
    assert folder.is_dir()
    counted.web.terminate()
    counted.web.wait()
    assert not folder.exists()
