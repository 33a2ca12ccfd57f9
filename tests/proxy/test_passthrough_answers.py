"""The frontend's answers come back as they are; where there is none, a problem does."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading

import pytest
import requests

from tests.proxy.conftest import StartServer, StartWorld
from tests.proxy.fronted import FrontedWorld, Frontend, request
from tests.proxy.loopback import Connection, Reply, Serve, answer, answering
from tests.world import World


def test_several_cookies_come_back(fronted_by: FrontedWorld) -> None:
    cookies = ["a=1; Path=/; HttpOnly", "b=%7B%7D; Secure", "c=; Max-Age=0"]
    world = fronted_by(answering(answer(b"", *(f"Set-Cookie: {cookie}" for cookie in cookies))))
    assert cookies == request(world).headers.get_all("Set-Cookie")


def test_answer_headers_come_back_untouched(fronted_by: FrontedWorld) -> None:
    sent = {
        "Content-Type": "text/html; charset=utf-8",
        "ETag": 'W/"abc"',
        "Cache-Control": "public, max-age=60",
        "Content-Security-Policy": "default-src 'self'",
        "Vary": "Accept-Encoding",
    }
    reply = request(fronted_by(answering(answer(b"x", *(f"{n}: {v}" for n, v in sent.items())))))
    assert sent == {name: reply.headers[name] for name in sent}
    assert "X-Content-Type-Options" not in reply.headers
    assert "Access-Control-Allow-Origin" not in reply.headers


def test_an_answers_own_connection_headers_do_not_come_back(fronted_by: FrontedWorld) -> None:
    private = ["Connection: X-Private", "X-Private: 1", "Keep-Alive: timeout=5"]
    reply = request(fronted_by(answering(answer(b"x", *private))))
    assert not {"X-Private", "Keep-Alive"} & set(reply.headers)


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
def test_a_redirect_is_passed_back_and_not_followed(
    fronted_by: FrontedWorld, start_server: StartServer, status: str
) -> None:
    elsewhere = start_server(answering(answer()))
    location = f"Location: {elsewhere.url}/x"
    reply = request(fronted_by(answering(answer(b"moved", location, status=status))))
    assert (reply.status, reply.headers["Location"]) == (int(status[:3]), f"{elsewhere.url}/x")
    assert 0 == elsewhere.connections


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error", "401 No"])
def test_the_frontends_own_errors_come_back_as_they_are(
    fronted_by: FrontedWorld, status: str
) -> None:
    reply = request(fronted_by(answering(answer(b"<h1>its own</h1>", status=status))))
    assert (reply.status, reply.body) == (int(status[:3]), b"<h1>its own</h1>")


def test_a_packed_body_stays_packed(fronted_by: FrontedWorld) -> None:
    packed = gzip.compress(b"page " * 1000)
    reply = request(fronted_by(answering(answer(packed, "Content-Encoding: gzip"))))
    assert (reply.headers["Content-Encoding"], reply.body) == ("gzip", packed)


def test_a_part_of_a_file_comes_back_as_a_part(fronted_by: FrontedWorld) -> None:
    part = answer(b"abcd", "Content-Range: bytes 0-3/10", status="206 Partial Content")
    reply = request(fronted_by(answering(part)), "GET", "/", "Range: bytes=0-3")
    assert (
        206,
        "bytes 0-3/10",
        b"abcd",
    ) == (reply.status, reply.headers["Content-Range"], reply.body)


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_an_answer_without_a_body_tells_what_a_cache_has_to_know(
    fronted_by: FrontedWorld, status: str
) -> None:
    """RFC 9110 15.4.5, and what Express's static files say."""
    sent = {
        "Last-Modified": "Sat, 28 Nov 2026 10:00:00 GMT",
        "ETag": 'W/"5-19ab"',
        "Date": "Sat, 28 Nov 2026 12:00:00 GMT",
        "Cache-Control": "public, max-age=0",
        "Vary": "Accept-Encoding",
        "Expires": "0",
        "Content-Location": "/en/l",
    }
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in sent.items())]
    reply = request(fronted_by(answering("\r\n".join([*lines, "", ""]).encode())))
    assert (int(status[:3]), b"") == (reply.status, reply.body)
    assert sent == {name: reply.headers[name] for name in sent}


REASONS = [b"OK", b"Created by Hand", b"", b"G\xc3\xa4ste\tund  mehr ", b"x" * 10_000]


@pytest.mark.parametrize("reason", REASONS, ids=range(len(REASONS)))
def test_a_reason_comes_back_as_it_was_written(fronted_by: FrontedWorld, reason: bytes) -> None:
    world = fronted_by(answering(b"HTTP/1.1 200 %b\r\nContent-Length: 0\r\n\r\n" % reason))
    assert b"HTTP/1.1 200 %b" % reason == _status_line(world)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"HTTP/1.1 404", b"HTTP/1.1 404 "),
        (b"HTTP/1.0 404 Gone", b"HTTP/1.1 404 Gone"),
        (b"HTTP/1.1 299 Ours", b"HTTP/1.1 299 Ours"),
        (b"HTTP/1.1 404 a\x00b", b"HTTP/1.1 404 Not Found"),
        (b"HTTP/1.1 404 a\x1b[2Jb", b"HTTP/1.1 404 Not Found"),
        (b"HTTP/1.1 404 a\x7fb", b"HTTP/1.1 404 Not Found"),
        (b"HTTP/1.1 404 a\rSet-Cookie: b=c", b"HTTP/1.1 503 Service Unavailable"),
    ],
)
def test_a_reason_that_is_odd_splits_no_answer(
    fronted_by: FrontedWorld, line: bytes, shown: bytes
) -> None:
    world = fronted_by(answering(line + b"\r\nContent-Length: 0\r\n\r\n"))
    assert shown == _status_line(world)


def _status_line(world: World) -> bytes:
    with socket.create_connection(("127.0.0.1", world.port), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        with client.makefile("rb") as answered:
            line, _, fields = answered.read().partition(b"\r\n")
    assert b"Set-Cookie" not in fields
    return line


def test_head_is_answered_with_the_length_and_no_body(fronted_by: FrontedWorld) -> None:
    reply = request(fronted_by(answering(answer(b"", length=4711))), "HEAD", "/file")
    assert (200, "4711", b"") == (reply.status, reply.headers["Content-Length"], reply.body)


@pytest.mark.parametrize(
    ("method", "bare"),
    [
        ("HEAD", answer(b"", length=4711)),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4711\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
    ],
)
def test_answers_without_a_body_leave_their_connection_usable(
    fronted: tuple[World, Frontend], fronted_by: FrontedWorld, method: str, bare: bytes
) -> None:
    world, frontend = fronted_by(answering(bare)), fronted[1]
    before = frontend.server.connections
    for _ in range(3):
        request(world, method, "/file")
    assert 1 == frontend.server.connections - before


def test_an_answer_streams(fronted_by: FrontedWorld) -> None:
    first_arrived = threading.Event()

    def serve(connection: Connection) -> None:
        connection.receive()
        connection.send(answer(b"first", length=11))
        assert first_arrived.wait(5)
        connection.send(b"second")

    with requests.get(fronted_by(serve).url, stream=True, timeout=10) as response:
        assert b"first" == response.raw.read1(5)
        first_arrived.set()
        assert b"second" == response.raw.read()


def test_an_answer_that_breaks_off_is_not_completed(fronted_by: FrontedWorld) -> None:
    def serve(connection: Connection) -> None:
        connection.receive()
        connection.send(answer(b"part", length=100))

    with pytest.raises(http.client.IncompleteRead):
        request(fronted_by(serve))


def reset(connection: Connection) -> None:
    connection.receive()
    connection.reset()


def nonsense(connection: Connection) -> None:
    connection.receive()
    connection.send(b"SSH-2.0-OpenSSH\r\n")


@pytest.mark.parametrize("serve", [reset, nonsense])
def test_a_frontend_that_fails_is_a_problem(fronted_by: FrontedWorld, serve: Serve) -> None:
    assert_is_unavailable(request(fronted_by(serve)))


def test_a_frontend_that_is_down_is_a_problem(
    start_world: StartWorld, start_server: StartServer
) -> None:
    frontend = start_server(answering(answer()))
    frontend.close()
    assert_is_unavailable(request(start_world(FRONTEND_URL=frontend.url)))


def assert_is_unavailable(reply: Reply) -> None:
    assert 503 == reply.status
    assert "application/problem+json" == reply.headers["Content-Type"]
    assert "5" == reply.headers["Retry-After"]
    assert "frontend-unavailable" == json.loads(reply.body)["code"]
    assert "nosniff" == reply.headers["X-Content-Type-Options"]
