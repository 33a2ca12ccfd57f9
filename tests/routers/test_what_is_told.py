"""What each router tells Echoseal, how often it sends a request there, and what it logs."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

import pytest

from sandbox.ports import free_port
from tests.patience import wait_until
from tests.proxy.loopback import Connection, Received, answer, answering
from tests.routers.asking import CLAIMED, FORM, PATIENCE_SECONDS, STRANGER, ask, connect
from tests.routers.conftest import StartRouter, Upstream
from tests.routers.router_process import NAME

OURS = "/api/id-verification"
ASKED = f"GET {OURS} HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode()
MARK = "f00dbabe" * 4
SECRETS = {
    **FORM,
    "Cookie": f"st-token={MARK}",
    "Authorization": f"Bearer {MARK}",
    "Referer": f"https://{NAME}/{MARK}",
    "User-Agent": MARK,
    "accessToken": MARK,
}


def test_echoseal_is_told_the_address_of_the_client_alone(
    start_router: StartRouter, echoseal: Upstream
) -> None:
    claims = {"X-Forwarded-For": CLAIMED, "X_Forwarded_For": CLAIMED, "Forwarded": f"for={CLAIMED}"}
    ask(start_router(echoseal.server.port).port, "GET", OURS, claims, source=STRANGER)
    assert [STRANGER] == echoseal.told("X-Forwarded-For")
    assert CLAIMED not in str(echoseal.received[-1].headers)


def test_echoseal_is_told_when_the_request_came(
    start_router: StartRouter, echoseal: Upstream
) -> None:
    claim = {"X-Request-Start": "t=1"}
    ask(start_router(echoseal.server.port).port, "GET", OURS, claim)
    [told] = echoseal.told("X-Request-Start")
    assert told.startswith("t=")
    began = float(told.removeprefix("t="))
    began_seconds = began if "." in told else began / 1000
    assert abs(time.time() - began_seconds) < PATIENCE_SECONDS


def test_a_request_has_one_id_in_all_logs(
    start_router: StartRouter, echoseal: Upstream, program: str
) -> None:
    router = start_router(echoseal.server.port)
    ask(router.port, "GET", OURS, {"X-Request-Id": MARK})
    [told] = echoseal.told("X-Request-Id")
    assert MARK != told
    wait_until(lambda: OURS in router.logged(), "the request is not logged")
    if program != "caddy":  # logs it from 2.8 on, and may be older
        assert told in router.logged()


def test_a_connection_to_echoseal_is_kept(start_router: StartRouter, echoseal: Upstream) -> None:
    with connect(start_router(echoseal.server.port).port) as client:
        for _ in range(3):
            client.sendall(ASKED)
            answered = b""
            while not answered.endswith(b"upstream"):
                answered += client.recv(4096)
    assert 1 == echoseal.server.connections


def test_a_callback_that_was_sent_is_not_repeated(
    start_router: StartRouter, echoseal: Upstream
) -> None:
    callbacks: list[Received | None] = []

    def answer_once(connection: Connection) -> None:
        connection.receive()
        connection.send(answer(b"once"))
        callbacks.append(connection.receive())

    echoseal.serve = answer_once
    with connect(start_router(echoseal.server.port).port) as client:
        client.sendall(ASKED)
        while not client.recv(4096).endswith(b"once"):
            pass
        head = f"POST /api/callbacks/anyone HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 3\r\n\r\n"
        client.sendall(f"{head}a=1".encode())
        assert client.recv(12) in (b"HTTP/1.1 502", b"")
    assert [b"a=1"] == [request.body for request in callbacks if request is not None]


def test_tls_ends_at_the_router(
    start_router: StartRouter, echoseal: Upstream, certificate: Path
) -> None:
    router = start_router(echoseal.server.port, is_tls=True)
    trusting = ssl.create_default_context(cafile=certificate)
    with (
        connect(router.port) as bare,
        trusting.wrap_socket(bare, server_hostname=NAME) as client,
    ):
        client.sendall(ASKED)
        assert b"HTTP/1.1 200" == client.recv(12)
    assert ["https"] == echoseal.told("X-Forwarded-Proto")


@pytest.mark.parametrize(
    ("method", "target", "shown"),
    [
        ("POST", f"/api/callbacks/anyone/{MARK}?code={MARK}", "/api/callbacks/"),
        ("POST", f"/api/callbacks/anyone/{MARK}/{MARK}", "/api/callbacks/"),
        ("GET", f"/api/connections/anyone/return/{MARK}?code={MARK}", "/api/connections/"),
        ("GET", f"/api/go/signing/terms/done/{MARK}?code={MARK}", "/api/go/"),
        ("GET", f"{OURS}?code={MARK}", OURS),
        ("GET", f"/reset-password?t={MARK}", "/reset-password"),
    ],
)
def test_a_request_is_logged_without_what_is_secret_in_it(
    start_router: StartRouter, echoseal: Upstream, method: str, target: str, shown: str
) -> None:
    echoseal.serve = answering(answer(b"", f"Set-Cookie: c={MARK}", f"Location: /?code={MARK}"))
    router = start_router(echoseal.server.port)
    assert 200 == ask(router.port, method, target, SECRETS, f"customerId={MARK}".encode()).status
    wait_until(lambda: shown in router.logged(), "the request is not logged")
    assert MARK not in router.logged()


def test_a_request_that_nobody_answers_is_logged_as_sparingly(start_router: StartRouter) -> None:
    router = start_router(free_port())
    target = f"/api/callbacks/anyone/{MARK}?code={MARK}"
    assert ask(router.port, "POST", target, SECRETS, MARK.encode()).status in (502, 503)
    wait_until(lambda: "/api/callbacks/" in router.logged(), "the request is not logged")
    assert MARK not in router.logged()


def test_an_answer_that_breaks_off_is_logged_as_sparingly(
    start_router: StartRouter, echoseal: Upstream
) -> None:
    def break_off(connection: Connection) -> None:
        connection.receive()
        connection.send(answer(b"part", length=100))

    echoseal.serve = break_off
    router = start_router(echoseal.server.port)
    with connect(router.port) as client:
        client.sendall(f"GET {OURS}?code={MARK} HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        while client.recv(4096):
            pass
    wait_until(lambda: OURS in router.logged(), "the request is not logged")
    assert MARK not in router.logged()


@pytest.mark.parametrize(
    "request_text",
    [
        f"GET /api/callbacks/anyone/{MARK} HTTP/9.1\r\nHost: x\r\n\r\n",
        f"GET /api/callbacks/anyone/{MARK} HTTP/1.1\r\nHost: x\r\nContent-Length: {MARK}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: x\r\nCookie {MARK}\r\n\r\n",
        f"{MARK}( / HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_a_malformed_request_is_logged_as_sparingly(
    start_router: StartRouter, echoseal: Upstream, request_text: str
) -> None:
    router = start_router(echoseal.server.port)
    with connect(router.port) as client:
        client.sendall(request_text.encode())
        assert b"HTTP/1." == client.recv(7)
    router.close()
    assert MARK not in router.logged()
