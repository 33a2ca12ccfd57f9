"""Behind each router: what is Echoseal's is answered by Echoseal, all else by the frontend."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
import requests

from tests.proxy.loopback import Connection, answer
from tests.routers.asking import CLAIMED, FORM, PATIENCE_SECONDS, STRANGER, VENDOR, ask, connect
from tests.routers.conftest import CLOSES, Deployment
from tests.routers.router_process import NAME

CONTRACT = Path(__file__).resolve().parents[2] / "openapi.json"
CALLBACK = "/api/callbacks/facecheck"
MEGABYTE = 1024 * 1024
# The example of RFC 6455 1.3.
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_a_route_of_ours_is_answered_by_echoseal(deployed: Deployment) -> None:
    reply = ask(deployed.router.port, "GET", "/api/id-verification")
    assert (401, "application/problem+json") == (reply.status, reply.headers["Content-Type"])
    assert [] == deployed.frontend.received


def test_path_routing_leads_all_of_the_contract_here(deployed: Deployment) -> None:
    if not deployed.has_path_routing:
        return  # then Echoseal itself tells what is its own
    for first in sorted(contract_parts()):
        ask(deployed.router.port, "GET", f"/api/{first}/no-such-route")
    assert [] == [request.target for request in deployed.frontend.received]


def contract_parts() -> set[str]:
    """Return what follows the prefix in the paths of `openapi.json`, vendors' names included."""
    parts = set()
    for path, item in json.loads(CONTRACT.read_text(encoding="utf-8"))["paths"].items():
        first = path.removeprefix("/api/").partition("/")[0]
        if first == "{vendor}":
            (operation,) = list(item.values())[:1]
            parts.update(operation["parameters"][0]["schema"]["enum"])
        elif path.startswith("/api/"):
            parts.add(first)
    return parts


def test_a_verification_goes_its_whole_way(deployed: Deployment) -> None:
    started = deployed.world.browser().start(restart=True)
    assert 201 == started.status_code
    reference = started.json()["transactionReference"]
    assert {200} == set(deployed.world.checks.finish(reference, "passed"))
    assert deployed.world.checksum_holds()


@pytest.mark.parametrize(
    "claim",
    [
        "X-Forwarded-For",
        "X_Forwarded_For",
        "X-Forwarded_For",
        "X_FORWARDED-FOR",
        "X-Real-IP",
        "Forwarded",
    ],
)
def test_no_claim_makes_a_stranger_the_vendor(deployed: Deployment, claim: str) -> None:
    value = f"for={CLAIMED}" if claim == "Forwarded" else CLAIMED
    headers = {**FORM, claim: value}
    reply = ask(deployed.router.port, "POST", CALLBACK, headers, b"x=1", source=STRANGER)
    assert 403 == reply.status


def test_a_callback_of_the_vendor_is_judged(deployed: Deployment) -> None:
    reply = ask(deployed.router.port, "POST", CALLBACK, FORM, b"x=1", source=VENDOR)
    assert 400 == reply.status


def test_all_under_the_callbacks_path_is_echoseals(deployed: Deployment) -> None:
    assert 404 == ask(deployed.router.port, "GET", "/api/callbacks/nobody/x").status
    assert [] == deployed.frontend.received


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/l/new?a=%2F&b=1",
        "/api/initiate-login-as",
        "/api/id-verifications",
        "/api/connectionsX",
        "/id-verification",
        "/a//b",
    ],
)
def test_all_else_is_answered_by_the_frontend(deployed: Deployment, target: str) -> None:
    assert b"upstream" == ask(deployed.router.port, "GET", target).body
    assert [target] == [request.target for request in deployed.frontend.received]


def test_the_frontend_is_told_who_asks_and_how(deployed: Deployment) -> None:
    claims = {
        "X-Forwarded-For": CLAIMED,
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Host": "elsewhere.example",
        "X_Forwarded_For": CLAIMED,
        "Forwarded": f"for={CLAIMED}",
    }
    ask(deployed.router.port, "GET", "/", claims, source=STRANGER)
    chain = STRANGER if deployed.has_path_routing else f"{STRANGER}, 127.0.0.1"
    assert [chain] == deployed.frontend.told("X-Forwarded-For")
    assert ["http"] == deployed.frontend.told("X-Forwarded-Proto")
    assert [NAME] == deployed.frontend.told("X-Forwarded-Host")
    assert CLAIMED not in str(deployed.frontend.received[-1].headers)


def test_cookies_go_both_ways(deployed: Deployment) -> None:
    def serve(connection: Connection) -> None:
        received = connection.receive()
        assert received is not None
        cookie = received.headers["Cookie"].encode()
        connection.send(answer(cookie, "Set-Cookie: c=3; Path=/", CLOSES))

    deployed.frontend.serve = serve
    reply = ask(deployed.router.port, "GET", "/", {"Cookie": "a=1; b=%7B%7D"})
    assert (b"a=1; b=%7B%7D", "c=3; Path=/") == (reply.body, reply.headers["Set-Cookie"])


def test_a_cookie_of_16_kibibytes_is_read(deployed: Deployment) -> None:
    name = f"st-{deployed.world.sharetribe.client_id}-token"
    cookie = {"Cookie": f"{name}={'x' * 16_384}"}
    assert 401 == ask(deployed.router.port, "GET", "/api/id-verification", cookie).status


@pytest.mark.parametrize("is_chunked", [True, False])
def test_an_answer_streams(deployed: Deployment, *, is_chunked: bool) -> None:
    # Caddy waits for more of an answer whose length it knows, so it is always asked the other way.
    is_chunked = is_chunked or deployed.program == "caddy"
    framing = "Transfer-Encoding: chunked" if is_chunked else "Content-Length: 9"
    arrived = threading.Semaphore(0)

    def serve(connection: Connection) -> None:
        connection.receive()
        connection.send(f"HTTP/1.1 200 OK\r\n{CLOSES}\r\n{framing}\r\n\r\n".encode())
        for piece in (b"1st", b"2nd", b"3rd"):
            connection.send(b"3\r\n%b\r\n" % piece if is_chunked else piece)
            assert arrived.acquire(timeout=PATIENCE_SECONDS)
        if is_chunked:
            connection.send(b"0\r\n\r\n")

    deployed.frontend.serve = serve
    with requests.get(deployed.router.url, stream=True, timeout=PATIENCE_SECONDS) as response:
        pieces = []
        while piece := response.raw.read1(100):
            pieces.append(piece)
            arrived.release()
    assert [b"1st", b"2nd", b"3rd"] == pieces


def test_an_upload_streams(deployed: Deployment) -> None:
    first_arrived = threading.Event()

    def serve(connection: Connection) -> None:
        connection.receive_head()
        assert b"x" * 1000 == connection.read(1000)
        first_arrived.set()
        connection.send(answer(connection.read(4), CLOSES))

    deployed.frontend.serve = serve
    with connect(deployed.router.port) as client:
        head = f"POST /upload HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 1004\r\n\r\n"
        client.sendall(head.encode() + b"x" * 1000)
        assert first_arrived.wait(PATIENCE_SECONDS)
        client.sendall(b"last")
        assert b"HTTP/1.1 200" == client.recv(12)


def test_three_megabytes_are_uploaded(deployed: Deployment) -> None:
    body = b"0123456789abcdef" * (3 * MEGABYTE // 16)
    assert b"upstream" == ask(deployed.router.port, "POST", "/upload", {}, body).body
    assert body == deployed.frontend.received[0].body


def test_a_websocket_speaks_both_ways(deployed: Deployment) -> None:
    def serve(connection: Connection) -> None:
        asked = connection.receive_head()
        assert "websocket" == asked["Upgrade"]
        connection.send(b"HTTP/1.1 101 Switching Protocols\r\n")
        connection.send(b"Upgrade: websocket\r\nConnection: Upgrade\r\n")
        connection.send(f"Sec-WebSocket-Accept: {ACCEPT}\r\n\r\nhello".encode())
        connection.send(connection.read(4).upper())

    deployed.frontend.serve = serve
    upgrade = f"GET /live HTTP/1.1\r\nHost: {NAME}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    key = f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    with connect(deployed.router.port) as client, client.makefile("rb") as answered:
        client.sendall(f"{upgrade}{key}".encode())
        assert answered.readline().startswith(b"HTTP/1.1 101 ")
        while answered.readline() != b"\r\n":
            pass
        assert b"hello" == answered.read(5)
        client.sendall(b"ping")
        assert b"PING" == answered.read(4)


def test_a_body_that_is_too_large_for_echoseal_is_refused(deployed: Deployment) -> None:
    reply = ask(deployed.router.port, "POST", CALLBACK, FORM, b"x" * 200_000, source=VENDOR)
    assert 413 == reply.status


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_for_monitoring_only(deployed: Deployment, path: str) -> None:
    assert 200 == ask(deployed.router.port, "GET", path).status
    assert 403 == ask(deployed.router.port, "GET", path, source=STRANGER).status
