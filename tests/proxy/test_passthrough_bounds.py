"""What is passed through takes no longer than it may, holds what it may, and gives it all back."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from proxy.wire.limits import Limits
from tests.kit.world import KitWorld
from tests.patience import wait_until
from tests.proxy.conftest import StartServer, StartWorld
from tests.proxy.fronted import Frontend, request
from tests.proxy.loopback import Connection, Received, Serve, answer, answering
from tests.world import World

QUICK = Limits(
    connect_seconds=0.4,
    frontend_head_seconds=0.4,
    frontend_gap_seconds=0.4,
    frontend_place_seconds=0.6,
    progress_seconds=0.6,
    linger_seconds=0.4,
    passed_through=4,
    tunnels=1,
    uploads=3,
    uploads_per_client=2,
)
HEAD = b"HTTP/1.1 200 OK\r\n"
GET = b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n"
UPLOAD = b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
STREAMS = 300


@pytest.fixture(scope="module")
def quick() -> Iterator[tuple[World, Frontend]]:
    """Return a world with little patience, and the frontend behind it."""
    frontend = Frontend()
    world = KitWorld(FRONTEND_URL=frontend.server.url, TRUSTED_PROXY_HOPS="0", limits=QUICK)
    yield world, frontend
    world.close()
    frontend.server.close()


@pytest.fixture
def behind(quick: tuple[World, Frontend]) -> Iterator[Callable[[Serve], World]]:
    """Return a function that returns that world in front of a frontend that serves so."""
    world, frontend = quick

    def behave(serve: Serve) -> World:
        frontend.serve = serve
        return world

    yield behave
    frontend.server.drop_connections()
    wait_until(lambda: not world.taken, f"still taken: {world.taken}")


@contextlib.contextmanager
def _connected(world: World, sent: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", world.port), timeout=20) as client:
        client.sendall(sent)
        yield client


def _reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def _all_of(client: socket.socket) -> bytes:
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := client.recv(65_536):
            data += piece
    return data


def _code(reply_body: bytes) -> str:
    return str(json.loads(reply_body)["code"])


# -- how an exchange may end ----------------------------------------------------------------------


def _silent(connection: Connection) -> None:
    connection.receive_head()
    connection.read(1)


def _hints_only(connection: Connection) -> None:
    connection.receive_head()
    while not connection.closing.wait(0.05):
        connection.send(b"HTTP/1.1 102 Processing\r\n\r\n")


def _dripping_head(connection: Connection) -> None:
    connection.receive_head()
    connection.drip(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1_000)


def _switching_unasked(connection: Connection) -> None:
    connection.receive_head()
    connection.send(b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    connection.read(1)


def _closing(connection: Connection) -> None:
    connection.receive_head()


@pytest.mark.parametrize(
    "serve", [_silent, _hints_only, _dripping_head, _switching_unasked, _closing]
)
@pytest.mark.parametrize("target", ["/", "/with-a-wish"])
def test_a_frontend_without_an_answer_is_a_problem(
    behind: Callable[[Serve], World], serve: Serve, target: str
) -> None:
    wish = ("Connection: Upgrade", "Upgrade: h2c") if target == "/with-a-wish" else ()
    reply = request(behind(serve), "GET", target, *wish)
    assert (503, "frontend-unavailable") == (reply.status, _code(reply.body))


def _half(connection: Connection) -> None:
    connection.receive_head()
    connection.send(answer(b"half", length=100))
    connection.read(1)


def _half_a_chunk(connection: Connection) -> None:
    connection.receive_head()
    connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhal")
    connection.close()


def _bad_chunk(connection: Connection) -> None:
    connection.receive_head()
    connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nZZ\r\n")
    connection.read(1)


def _endless_framing(connection: Connection) -> None:
    connection.receive_head()
    connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n1;")
    while not connection.closing.is_set():
        connection.send(b"a" * 65_536)


@pytest.mark.parametrize("serve", [_half, _half_a_chunk, _bad_chunk, _endless_framing])
def test_an_answer_that_breaks_is_not_completed(
    behind: Callable[[Serve], World], serve: Serve
) -> None:
    """It breaks off as well, or is a problem when nothing of it had been sent on."""
    world = behind(serve)
    with contextlib.suppress(http.client.IncompleteRead):
        assert 503 == request(world).status


@pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/1.1"])
def test_an_answer_without_a_length_that_breaks_is_not_completed(
    behind: Callable[[Serve], World], version: bytes
) -> None:
    may_break = threading.Event()

    def serve(connection: Connection) -> None:
        connection.receive_head()
        connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        may_break.wait(20)
        connection.reset()

    with _connected(behind(serve), GET.replace(b"HTTP/1.1", version)) as client:
        assert client.recv(65_536).startswith(b"HTTP/1.1 200")
        may_break.set()
        assert (True, version == b"HTTP/1.0") == _end_of(client)


def _end_of(client: socket.socket) -> tuple[bool, bool]:
    """Tell whether no last chunk comes any more, and whether the connection is reset."""
    data = b""
    try:
        while piece := client.recv(65_536):
            data += piece
    except ConnectionResetError:
        return b"0\r\n\r\n" not in data, True
    return b"0\r\n\r\n" not in data, False


@pytest.mark.parametrize("leave", [socket.socket.close, _reset])
@pytest.mark.parametrize(
    ("sent", "serve"),
    [(GET, _silent), (GET, _half), (UPLOAD, _silent), (UPLOAD, _half), (GET + GET, _silent)],
)
def test_the_frontend_learns_that_its_visitor_has_left(
    start_world: StartWorld,
    start_server: StartServer,
    leave: Callable[[socket.socket], None],
    sent: bytes,
    serve: Serve,
) -> None:
    arrived = threading.Event()

    def watched(connection: Connection) -> None:
        arrived.set()
        serve(connection)

    frontend = start_server(watched)
    world = start_world(FRONTEND_URL=frontend.url)
    with _connected(world, sent) as client:
        assert arrived.wait(20)
        if serve is _half:
            assert client.recv(12)
        leave(client)
    wait_until(lambda: not world.taken, "the frontend is not told")


# -- bounds ---------------------------------------------------------------------------------------


def test_more_than_may_be_passed_through_is_too_much(behind: Callable[[Serve], World]) -> None:
    def serve(connection: Connection) -> None:
        connection.receive_head()
        connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while not connection.closing.wait(0.05):
            connection.send(b"1\r\nx\r\n")

    world = behind(serve)
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(_connected(world, GET))
        wait_until(lambda: world.taken.get("passed through") == 4, "not all are passed through")
        reply = request(world)
        assert (503, "overloaded", "5") == (
            reply.status,
            _code(reply.body),
            reply.headers["Retry-After"],
        )
        assert 200 == request(world, "GET", "/healthz").status


def test_uploads_of_one_client_leave_places_to_pages(behind: Callable[[Serve], World]) -> None:
    world = behind(answering(answer(b"page")))
    with _connected(world, UPLOAD), _connected(world, UPLOAD):
        wait_until(lambda: world.taken.get("uploads") == 2, "not all are uploading")
        reply = request(world, "POST", "/upload", "Transfer-Encoding: chunked")
        assert (503, "overloaded") == (reply.status, _code(reply.body))
        assert b"page" == request(world).body


def test_a_client_that_reads_nothing_is_cut_off(behind: Callable[[Serve], World]) -> None:
    told = threading.Event()

    def serve(connection: Connection) -> None:
        connection.receive_head()
        connection.send(HEAD + b"Content-Length: 1000000000\r\n\r\n")
        try:
            while not connection.closing.is_set():
                connection.send(b"x" * 65_536)
        except OSError:
            told.set()

    with _connected(behind(serve), GET):
        assert told.wait(20)


def test_a_client_that_hardly_uploads_is_refused(behind: Callable[[Serve], World]) -> None:
    with _connected(behind(_silent), UPLOAD) as client:
        assert client.recv(12) == b"HTTP/1.1 408"


def test_many_quiet_streams_leave_room_for_others(
    start_world: StartWorld, start_server: StartServer
) -> None:
    def serve(connection: Connection) -> None:
        connection.receive_head()
        connection.send(HEAD + b"Content-Type: text/event-stream\r\n\r\n")
        connection.read(1)

    world = start_world(FRONTEND_URL=start_server(serve).url)
    with contextlib.ExitStack() as stack:
        for _ in range(STREAMS):
            client = stack.enter_context(_connected(world, GET))
            assert client.recv(12) == b"HTTP/1.1 200"
        assert world.taken["passed through"] == STREAMS
        assert 200 == request(world, "GET", "/healthz").status
        assert 201 == world.browser().start().status_code
    wait_until(lambda: not world.taken, "not all is given back")


def test_a_frontend_that_accepts_nothing_is_a_problem(start_world: StartWorld) -> None:
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = listener.getsockname()[1]
        # What is waiting to be accepted fills its queue, and the kernel answers nobody else.
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        world = start_world(FRONTEND_URL=f"http://127.0.0.1:{port}", limits=QUICK)
        reply = request(world)
        assert (503, "frontend-unavailable") == (reply.status, _code(reply.body))
        wait_until(lambda: not world.taken, "not all is given back")


def test_a_frontend_has_its_time_only_once_it_has_been_asked(
    behind: Callable[[Serve], World],
) -> None:
    """An upload may take longer than a frontend may take to answer."""
    pieces = 30

    def serve(connection: Connection) -> None:
        received = connection.receive()
        connection.send(answer(str(len(received.body) if received else 0).encode()))

    pause = threading.Event()
    head = UPLOAD.replace(b"100000", str(pieces * 5_000).encode())
    with _connected(behind(serve), head) as client:
        for _ in range(pieces):
            client.sendall(b"x" * 5_000)
            pause.wait(0.04)
        assert _last_line(client) == str(pieces * 5_000).encode()


def _last_line(client: socket.socket) -> bytes:
    with http.client.HTTPResponse(client) as response:
        response.begin()
        return response.read()


# -- kept connections -----------------------------------------------------------------------------


class _Kept:
    """A frontend that answers once on each connection, and then does what it is told."""

    def __init__(self, then: Callable[[Connection], None]) -> None:
        self.received: list[Received] = []
        self.may_go = threading.Event()
        self.has_gone = threading.Event()
        self._then = then

    def serve(self, connection: Connection) -> None:
        """Answer."""
        found = connection.receive()
        if found is None:
            return
        self.received.append(found)
        connection.send(answer(b"first"))
        self.may_go.wait(20)
        self._then(connection)
        self.has_gone.set()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_kept_connection_that_was_closed_is_not_used(
    start_world: StartWorld, start_server: StartServer, method: str
) -> None:
    kept = _Kept(Connection.close)
    world = start_world(FRONTEND_URL=start_server(kept.serve).url)
    request(world)
    kept.may_go.set()
    assert kept.has_gone.wait(20)
    assert b"first" == request(world, method, "/", body=b"").body


def test_what_is_said_on_a_kept_connection_reaches_no_visitor(
    start_world: StartWorld, start_server: StartServer
) -> None:
    kept = _Kept(lambda connection: connection.send(answer(b"for somebody else")))
    world = start_world(FRONTEND_URL=start_server(kept.serve).url)
    request(world)
    kept.may_go.set()
    assert kept.has_gone.wait(20)
    assert b"first" == request(world).body


@pytest.mark.parametrize(
    ("method", "status", "times"),
    [("GET", 200, 3), ("HEAD", 200, 3), ("POST", 503, 2), ("DELETE", 503, 2)],
)
def test_what_a_closed_connection_swallowed_is_repeated_where_that_is_safe(
    start_world: StartWorld, start_server: StartServer, method: str, status: int, times: int
) -> None:
    received: list[Received] = []

    def serve(connection: Connection) -> None:
        is_first = not received
        while (found := connection.receive()) is not None:
            received.append(found)
            if is_first and len(received) == 2:
                return
            connection.send(answer(b"" if method == "HEAD" else b"page"))

    world = start_world(FRONTEND_URL=start_server(serve).url)
    request(world)
    assert (status, times) == (request(world, method).status, len(received))


# -- what arrives ---------------------------------------------------------------------------------


@pytest.mark.parametrize("hints", [1, 2, 300])
@pytest.mark.parametrize("field", ["Link: </a>; rel=preload", "Connection: close"])
def test_hints_are_dropped_and_the_answer_arrives(
    behind: Callable[[Serve], World], hints: int, field: str
) -> None:
    hint = f"HTTP/1.1 103 Early Hints\r\n{field}\r\n\r\n".encode()
    reply = request(behind(answering(hint * hints + answer(b"page"))))
    assert (200, b"page", None) == (reply.status, reply.body, reply.headers["Link"])


def test_the_head_arrives_before_the_body(behind: Callable[[Serve], World]) -> None:
    may_go_on = threading.Event()

    def serve(connection: Connection) -> None:
        connection.receive_head()
        connection.send(HEAD + b"Content-Length: 4\r\n\r\n")
        may_go_on.wait(20)
        connection.send(b"body")

    with _connected(behind(serve), GET) as client, client.makefile("rb") as reader:
        while reader.readline() != b"\r\n":
            pass
        may_go_on.set()
        assert b"body" == reader.read(4)


@pytest.mark.parametrize("connection_field", [b"", b"Connection: keep-alive\r\n"])
def test_an_old_client_gets_a_body_of_unknown_length_until_the_end(
    behind: Callable[[Serve], World], connection_field: bytes
) -> None:
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    sent = b"GET / HTTP/1.0\r\n" + connection_field + b"\r\n"
    with _connected(behind(answering(chunked)), sent) as client:
        head, _, body = _all_of(client).partition(b"\r\n\r\n")
    assert (b"hello", False) == (body, b"chunked" in head.lower())
    assert b"connection: close" in head.lower()


def test_no_more_is_sent_than_was_announced(behind: Callable[[Serve], World]) -> None:
    world = behind(answering(answer(b"page and more", length=4)))
    closing = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with _connected(world, GET + closing) as client:
        received = _all_of(client)
    assert (2, False) == (received.count(b"page"), b"and more" in received)


def test_an_upload_may_be_answered_before_it_is_complete(behind: Callable[[Serve], World]) -> None:
    def serve(connection: Connection) -> None:
        connection.receive_head()
        connection.send(answer(b"no", status="413 Content Too Large"))
        connection.read(1)

    with _connected(behind(serve), UPLOAD + b"x" * 10_000) as client:
        received = _all_of(client)
    assert (b"HTTP/1.1 413", b"no") == (received[:12], received[-2:])
    assert b"connection: close" in received


@pytest.mark.parametrize("is_taken", [False, True])
def test_a_body_is_asked_for_when_there_is_a_place_for_it(
    behind: Callable[[Serve], World],
    is_taken: bool,
) -> None:
    world = behind(answering(answer(b"page")))
    with contextlib.ExitStack() as stack:
        if is_taken:
            for _ in range(2):
                stack.enter_context(_connected(world, UPLOAD))
            wait_until(lambda: world.taken.get("uploads") == 2, "not all are uploading")
        expect = UPLOAD.replace(b"100000\r\n", b"4\r\nExpect: 100-continue\r\n")
        client = stack.enter_context(_connected(world, expect))
        assert (b"HTTP/1.1 503" if is_taken else b"HTTP/1.1 100") == client.recv(12)
        if not is_taken:
            client.sendall(b"body")
            wait_until(lambda: b"page" in client.recv(4_096), "no answer")


@pytest.mark.parametrize("path", ["/l", "/api/id-verification"])
def test_a_large_body_that_is_refused_leaves_the_refusal_to_be_read(
    behind: Callable[[Serve], World], path: str
) -> None:
    def serve(connection: Connection) -> None:
        connection.receive_head()
        connection.send(answer(b"", status="413 Content Too Large"))

    body = b"x" * 3_000_000
    status = request(
        behind(serve), "POST", path, "Content-Type: application/json", body=body
    ).status
    assert status == (413 if path == "/l" else 401)


def test_what_a_client_says_before_the_protocol_changes_arrives(
    behind: Callable[[Serve], World],
) -> None:
    def serve(connection: Connection) -> None:
        connection.receive_head()
        connection.send(b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        connection.send(connection.read(5).upper())

    wish = GET.replace(b"\r\n\r\n", b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    with _connected(behind(serve), wish + b"early") as client:
        assert _all_of(client).endswith(b"\r\n\r\nEARLY")
