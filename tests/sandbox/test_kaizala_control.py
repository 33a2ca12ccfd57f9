"""The control API's part for the simulated Kaizala: cards and their tokens."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.kaizala import ACTION_PACKAGE, OTHER_ACTION_PACKAGE, SIMULATOR, Kaizala
from tests.sandbox.demo import client_of, json_of, stage_with


@pytest.fixture
def kaizala() -> Iterator[Kaizala]:
    with Kaizala() as kaizala:
        yield kaizala


@pytest.fixture
def client(kaizala: Kaizala) -> FlaskClient:
    return client_of(stage_with(SIMULATOR, kaizala))


def token(client: FlaskClient, kind: str) -> str:
    person = json_of(client, "GET", "kaizala/people")["people"][0]["id"]
    chosen = {"person": person, "kind": kind}
    return str(json_of(client, "POST", "kaizala/tokens", chosen)["token"])


def me(kaizala: Kaizala, sent: str) -> Any:
    return kaizala.app.test_client().get("/v1/users/me", headers={"accessToken": sent})


def test_people_are_told_without_their_numbers(client: FlaskClient, kaizala: Kaizala) -> None:
    expected = [{"id": one.id, "name": one.name} for one in kaizala.people]
    assert {"people": expected} == json_of(client, "GET", "kaizala/people")


@pytest.mark.parametrize(
    ("kind", "package"),
    [("card", ACTION_PACKAGE), ("foreign", OTHER_ACTION_PACKAGE), ("connector", None)],
)
def test_a_card_has_the_token_that_was_chosen(
    client: FlaskClient, kaizala: Kaizala, kind: str, package: str | None
) -> None:
    answer = me(kaizala, token(client, kind))
    assert (200, package) == (answer.status_code, answer.get_json().get("actionPackageId"))


def test_an_expired_token_is_worthless(client: FlaskClient, kaizala: Kaizala) -> None:
    assert 401 == me(kaizala, token(client, "expired")).status_code


def test_only_known_people_and_kinds_have_tokens(client: FlaskClient, kaizala: Kaizala) -> None:
    known = kaizala.people[0].id
    for body, status in (
        ({"person": "nobody", "kind": "card"}, 404),
        ({"person": known, "kind": "royal"}, 400),
        ({"person": known}, 400),
        ({"kind": "card"}, 400),
    ):
        assert status == client.post("/sandbox/kaizala/tokens", json=body).status_code
