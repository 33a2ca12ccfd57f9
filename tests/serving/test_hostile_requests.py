"""What the server in front of the app lets through, and what it writes to the log."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from http.client import HTTPResponse, IncompleteRead

import pytest

from sandbox.kit.router import STRANGER, VENDOR
from tests.patience import PATIENCE_SECONDS, wait_until
from tests.proxy.loopback import LoopbackServer
from tests.serving.conftest import Served, StartServed
from tests.serving.gunicorn_process import HOST, events

MARK = "f00dbabe" * 4
CALLBACK = "/api/callbacks/facecheck"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FORM_HEAD = (
    f"POST {CALLBACK} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {VENDOR}\r\n"
    f"Content-Type: {FORM['Content-Type']}\r\n"
)


def _send(served: Served, request: str) -> int:
    """Send bytes that no client would and return the status of the answer."""
    with socket.create_connection((HOST, served.web.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(request.encode("latin-1"))
        with contextlib.closing(connection.makefile("rb")) as answer:
            return int(answer.readline().split()[1])


def _post_callback(served: Served, headers: dict[str, str]) -> int:
    lines = [f"{name}: {value}" for name, value in {**headers, "Host": "x", **FORM}.items()]
    body = f"kind=finished&reference={MARK}"
    head = "\r\n".join([f"POST {CALLBACK} HTTP/1.1", *lines, f"Content-Length: {len(body)}"])
    return _send(served, f"{head}\r\n\r\n{body}")


@pytest.fixture(scope="module")
def behind_router() -> Iterator[Served]:
    """Return a world whose app trusts one router in front of it, as on Heroku."""
    routed = Served(vendor="facecheck", TRUSTED_PROXY_HOPS="1")
    yield routed
    routed.close()


def test_a_callback_from_the_vendor_comes_through(behind_router: Served) -> None:
    """The reference is made up; being judged at all is what a stranger does not get."""
    assert 400 == _post_callback(behind_router, {"X-Forwarded-For": VENDOR})


def test_clients_that_stall_in_a_body_hold_no_thread(start_served: StartServed) -> None:
    served = start_served(vendor="facecheck", WEB_THREADS="2")
    with contextlib.ExitStack() as stack:
        stalled = [stack.enter_context(_connect(served)) for _ in range(4)]
        for connection in stalled:
            connection.sendall(f"{FORM_HEAD}Content-Length: 9\r\n\r\ncallBack".encode())
        assert 400 == _post_callback_of_the_vendor(served)
        for connection in stalled:
            connection.sendall(b"=")
        answers = [connection.recv(12) for connection in stalled]
    assert [b"HTTP/1.1 400"] * 4 == answers


def _post_callback_of_the_vendor(served: Served) -> int:
    body = f"kind=finished&reference={MARK}"
    with _connect(served) as connection:
        connection.sendall(f"{FORM_HEAD}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        return int(connection.recv(12)[9:])


def _connect(served: Served) -> socket.socket:
    address = (HOST, served.web.port)
    return socket.create_connection(address, PATIENCE_SECONDS)


@pytest.mark.parametrize("name", ["X_Forwarded_For", "X-Forwarded_For", "X_Forwarded-For"])
def test_underscores_do_not_forge_the_senders_address(behind_router: Served, name: str) -> None:
    assert 403 == _post_callback(behind_router, {"X-Forwarded-For": STRANGER, name: VENDOR})
    assert 403 == _post_callback(behind_router, {name: VENDOR})


@pytest.mark.parametrize(
    ("lines", "status"), [((STRANGER, VENDOR), 400), ((VENDOR, STRANGER), 403)]
)
def test_the_senders_address_is_the_last_one_of_all_lines(
    behind_router: Served, lines: tuple[str, str], status: int
) -> None:
    assert status == _post_callback(
        behind_router, {"X-Forwarded-For": "\r\nX-Forwarded-For: ".join(lines)}
    )


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "PATH_INFO"])
def test_no_header_moves_the_app(served: Served, name: str) -> None:
    assert 200 == _send(served, f"GET /healthz HTTP/1.1\r\nHost: x\r\n{name}: /api\r\n\r\n")


def test_no_header_but_the_routers_is_believed_about_the_scheme(served: Served) -> None:
    headers = "X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off"
    assert 200 == _send(served, f"GET /healthz HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n")


def test_a_callback_url_of_255_characters_is_read(behind_router: Served) -> None:
    address = f"{behind_router.web.url}{CALLBACK}/"
    path = f"{CALLBACK}/".ljust(255 - len(address) + len(CALLBACK) + 1, "A")
    request = f"POST {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {VENDOR}\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n"
    assert 400 == _send(behind_router, request + form)


def test_a_cookie_of_16_kibibytes_is_read(served: Served) -> None:
    name = f"st-{served.world.sharetribe.client_id}-token"
    cookie = {"Cookie": f"{name}={'x' * 16_384}"}
    assert 401 == served.web.request("GET", "/api/id-verification", cookie).status


def test_what_is_longer_is_refused_by_the_server(served: Served) -> None:
    cookie = {"Cookie": "x" * 18_000}
    assert 431 == served.web.request("GET", "/healthz", cookie).status
    assert 414 == served.web.request("GET", f"/{'x' * 17_000}").status


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        (
            f"POST {CALLBACK}/{MARK}?code={MARK} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
            403,
        ),
        (f"GET /healthz?code={MARK} HTTP/1.1\r\nHost: x\r\nReferer: http://x/{MARK}\r\n\r\n", 200),
        (f"GET {CALLBACK}/{MARK} HTTP/9.1\r\nHost: x\r\n\r\n", 400),
        (f"GET {CALLBACK}/{MARK}\r\nHost: x\r\n\r\n", 400),
        (f"{MARK}( / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (f"GET / HTTP/1.1\r\nHost: x\r\nCookie: st-token={MARK}\x01\r\n\r\n", 400),
        (f"GET / HTTP/1.1\r\nHost: x\r\nCookie {MARK}\r\n\r\n", 400),
        (f"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {MARK}\r\n\r\n", 501),
        (f"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: {MARK}\r\n\r\n", 400),
        (f"GET / HTTP/1.1\r\nHost: x\r\nExpect: {MARK}\r\n\r\n", 417),
        (f"GET / HTTP/1.1\r\nHost: x\r\nX-Token: a\r\n {MARK}\r\n\r\n", 400),
    ],
)
def test_nothing_of_a_request_is_logged(
    behind_router: Served, request_text: str, status: int
) -> None:
    assert status == _send(behind_router, request_text)
    assert MARK not in behind_router.web.output()


def test_an_answer_that_breaks_half_way_is_logged_without_the_request(
    start_served: StartServed,
) -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it"
    frontend = LoopbackServer(lambda c: c.send(half) if c.receive() else None)
    with contextlib.closing(frontend):
        served = start_served(FRONTEND_URL=frontend.url)
        with pytest.raises(IncompleteRead):
            served.web.request("GET", f"/{MARK}?code={MARK}")
        wait_until(lambda: 'cause="it breaks off"' in served.web.output(), "no error")
    lines = served.web.output().strip().splitlines()
    assert [] == [line for line in lines if MARK in line or not line.startswith("event=")]


def test_each_request_is_logged_once(served: Served) -> None:
    served.web.request("GET", f"/healthz?code={MARK}", {"X-Request-Id": "the-one"})
    wait_until(lambda: "the-one" in served.web.output(), "it is not logged")
    lines = [line for line in events(served.web.output(), "request") if "the-one" in line]
    assert [True] == ["route=/healthz" in line for line in lines]


def test_a_refusal_of_the_server_is_found_in_the_log_by_its_id(served: Served) -> None:
    with socket.create_connection((HOST, served.web.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(b"GET / HTTP/9.1\r\nHost: x\r\n\r\n")
        with HTTPResponse(connection) as answer:
            answer.begin()
            request_id = json.load(answer)["requestId"]
    wait_until(lambda: request_id in served.web.output(), "the refusal is not logged")
    line = next(line for line in served.web.output().splitlines() if request_id in line)
    assert line.startswith("event=refused level=info status=400 code=bad-request ")


def test_every_line_of_the_server_has_the_form_of_the_apps(served: Served) -> None:
    _send(served, f"GET /{MARK} HTTP/9.1\r\nHost: x\r\n\r\n")
    wait_until(lambda: bool(events(served.web.output(), "refused")), "nothing is logged")
    lines = served.web.output().strip().splitlines()
    assert [] == [line for line in lines if not line.startswith("event=")]
