"""A FRONTEND_URL that leads back here is refused at the start, or after the first turn."""

from __future__ import annotations

import json

import pytest

from proxy.operating.configuration import read_configuration
from proxy.passthrough.loops import name_in_loops
from proxy.settings_reader import ConfigurationError
from tests.kit.world import KitWorld
from tests.proxy.conftest import Logged, StartServer, StartWorld
from tests.proxy.fronted import request
from tests.proxy.loopback import Connection, Received, Reply, answer, send_raw
from tests.proxy.test_commands import GOOD
from tests.world import World

OURS, LISTENS = "FRONTEND_URL is the address in PUBLIC_URL", "FRONTEND_URL is where this app itself"


def _problems(**settings: str) -> list[str]:
    try:
        read_configuration({**GOOD, **settings}, ())
    except ConfigurationError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize(
    "url",
    [
        "https://proxy.example",
        "https://proxy.example/",
        "https://proxy.example:443",
        "https://PROXY.example",
    ],
)
def test_the_public_address_is_no_frontend(url: str) -> None:
    assert [OURS] == [problem.partition(":")[0] for problem in _problems(FRONTEND_URL=url)]


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("", "", "http://localhost:8000"),
        ("", "9000", "http://127.0.0.1:9000"),
        ("0.0.0.0", "9000", "http://127.0.0.2:9000/shop"),  # noqa: S104 - what is listened at
        ("::", "9000", "http://[::1]:9000"),
        ("127.0.0.1", "9000", "http://localhost:9000"),
        ("10.0.0.5", "9000", "http://10.0.0.5:9000"),
    ],
)
def test_where_the_app_listens_is_no_frontend(host: str, port: str, url: str) -> None:
    problems = _problems(HOST=host, PORT=port, FRONTEND_URL=url)
    assert [LISTENS] == [problem.partition(" listens")[0] for problem in problems]


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("", "8000", "http://127.0.0.1:4000"),
        ("", "8000", "http://10.0.0.5:8000"),
        ("127.0.0.1", "8000", "http://127.0.0.2:8000"),
        ("10.0.0.5", "8000", "http://localhost:8000"),
        ("", "8000", "https://proxy.example:8443"),
        ("", "8000", "https://proxy.example/frontend"),
        ("", "443", "https://web.proxy.example"),
    ],
)
def test_another_address_is_a_frontend(host: str, port: str, url: str) -> None:
    assert [] == _problems(HOST=host, PORT=port, FRONTEND_URL=url)


def test_an_address_of_visitors_is_advised_against() -> None:
    origin = "https://market.example"
    read = read_configuration({**GOOD, "FRONTEND_URL": origin, "MARKETPLACE_ORIGINS": origin}, ())
    assert any("FRONTEND_URL is one of MARKETPLACE_ORIGINS" in said for said in read.warnings)


def _assert_is_told(reply: Reply) -> None:
    assert (508, "frontend-loop") == (reply.status, json.loads(reply.body)["code"])


class _Router:
    """A router whose only way leads to a world that is started later."""

    def __init__(self, start_server: StartServer) -> None:
        self.port = 0
        self.requests = 0
        self.url = start_server(self._serve).url

    def _serve(self, connection: Connection) -> None:
        asked = connection.receive()
        if asked is not None:
            self.requests += 1
            fields = (f"{name}: {value}" for name, value in asked.headers.items())
            head = "\r\n".join([asked.line, *fields, "", ""]).encode()
            reply = send_raw(self.port, head + asked.body)
            kind = f"Content-Type: {reply.headers['Content-Type']}"
            connection.send(answer(reply.body, kind, status=f"{reply.status} Told"))


@pytest.fixture
def router(start_server: StartServer) -> _Router:
    """Return a router that leads nowhere yet."""
    return _Router(start_server)


def test_a_loop_ends_after_its_first_turn(
    start_world: StartWorld, router: _Router, logged: Logged
) -> None:
    world = start_world(FRONTEND_URL=router.url)
    router.port = world.port
    wait_for = logged()
    _assert_is_told(request(world, "POST", "/l/new", body=b"x"))
    assert 1 == router.requests
    wait_for('code=frontend-loop cause="FRONTEND_URL leads back here')


def test_a_loop_through_another_echoseal_ends_too(start_world: StartWorld, router: _Router) -> None:
    first = start_world(FRONTEND_URL=router.url)
    router.port = start_world(FRONTEND_URL=first.url).port
    _assert_is_told(request(first, "GET", "/l/new"))
    assert 1 == router.requests


def test_what_is_ours_is_answered_in_a_loop(start_world: StartWorld, router: _Router) -> None:
    world = start_world(FRONTEND_URL=router.url)
    router.port = world.port
    name = _own_name(world)
    assert 200 == request(world, "GET", "/healthz", f"CDN-Loop: {name}").status


def test_two_echoseals_in_a_row_are_no_loop(
    fronted_world: KitWorld, start_world: StartWorld
) -> None:
    outer = start_world(FRONTEND_URL=fronted_world.url)
    assert b"frontend" == request(outer).body


def _own_name(world: World) -> str:
    settings = world.settings
    return name_in_loops(settings["PUBLIC_URL"], settings["FRONTEND_URL"]).decode()


def test_the_frontend_learns_who_has_passed_a_request_on(
    fronted_world: KitWorld, received: list[Received]
) -> None:
    request(fronted_world, "GET", "/", "CDN-Loop: cloudflare; loops=1", "CDN-Loop: other")
    told = f"cloudflare; loops=1, other, {_own_name(fronted_world)}"
    assert told == received[0].headers["CDN-Loop"]


@pytest.mark.parametrize(
    "claim",
    ["{}", "a, {}", "{};x=1", "{} ; loops=1,b", "x={}, cloudflare\r\nCDN-Loop: {}", "a,{}, "],
)
def test_whoever_claims_our_name_is_refused_and_asks_nobody(
    fronted_world: KitWorld, received: list[Received], claim: str
) -> None:
    name = _own_name(fronted_world).upper()
    _assert_is_told(request(fronted_world, "GET", "/", f"CDN-Loop: {claim.format(name, name)}"))
    assert b"frontend" == request(fronted_world).body
    assert 1 == len(received)


@pytest.mark.parametrize("claim", ["", "echoseal", "a;{}", "{}x", "x{}", ";", ",,", "a" * 8_000])
def test_another_name_is_nobodys_loop(fronted_world: KitWorld, claim: str) -> None:
    name = _own_name(fronted_world)
    assert 200 == request(fronted_world, "GET", "/", f"CDN-Loop: {claim.format(name)}").status


def test_two_deployments_of_one_address_are_two() -> None:
    urls = ("https://old.example", "https://web.example")
    assert 2 == len({name_in_loops("https://market.example", url) for url in urls})
