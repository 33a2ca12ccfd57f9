"""The router: what is Echoseal's goes there as it came, nothing else does, and nowhere else."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from email.message import Message

import pytest
import requests

from integrations import ALL
from sandbox.ports import HOST, free_port
from tests import node_packages
from tests.conftest import StartWorld
from tests.flows.steps import assert_recorded, outcome, standing, started
from tests.frontend_template.beside import StartServer
from tests.kit.world import KitWorld
from tests.patience import PATIENCE_SECONDS, wait_until
from tests.proxy.loopback import (
    Connection,
    LoopbackServer,
    Received,
    Reply,
    Serve,
    answer,
    answering,
    send_raw,
)
from tests.source_tree import ROOT

pytestmark = pytest.mark.node

ROUTER = ROOT / "frontend" / "server" / "echoseal-router.cjs"
PROBLEM = "application/problem+json"
OURS = [
    "/api/id-verification",
    "/api/id-verification?fresh=true&a=%2e%2e",
    "/api/signings",
    "/api/signings/provider-agreement",
    "/api/billing/membership/portal",
    "/api/connections/till/return/abc.def?code=%2F..%2F",
    "/api/callbacks/passcheck/A-z0_9",
    "/api/go/identity?user=1&email=a%40b.example",
    "/api/till/orders",
]
THEIRS = [
    "/",
    "/verification",
    "/api",
    "/api/",
    "/api/login-as?code=1",
    "/api/initiate-privileged",
    "/api/transition-privileged",
    "/api/auth/google/callback",
    "/api/vault/token",
    "/api/id-verifications",
    "/api/id-verification.json",
    "/api/id%2Dverification",
    "/API/id-verification",
    "/Api/Callbacks/passcheck",
    "//api/id-verification",
    "/x/api/id-verification",
    "/api//id-verification",
    "/healthz",
    "/metrics",
    "/api/callbacks/../../metrics",
    "/api/id-verification/..",
    "/api/id-verification/.%2e/%2E./healthz",
    "/api/signings/./x",
    "/api/billing/..;/x",
    "/api/callbacks/..%2f..%2Fmetrics",
    "/api/signings/x%5C..%5c..%5cmetrics",
    "/api/signings/x\\..\\..\\metrics",
]


class Outside:
    """A server like the template's beside something that only looks like Echoseal."""

    def __init__(self, start: StartServer, world: KitWorld, serve: Serve, **settings: str) -> None:
        self.upstream = LoopbackServer(serve)
        chosen = {"ECHOSEAL_URL": self.upstream.url, "TIMEOUT_SECONDS": "2", **settings}
        self.server = start(world, **chosen)

    def ask(self, request: str, method: str = "GET", body: bytes = b"") -> Reply:
        """Send a request: its line and fields, a line each, to which Host is added."""
        head = "\r\n".join([*request.split("\n"), "Host: market.example", "", ""])
        return send_raw(self.server.port, head.encode("latin-1") + body, method)


@pytest.fixture(scope="module")
def module_world() -> Iterator[KitWorld]:
    """Return a world, for its marketplace."""
    world = KitWorld()
    yield world
    world.close()


@pytest.fixture(scope="module")
def received() -> list[Received]:
    """Return what the upstream of `outside` has got."""
    return []


@pytest.fixture(scope="module")
def module_outside(
    start_servers: StartServer, module_world: KitWorld, received: list[Received]
) -> Iterator[Outside]:
    """Return a server beside an upstream that answers the same to everything."""
    told = answer(
        b"made there",
        *("Content-Type: text/plain", "Set-Cookie: a=1", "set-cookie: b=2; Path=/", "X-Odd: \xe9"),
        *("Connection: keep-alive, X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5", "Upgrade: h2c"),
        *("Date: Mon, 30 Nov 2026 07:00:00 GMT", "Location: http://elsewhere.example/"),
        status="303 Look There",
    )
    outside = Outside(
        start_servers, module_world, answering(told, received=received), ECHOSEAL_PATHS="till"
    )
    yield outside
    outside.upstream.close()


@pytest.fixture
def outside(module_outside: Outside, received: list[Received]) -> Outside:
    """Return it, before anything was received."""
    received.clear()
    return module_outside


@pytest.mark.parametrize("target", OURS)
def test_what_is_ours_is_handed_on_as_it_is_written(
    outside: Outside, received: list[Received], target: str
) -> None:
    reply = outside.ask(f"GET {target} HTTP/1.1")

    assert (303, b"made there") == (reply.status, reply.body)
    assert [f"GET {target} HTTP/1.1"] == [one.line for one in received]


@pytest.mark.parametrize("target", THEIRS)
def test_everything_else_is_the_templates_own(
    outside: Outside, received: list[Received], target: str
) -> None:
    reply = outside.ask(f"GET {target} HTTP/1.1")

    assert ([], target) == (received, json.loads(reply.body)["own"])


@pytest.mark.parametrize(
    "target",
    [
        "http://elsewhere.example/api/id-verification",
        "//elsewhere.example/api/id-verification",
        "/\\elsewhere.example/api/id-verification",
        "/api/id-verification@elsewhere.example",
    ],
)
def test_nobody_reaches_another_host(
    outside: Outside, received: list[Received], target: str
) -> None:
    assert (404, []) == (outside.ask(f"GET {target} HTTP/1.1").status, received)


def test_the_answer_comes_back_as_it_was_given(outside: Outside) -> None:
    headers = outside.ask("GET /api/signings HTTP/1.1\nConnection: close").headers

    assert ["a=1", "b=2; Path=/"] == headers.get_all("Set-Cookie")
    assert "http://elsewhere.example/" == headers["Location"]
    assert "Mon, 30 Nov 2026 07:00:00 GMT" == headers["Date"]
    assert "\xe9".encode("latin-1") == headers["X-Odd"].encode("latin-1", "surrogateescape")
    assert {None} == {headers[name] for name in ("X-Hop", "Upgrade", "X-Powered-By")}


def test_fields_for_one_connection_alone_are_dropped_and_others_are_told_anew(
    outside: Outside, received: list[Received]
) -> None:
    outside.ask(
        "GET /api/billing HTTP/1.1\nConnection: close, X-Mine\nX-Mine: 1\nTE: trailers\n"
        "Keep-Alive: 9\nProxy-Authorization: x\nUpgrade: websocket\nForwarded: for=192.0.2.1\n"
        "CF-Connecting-IP: 192.0.2.1\nX-Forwarded-Host: elsewhere.example\nX_Forwarded_For: x\n"
        "X-Forwarded-Proto: https\nX-Forwarded-For: 198.51.100.7\nX-Request-Id: abc\n"
        "X-Request-Start: t=1\nCookie: a=b; c=d\nAccept-Language: fi\nX-Twice: 1\nX-Twice: 2"
    )

    told = dict(_pairs(received[0].headers))
    assert {
        "Host": outside.upstream.url.removeprefix("http://"),
        "X-Request-Start": "t=1",
        "Cookie": "a=b; c=d",
        "Accept-Language": "fi",
        "X-Twice": "2",
        "X-Forwarded-For": f"198.51.100.7, {HOST}",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "market.example",
        "X-Request-Id": "abc",
        "CDN-Loop": "echoseal-router",
        "Connection": "keep-alive",
    } == told
    assert ["1", "2"] == received[0].headers.get_all("X-Twice")


def _pairs(headers: Message) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in headers.items()]


@pytest.mark.parametrize("given", [None, "", "a b", "x" * 201])
def test_a_request_without_a_usable_id_gets_one(
    outside: Outside, received: list[Received], given: str | None
) -> None:
    field = "" if given is None else f"\nX-Request-Id: {given}"
    outside.ask(f"GET /api/billing HTTP/1.1{field}")

    [told] = received[0].headers.get_all("X-Request-Id") or []
    assert (36, True) == (len(told), told != given)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
@pytest.mark.parametrize("framing", ["Content-Length: 11", "Transfer-Encoding: chunked"])
def test_a_body_goes_on_byte_for_byte_and_is_no_request_of_its_own(
    outside: Outside, received: list[Received], method: str, framing: str
) -> None:
    body = b"\x00\xff{ a: 1 }\n"
    sent = b"b\r\n" + body + b"\r\n0\r\n\r\n" if "chunked" in framing else body
    outside.ask(f"{method} /api/callbacks/x HTTP/1.1\n{framing}\nContent-Type: a/b", body=sent)

    assert [(method, body)] == [(one.line.split()[0], one.body) for one in received]


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS", "POST"])
@pytest.mark.parametrize("named", ["Content-Length", "close, content-length"])
def test_a_body_is_no_request_of_its_own_where_connection_names_its_length(
    outside: Outside, received: list[Received], method: str, named: str
) -> None:
    body = b"GET /api/callbacks/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    head = f"{method} /api/billing HTTP/1.1\nConnection: {named}\nContent-Length: {len(body)}"
    outside.ask(head, method, body)

    told = [(one.line.split()[0], one.headers["Content-Length"], one.body) for one in received]
    assert [(method, str(len(body)), body)] == told


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH"])
def test_every_method_is_handed_on(outside: Outside, received: list[Received], method: str) -> None:
    assert 303 == outside.ask(f"{method} /api/billing HTTP/1.1", method).status
    assert [method] == [one.line.split()[0] for one in received]


@pytest.mark.parametrize("express", ["express", "express-4"])
def test_behind_a_parser_it_says_that_it_is_misplaced(
    module_world: KitWorld, start_server: StartServer, express: str
) -> None:
    server = start_server(module_world, express=express, PARSES_FIRST="true")

    answered = server.browser().start(locale="fi")

    assert (500, "router-misplaced") == (answered.status_code, answered.json()["code"])
    assert "must stand before everything that reads bodies" in server.logged()


@pytest.mark.parametrize("express", ["express", "express-4"])
def test_a_trip_ends_well_by_callbacks_whose_bytes_are_signed(
    start_world: StartWorld, start_server: StartServer, express: str
) -> None:
    port = free_port()
    world = start_world(PUBLIC_URL=f"http://{HOST}:{port}", TRUSTED_PROXY_HOPS="2")
    browser = start_server(world, port, express).browser()

    reference = started(browser)
    assert [200] == world.checks.finish(reference)
    assert_recorded(world, "approved")
    assert standing(browser)["verified"]
    assert outcome(world.checks.forge(world.checks.check)) == (401, "signature-invalid")


def test_a_vendor_that_is_known_by_its_address_is_known_through_it(
    start_world: StartWorld, start_server: StartServer
) -> None:
    port = free_port()
    world = start_world(
        INTEGRATIONS="facecheck", PUBLIC_URL=f"http://{HOST}:{port}", TRUSTED_PROXY_HOPS="2"
    )
    server = start_server(world, port)
    reference = started(server.browser())

    assert 403 == world.checks.forge(world.checks.check).status
    assert [200] == world.checks.finish(reference)
    assert_recorded(world, "approved")


def test_a_session_that_is_renewed_reaches_the_browser(
    start_world: StartWorld, start_server: StartServer
) -> None:
    world = start_world(rotation="strict")
    browser = start_server(world).browser()
    before = browser.cookie
    world.sharetribe.expire_access_tokens()

    assert "none" == standing(browser)["status"]
    assert before != browser.cookie
    assert "none" == standing(browser)["status"]


def test_another_prefix_is_handed_on_where_it_is_set(
    start_world: StartWorld, start_server: StartServer
) -> None:
    world = start_world(API_PREFIX="/seal/api")
    browser = start_server(world, ECHOSEAL_API_PREFIX="/seal/api").browser()

    assert "none" == browser.call("GET", "/seal/api/id-verification").json()["status"]
    assert {"own": "/api/id-verification"} == browser.read().json()


def test_without_an_address_all_is_the_templates_own(
    module_world: KitWorld, start_server: StartServer
) -> None:
    browser = start_server(module_world, ECHOSEAL_URL="").browser()

    assert {"own": "/api/id-verification"} == browser.read().json()


def reset(connection: Connection) -> None:
    """Drop every request."""
    connection.receive()
    connection.reset()


def say_nothing(connection: Connection) -> None:
    """Take every request, and leave it."""
    connection.receive()
    connection.hang()


@pytest.mark.parametrize("serve", [reset, say_nothing, None])
def test_an_echoseal_that_is_away_is_a_problem_to_try_again_after(
    module_world: KitWorld, start_server: StartServer, serve: Serve | None
) -> None:
    upstream = LoopbackServer(serve or reset)
    if serve is None:
        upstream.close()
    server = start_server(module_world, ECHOSEAL_URL=upstream.url, TIMEOUT_SECONDS="0.5")

    answered = server.browser().start(locale="fi")

    problem = answered.json()
    upstream.close()
    assert (503, "echoseal-unavailable") == (answered.status_code, problem["code"])
    assert (PROBLEM, "5") == tuple(answered.headers[one] for one in ("Content-Type", "Retry-After"))
    assert {"type", "title", "status", "detail", "code", "requestId", "error"} == set(problem)
    assert problem["requestId"] in server.logged()


@pytest.mark.parametrize("status", ["200 Odd\x01", "200 \x7f", "000 None", "101 Switching"])
def test_an_answer_that_node_cannot_write_ends_no_server(
    module_world: KitWorld, start_server: StartServer, status: str
) -> None:
    told = answer(
        b"", *(("Upgrade: x", "Connection: upgrade") if "101" in status else ()), status=status
    )
    upstream = LoopbackServer(answering(told))
    server = start_server(module_world, ECHOSEAL_URL=upstream.url, TIMEOUT_SECONDS="60")

    answers = [server.browser().read() for _ in range(2)]
    upstream.close()
    assert [(503, "echoseal-unavailable")] * 2 == [
        (one.status_code, one.json()["code"]) for one in answers
    ]


def test_half_an_answer_does_not_look_like_all_of_it(
    module_world: KitWorld, start_server: StartServer
) -> None:
    def half(connection: Connection) -> None:
        connection.receive()
        connection.send(answer(b"half", length=8))
        connection.hang()

    upstream = LoopbackServer(half)
    server = start_server(module_world, ECHOSEAL_URL=upstream.url, TIMEOUT_SECONDS="0.5")

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        server.browser().read()
    upstream.close()


def test_a_client_that_leaves_is_waited_for_no_longer(
    module_world: KitWorld, start_server: StartServer
) -> None:
    gone: list[bool] = []

    def notice(connection: Connection) -> None:
        connection.receive()
        gone.append(connection.receive() is None)

    upstream = LoopbackServer(notice)
    server = start_server(module_world, ECHOSEAL_URL=upstream.url)
    client = socket.create_connection((HOST, server.port))
    client.sendall(b"GET /api/billing HTTP/1.1\r\nHost: market.example\r\n\r\n")
    wait_until(lambda: upstream.connections == 1, "the request does not arrive")
    client.close()

    wait_until(lambda: gone == [True], "the upstream still works for nobody")
    upstream.close()


def test_what_is_left_of_a_request_that_is_answered_holds_no_connection(
    module_world: KitWorld, start_server: StartServer
) -> None:
    size = 8_000_000  # more than what lies between can hold
    sent = threading.Event()
    ended: list[bool] = []

    def refuse_early(connection: Connection) -> None:
        connection.receive_head()
        connection.send(answer(b"no", status="403 Forbidden"))
        sent.wait(PATIENCE_SECONDS)
        try:
            ended.append(len(connection.read(size)) < size)
        except ConnectionResetError:
            ended.append(True)

    upstream = LoopbackServer(refuse_early)
    server = start_server(module_world, ECHOSEAL_URL=upstream.url)
    with socket.create_connection((HOST, server.port), timeout=PATIENCE_SECONDS) as client:
        head = f"POST /api/callbacks/x HTTP/1.1\r\nHost: market.example\r\nContent-Length: {size}"
        client.sendall(f"{head}\r\n\r\n".encode() + bytes(1))
        answered = client.recv(12)
        client.sendall(bytes(size - 1))
        sent.set()
        wait_until(lambda: ended != [], "the upstream's connection stands still")

    upstream.close()
    assert (b"HTTP/1.1 403", [True]) == (answered, ended)


def test_an_address_that_leads_back_is_found_out(
    module_world: KitWorld, start_server: StartServer
) -> None:
    port = free_port()
    server = start_server(module_world, port, ECHOSEAL_URL=f"http://{HOST}:{port}")

    answered = server.browser().read()

    assert (508, "router-loop") == (answered.status_code, answered.json()["code"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ECHOSEAL_URL": "echoseal.example"}, "ECHOSEAL_URL: not like"),
        ({"ECHOSEAL_URL": "ftp://echoseal.example"}, "ECHOSEAL_URL: not like"),
        ({"ECHOSEAL_URL": "https://echoseal.example/api"}, "ECHOSEAL_URL: not like"),
        ({"ECHOSEAL_URL": "https://a:b@echoseal.example"}, "ECHOSEAL_URL: not like"),
        ({"ECHOSEAL_PATHS": "initiate-privileged"}, "initiate-privileged is the template's own"),
        ({"ECHOSEAL_PATHS": "../x"}, "ECHOSEAL_PATHS: not a name"),
        ({"ECHOSEAL_API_PREFIX": "/"}, "ECHOSEAL_API_PREFIX: not a path"),
    ],
)
def test_settings_that_cannot_be_meant_end_the_start(
    module_world: KitWorld, start_server: StartServer, settings: dict[str, str], message: str
) -> None:
    server = start_server(module_world, **settings)

    assert message in server.logged()
    assert "listening" not in server.logged()


def test_every_path_of_the_product_is_handed_on_by_default_or_by_its_vendors_name() -> None:
    script = f"console.log(JSON.stringify(require({json.dumps(str(ROUTER))}).PATHS))"
    listed = subprocess.run([node_packages.node(), "-e", script], check=True, capture_output=True)
    contract = json.loads((ROOT / "openapi.json").read_text())["paths"]
    first = {path.split("/")[2] for path in contract if path.startswith("/api/")}

    assert set(json.loads(listed.stdout)) == first - {"{vendor}", *(vendor.name for vendor in ALL)}
