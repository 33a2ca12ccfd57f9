"""Kaizala's door over HTTP: who may pass, what is asked of Kaizala, and which pages may read it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_args

import pytest
import requests

from sandbox.faults import Mode
from sandbox.kaizala import ACTION_PACKAGE, OTHER_ACTION_PACKAGE
from tests.flows.problems import assert_problem, send
from tests.flows.steps import logged
from tests.integrations.kaizala.flows.cards import CODES, LINK, ME, Card, card_of
from tests.integrations.kaizala.flows.world import KaizalaWorld, StartWorld
from tests.world import MARKETPLACE_ORIGIN

FAULTS = [mode for mode in get_args(Mode) if mode != "ok"]
NOW = 1_800_000_000.0
HALF_AN_HOUR = 30 * 60
CALLERS = 12


@pytest.fixture(scope="module")
def guarded_world() -> Iterator[KaizalaWorld]:
    world = KaizalaWorld()
    yield world
    world.close()


@pytest.fixture
def guarded(guarded_world: KaizalaWorld) -> KaizalaWorld:
    """Return the file's world with a Kaizala that behaves."""
    guarded_world.kaizala.faults.reset()
    guarded_world.kaizala.refusal = "401"
    guarded_world.kaizala.calls.clear()
    return guarded_world


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests end soon, so that what hangs need not be waited for as long as in production."""
    monkeypatch.setattr("proxy.http.web.REQUEST_SECONDS", 0.6)


def foreign(world: KaizalaWorld) -> Card:
    return Card(world, world.kaizala.service_token(world.kaizala.people[0], OTHER_ACTION_PACKAGE))


def connector(world: KaizalaWorld) -> Card:
    return Card(world, world.kaizala.connector_token(world.kaizala.people[0]))


def expired(world: KaizalaWorld) -> Card:
    card = card_of(world)
    world.kaizala.expire(card.token)
    return card


def test_a_card_learns_who_holds_it(guarded: KaizalaWorld) -> None:
    person = guarded.kaizala.people[0]
    answer = card_of(guarded).ask()
    assert 200 == answer.status_code
    assert {
        "id": person.id,
        "name": person.name,
        "phoneNumber": person.phone_number,
        "pictureUrl": person.picture_url,
        "actionPackageId": ACTION_PACKAGE,
    } == answer.json()
    assert "no-store" == answer.headers["Cache-Control"]


def test_no_session_is_looked_at(guarded: KaizalaWorld) -> None:
    guarded.sharetribe.calls.clear()
    card_of(guarded).ask()
    assert [] == guarded.sharetribe.calls


@pytest.mark.parametrize("name", ["accessToken", "ACCESSTOKEN", "accesstoken"])
def test_a_headers_name_has_no_case(guarded: KaizalaWorld, name: str) -> None:
    assert 200 == Card(guarded, card_of(guarded).token, name).ask().status_code


def test_the_tokens_header_can_be_another(start_world: StartWorld) -> None:
    world = start_world(KAIZALA_TOKEN_HEADER="X-Kaizala-Token")
    token = card_of(world).token
    assert 200 == Card(world, token, "X-Kaizala-Token").ask().status_code
    assert_problem(Card(world, token).ask(), 401, "token-missing")


def test_an_unlisted_integration_has_no_routes(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="passcheck")
    for method, path in (("GET", ME), ("POST", LINK), ("POST", CODES)):
        assert_problem(send(world, method, path), 404, "not-found")


# Bad tokens


def test_no_token(guarded: KaizalaWorld) -> None:
    assert_problem(send(guarded, "GET", ME), 401, "token-missing")
    assert [] == guarded.kaizala.calls


@pytest.mark.parametrize("token", ["a b", "caf\xe9", "x" * 4097])
def test_what_is_no_token_is_not_sent_on(guarded: KaizalaWorld, token: str) -> None:
    assert_problem(Card(guarded, token).ask(), 401, "token-invalid")
    assert [] == guarded.kaizala.calls


def test_a_token_in_the_query_does_not_count(guarded: KaizalaWorld) -> None:
    path = f"{ME}?accessToken={card_of(guarded).token}"
    assert_problem(send(guarded, "GET", path), 401, "token-missing")


@pytest.mark.parametrize("refusal", ["401", "200"])
def test_an_expired_token(guarded: KaizalaWorld, refusal: Any) -> None:
    guarded.kaizala.refusal = refusal
    assert_problem(expired(guarded).ask(), 401, "token-invalid")


def test_a_token_of_another_action_package(guarded: KaizalaWorld) -> None:
    assert_problem(foreign(guarded).ask(), 403, "token-foreign")


def test_a_token_of_a_connector(guarded: KaizalaWorld) -> None:
    assert_problem(connector(guarded).ask(), 403, "token-foreign")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.usefixtures("impatient")
def test_a_kaizala_that_is_down_is_nobodys_refusal(guarded: KaizalaWorld, fault: Mode) -> None:
    card = card_of(guarded)
    guarded.kaizala.faults.mode = fault
    answer = card.ask()
    assert_problem(answer, 503, "vendor-unavailable")
    assert ("17" if fault == "rate-limit" else "5") == answer.headers["Retry-After"]
    guarded.kaizala.faults.reset()
    assert 200 == card.ask().status_code


def test_a_user_who_has_moved_is_not_followed(guarded: KaizalaWorld) -> None:
    guarded.kaizala.refusal = "308"
    assert_problem(Card(guarded, "unknown").ask(), 503, "vendor-unavailable")


def test_the_same_refusals_guard_the_link(guarded: KaizalaWorld) -> None:
    for card, status, code in (
        (Card(guarded, ""), 401, "token-missing"),
        (expired(guarded), 401, "token-invalid"),
        (foreign(guarded), 403, "token-foreign"),
        (connector(guarded), 403, "token-foreign"),
    ):
        assert_problem(card.link("any"), status, code)


def test_whoever_sends_refused_tokens_waits_and_nobody_else_does(start_world: StartWorld) -> None:
    world = start_world(TRUSTED_PROXY_HOPS="1")

    def ask(token: str, address: str) -> requests.Response:
        return send(world, path=ME, headers={"accessToken": token, "X-Forwarded-For": address})

    known = card_of(world).token
    ask(known, "192.0.2.1")
    answers = [ask(f"made-up-{number}", "192.0.2.1") for number in range(30)]
    assert_problem(answers[0], 401, "token-invalid")
    assert_problem(answers[-1], 429, "too-many-attempts")
    assert "1" == answers[-1].headers["Retry-After"]
    assert 30 > len(world.kaizala.calls)
    assert 200 == ask(known, "192.0.2.1").status_code
    assert 200 == ask(card_of(world, 1).token, "192.0.2.2").status_code


# What is asked of Kaizala


def test_a_burst_with_one_token_asks_once(guarded: KaizalaWorld) -> None:
    all_here, card = threading.Barrier(CALLERS), card_of(guarded)

    def call(_: int) -> int:
        all_here.wait(10)
        return card.ask().status_code

    with ThreadPoolExecutor(CALLERS) as pool:
        assert [200] * CALLERS == list(pool.map(call, range(CALLERS)))
    assert ["GET /v1/users/me"] == guarded.kaizala.calls


def test_two_tokens_are_two_questions(guarded: KaizalaWorld) -> None:
    for person in (0, 1, 0):
        card_of(guarded, person).ask()
    assert 3 == len(guarded.kaizala.calls)


@pytest.mark.parametrize(("setting", "seconds"), [(None, 60), ("7", 7)])
def test_an_answer_is_remembered_for_seconds(
    start_world: StartWorld, setting: str | None, seconds: int
) -> None:
    now = [NOW]
    world = start_world(KAIZALA_CACHE_SECONDS=setting, clock=lambda: now[0])
    card = card_of(world)
    for elapsed, questions in ((0, 1), (seconds - 1, 1), (seconds, 2)):
        now[0] = NOW + elapsed
        assert 200 == card.ask().status_code
        assert questions == len(world.kaizala.calls)


def test_no_answer_outlives_the_tokens_half_hour(start_world: StartWorld) -> None:
    now = [NOW]
    world = start_world(KAIZALA_CACHE_SECONDS="300", clock=lambda: now[0])
    card = card_of(world)
    now[0] = NOW + HALF_AN_HOUR - 1
    assert 200 == card.ask().status_code
    now[0] = NOW + HALF_AN_HOUR
    assert_problem(card.ask(), 401, "token-invalid")


# Which pages may read the answers


@pytest.mark.parametrize("origin", ["null", "https://anywhere.example"])
@pytest.mark.parametrize(("method", "path"), [("GET", ME), ("POST", LINK)])
def test_any_page_may_read_what_a_token_opens(
    guarded: KaizalaWorld, method: str, path: str, origin: str
) -> None:
    for headers in ({}, {"accessToken": card_of(guarded).token}):
        answer = send(guarded, method, path, headers={"Origin": origin, **headers})
        assert "*" == answer.headers["Access-Control-Allow-Origin"]
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(("method", "path"), [("GET", ME), ("POST", LINK)])
@pytest.mark.parametrize("origin", ["null", MARKETPLACE_ORIGIN])
def test_a_preflight_lets_the_token_through(
    guarded: KaizalaWorld, method: str, path: str, origin: str
) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "accesstoken,content-type",
    }
    answer = send(guarded, "OPTIONS", path, headers=asked)
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().replace(" ", "").split(",")
    assert {"accesstoken", "content-type"} <= set(allowed)
    assert method in answer.headers["Access-Control-Allow-Methods"]
    assert [] == guarded.kaizala.calls


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
@pytest.mark.parametrize("origin", ["null", "https://anywhere.example"])
def test_no_other_page_may_read_a_code(guarded: KaizalaWorld, method: str, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = send(guarded, method, CODES, headers=asked)
    assert not [name for name in answer.headers if name.startswith("Access-Control-")]


def test_a_listed_page_may_read_a_code_with_its_cookie(guarded: KaizalaWorld) -> None:
    answer = guarded.browser().call("POST", CODES, headers={"Origin": MARKETPLACE_ORIGIN})
    assert 201 == answer.status_code
    assert MARKETPLACE_ORIGIN == answer.headers["Access-Control-Allow-Origin"]
    assert "true" == answer.headers["Access-Control-Allow-Credentials"]


# What is told


def test_neither_token_nor_person_is_logged_or_told_in_a_refusal(guarded: KaizalaWorld) -> None:
    person = guarded.kaizala.people[0]
    refused = [expired(guarded), foreign(guarded), connector(guarded), Card(guarded, "a b")]
    passing = card_of(guarded)
    with logged() as lines:
        told = [card.ask().text for card in refused]
        passing.ask()
        guarded.kaizala.faults.mode = "garbage"
        told.append(card_of(guarded).ask().text)
    said = "\n".join([*lines, *told])
    assert 6 <= len(lines)
    tokens = [card.token for card in (*refused, passing)]
    secrets = [person.id, person.name, person.phone_number, person.picture_url, *tokens]
    assert [] == [secret for secret in secrets if secret in said]
