"""Alive, ready, how things stand, and the contract."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
import requests
from flask import Blueprint, Flask, request
from werkzeug.test import TestResponse

from app import create_app
from proxy import VERSION
from proxy.http.attempts import Attempts
from proxy.operating.reachability import Reach, Reachability
from proxy.operating.routes import OperatorGuard
from proxy.outgoing.places import lane
from proxy.outgoing.upstream import Upstreams
from proxy.problems import Problem
from proxy.serving.server import EXTENSION, Behind
from proxy.settings_reader import ConfigurationError
from tests.clock import Clock
from tests.example_environment import read_example
from tests.flows.problems import assert_problem
from tests.kit.world import KitWorld
from tests.proxy.conftest import StartServer, StartWorld
from tests.proxy.loopback import Connection, answer, answering
from tests.world import World

UPSTREAMS = Upstreams("Tests/1.0", lambda *_: None)


TOKEN = "an operator's own token of enough length".replace(" ", "-")
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}


def get(world: World, path: str, headers: dict[str, str] | None = None) -> requests.Response:
    return requests.get(world.url + path, headers=headers, timeout=10)


def test_a_process_is_alive_without_its_upstreams(world: KitWorld) -> None:
    world.sharetribe.faults.mode = world.passcheck.faults.mode = "error"
    answered = get(world, "/healthz")
    assert (200, {"status": "alive"}) == (answered.status_code, answered.json())
    assert [] == world.sharetribe.calls


@pytest.mark.parametrize("mode", ["error", "reset"])
def test_a_process_is_ready_whatever_its_upstreams_do(
    start_world: StartWorld, mode: Literal["error", "reset"]
) -> None:
    world = start_world(OPERATOR_TOKEN=TOKEN)
    world.sharetribe.faults.mode = world.passcheck.faults.mode = mode
    states = get(world, "/statusz", OPERATOR).json()["upstreams"]
    assert ["down", "down"] == [reach["state"] for reach in states.values()]
    answered = get(world, "/readyz")
    assert (200, {"status": "ready"}) == (answered.status_code, answered.json())


def test_readiness_asks_nobody(world: KitWorld) -> None:
    get(world, "/readyz")
    assert [] == [*world.sharetribe.calls, *world.passcheck.calls]


@pytest.mark.parametrize(
    ("vitals", "cause"), [({"is_stopping": True}, "stopping"), ({"is_full": True}, "full")]
)
def test_a_process_that_should_get_no_more_requests_says_so(
    world: KitWorld, vitals: dict[str, bool], cause: str
) -> None:
    told = front_of(world.app).monitors.vitals
    for name, value in vitals.items():
        setattr(told, name, value)
    answered = world.app.test_client().get("/readyz")
    assert (503, "5") == (answered.status_code, answered.headers["Retry-After"])
    assert {"status": "not-ready", "cause": cause} == answered.json


def front_of(app: Flask) -> Behind:
    """Return what the server knows besides the app."""
    behind: Behind = app.extensions[EXTENSION]
    return behind


def test_the_operator_is_told_what_is_configured(start_world: StartWorld) -> None:
    world = start_world(
        INTEGRATIONS="passcheck,badge",
        OPERATOR_TOKEN=TOKEN,
        ACCESS_RULES="identity=postListings",
        integration_api=True,
    )
    told = get(world, "/statusz", OPERATOR).json()
    assert {"passcheck": ["identity"], "badge": ["token-door"]} == told["configured"][
        "integrations"
    ]
    assert {"identity": ["postListings"]} == told["configured"]["accessRules"]
    assert ([1], [1]) == (told["configured"]["sealKeys"], told["configured"]["checksumKeys"])
    assert (VERSION, True, os.getpid()) == (told["version"], told["ready"], told["process"]["id"])


def test_the_operator_is_told_why_an_upstream_is_down(
    start_world: StartWorld, start_server: StartServer
) -> None:
    integration_api = start_server(answering(answer(status="503 No")))
    world = start_world(
        integration_api=True,
        SHARETRIBE_INTEGRATION_BASE_URL=integration_api.url,
        OPERATOR_TOKEN=TOKEN,
    )
    expected = {
        "sharetribe": {"state": "down", "cause": "answered 503"},
        "passcheck": {"state": "up"},
    }
    assert expected == get(world, "/statusz", OPERATOR).json()["upstreams"]


def test_the_operator_is_told_what_has_happened_here(start_world: StartWorld) -> None:
    world = start_world(OPERATOR_TOKEN=TOKEN)
    world.browser().call("POST", "/api/callbacks/passcheck/made-up-reference")
    world.passcheck.faults.mode = "error"
    world.browser().start()
    told = get(world, "/statusz", OPERATOR).json()["vendors"]["passcheck"]
    refused = told["refusedCallback"]
    assert (401, "signature-invalid") == (refused["status"], refused["code"])
    assert told["error"]["event"] in ("upstream", "start")
    assert 1 == told["counts"]["refusedCallback"]
    assert told["counts"]["error"] >= 1
    assert "made-up-reference" not in str(told)


def test_readiness_asks_without_credentials(start_server: StartServer) -> None:
    received: list[object] = []

    def serve(connection: Connection) -> None:
        request = connection.receive()
        assert request is not None
        received.append(request.headers.get("Authorization"))
        connection.send(answer())

    server = start_server(serve)
    assert {"up": Reach("up")} == Reachability((UPSTREAMS.at("up", server.url),)).states()
    assert [None] == received


def test_an_upstream_with_several_hosts_is_up_whole(start_server: StartServer) -> None:
    good = start_server(answering(answer()))
    bad = start_server(answering(answer(status="500 No")))
    hosts = [UPSTREAMS.at("up", server.url) for server in (good, bad, good)]
    assert {"up": Reach("down", "answered 500")} == Reachability(tuple(hosts)).states()


class Held:
    """An outside system that answers when it is told to."""

    name = "up"

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.questions = 0
        self._answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def why_unreachable(self) -> str | None:
        """Wait for the answer."""
        self.questions += 1
        self.asked.release()
        return self._answers.get(timeout=10)

    def answer(self, *, cause: str | None) -> None:
        """Let the question that is under way, or the next one, be answered."""
        self._answers.put(cause)


def asked_once(held: Held, clock: Clock) -> Reachability:
    """Return one that has been answered "up" once, now."""
    reachability = Reachability((held,), clock)
    held.answer(cause=None)
    assert {"up": Reach("up")} == reachability.states()
    held.asked.acquire()
    return reachability


@contextmanager
def asking(reachability: Reachability, held: Held) -> Iterator[None]:
    """Have a question under way inside the block that somebody waits for; it is answered "down"."""
    asker = threading.Thread(target=reachability.states)
    asker.start()
    assert held.asked.acquire(timeout=10)
    yield
    held.answer(cause="timeout")
    asker.join()


def background() -> threading.Thread:
    """Return the thread that asks where nobody waits."""
    [thread] = [thread for thread in threading.enumerate() if thread.name == "reachability"]
    return thread


def test_whoever_comes_during_the_first_question_is_told_at_once_that_nothing_is_known() -> None:
    held = Held()
    reachability = Reachability((held,))
    with asking(reachability, held):
        assert {"up": Reach("unknown")} == reachability.states()
    assert 1 == held.questions


def test_upstreams_are_asked_every_five_seconds_at_most() -> None:
    held, clock = Held(), Clock()
    reachability = asked_once(held, clock)
    clock.now += 4.9
    assert {"up": Reach("up")} == reachability.states()
    assert 1 == held.questions


def test_nobody_waits_while_an_answer_is_recent() -> None:
    held, clock = Held(), Clock()
    reachability = asked_once(held, clock)
    clock.now += 5
    assert [{"up": Reach("up")}] * 3 == [reachability.states() for _ in range(3)]
    assert held.asked.acquire(timeout=10)
    thread = background()
    held.answer(cause="timeout")
    thread.join(10)
    assert ({"up": Reach("down", "timeout")}, 2) == (reachability.states(), held.questions)


def test_one_waits_for_a_newer_answer_and_the_others_get_the_last_one() -> None:
    held, clock = Held(), Clock()
    reachability = asked_once(held, clock)
    clock.now += 20
    with asking(reachability, held):
        assert {"up": Reach("up")} == reachability.states()
    assert {"up": Reach("down", "timeout")} == reachability.states()


class Broken:
    """An outside system of ours with a defect."""

    name = "up"

    def why_unreachable(self) -> str | None:
        """Fail."""
        raise RuntimeError


def test_a_question_that_fails_is_asked_again() -> None:
    reachability = Reachability((Broken(),))
    for _ in range(2):
        with pytest.raises(RuntimeError):
            reachability.states()


def test_a_question_that_fails_in_the_background_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    held, clock = Held(), Clock()
    reachability = asked_once(held, clock)
    held.why_unreachable = Broken().why_unreachable  # type: ignore[method-assign]
    clock.now += 10
    with caplog.at_level("ERROR"):
        assert {"up": Reach("up")} == reachability.states()
        for thread in threading.enumerate():
            if thread.name == "reachability":
                thread.join(10)
    assert 1 == caplog.text.count("event=defect")


def answered_by(token: str | None, authorization: str | None) -> TestResponse:
    """Ask a process with an operator's token, or without, how things stand."""
    app = Flask("tests")
    app.register_error_handler(Problem, lambda problem: (problem.code, problem.status))
    guard = OperatorGuard(token, Attempts(), 0)
    routes = Blueprint("tests", __name__)

    @routes.get("/statusz")
    def how() -> str:
        guard.check(request)
        return "told"

    app.register_blueprint(routes)
    headers = {} if authorization is None else {"Authorization": authorization}
    return app.test_client().get("/statusz", headers=headers)


@pytest.mark.parametrize("authorization", [None, "", f"Bearer {TOKEN}", "Bearer "])
def test_without_a_token_there_is_no_door(authorization: str | None) -> None:
    answered = answered_by(None, authorization)
    assert (404, "not-found") == (answered.status_code, answered.text)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_operator_is_let_in(scheme: str) -> None:
    assert "told" == answered_by(TOKEN, f"{scheme} {TOKEN}").text


@pytest.mark.parametrize("wrong", ["", "x", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), "caf\xe9"])
def test_a_wrong_token_is_told_as_wrong(wrong: str) -> None:
    answered = answered_by(TOKEN, f"Bearer {wrong}")
    assert (401, "credentials-invalid") == (answered.status_code, answered.text)


@pytest.mark.parametrize("authorization", [None, "", "Basic " + "QTpC", TOKEN])
def test_who_brings_no_token_is_asked_for_one(authorization: str | None) -> None:
    answered = answered_by(TOKEN, authorization)
    assert (401, "credentials-invalid") == (answered.status_code, answered.text)


@pytest.mark.parametrize(
    "token", ["only-thirty-one-characters-long", "with a space " * 4, "é" * 40]
)
def test_a_token_that_is_no_secret_is_reported_and_not_shown(token: str) -> None:
    with pytest.raises(ConfigurationError) as problems:
        create_app({**read_example(), "OPERATOR_TOKEN": token})
    assert "OPERATOR_TOKEN does not have" in str(problems.value)
    assert token not in str(problems.value)


def test_guessing_the_operators_token_is_slow(start_world: StartWorld) -> None:
    world = start_world(OPERATOR_TOKEN=TOKEN, TRUSTED_PROXY_HOPS="1")

    def guess(number: int, address: str) -> requests.Response:
        sent = {"Authorization": f"Bearer {number}", "X-Forwarded-For": address}
        return get(world, "/statusz", sent)

    answers = [guess(number, "192.0.2.1") for number in range(30)]
    assert_problem(answers[0], 401, "credentials-invalid")
    assert 'Bearer realm="operator"' == answers[0].headers["WWW-Authenticate"]
    assert_problem(answers[-1], 429, "too-many-attempts")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 2
    assert 401 == guess(0, "192.0.2.2").status_code


def test_questions_take_nobodys_places() -> None:
    lanes: list[str] = []

    class Curious:
        name = "up"

        def why_unreachable(self) -> str | None:
            lanes.append(lane.get())
            return None

    Reachability((Curious(),)).states()
    assert (["checks"], "visitors") == (lanes, lane.get())


def test_the_contract_is_served_as_json(world: World) -> None:
    answered = get(world, "/openapi.json")
    assert "application/json" == answered.headers["Content-Type"]
    assert answered.json()["openapi"].startswith("3.")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/statusz", "/openapi.json"])
def test_operator_routes_only_read(world: World, path: str) -> None:
    assert 405 == requests.post(world.url + path, timeout=10).status_code
