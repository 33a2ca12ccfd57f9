import json
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from sandbox import transit
from sandbox.sharetribe import Applications, Sharetribe, User
from tests.sandbox.conftest import bearer_of, outcome_of

TRANSIT = "application/transit+json"
SHOW = "/v1/api/current_user/show"
UPDATE = "/v1/api/current_user/update_profile"
PUBLIC_SHOW = "/v1/api/users/show"


def test_the_marketplace_starts_with_two_users_and_fresh_secrets(sharetribe: Sharetribe) -> None:
    other = Sharetribe()

    assert [2, 2] == [len(sharetribe.users), len(other.users)]
    assert not sharetribe.users.keys() & other.users.keys()
    assert sharetribe.client_secret != other.client_secret


def test_a_marketplace_of_ones_own_has_the_applications_and_users_that_it_is_given() -> None:
    applications = Applications("e0c5ea10-0000-4000-8000-000000000001", "a-secret")
    users = [User(f"{name}@example.com", name, name, "N", password=name) for name in "abc"]
    sharetribe = Sharetribe(applications=applications, users=users)
    assert users == list(sharetribe.users.values())
    form = {
        "grant_type": "password",
        "client_id": applications.client_id,
        "scope": "user",
        "username": "c@example.com",
        "password": "c",
    }
    client = sharetribe.app.test_client()
    subject = client.post("/v1/auth/token", data=form).get_json()["access_token"]
    exchange = {
        "grant_type": "token_exchange",
        "client_id": applications.client_id,
        "client_secret": "a-secret",
        "subject_token": subject,
    }
    answer = client.post("/v1/auth/token", data=exchange)
    assert "trusted:user" == answer.get_json()["scope"]


def test_a_user_sees_their_own_private_data(
    client: FlaskClient, bearer: dict[str, str], user: User
) -> None:
    user.private_data = {"note": {"deep": [1]}}

    data = client.get(SHOW, headers=bearer).get_json()["data"]

    assert (data["id"], data["type"]) == (user.id, "currentUser")
    assert data["attributes"]["email"] == user.email
    assert data["attributes"]["profile"] == {
        "firstName": user.first_name,
        "lastName": user.last_name,
        "displayName": user.display_name,
        "abbreviatedName": "RR",
        "bio": None,
        "publicData": {},
        "protectedData": {},
        "privateData": {"note": {"deep": [1]}},
        "metadata": {},
    }


def test_the_scheme_bearer_is_accepted_in_any_letter_case(
    client: FlaskClient, bearer: dict[str, str]
) -> None:
    headers = {"Authorization": bearer["Authorization"].replace("Bearer", "bearer")}

    assert 200 == client.get(SHOW, headers=headers).status_code


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic eDp5"}, {"Authorization": ""}])
def test_a_call_without_access_token_is_refused(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    assert (401, "auth-missing-access-token") == outcome_of(client.get(SHOW, headers=headers))


@pytest.mark.parametrize("token", ["x", "a.b.c", ".", "e30.e30.", "\u00e9"])
def test_a_garbage_access_token_is_refused(client: FlaskClient, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}

    assert (401, "auth-invalid-access-token") == outcome_of(client.get(SHOW, headers=headers))


def test_expired_access_tokens_are_refused(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str]
) -> None:
    sharetribe.expire_access_tokens()

    assert (401, "auth-invalid-access-token") == outcome_of(client.get(SHOW, headers=bearer))


def test_an_error_has_the_documented_shape(client: FlaskClient) -> None:
    (error,) = client.get(SHOW).get_json()["errors"]

    assert (401, "Unauthorized", 36) == (error["status"], error["title"], len(error["id"]))


def test_an_anonymous_visitor_is_forbidden_to_be_a_user(
    sharetribe: Sharetribe, client: FlaskClient
) -> None:
    headers = bearer_of(sharetribe.anonymous())

    assert (403, "forbidden") == outcome_of(client.get(SHOW, headers=headers))
    assert (403, "forbidden") == outcome_of(client.post(UPDATE, headers=headers, json={}))


def test_anybody_sees_public_data_and_metadata_only(
    sharetribe: Sharetribe, client: FlaskClient, user: User
) -> None:
    user.private_data, user.metadata = {"secret": 1}, {"verified": True}

    answer = client.get(f"{PUBLIC_SHOW}?id={user.id}", headers=bearer_of(sharetribe.anonymous()))

    attributes = answer.get_json()["data"]["attributes"]
    assert {"verified": True} == attributes["profile"]["metadata"]
    assert not {"email", "privateData", "protectedData"} & {*attributes, *attributes["profile"]}


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("", (400, "validation-missing-key")),
        ("?id=1", (400, "validation-invalid-value")),
        ("?id=0b9f2a52-5d0e-4f5b-8a75-0a3e7f1c9d24", (404, "not-found")),
    ],
)
def test_a_user_who_cannot_be_found_is_refused(
    client: FlaskClient, bearer: dict[str, str], query: str, refusal: tuple[int, str]
) -> None:
    assert outcome_of(client.get(PUBLIC_SHOW + query, headers=bearer)) == refusal


def test_include_and_sparse_fields_are_tolerated(
    client: FlaskClient, bearer: dict[str, str]
) -> None:
    query = "?include=profileImage&fields.image=variants.square-small&limit.images=1"

    assert 200 == client.get(SHOW + query, headers=bearer).status_code


def test_an_update_answers_with_the_identity_unless_expanded(
    client: FlaskClient, bearer: dict[str, str], user: User
) -> None:
    body = {"privateData": {"a": 1}}
    short = client.post(UPDATE, headers=bearer, json=body).get_json()
    unexpanded = client.post(f"{UPDATE}?expand=false", headers=bearer, json=body).get_json()
    long = client.post(f"{UPDATE}?expand=true", headers=bearer, json=body).get_json()

    assert short == unexpanded == {"data": {"id": user.id, "type": "currentUser"}}
    assert {"a": 1} == long["data"]["attributes"]["profile"]["privateData"]


def test_extended_data_is_merged_on_the_top_level_only(
    client: FlaskClient, bearer: dict[str, str], user: User
) -> None:
    user.private_data = {"kept": 1, "gone": 2, "nested": {"old": True}}
    changes = {"gone": None, "nested": {"new": None}, "absent": None}

    client.post(UPDATE, headers=bearer, json={"privateData": changes})

    assert {"kept": 1, "nested": {"new": None}} == user.private_data


def test_names_and_every_kind_of_own_data_can_be_updated(
    client: FlaskClient, bearer: dict[str, str], user: User
) -> None:
    body = {"displayName": "R", "bio": None, "publicData": {"a": 1}, "protectedData": {"b": 2}}
    answer = client.post(UPDATE, headers=bearer, json={**body, "profileImageId": None})

    assert 200 == answer.status_code
    assert ("R", {"a": 1}, {"b": 2}) == (user.display_name, user.public_data, user.protected_data)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"metadata": {"verified": True}}, "validation-disallowed-key"),
        ({"id": str(uuid4())}, "validation-disallowed-key"),
        ({"privatedata": {}}, "validation-disallowed-key"),
        ({"privateData": []}, "validation-invalid-value"),
        ({"privateData": None}, "validation-invalid-value"),
        ({"privateData": "x"}, "validation-invalid-value"),
        ({"displayName": 1}, "validation-invalid-value"),
        ({"firstName": None}, "validation-invalid-value"),
        ({"profileImageId": "x"}, "validation-invalid-value"),
        ([], "bad-request"),
        ("x", "bad-request"),
    ],
)
def test_an_update_with_a_wrong_key_or_type_changes_nothing(
    client: FlaskClient, bearer: dict[str, str], user: User, body: Any, code: str
) -> None:
    sent = {"publicData": {"a": 1}, **body} if isinstance(body, dict) else body

    assert outcome_of(client.post(UPDATE, headers=bearer, json=sent)) == (400, code)
    assert {} == user.public_data


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("text/plain", "{}", "unsupported-content-type"),
        ("application/x-www-form-urlencoded", "a=b", "unsupported-content-type"),
        ("application/json", "{", "bad-request"),
        ("application/json", '{"privateData":{"a":NaN}}', "bad-request"),
        ("application/json", "[" * 100_000, "bad-request"),
        ("application/json", b"\xff", "bad-request"),
        (TRANSIT, "{", "bad-request"),
        (TRANSIT, '["^ ","~:privateData",["^ ","~:a","~zINF"]]', "bad-request"),
        (TRANSIT, '["^ ","~:privateData",["^ ","~:a",["~#odd",1]]]', "bad-request"),
    ],
)
def test_an_unusable_body_is_refused(
    client: FlaskClient, bearer: dict[str, str], content_type: str, body: str, code: str
) -> None:
    answer = client.post(UPDATE, headers=bearer, data=body, content_type=content_type)

    assert outcome_of(answer) == (400, code)


def _data_of_size(size: int) -> dict[str, str]:
    return {"a": "x" * (size - len('{"a":""}'))}


def test_extended_data_may_fill_50_kilobytes(
    client: FlaskClient, bearer: dict[str, str], user: User
) -> None:
    full = _data_of_size(50 * 1024)

    assert 200 == client.post(UPDATE, headers=bearer, json={"privateData": full}).status_code
    refused = client.post(UPDATE, headers=bearer, json={"privateData": {"b": 1}})
    assert (400, "validation-invalid-value") == outcome_of(refused)
    assert user.private_data == full


def test_answers_come_in_the_form_that_accept_asks_for(
    client: FlaskClient, bearer: dict[str, str], user: User
) -> None:
    compact = client.get(SHOW, headers={**bearer, "Accept": TRANSIT, "X-Transit-Verbose": "false"})
    verbose = client.get(SHOW, headers={**bearer, "Accept": TRANSIT, "X-Transit-Verbose": "true"})

    assert compact.content_type == f"{TRANSIT};charset=UTF-8"
    assert compact.text.startswith(f'["^ ","~:data",["^ ","~:id","~u{user.id}","~:type","~:current')
    assert verbose.text.startswith(f'{{"~:data":{{"~:id":"~u{user.id}"')
    assert transit.read(compact.text) == transit.read(verbose.text)


def test_errors_come_in_transit_too(client: FlaskClient) -> None:
    answer = client.get(SHOW, headers={"Accept": TRANSIT})

    assert "auth-missing-access-token" == transit.read(answer.text)["errors"][0]["code"]


@pytest.mark.parametrize("verbose", [False, True])
def test_a_transit_body_is_stored_as_the_json_that_it_stands_for(
    client: FlaskClient, bearer: dict[str, str], user: User, verbose: bool
) -> None:
    text = transit.write(
        {
            transit.Keyword("privateData"): {
                transit.Keyword("~tilde"): "~x",
                "plain": transit.Keyword("word"),
                "price": transit.TaggedValue("mn", [1200, "EUR"]),
                "place": transit.TaggedValue("geo", [60.1, 24.9]),
                "nested": [{"none": None}],
            }
        },
        verbose,
    )
    client.post(UPDATE, headers=bearer, data=text, content_type=TRANSIT)

    assert {
        "~tilde": "~x",
        "plain": "word",
        "price": {"amount": 1200, "currency": "EUR"},
        "place": {"lat": 60.1, "lng": 24.9},
        "nested": [{"none": None}],
    } == json.loads(json.dumps(user.private_data))


def test_updates_hold_the_accepted_writes_of_private_data_in_order(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str], user: User
) -> None:
    for body in [{"privateData": {"a": 1}}, {"bio": "x"}, {"privateData": {"a": None}}]:
        client.post(UPDATE, headers=bearer, json=body)
    client.post(UPDATE, headers=bearer, json={"privateData": 1})

    assert sharetribe.updates == [(user.id, {"a": 1}), (user.id, {"a": None})]


def test_a_banned_user_cannot_act(client: FlaskClient, bearer: dict[str, str], user: User) -> None:
    user.banned = True

    assert (403, "forbidden") == outcome_of(client.get(SHOW, headers=bearer))
    assert (409, "user-is-banned") == outcome_of(client.post(UPDATE, headers=bearer, json={}))


def test_a_deleted_users_access_token_is_worthless(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str], user: User
) -> None:
    del sharetribe.users[user.id]

    assert (401, "auth-invalid-access-token") == outcome_of(client.get(SHOW, headers=bearer))


def test_replaced_private_data_is_a_copy(sharetribe: Sharetribe, user: User) -> None:
    forged: dict[str, Any] = {"idVerification": {"status": "approved"}}
    sharetribe.replace_private_data(user.id, forged)
    forged["idVerification"]["status"] = "rejected"

    assert {"idVerification": {"status": "approved"}} == user.private_data


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/api/bookings/query"), ("GET", UPDATE)])
def test_an_endpoint_that_is_not_simulated_is_not_found(
    client: FlaskClient, method: str, path: str
) -> None:
    assert (404, "not-found") == outcome_of(client.open(path, method=method))


def test_the_clock_decides_when_an_access_token_expires() -> None:
    now = [1_800_000_000.0]
    sharetribe = Sharetribe(clock=lambda: now[0])
    client = sharetribe.app.test_client()
    bearer = bearer_of(sharetribe.log_in(next(iter(sharetribe.users))))

    statuses = []
    for seconds in (599, 1):
        now[0] += seconds
        statuses.append(client.get(SHOW, headers=bearer).status_code)

    assert [200, 401] == statuses
