"""Outgoing requests against real servers that behave, misbehave, and disappear."""

from __future__ import annotations

import gzip
import threading
from pathlib import Path

import pytest

from proxy.outgoing.deadline import deadline
from proxy.outgoing.upstream import (
    MAX_ANSWER_BYTES,
    Answer,
    Upstream,
    Upstreams,
    UpstreamUnavailable,
)
from tests.proxy.conftest import StartServer
from tests.proxy.loopback import Connection, Received, Serve, answer, answering, send_raw

JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def upstreams() -> Upstreams:
    """Return a maker of upstreams; one for all tests, for it loads all certificates."""
    return Upstreams("Tests/1.0", lambda *_: None)


def get(upstream: Upstream) -> Answer:
    return upstream.request("GET", "/path", headers=JSON)


def unavailable(upstream: Upstream) -> UpstreamUnavailable:
    with pytest.raises(UpstreamUnavailable) as caught:
        get(upstream)
    return caught.value


def test_an_answer_is_read_whole(start_server: StartServer, upstreams: Upstreams) -> None:
    server = start_server(answering(answer(b'{"a":1}', "Content-Type: application/json")))
    expected = Answer("up", 200, b'{"a":1}')
    assert expected == get(upstreams.at("up", server.url))


def test_a_request_arrives_as_it_was_made(start_server: StartServer, upstreams: Upstreams) -> None:
    received: list[Received] = []
    server = start_server(answering(answer(), received=received))
    upstream = upstreams.at("up", f"{server.url}/base/")
    upstream.request("POST", "/path?id=1", headers={"X-Own": "yes"}, body=b"\x00body\xff")
    (request,) = received
    assert "POST /base/path?id=1 HTTP/1.1" == request.line
    assert b"\x00body\xff" == request.body
    assert "yes" == request.headers["X-Own"]
    assert "Tests/1.0" == request.headers["User-Agent"]


@pytest.mark.parametrize("status", [201, 204, 400, 401, 403, 404, 409, 413])
def test_a_status_below_500_is_the_callers_to_judge(
    start_server: StartServer, upstreams: Upstreams, status: int
) -> None:
    server = start_server(answering(answer(status=f"{status} Some Reason")))
    assert get(upstreams.at("up", server.url)).status == status


@pytest.mark.parametrize("status", [429, 500, 501, 502, 503, 504, 599])
def test_a_status_that_may_pass_is_unavailable(
    start_server: StartServer, upstreams: Upstreams, status: int
) -> None:
    server = start_server(answering(answer(b"<html>secret</html>", status=f"{status} Some Reason")))
    assert f"up: answered {status}" == str(unavailable(upstreams.at("up", server.url)))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", 7),
        ("0", 0),
        ("99999", 99999),
        ("100000", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("\u00b2", None),
        ("Fri, 20 Nov 2026 21:00:00 GMT", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_retry_after_counts_in_seconds_only(
    start_server: StartServer, upstreams: Upstreams, status: str, header: str, expected: int | None
) -> None:
    server = start_server(answering(answer(b"", f"Retry-After: {header}", status=status)))
    assert expected == unavailable(upstreams.at("up", server.url)).retry_after


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_redirect_is_never_followed(
    start_server: StartServer, upstreams: Upstreams, status: int
) -> None:
    elsewhere = start_server(answering(answer(b"here")))
    location = f"Location: {elsewhere.url}/stolen"
    server = start_server(answering(answer(b"", location, status=f"{status} Moved")))
    assert f"redirects ({status})" in str(unavailable(upstreams.at("up", server.url)))
    assert 0 == elsewhere.connections


def test_a_refused_connection_is_unavailable(
    start_server: StartServer, upstreams: Upstreams
) -> None:
    server = start_server(answering(answer()))
    server.close()
    unavailable(upstreams.at("up", server.url))


def reset_at_once(connection: Connection) -> None:
    connection.receive()
    connection.reset()


def reset_in_the_body(connection: Connection) -> None:
    connection.receive()
    connection.send(answer(b"begin", length=100))
    connection.reset()


def hang_up(connection: Connection) -> None:
    connection.receive()


def sending(data: bytes) -> Serve:
    def serve(connection: Connection) -> None:
        connection.receive()
        connection.send(data)

    return serve


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "serve",
    [
        pytest.param(reset_at_once, id="reset"),
        pytest.param(reset_in_the_body, id="reset in the body"),
        pytest.param(hang_up, id="hang up"),
        pytest.param(sending(b"nonsense\r\n\r\n"), id="no HTTP"),
        pytest.param(sending(b"\x16\x03\x01\x00\xa5"), id="TLS where none is spoken"),
        pytest.param(sending(b"HTTP/1.1 abc OK\r\n\r\n"), id="odd status"),
        pytest.param(sending(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000), id="endless header"),
        pytest.param(sending(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200), id="many headers"),
        pytest.param(sending(answer(b"short", length=100)), id="body cut short"),
        pytest.param(sending(CHUNKED + b"zz\r\n"), id="odd chunk"),
        pytest.param(sending(CHUNKED + b"5\r\nab"), id="chunk cut short"),
        pytest.param(sending(answer(b"not gzip", "Content-Encoding: gzip")), id="odd gzip"),
    ],
)
def test_garbage_is_unavailable(
    start_server: StartServer, upstreams: Upstreams, serve: Serve
) -> None:
    assert "up" == unavailable(upstreams.at("up", start_server(serve).url)).upstream


@pytest.mark.parametrize(
    "serve",
    [
        pytest.param(sending(answer(b"x" * (MAX_ANSWER_BYTES + 1))), id="plain"),
        pytest.param(
            sending(answer(gzip.compress(bytes(MAX_ANSWER_BYTES + 1)), "Content-Encoding: gzip")),
            id="packed",
        ),
    ],
)
def test_an_answer_that_is_too_large_is_unavailable(
    start_server: StartServer, upstreams: Upstreams, serve: Serve
) -> None:
    error = unavailable(upstreams.at("up", start_server(serve).url))
    assert "too large" == error.cause


def test_an_endless_answer_is_not_read_to_its_end(
    start_server: StartServer, upstreams: Upstreams
) -> None:
    sent: list[int] = []

    def serve(connection: Connection) -> None:
        connection.receive()
        connection.send(CHUNKED)
        for _ in range(64):
            connection.send(b"100000\r\n" + bytes(0x100000) + b"\r\n")
            sent.append(0x100000)
        connection.send(b"0\r\n\r\n")

    server = start_server(serve)
    unavailable(upstreams.at("up", server.url))
    server.close()
    # What is beyond the limit stands in the sockets' buffers.
    assert sum(sent) < 32 * 1024 * 1024


def test_the_largest_answer_is_read(start_server: StartServer, upstreams: Upstreams) -> None:
    server = start_server(answering(answer(b"x" * MAX_ANSWER_BYTES)))
    assert MAX_ANSWER_BYTES == len(get(upstreams.at("up", server.url)).body)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>", b"\xff", b"[" * 100_000, b"{"])
def test_a_body_that_is_no_json_object_is_unavailable(body: bytes) -> None:
    with pytest.raises(UpstreamUnavailable):
        Answer("up", 200, body).json_object()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_json_object_is_read_whatever_stands_before_it_or_in_a_name(mark: bytes) -> None:
    assert {"a": [1]} == Answer("up", 200, mark + b'{"a":[1]}').json_object()
    spoiled = Answer("up", 200, mark + b'{"a":[1],"name":"Jos\xe9"}').json_object()
    assert {"a": [1], "name": None} == spoiled


def test_proxies_of_the_environment_are_ignored(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = start_server(answering(answer(b"from the proxy")))
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, other.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = start_server(answering(answer(b"direct")))
    upstream = Upstreams("Tests/1.0", lambda *_: None).at("up", server.url)
    assert b"direct" == get(upstream).body
    assert 0 == other.connections


def test_netrc_is_ignored(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    received: list[Received] = []
    server = start_server(answering(answer(), received=received))
    get(Upstreams("Tests/1.0", lambda *_: None).at("up", server.url))
    assert "Authorization" not in received[0].headers


def test_no_cookie_is_kept(start_server: StartServer, upstreams: Upstreams) -> None:
    received: list[Received] = []
    server = start_server(answering(answer(b"", "Set-Cookie: a=b"), received=received))
    upstream = upstreams.at("up", server.url)
    get(upstream)
    get(upstream)
    assert "Cookie" not in received[1].headers


def test_one_connection_carries_many_requests(
    start_server: StartServer, upstreams: Upstreams
) -> None:
    chunked = CHUNKED + b"5\r\nhello\r\n0\r\n\r\n"
    refused = answer(b"no", status="404 Not Found")
    server = start_server(answering(answer(b"one"), chunked, refused, answer()))
    for _ in range(5):
        get(upstreams.at("up", server.url))
    assert 1 == server.connections


def test_an_answer_of_500_leaves_its_connection_usable(
    start_server: StartServer, upstreams: Upstreams
) -> None:
    failed = answer(b"<html>", status="500 Internal Server Error")
    server = start_server(answering(failed, answer()))
    upstream = upstreams.at("up", server.url)
    unavailable(upstream)
    get(upstream)
    assert 1 == server.connections


def test_a_connection_with_unread_bytes_is_not_used_again(
    start_server: StartServer, upstreams: Upstreams
) -> None:
    huge = answer(b"x" * (MAX_ANSWER_BYTES + 10))
    turns = iter([sending(huge), answering(answer(b"clean"))])

    def serve(connection: Connection) -> None:
        next(turns)(connection)

    server = start_server(serve)
    upstream = upstreams.at("up", server.url)
    unavailable(upstream)
    assert b"clean" == get(upstream).body
    assert 2 == server.connections


def test_an_idle_connection_that_the_server_closed_is_replaced(
    start_server: StartServer, upstreams: Upstreams
) -> None:
    closed = threading.Event()

    def serve(connection: Connection) -> None:
        connection.receive()
        connection.send(answer(b"ok"))
        connection.close()
        closed.set()

    server = start_server(serve)
    upstream = upstreams.at("up", server.url)
    get(upstream)
    assert closed.wait(5)
    assert b"ok" == get(upstream).body
    assert 2 == server.connections


def test_every_call_is_reported(start_server: StartServer) -> None:
    calls: list[tuple[str, str, int | None, float]] = []
    failed = answer(status="503 Service Unavailable")
    server = start_server(answering(answer(), failed))
    upstream = Upstreams("Tests/1.0", lambda *call: calls.append(call)).at("up", server.url)
    get(upstream)
    unavailable(upstream)
    server.close()
    unavailable(upstream)
    assert [
        ("up", "GET", 200),
        ("up", "GET", 503),
        ("up", "GET", None),
    ] == [call[:3] for call in calls]
    assert all(0 <= seconds < 10 for *_, seconds in calls)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("200 OK", None),
        ("302 Found", None),
        ("401 Unauthorized", None),
        ("404 Not Found", None),
        ("429 Too Many Requests", None),
        ("500 Internal Server Error", "answered 500"),
        ("503 Service Unavailable", "answered 503"),
    ],
)
def test_any_answer_below_500_shows_that_an_upstream_is_reachable(
    start_server: StartServer, upstreams: Upstreams, status: str, expected: str | None
) -> None:
    server = start_server(answering(answer(status=status)))
    assert expected == upstreams.at("up", server.url).why_unreachable()


@pytest.mark.parametrize(
    ("serve", "expected"),
    [
        pytest.param(hang_up, "closed", id="hangs up"),
        pytest.param(sending(b"SSH-2.0-OpenSSH_9.6\r\n"), "not http", id="another protocol"),
        pytest.param(sending(answer(b"x" * (MAX_ANSWER_BYTES + 1))), "too large", id="endless"),
    ],
)
def test_an_upstream_without_an_answer_tells_why(
    start_server: StartServer, upstreams: Upstreams, serve: Serve, expected: str
) -> None:
    assert expected == upstreams.at("up", start_server(serve).url).why_unreachable()


def test_an_upstream_that_is_silent_is_a_timeout(
    start_server: StartServer, upstreams: Upstreams
) -> None:
    hung = threading.Event()
    upstream = upstreams.at("up", start_server(lambda _: hung.wait(10) and None).url)
    with deadline(0.2):
        assert "timeout" == upstream.why_unreachable()
    hung.set()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://no-such-name.invalid", "dns"),
        (f"http://{'x' * 64}.example", "dns"),
        ("http://127.0.0.1:1", "refused"),
    ],
)
def test_an_upstream_that_cannot_be_connected_to_tells_why(
    upstreams: Upstreams, url: str, expected: str
) -> None:
    assert expected == upstreams.at("up", url).why_unreachable()


def test_an_error_tells_neither_path_nor_headers_nor_body(
    start_server: StartServer, upstreams: Upstreams
) -> None:
    upstream = upstreams.at("up", start_server(sending(b"HTTP/1.1 leak\r\n\r\n")).url)
    with pytest.raises(UpstreamUnavailable) as caught:
        upstream.request("GET", "/secret-path", headers={"Authorization": "Bearer secret-token"})
    assert "secret" not in str(caught.value)
    assert "leak" not in str(caught.value)


def test_the_raw_client_of_these_tests_speaks_http(start_server: StartServer) -> None:
    server = start_server(answering(answer(b"yes")))
    assert b"yes" == send_raw(server.port, b"GET / HTTP/1.1\r\n\r\n").body
