"""The simulated HubRise's token endpoint: how codes become connections, and how these end."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from sandbox.hubrise import HubRise
from tests.sandbox.hubrise_callers import ELSEWHERE, FORM, HERE, Client, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hubrise(clock: Clock) -> Iterator[HubRise]:
    with HubRise(clock=clock) as hubrise:
        yield hubrise


@pytest.fixture
def client(hubrise: HubRise) -> Client:
    return Client(hubrise)


def _three(client: Client, code: str, **changes: object) -> dict[str, Any]:
    hubrise = client.hubrise
    given = {"client_id": hubrise.client_id, "client_secret": hubrise.client_secret}
    return {"code": code, **given, **changes}


def _post_form(client: Client, fields: dict[str, Any]) -> TestResponse:
    return client.http.post("/oauth2/v1/token", data=fields, content_type=FORM)


def test_basic_with_a_form_is_accepted(client: Client) -> None:
    assert 200 == client.exchange(client.code()).status_code


def test_three_form_fields_are_accepted(client: Client) -> None:
    assert 200 == _post_form(client, _three(client, client.code())).status_code


def test_three_json_fields_are_accepted(client: Client) -> None:
    answer = client.http.post("/oauth2/v1/token", json=_three(client, client.code()))

    assert 200 == answer.status_code


def test_current_answer_has_the_ten_documented_fields(client: Client) -> None:
    answer = client.exchange(client.code(HERE)).get_json()

    token = answer.pop("access_token")
    assert token in client.hubrise.connections
    assert {
        "token_type": "Bearer",
        "account_id": "k7w2p",
        "location_id": "k7w2p-1",
        "catalog_id": "h2x8c",
        "customer_list_id": "m5q1z",
        "account_name": "Pizzeria Vanille",
        "location_name": "Saint-Denis",
        "catalog_name": "Pizze",
        "customer_list_name": "Regulars",
    } == answer


def test_seed_answer_has_four_fields(client: Client) -> None:
    client.hubrise.response_shape = "seed"

    answer = client.exchange(client.code()).get_json()

    assert {"access_token", "location_id", "catalog_id", "customer_list_id"} == set(answer)


def test_app_answer_has_two_more(client: Client) -> None:
    client.hubrise.response_shape = "app"

    answer = client.exchange(client.code()).get_json()

    assert {"app_instance_id", "user_id"} <= set(answer)
    assert 12 == len(answer)


def test_unknown_shape_is_a_value_error(client: Client) -> None:
    with pytest.raises(ValueError, match="unknown value"):
        client.hubrise.response_shape = "new"  # type: ignore[assignment]  # the mistake tested


def test_nothing_is_selected_beyond_the_scope(client: Client) -> None:
    answer = client.exchange(client.code(scope="location[orders.write]")).get_json()

    assert (None, None) == (answer["catalog_id"], answer["customer_list_name"])


def test_account_level_has_no_location(client: Client) -> None:
    answer = client.exchange(client.code(ELSEWHERE, scope="account[orders.read]")).get_json()

    assert ("v9n4t", None) == (answer["account_id"], answer["location_id"])


def test_code_works_once(client: Client) -> None:
    code = client.code()
    client.exchange(code)

    again = client.exchange(code)

    assert (400, "unprocessable_entity") == (again.status_code, again.get_json()["error_type"])


def test_code_expires_after_ten_minutes(client: Client, clock: Clock) -> None:
    early, late = client.code(), client.code()

    clock.now += 599
    assert 200 == client.exchange(early).status_code
    clock.now += 1
    assert 400 == client.exchange(late).status_code


def test_unknown_code_is_refused(client: Client) -> None:
    assert 400 == client.exchange("0123").status_code


@pytest.mark.parametrize("wrong", ["client_id", "client_secret"])
def test_wrong_credentials_are_401_and_leave_the_code(client: Client, wrong: str) -> None:
    code = client.code()

    refused = _post_form(client, _three(client, code, **{wrong: "x"}))

    assert (401, "unauthorized") == (refused.status_code, refused.get_json()["error_type"])
    assert 200 == client.exchange(code).status_code


def test_wrong_basic_credentials_are_401(client: Client) -> None:
    assert 401 == client.exchange("0123", ("x", client.hubrise.client_secret)).status_code
    assert 401 == client.exchange("0123", (client.hubrise.client_id, "x")).status_code


def test_code_without_credentials_is_401(client: Client) -> None:
    assert 401 == _post_form(client, {"code": client.code()}).status_code


@pytest.mark.parametrize("extra", ["grant_type", "redirect_uri", "client_id"])
def test_parameters_of_other_servers_are_refused(client: Client, extra: str) -> None:
    assert 400 == client.exchange(client.code(), None, **{extra: "x"}).status_code


def test_basic_with_json_is_refused(client: Client) -> None:
    hubrise = client.hubrise
    answer = client.http.post(
        "/oauth2/v1/token",
        json={"code": client.code()},
        auth=(hubrise.client_id, hubrise.client_secret),
    )

    assert 400 == answer.status_code


def test_credentials_in_the_query_are_refused(client: Client) -> None:
    answer = client.http.post(
        "/oauth2/v1/token?client_id=x", data=_three(client, client.code()), content_type=FORM
    )

    assert 400 == answer.status_code


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("code=a&code=b", FORM, 400),
        ('{"code": 1}', "application/json", 400),
        ('{"code": "a", "code": "b"}', "application/json", 400),
        ('{"code": NaN}', "application/json", 400),
        ("[]", "application/json", 400),
        ("{", "application/json", 400),
        ('{"client_id": "\\ud800"}', "application/json", 400),
        ("code=a", "text/plain", 415),
        ("code=a", "multipart/form-data; boundary=b", 415),
    ],
)
def test_unreadable_bodies_are_refused(
    client: Client, body: str, content_type: str, status: int
) -> None:
    answer = client.http.post("/oauth2/v1/token", data=body, content_type=content_type)

    assert status == answer.status_code


def test_same_location_gets_the_same_token(client: Client) -> None:
    assert client.connect() is client.connect()


def test_other_location_gets_another_token(client: Client) -> None:
    assert client.connect(HERE).token != client.connect(ELSEWHERE).token


def test_other_device_gets_another_token(client: Client) -> None:
    one, two = client.connect(device_id="d-1"), client.connect(device_id="d-2")

    assert one.token != two.token
    assert one is client.connect(device_id="d-1")


def test_reconnection_brings_the_scope_allowed_last(client: Client) -> None:
    client.connect(scope="location[orders.write]")

    assert "location[orders.read]" == client.connect(scope="location[orders.read]").scope


def test_reconnection_resolves_a_block(client: Client) -> None:
    connection = client.connect()
    client.hubrise.block(connection.token, "blocked")

    assert client.connect() is connection
    assert connection.dead is None


def test_revoked_token_is_dead_and_followed_by_another(client: Client) -> None:
    connection = client.connect()

    answer = client.revoke(connection.token)

    assert (200, b"") == (answer.status_code, answer.data)
    assert "revoked" == connection.dead
    assert connection.token != client.connect().token


def test_revoking_an_unknown_token_is_no_error(client: Client) -> None:
    assert 200 == client.revoke("unknown").status_code


def test_revocation_needs_basic_credentials(client: Client) -> None:
    connection = client.connect()
    answer = client.http.post(
        "/oauth2/v1/revoke",
        data=json.dumps({"token": connection.token, **_three(client, "c")}),
        content_type="application/json",
    )

    assert 401 == answer.status_code
    assert connection.dead is None


def test_revocation_of_one_device_leaves_the_other(client: Client) -> None:
    one, two = client.connect(device_id="d-1"), client.connect(device_id="d-2")

    client.revoke(one.token)

    assert ("revoked", None) == (one.dead, two.dead)
