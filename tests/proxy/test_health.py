"""Alive, ready, and the contract."""

from __future__ import annotations

import threading

import pytest
import requests

from proxy.health import Readiness
from proxy.outgoing import Upstreams
from tests.conftest import StartWorld
from tests.proxy.conftest import StartServer
from tests.proxy.loopback import Connection, answer, answering
from tests.world import World

UPSTREAMS = Upstreams("Tests/1.0", lambda *_: None)


def get(world: World, path: str) -> requests.Response:
    return requests.get(world.url + path, timeout=10)


def test_a_process_is_alive_without_its_upstreams(world: World) -> None:
    world.sharetribe.faults.mode = world.jumio.faults.mode = "error"
    answered = get(world, "/healthz")
    assert (200, {"status": "alive"}) == (answered.status_code, answered.json())
    assert [] == world.sharetribe.calls


@pytest.mark.parametrize("api", ["netverify", "kyx"])
def test_a_process_is_ready_when_its_upstreams_answer(start_world: StartWorld, api: str) -> None:
    answered = get(start_world(JUMIO_API=api), "/readyz")
    expected = {"status": "ready", "upstreams": {"sharetribe": "up", "jumio": "up"}}
    assert (answered.status_code, answered.json()) == (200, expected)


@pytest.mark.parametrize("down", ["sharetribe", "jumio"])
@pytest.mark.parametrize("mode", ["error", "reset"])
def test_a_process_is_not_ready_while_an_upstream_is_down(
    world: World, down: str, mode: str
) -> None:
    getattr(world, down).faults.mode = mode
    answered = get(world, "/readyz")
    assert (503, "5") == (answered.status_code, answered.headers["Retry-After"])
    expected = {"sharetribe": "up", "jumio": "up"} | {down: "down"}
    assert {"status": "not-ready", "upstreams": expected} == answered.json()


@pytest.mark.parametrize(
    ("status", "code", "expected"), [("401 No", 200, "up"), ("503 No", 503, "down")]
)
def test_readiness_includes_the_integration_api(
    start_world: StartWorld, start_server: StartServer, status: str, code: int, expected: str
) -> None:
    integration_api = start_server(answering(answer(status=status)))
    world = start_world(integration_api=True, SHARETRIBE_INTEGRATION_BASE_URL=integration_api.url)
    answered = get(world, "/readyz")
    states = {"sharetribe": expected, "jumio": "up"}
    assert (code, states) == (answered.status_code, answered.json()["upstreams"])


def test_readiness_asks_without_credentials(start_server: StartServer) -> None:
    received: list[object] = []

    def serve(connection: Connection) -> None:
        request = connection.receive()
        assert request is not None
        received.append(request.headers.get("Authorization"))
        connection.send(answer())

    server = start_server(serve)
    assert {"up": "up"} == Readiness((UPSTREAMS.at("up", server.url),)).states()
    assert [None] == received


def test_an_upstream_with_several_hosts_is_up_whole(start_server: StartServer) -> None:
    good = start_server(answering(answer()))
    bad = start_server(answering(answer(status="500 No")))
    hosts = [UPSTREAMS.at("up", server.url) for server in (good, bad, good)]
    assert {"up": "down"} == Readiness(tuple(hosts)).states()


def test_answers_are_remembered_for_a_moment(start_server: StartServer) -> None:
    now = 100.0
    server = start_server(answering(answer()), None)
    readiness = Readiness((UPSTREAMS.at("up", server.url),), clock=lambda: now)
    assert {"up": "up"} == readiness.states()
    server.close()
    now += 0.9
    assert {"up": "up"} == readiness.states()
    now += 0.1
    assert {"up": "down"} == readiness.states()


def test_many_askers_cost_one_question(start_server: StartServer) -> None:
    asked = threading.Semaphore(0)
    release = threading.Event()

    def serve(connection: Connection) -> None:
        connection.receive()
        asked.release()
        release.wait(5)
        connection.send(answer())

    server = start_server(serve)
    readiness = Readiness((UPSTREAMS.at("up", server.url),))
    askers = [threading.Thread(target=readiness.states) for _ in range(4)]
    for asker in askers:
        asker.start()
    assert asked.acquire(timeout=5)
    release.set()
    for asker in askers:
        asker.join()
    assert 1 == server.connections


def test_the_contract_is_served_as_json(world: World) -> None:
    answered = get(world, "/openapi.json")
    assert "application/json" == answered.headers["Content-Type"]
    assert answered.json()["openapi"].startswith("3.")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json"])
def test_operator_routes_only_read(world: World, path: str) -> None:
    assert 405 == requests.post(world.url + path, timeout=10).status_code
