import socket
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
import requests
from flask import Flask, Response, request

from sandbox.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(_app()) as server:
        yield server


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def _app() -> Flask:
    app = Flask("served")
    app.add_url_rule("/port", "port", _remote_port)
    app.add_url_rule("/ignore", "ignore", _remote_port, methods=["POST"])
    app.add_url_rule("/echo", "echo", _request_text, methods=["POST"])
    app.add_url_rule("/stream", "stream", lambda: Response(iter(["one,", "", "two"])))
    app.add_url_rule("/empty", "empty", lambda: Response(status=204))
    return app


def _remote_port() -> str:
    return str(request.environ["REMOTE_PORT"])


def _request_text() -> str:
    return request.get_data(as_text=True)


def _raw_exchange(server: Server, sent: bytes) -> bytes:
    """Send bytes on a fresh connection and return all that comes back until it is closed."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(sent)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def test_one_connection_carries_many_requests(server: Server, session: requests.Session) -> None:
    ports = {session.get(f"{server.url}/port", timeout=5).text for _ in range(5)}

    assert 1 == len(ports)


def test_an_unread_body_does_not_leak_into_the_next_request(
    server: Server, session: requests.Session
) -> None:
    body = b"GET /port HTTP/1.1\r\n\r\n" * 5000
    first = session.post(f"{server.url}/ignore", data=body, timeout=5)
    second = session.get(f"{server.url}/port", timeout=5)

    assert (200, first.text) == (second.status_code, second.text)


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    sent = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
    sent += b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\ntwo"

    answers = _raw_exchange(server, sent)

    assert (2, True) == (answers.count(b" 200 OK"), answers.index(b"one") < answers.index(b"two"))


def test_a_chunked_request_body_arrives_whole(server: Server, session: requests.Session) -> None:
    for _ in range(2):
        answer = session.post(f"{server.url}/echo", data=iter([b"one,", b"two"]), timeout=5)
        assert "one,two" == answer.text


def test_an_answer_without_length_is_chunked(server: Server, session: requests.Session) -> None:
    answer = session.get(f"{server.url}/stream", timeout=5)

    assert ("chunked", "one,two") == (answer.headers["Transfer-Encoding"], answer.text)


def test_an_http_1_0_answer_ends_with_the_connection(server: Server) -> None:
    answer = _raw_exchange(server, b"GET /stream HTTP/1.0\r\n\r\n")

    assert b"one,two" == answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/stream"), ("GET", "/empty")])
def test_an_answer_without_a_body_keeps_the_connection(
    server: Server, session: requests.Session, method: str, path: str
) -> None:
    before = session.get(f"{server.url}/port", timeout=5).text
    session.request(method, f"{server.url}{path}", timeout=5)

    assert before == session.get(f"{server.url}/port", timeout=5).text


@pytest.mark.parametrize("request_line", [b"HEAD /stream", b"GET /empty"])
def test_an_answer_without_a_body_ends_with_its_headers(
    server: Server, request_line: bytes
) -> None:
    sent = request_line + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    headers, _, body = _raw_exchange(server, sent).partition(b"\r\n\r\n")

    assert (False, b"") == (b"Transfer-Encoding" in headers, body)


@pytest.mark.parametrize("length", [b"-1", b"x", b"1_0"])
def test_an_unusable_content_length_is_refused(server: Server, length: bytes) -> None:
    sent = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n"

    assert _raw_exchange(server, sent).startswith(b"HTTP/1.1 400 ")


def test_a_client_that_expects_100_continue_is_told_to_go_on(server: Server) -> None:
    sent = b"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"

    answer = _raw_exchange(server, sent + b"Connection: close\r\n\r\nhi")

    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")


def test_close_drops_idle_connections_at_once() -> None:
    server = Server(_app())
    idle = HTTPConnection("127.0.0.1", server.port, timeout=5)
    idle.request("GET", "/port")
    idle.getresponse().read()
    started = time.monotonic()
    server.close()
    took = time.monotonic() - started

    assert (b"", True) == (idle.sock.recv(1), took < 1)
    idle.close()


def test_a_closed_server_refuses_connections_and_can_be_closed_again() -> None:
    server = Server(_app())
    server.close()
    server.close()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)


def test_a_freed_port_can_be_taken_again_and_a_taken_one_cannot() -> None:
    with Server(_app()) as first:
        with pytest.raises(OSError, match="cannot listen"):
            Server(_app(), port=first.port)
        port = first.port
    with Server(_app(), port=port) as second:
        assert port == second.port
