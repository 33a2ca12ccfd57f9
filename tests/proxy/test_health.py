"""Alive, ready, and the contract."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from flask import Flask
from werkzeug.test import TestResponse

from app import create_app
from proxy.http.attempts import Attempts
from proxy.operating.health import Readiness
from proxy.operating.routes import OperatorGuard, operator_routes
from proxy.outgoing.places import lane
from proxy.outgoing.upstream import Upstreams
from proxy.problems import Problem
from proxy.settings import ConfigurationError
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


def test_a_process_is_ready_when_its_upstreams_answer(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="passcheck,badge", OPERATOR_TOKEN=TOKEN)
    answered = get(world, "/readyz", OPERATOR)
    up = {"sharetribe": "up", "passcheck": "up", "badge": "up"}
    expected = {"status": "ready", "upstreams": up}
    assert (answered.status_code, answered.json()) == (200, expected)


@pytest.mark.parametrize("down", ["sharetribe", "passcheck"])
@pytest.mark.parametrize("mode", ["error", "reset"])
def test_a_process_is_not_ready_while_an_upstream_is_down(
    start_world: StartWorld, down: str, mode: str
) -> None:
    world = start_world(OPERATOR_TOKEN=TOKEN)
    getattr(world, down).faults.mode = mode
    answered = get(world, "/readyz", OPERATOR)
    assert (503, "5") == (answered.status_code, answered.headers["Retry-After"])
    expected = {"sharetribe": "up", "passcheck": "up"} | {down: "down"}
    assert {"status": "not-ready", "upstreams": expected} == answered.json()


@pytest.mark.parametrize(
    ("status", "code", "expected"), [("401 No", 200, "up"), ("503 No", 503, "down")]
)
def test_readiness_includes_the_integration_api(
    start_world: StartWorld, start_server: StartServer, status: str, code: int, expected: str
) -> None:
    integration_api = start_server(answering(answer(status=status)))
    world = start_world(
        integration_api=True,
        SHARETRIBE_INTEGRATION_BASE_URL=integration_api.url,
        OPERATOR_TOKEN=TOKEN,
    )
    answered = get(world, "/readyz", OPERATOR)
    states = {"sharetribe": expected, "passcheck": "up"}
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


class Held:
    """An outside system that answers when it is told to."""

    name = "up"

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.questions = 0
        self._answers: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def why_unreachable(self) -> str | None:
        """Wait for the answer."""
        self.questions += 1
        self.asked.release()
        return None if self._answers.get(timeout=10) else "refused"

    def answer(self, *, is_up: bool) -> None:
        """Let the question that is under way, or the next one, be answered."""
        self._answers.put(is_up)


def ready_after(held: Held, clock: Clock) -> Readiness:
    """Return a readiness that has been answered "up" once, now."""
    readiness = Readiness((held,), clock)
    held.answer(is_up=True)
    assert {"up": "up"} == readiness.states()
    held.asked.acquire()
    return readiness


@contextmanager
def asking(readiness: Readiness, held: Held) -> Iterator[None]:
    """Have a question under way inside the block that somebody waits for; it is answered "down"."""
    asker = threading.Thread(target=readiness.states)
    asker.start()
    assert held.asked.acquire(timeout=10)
    yield
    held.answer(is_up=False)
    asker.join()


def background() -> threading.Thread:
    """Return the thread that asks where nobody waits."""
    [thread] = [thread for thread in threading.enumerate() if thread.name == "readiness"]
    return thread


def test_whoever_comes_during_the_first_question_is_told_at_once_that_nothing_is_known() -> None:
    held = Held()
    readiness = Readiness((held,))
    with asking(readiness, held):
        assert {"up": "unknown"} == readiness.states()
    assert 1 == held.questions


def test_upstreams_are_asked_every_five_seconds_at_most() -> None:
    held, clock = Held(), Clock()
    readiness = ready_after(held, clock)
    clock.now += 4.9
    assert {"up": "up"} == readiness.states()
    assert 1 == held.questions


def test_nobody_waits_while_an_answer_is_recent() -> None:
    held, clock = Held(), Clock()
    readiness = ready_after(held, clock)
    clock.now += 5
    assert [{"up": "up"}] * 3 == [readiness.states() for _ in range(3)]
    assert held.asked.acquire(timeout=10)
    thread = background()
    held.answer(is_up=False)
    thread.join(10)
    assert ({"up": "down"}, 2) == (readiness.states(), held.questions)


def test_one_waits_for_a_newer_answer_and_the_others_get_the_last_one() -> None:
    held, clock = Held(), Clock()
    readiness = ready_after(held, clock)
    clock.now += 20
    with asking(readiness, held):
        assert {"up": "up"} == readiness.states()
    assert {"up": "down"} == readiness.states()


class Broken:
    """An outside system of ours with a defect."""

    name = "up"

    def why_unreachable(self) -> str | None:
        """Fail."""
        raise RuntimeError


def test_a_question_that_fails_is_asked_again() -> None:
    readiness = Readiness((Broken(),))
    for _ in range(2):
        with pytest.raises(RuntimeError):
            readiness.states()


def test_a_question_that_fails_in_the_background_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    held, clock = Held(), Clock()
    readiness = ready_after(held, clock)
    held.why_unreachable = Broken().why_unreachable  # type: ignore[method-assign]
    clock.now += 10
    with caplog.at_level("ERROR"):
        assert {"up": "up"} == readiness.states()
        for thread in threading.enumerate():
            if thread.name == "readiness":
                thread.join(10)
    assert 1 == caplog.text.count("event=defect")


def answered_by(readiness: Readiness, token: str | None, authorization: str | None) -> TestResponse:
    """Ask a process with an operator's token, or without, whether it is ready."""
    app = Flask("tests")
    app.register_error_handler(Problem, lambda problem: (problem.code, problem.status))
    guard = OperatorGuard(token, Attempts())
    app.register_blueprint(operator_routes(readiness, guard, 0, {}))
    headers = {} if authorization is None else {"Authorization": authorization}
    return app.test_client().get("/readyz", headers=headers)


def test_a_process_that_knows_nothing_yet_is_not_ready() -> None:
    held = Held()
    readiness = Readiness((held,))
    with asking(readiness, held):
        answered = answered_by(readiness, TOKEN, f"Bearer {TOKEN}")
    assert (503, "5") == (answered.status_code, answered.headers["Retry-After"])
    assert {"status": "not-ready", "upstreams": {"up": "unknown"}} == answered.json


@pytest.mark.parametrize(
    ("token", "authorization"),
    [
        (TOKEN, None),
        (TOKEN, ""),
        (TOKEN, "Basic " + "QTpC"),
        (TOKEN, TOKEN),
        (None, None),
        (None, f"Bearer {TOKEN}"),
        (None, "Bearer "),
    ],
)
def test_the_public_is_told_yes_or_no(token: str | None, authorization: str | None) -> None:
    answered = answered_by(ready_after(Held(), Clock()), token, authorization)
    assert (200, {"status": "ready"}) == (answered.status_code, answered.json)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_operator_is_told_which_upstream_is_how(scheme: str) -> None:
    answered = answered_by(ready_after(Held(), Clock()), TOKEN, f"{scheme} {TOKEN}")
    assert {"status": "ready", "upstreams": {"up": "up"}} == answered.json


@pytest.mark.parametrize("wrong", ["", "x", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), "caf\xe9"])
def test_a_wrong_token_is_told_as_wrong(wrong: str) -> None:
    answered = answered_by(ready_after(Held(), Clock()), TOKEN, f"Bearer {wrong}")
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
        return get(world, "/readyz", sent)

    answers = [guess(number, "192.0.2.1") for number in range(30)]
    assert_problem(answers[0], 401, "credentials-invalid")
    assert 'Bearer realm="operator"' == answers[0].headers["WWW-Authenticate"]
    assert_problem(answers[-1], 429, "too-many-attempts")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 2
    assert 401 == guess(0, "192.0.2.2").status_code
    assert 200 == get(world, "/readyz", {"X-Forwarded-For": "192.0.2.1"}).status_code


def test_questions_take_nobodys_places() -> None:
    lanes: list[str] = []

    class Curious:
        name = "up"

        def why_unreachable(self) -> str | None:
            lanes.append(lane.get())
            return None

    Readiness((Curious(),)).states()
    assert (["checks"], "visitors") == (lanes, lane.get())


def test_the_contract_is_served_as_json(world: World) -> None:
    answered = get(world, "/openapi.json")
    assert "application/json" == answered.headers["Content-Type"]
    assert answered.json()["openapi"].startswith("3.")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json"])
def test_operator_routes_only_read(world: World, path: str) -> None:
    assert 405 == requests.post(world.url + path, timeout=10).status_code
