"""Alive, ready, and the contract."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from flask import Flask

from proxy.health import Readiness
from proxy.operator_routes import operator_routes
from proxy.outgoing import Upstreams
from proxy.places import lane
from tests.conftest import StartWorld
from tests.proxy.conftest import StartServer
from tests.proxy.loopback import Connection, answer, answering
from tests.source_tree import ROOT
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


class Held:
    """An outside system that answers when it is told to."""

    name = "up"

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.questions = 0
        self._answers: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def is_reachable(self) -> bool:
        """Wait for the answer."""
        self.questions += 1
        self.asked.release()
        return self._answers.get(timeout=10)

    def answer(self, *, is_up: bool) -> None:
        """Let the question that is under way, or the next one, be answered."""
        self._answers.put(is_up)


@contextmanager
def asking(readiness: Readiness, held: Held) -> Iterator[None]:
    """Have a question under way inside the block; its answer is "down"."""
    asker = threading.Thread(target=readiness.states)
    asker.start()
    assert held.asked.acquire(timeout=10)
    yield
    held.answer(is_up=False)
    asker.join()


def test_whoever_comes_during_the_first_question_is_told_at_once_that_nothing_is_known() -> None:
    held = Held()
    readiness = Readiness((held,))
    with asking(readiness, held):
        assert {"up": "unknown"} == readiness.states()
    assert 1 == held.questions


def test_whoever_comes_during_a_later_question_gets_the_last_answer_at_once() -> None:
    now = 100.0
    held = Held()
    readiness = Readiness((held,), clock=lambda: now)
    held.answer(is_up=True)
    readiness.states()
    held.asked.acquire()
    now += 1
    with asking(readiness, held):
        assert {"up": "up"} == readiness.states()
    assert {"up": "down"} == readiness.states()


def test_a_question_that_fails_is_asked_again() -> None:
    class Broken:
        name = "up"

        def is_reachable(self) -> bool:
            raise RuntimeError

    readiness = Readiness((Broken(),))
    for _ in range(2):
        with pytest.raises(RuntimeError):
            readiness.states()


def test_a_process_that_knows_nothing_yet_is_not_ready() -> None:
    held = Held()
    readiness = Readiness((held,))
    app = Flask("tests")
    app.register_blueprint(operator_routes(readiness, ROOT / "openapi.json"))
    with asking(readiness, held):
        answered = app.test_client().get("/readyz")
    assert (503, "5") == (answered.status_code, answered.headers["Retry-After"])
    assert {"status": "not-ready", "upstreams": {"up": "unknown"}} == answered.json


def test_questions_take_nobodys_places() -> None:
    lanes: list[str] = []

    class Curious:
        name = "up"

        def is_reachable(self) -> bool:
            lanes.append(lane.get())
            return True

    Readiness((Curious(),)).states()
    assert (["checks"], "visitors") == (lanes, lane.get())


def test_the_contract_is_served_as_json(world: World) -> None:
    answered = get(world, "/openapi.json")
    assert "application/json" == answered.headers["Content-Type"]
    assert answered.json()["openapi"].startswith("3.")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json"])
def test_operator_routes_only_read(world: World, path: str) -> None:
    assert 405 == requests.post(world.url + path, timeout=10).status_code
