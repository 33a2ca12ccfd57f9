"""The simulated Kaizala: whose token it is, what it refuses, and how it misbehaves."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from werkzeug.test import TestResponse

from sandbox.hops import HopLog
from sandbox.kaizala import ACTION_PACKAGE, OTHER_ACTION_PACKAGE, Kaizala, Person
from sandbox.kaizala.people import CONNECTOR_TOKEN_SECONDS, SERVICE_TOKEN_SECONDS
from sandbox.server import Server
from tests.clock import Clock

NOW = 1_800_000_000
PATIENCE = 10


@pytest.fixture
def clock() -> Clock:
    return Clock(float(NOW))


@pytest.fixture
def hops() -> HopLog:
    return HopLog()


@pytest.fixture
def kaizala(hops: HopLog, clock: Clock) -> Iterator[Kaizala]:
    with Kaizala(hops, clock) as kaizala:
        yield kaizala


@pytest.fixture
def person(kaizala: Kaizala) -> Person:
    return kaizala.people[0]


def me(kaizala: Kaizala, token: str | None, **headers: str) -> TestResponse:
    sent = headers if token is None else {"accessToken": token, **headers}
    return kaizala.app.test_client().get("/v1/users/me", headers=sent)


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def test_a_cards_token_tells_person_and_action_package(kaizala: Kaizala, person: Person) -> None:
    expected = {
        "id": person.id,
        "name": person.name,
        "phoneNumber": person.phone_number,
        "pictureUrl": person.picture_url,
        "actionPackageId": ACTION_PACKAGE,
    }
    assert expected == me(kaizala, kaizala.service_token(person)).get_json()


def test_another_card_has_another_action_package(kaizala: Kaizala, person: Person) -> None:
    token = kaizala.service_token(person, OTHER_ACTION_PACKAGE)
    assert OTHER_ACTION_PACKAGE == me(kaizala, token).get_json()["actionPackageId"]


def test_a_connectors_token_has_none(kaizala: Kaizala, person: Person) -> None:
    answer = me(kaizala, kaizala.connector_token(person))
    assert (200, False) == (answer.status_code, "actionPackageId" in answer.get_json())


def test_two_people_have_two_ids(kaizala: Kaizala) -> None:
    ids = [me(kaizala, kaizala.service_token(one)).get_json()["id"] for one in kaizala.people]
    assert 2 == len(set(ids))


@pytest.mark.parametrize("token", [None, "", "unknown"])
def test_an_unknown_token_is_refused(kaizala: Kaizala, token: str | None) -> None:
    answer = me(kaizala, token)
    assert (401, "InvalidToken") == (answer.status_code, answer.get_json()["errorCode"])


def test_a_bearer_token_is_not_looked_at(kaizala: Kaizala, person: Person) -> None:
    token = kaizala.service_token(person)
    assert 401 == me(kaizala, None, Authorization=f"Bearer {token}").status_code


def test_a_cards_token_lives_for_half_an_hour(
    kaizala: Kaizala, person: Person, clock: Clock
) -> None:
    token = kaizala.service_token(person)
    clock.now += SERVICE_TOKEN_SECONDS - 1
    assert 200 == me(kaizala, token).status_code
    clock.now += 1
    assert 401 == me(kaizala, token).status_code


def test_a_token_can_be_ended_at_once(kaizala: Kaizala, person: Person) -> None:
    token = kaizala.service_token(person)
    kaizala.expire(token)
    assert 401 == me(kaizala, token).status_code


@pytest.mark.parametrize(("refusal", "status"), [("401", 401), ("200", 200)])
def test_a_refusal_has_an_error_code_whatever_its_status(
    kaizala: Kaizala, refusal: Any, status: int
) -> None:
    kaizala.refusal = refusal
    answer = me(kaizala, "unknown")
    assert status == answer.status_code
    assert {"message", "errorCode", "errorCategoryKey"} == set(answer.get_json())


def test_a_user_who_has_moved_is_redirected(kaizala: Kaizala) -> None:
    kaizala.refusal = "308"
    answer = me(kaizala, "unknown")
    assert (308, True) == (answer.status_code, "Location" in answer.headers)


def test_the_answer_to_a_good_token_can_be_replaced(kaizala: Kaizala, person: Person) -> None:
    kaizala.answer = {"id": ""}
    assert {"id": ""} == me(kaizala, kaizala.service_token(person)).get_json()
    assert 401 == me(kaizala, "unknown").status_code


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [("service_token", SERVICE_TOKEN_SECONDS), ("connector_token", CONNECTOR_TOKEN_SECONDS)],
)
def test_a_token_is_a_jwt_that_tells_its_end(
    kaizala: Kaizala, person: Person, kind: str, seconds: int
) -> None:
    token = getattr(kaizala, kind)(person)
    assert 3 == len(token.split("."))
    assert NOW + seconds == claims_of(token)["exp"]


def test_every_token_is_another_one(kaizala: Kaizala, person: Person) -> None:
    assert 5 == len({kaizala.service_token(person) for _ in range(5)})


def test_every_request_is_in_calls(kaizala: Kaizala, person: Person) -> None:
    kaizala.faults.mode = "error"
    me(kaizala, kaizala.service_token(person))
    kaizala.app.test_client().get("/elsewhere?secret=1")
    assert ["GET /v1/users/me", "GET /elsewhere"] == kaizala.calls


def test_hops_hold_no_token_and_no_person(kaizala: Kaizala, person: Person, hops: HopLog) -> None:
    token = kaizala.service_token(person)
    me(kaizala, token)
    me(kaizala, "unknown")
    me(kaizala, kaizala.connector_token(person))
    told = hops.since(0)
    assert [
        ("proxy", "Kaizala", "/v1/users/me", 200, "a card's token"),
        ("proxy", "Kaizala", "/v1/users/me", 401, "the token is refused"),
        ("proxy", "Kaizala", "/v1/users/me", 200, "a connector's token"),
    ] == [(hop.caller, hop.callee, hop.path, hop.status, hop.note) for hop in told]
    for secret in (token, person.id, person.name, person.phone_number):
        assert secret not in repr(told)


def test_an_unknown_path_is_not_in_the_hops(kaizala: Kaizala, hops: HopLog) -> None:
    kaizala.app.test_client().get("/secret")
    assert ["(unknown path)"] == [hop.path for hop in hops.since(0)]


def test_rate_limiting_tells_how_long_to_wait(kaizala: Kaizala) -> None:
    kaizala.faults.mode = "rate-limit"
    answer = me(kaizala, "any")
    assert (429, "17") == (answer.status_code, answer.headers["Retry-After"])


def test_a_dropped_connection_is_a_hop_without_status(kaizala: Kaizala, hops: HopLog) -> None:
    kaizala.faults.mode = "reset"
    with Server(kaizala.app) as server, pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/v1/users/me", timeout=PATIENCE)
    assert [None] == [hop.status for hop in hops.since(0)]


def test_closing_takes_faults_back(kaizala: Kaizala, person: Person) -> None:
    kaizala.faults.mode = "error"
    kaizala.close()
    assert 200 == me(kaizala, kaizala.service_token(person)).status_code
