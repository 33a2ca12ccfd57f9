"""The deadline of one incoming request cuts off every kind of waiting for an upstream."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from proxy.outgoing.deadline import DeadlineExceeded, deadline, remaining, uncounted
from proxy.outgoing.upstream import Upstream, Upstreams, UpstreamUnavailable
from tests.proxy.conftest import StartServer
from tests.proxy.loopback import DRIP_SECONDS, Connection, Serve, answer, answering

SHORT = 0.2
# Far more than SHORT, since the machine may be busy, and far less than the read timeout.
PATIENCE = 4.0
# A dripped answer is complete after this many drips: some seconds, were it waited for.
DRIPS = 450


@pytest.fixture(scope="module")
def upstream_at() -> Callable[[str], Upstream]:
    """Return a function that makes an upstream of a base URL."""
    upstreams = Upstreams("Tests/1.0", lambda *_: None)
    return lambda url: upstreams.at("up", url)


@contextmanager
def cut_off_in_time() -> Iterator[None]:
    """Expect that the block fails as unavailable, and soon."""
    started = time.monotonic()
    with pytest.raises(UpstreamUnavailable):
        yield
    assert time.monotonic() - started < PATIENCE


def get(upstream: Upstream, read_seconds: float = 10.0) -> bytes:
    return upstream.request("GET", "/", headers={}, read_seconds=read_seconds).body


def test_without_a_deadline_the_wait_is_what_was_asked_for() -> None:
    assert 7.0 == remaining(7.0)


def test_the_wait_is_never_longer_than_asked_for() -> None:
    with deadline(60):
        assert 7.0 == remaining(7.0)


def test_the_wait_is_never_longer_than_what_is_left() -> None:
    with deadline(5):
        assert 4.0 < remaining(7.0) <= 5.0


def test_nothing_waits_after_the_deadline() -> None:
    with deadline(0), pytest.raises(DeadlineExceeded):
        remaining(7.0)


def test_an_inner_deadline_may_be_earlier() -> None:
    with deadline(60), deadline(5):
        assert remaining(100.0) <= 5.0


def test_an_inner_deadline_cannot_be_later() -> None:
    with deadline(5), deadline(60):
        assert remaining(100.0) <= 5.0


def test_a_deadline_ends_with_its_block() -> None:
    with deadline(5):
        pass
    assert 7.0 == remaining(7.0)


def hang(connection: Connection) -> None:
    connection.receive()
    connection.hang()


def drip_a_header(connection: Connection) -> None:
    connection.receive()
    connection.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * DRIPS)
    connection.send(b"\r\nContent-Length: 0\r\n\r\n")


def drip_a_body(connection: Connection) -> None:
    connection.receive()
    connection.send(answer(b"", length=DRIPS))
    connection.drip(b"x" * DRIPS)


def drip_chunks(connection: Connection) -> None:
    connection.receive()
    connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    connection.drip(b"1\r\nx\r\n" * (DRIPS // 6))
    connection.send(b"0\r\n\r\n")


def drip_interim_answers(connection: Connection) -> None:
    connection.receive()
    for _ in range(DRIPS):
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if connection.closing.wait(DRIP_SECONDS):
            return
    connection.send(answer(b"at last"))


SLOW: list[Serve] = [hang, drip_a_header, drip_a_body, drip_chunks, drip_interim_answers]


@pytest.mark.parametrize("serve", SLOW)
def test_a_slow_answer_is_cut_off(
    start_server: StartServer, upstream_at: Callable[[str], Upstream], serve: Serve
) -> None:
    upstream = upstream_at(start_server(serve).url)
    with cut_off_in_time(), deadline(SHORT):
        get(upstream)


def test_a_wait_for_bytes_has_its_own_limit(
    start_server: StartServer, upstream_at: Callable[[str], Upstream]
) -> None:
    upstream = upstream_at(start_server(hang).url)
    with cut_off_in_time():
        get(upstream, read_seconds=SHORT)


def test_a_connection_that_is_never_accepted_is_cut_off(
    upstream_at: Callable[[str], Upstream],
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with socket.create_connection(listener.getsockname()), cut_off_in_time(), deadline(SHORT):
            get(upstream_at(url))


def test_a_tls_handshake_that_never_ends_is_cut_off(
    start_server: StartServer, upstream_at: Callable[[str], Upstream]
) -> None:
    server = start_server(Connection.hang)
    with cut_off_in_time(), deadline(SHORT):
        get(upstream_at(server.url.replace("http:", "https:")))


def test_nothing_is_sent_after_the_deadline(
    start_server: StartServer, upstream_at: Callable[[str], Upstream]
) -> None:
    server = start_server(answering(answer()))
    with cut_off_in_time(), deadline(0):
        get(upstream_at(server.url))
    assert 0 == server.connections


def test_several_calls_share_one_deadline(
    start_server: StartServer, upstream_at: Callable[[str], Upstream]
) -> None:
    server = start_server(answering(answer(b"quick")))
    slow = start_server(drip_a_body)
    with cut_off_in_time(), deadline(SHORT):
        assert b"quick" == get(upstream_at(server.url))
        get(upstream_at(slow.url))


def test_the_next_request_is_not_harmed_by_an_earlier_deadline(
    start_server: StartServer, upstream_at: Callable[[str], Upstream]
) -> None:
    def slow_second(connection: Connection) -> None:
        connection.receive()
        connection.send(answer(b"one"))
        connection.receive()
        connection.closing.wait(6 * SHORT)
        connection.send(answer(b"two"))

    upstream = upstream_at(start_server(slow_second).url)
    with deadline(5 * SHORT):
        get(upstream)
    assert b"two" == get(upstream)


UNUSED = "http://127.0.0.1:1"


def test_a_lock_is_waited_for_until_the_deadline(upstream_at: Callable[[str], Upstream]) -> None:
    lock = threading.Lock()
    upstream = upstream_at(UNUSED)
    with lock, cut_off_in_time(), deadline(SHORT), upstream.alone(lock):
        pytest.fail("the lock is held by another")


def test_after_the_deadline_not_even_a_free_lock_is_taken(
    upstream_at: Callable[[str], Upstream],
) -> None:
    lock = threading.Lock()
    with cut_off_in_time(), deadline(0), upstream_at(UNUSED).alone(lock):
        pytest.fail("the deadline has passed")
    assert not lock.locked()


def test_a_lock_is_given_back_whatever_happens(upstream_at: Callable[[str], Upstream]) -> None:
    lock = threading.Lock()
    with pytest.raises(KeyError), upstream_at(UNUSED).alone(lock):
        raise KeyError
    assert not lock.locked()


def test_a_suspended_deadline_is_in_force_again_afterwards() -> None:
    with deadline(0):
        with uncounted():
            assert 7.0 == remaining(7.0)
        with pytest.raises(DeadlineExceeded):
            remaining(7.0)
