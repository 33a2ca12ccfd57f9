"""Connections that are kept: which are, for how long, and what happens when one has closed."""

from __future__ import annotations

import threading

import pytest

from proxy.outgoing.deadline import DeadlineExceeded, deadline
from proxy.outgoing.transport import ClosedBeforeAnswer
from proxy.wire.answer_reader import AnswerInvalid
from tests.proxy.conftest import StartServer
from tests.proxy.exchanges import exchange, new_transport
from tests.proxy.loopback import Connection, Received, answer, answering

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"


@pytest.mark.parametrize(
    "data",
    [
        answer(b"", "Connection: close"),
        answer(b"ok") + b"leftovers",
        answer(b"ok") + answer(b"a second one"),
        HINTS.replace(b"103 Early Hints", b"101 Switching Protocols"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["close", "leftovers", "second answer", "another protocol", "HTTP/1.0"],
)
def test_a_connection_is_not_kept(start_server: StartServer, data: bytes) -> None:
    server = start_server(answering(data))
    transport = new_transport()
    for _ in range(2):
        exchange(transport, f"{server.url}/")
    assert 2 == server.connections


def test_the_connection_that_came_back_last_is_used_first(start_server: StartServer) -> None:
    both = threading.Barrier(2, timeout=5)

    def serve(connection: Connection) -> None:
        turn = server.connections
        connection.receive()
        both.wait()
        connection.send(answer(b"%d" % turn))
        while connection.receive() is not None:
            connection.send(answer(b"%d" % turn))

    server = start_server(serve)
    transport = new_transport()
    other = threading.Thread(target=exchange, args=(transport, f"{server.url}/"))
    other.start()
    exchange(transport, f"{server.url}/")
    other.join()
    again = [exchange(transport, f"{server.url}/").content for _ in range(4)]
    assert (2, 1) == (server.connections, len(set(again)))


def test_a_connection_with_something_to_read_is_not_used_again(start_server: StartServer) -> None:
    spoke = threading.Event()
    proceed = threading.Event()

    def serve(connection: Connection) -> None:
        connection.receive()
        connection.send(answer(b"asked"))
        proceed.wait(5)
        connection.send(answer(b"not asked"))
        spoke.set()
        connection.receive()

    server = start_server(serve)
    transport = new_transport()
    assert b"asked" == exchange(transport, f"{server.url}/", "POST").content
    proceed.set()
    assert spoke.wait(5)
    assert b"asked" == exchange(transport, f"{server.url}/", "POST").content
    assert 2 == server.connections


@pytest.mark.parametrize(("seconds", "expected"), [(19.9, 1), (20.0, 2)])
def test_a_connection_is_kept_for_some_seconds(
    start_server: StartServer, seconds: float, expected: int
) -> None:
    now = 100.0
    server = start_server(answering(answer()))
    transport = new_transport(clock=lambda: now)
    exchange(transport, f"{server.url}/")
    now += seconds
    exchange(transport, f"{server.url}/")
    assert expected == server.connections


def test_no_more_connections_are_kept_than_may_be(start_server: StartServer) -> None:
    server = start_server(answering(answer()))
    transport = new_transport(pool_size=0)
    for _ in range(2):
        exchange(transport, f"{server.url}/")
    assert 2 == server.connections


def test_a_connection_belongs_to_one_origin(start_server: StartServer) -> None:
    servers = [start_server(answering(answer(name))) for name in (b"one", b"two")]
    transport = new_transport()
    found = [exchange(transport, f"{server.url}/").content for server in servers * 2]
    assert [b"one", b"two", b"one", b"two"] == found


def test_closing_closes_what_is_kept(start_server: StartServer) -> None:
    ended = threading.Event()

    def serve(connection: Connection) -> None:
        answering(answer())(connection)
        ended.set()

    transport = new_transport()
    exchange(transport, f"{start_server(serve).url}/")
    transport.close()
    assert ended.wait(5)


class Forgetful:
    """Serves one request on its first connection, and meets the second with a reset."""

    def __init__(self, *, meets_all: bool = False, first_bytes: bytes = b"") -> None:
        self.lines: list[str] = []
        self._connections = 0
        self._meets_all = meets_all
        self._first_bytes = first_bytes

    def __call__(self, connection: Connection) -> None:
        """Serve a connection."""
        self._connections += 1
        is_first = self._connections == 1
        turn = 0
        while (request := connection.receive()) is not None:
            turn += 1
            self.lines.append(request.line.split(" ")[0])
            if (is_first and turn == 2) or (self._meets_all and turn == 1 and not is_first):
                if self._first_bytes:
                    connection.send(self._first_bytes)
                    return
                connection.reset()
                return
            connection.send(answer())


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_safe_request_that_met_a_closed_connection_is_sent_again(
    start_server: StartServer, method: str
) -> None:
    serve = Forgetful()
    url = f"{start_server(serve).url}/"
    transport = new_transport()
    exchange(transport, url, method)
    assert 200 == exchange(transport, url, method).status_code
    assert [method] * 3 == serve.lines


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_any_other_request_is_sent_once(start_server: StartServer, method: str) -> None:
    serve = Forgetful()
    url = f"{start_server(serve).url}/"
    transport = new_transport()
    exchange(transport, url)
    with pytest.raises(ClosedBeforeAnswer):
        exchange(transport, url, method)
    assert ["GET", method] == serve.lines


def test_nothing_is_sent_a_third_time(start_server: StartServer) -> None:
    serve = Forgetful(meets_all=True)
    url = f"{start_server(serve).url}/"
    transport = new_transport()
    exchange(transport, url)
    with pytest.raises(ClosedBeforeAnswer):
        exchange(transport, url)
    assert ["GET"] * 3 == serve.lines


def test_a_new_connection_that_closes_is_not_tried_again(start_server: StartServer) -> None:
    server = start_server(lambda connection: connection.receive() and None)
    with pytest.raises(ClosedBeforeAnswer):
        exchange(new_transport(), f"{server.url}/")
    assert 1 == server.connections


@pytest.mark.parametrize("begun", [b"H", HINTS])
def test_what_has_begun_to_be_answered_is_not_sent_again(
    start_server: StartServer, begun: bytes
) -> None:
    serve = Forgetful(first_bytes=begun)
    url = f"{start_server(serve).url}/"
    transport = new_transport()
    exchange(transport, url)
    with pytest.raises(AnswerInvalid):
        exchange(transport, url)
    assert ["GET"] * 2 == serve.lines


def test_after_the_deadline_nothing_is_sent_on_a_kept_connection(start_server: StartServer) -> None:
    received: list[Received] = []
    server = start_server(answering(answer(), received=received))
    transport = new_transport()
    exchange(transport, f"{server.url}/first")
    with deadline(0), pytest.raises(DeadlineExceeded):
        exchange(transport, f"{server.url}/late")
    server.close()
    assert ["/first"] == [request.target for request in received]
