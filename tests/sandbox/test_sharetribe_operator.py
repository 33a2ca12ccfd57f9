from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from sandbox.sharetribe import Sharetribe, User
from tests.sandbox.conftest import outcome_of

CURRENT_USER_SHOW = "/v1/api/current_user/show"
SHOW = "/v1/integration_api/users/show"
UPDATE = "/v1/integration_api/users/update_profile"


@pytest.mark.parametrize("query", ["id={user.id}", "email={user.email}"])
def test_the_operator_sees_everything_by_id_or_email(
    client: FlaskClient, operator: dict[str, str], user: User, query: str
) -> None:
    user.private_data = {"a": 1}

    answer = client.get(f"{SHOW}?{query.format(user=user)}", headers=operator)

    data = answer.get_json()["data"]
    assert ("user", {"a": 1}) == (data["type"], data["attributes"]["profile"]["privateData"])


def test_the_operator_writes_private_data_and_metadata(
    sharetribe: Sharetribe, client: FlaskClient, operator: dict[str, str], user: User
) -> None:
    body = {"id": user.id, "privateData": {"a": 1}, "metadata": {"verified": True}}

    assert client.post(UPDATE, headers=operator, json=body).get_json() == {
        "data": {"id": user.id, "type": "user"}
    }
    assert ({"a": 1}, {"verified": True}) == (user.private_data, user.metadata)
    assert sharetribe.updates == [(user.id, {"a": 1})]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (400, "validation-missing-key")),
        ({"id": 1}, (400, "validation-invalid-value")),
        ({"id": str(uuid4())}, (404, "not-found")),
    ],
)
def test_the_operator_must_name_an_existing_user(
    client: FlaskClient, operator: dict[str, str], body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert outcome_of(client.post(UPDATE, headers=operator, json=body)) == refusal


def test_each_api_is_closed_to_the_others_tokens(
    client: FlaskClient, bearer: dict[str, str], operator: dict[str, str], user: User
) -> None:
    as_user = client.get(f"{SHOW}?id={user.id}", headers=bearer)
    as_operator = client.get(CURRENT_USER_SHOW, headers=operator)

    assert [outcome_of(as_user), outcome_of(as_operator)] == [(403, "forbidden")] * 2
