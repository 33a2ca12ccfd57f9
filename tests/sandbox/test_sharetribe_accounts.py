"""Accounts at the simulated Sharetribe: what it refuses, and what a limited session may not do."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.sharetribe import Sharetribe, User
from tests.sandbox.conftest import bearer_of, outcome_of

API = "/v1/api"
PERSON = {
    "email": "noor@example.com",
    "password": "a-password",
    "firstName": "Noor",
    "lastName": "Nilsen",
}


@pytest.fixture
def visitor(sharetribe: Sharetribe) -> dict[str, str]:
    return bearer_of(sharetribe.anonymous())


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"email": "noor"}, (400, "validation-invalid-value")),
        ({"email": "ROBIN@example.com"}, (409, "email-taken")),
        ({"password": "seven77"}, (400, "validation-invalid-value")),
        ({"firstName": " "}, (400, "validation-invalid-value")),
        ({"metadata": {}}, (400, "validation-disallowed-key")),
        ({"publicData": []}, (400, "validation-invalid-value")),
        ({"privateData": {"a": "x" * 51_200}}, (400, "validation-invalid-value")),
    ],
)
def test_who_cannot_join_is_refused(
    sharetribe: Sharetribe,
    client: FlaskClient,
    visitor: dict[str, str],
    changed: dict[str, Any],
    refusal: tuple[int, str],
) -> None:
    answer = client.post(f"{API}/current_user/create", headers=visitor, json={**PERSON, **changed})
    assert refusal == outcome_of(answer)
    assert 2 == len(sharetribe.users)


@pytest.mark.parametrize("key", PERSON)
def test_nobody_joins_without_a_name_an_address_and_a_password(
    client: FlaskClient, visitor: dict[str, str], key: str
) -> None:
    body = {name: value for name, value in PERSON.items() if name != key}
    answer = client.post(f"{API}/current_user/create", headers=visitor, json=body)
    assert (400, "validation-missing-key") == outcome_of(answer)
    assert {"path": [key], "type": "body"} == answer.get_json()["errors"][0]["source"]


def test_who_joins_waits_where_the_operator_approves(
    sharetribe: Sharetribe, client: FlaskClient, visitor: dict[str, str]
) -> None:
    sharetribe.access.approves_users = True
    client.post(f"{API}/current_user/create", headers=visitor, json=PERSON)
    noor = sharetribe.user_by_email(PERSON["email"])
    assert noor is not None
    bearer = bearer_of(sharetribe.log_in(noor.id))
    shown = client.get(f"{API}/current_user/show", headers=bearer).get_json()["data"]["attributes"]
    assert ("pending-approval", False) == (shown["state"], shown["emailVerified"])


def test_only_who_has_not_logged_in_joins(client: FlaskClient, bearer: dict[str, str]) -> None:
    answer = client.post(f"{API}/current_user/create", headers=bearer, json=PERSON)
    assert (403, "forbidden") == outcome_of(answer)


def test_an_address_is_proven_by_what_was_sent_to_it_alone(
    sharetribe: Sharetribe, client: FlaskClient, user: User, bearer: dict[str, str]
) -> None:
    user.email_verified = False
    other = sharetribe.send_email("verify-email", "holly@example.com")
    for token in ("made-up", other.token):
        body = {"verificationToken": token}
        answer = client.post(f"{API}/current_user/verify_email", headers=bearer, json=body)
        assert (409, "conflict") == outcome_of(answer)
    assert not user.email_verified


def test_a_password_that_was_reset_ends_sessions(
    sharetribe: Sharetribe, client: FlaskClient, user: User, visitor: dict[str, str]
) -> None:
    session = sharetribe.log_in(user.id)
    reset = {"email": user.email, "passwordResetToken": "x", "newPassword": "another-one"}
    path = f"{API}/password_reset/reset"
    assert (409, "conflict") == outcome_of(client.post(path, headers=visitor, json=reset))
    sent = sharetribe.send_email("reset-password", user.email)
    reset["passwordResetToken"] = sent.token
    assert 200 == client.post(path, headers=visitor, json=reset).status_code
    form = {
        "grant_type": "refresh_token",
        "client_id": sharetribe.client_id,
        "refresh_token": session["refresh_token"],
    }
    assert 401 == client.post("/v1/auth/token", data=form).status_code


def test_who_has_left_is_remembered_by_their_transactions_alone(
    sharetribe: Sharetribe, client: FlaskClient, user: User, bearer: dict[str, str]
) -> None:
    sharetribe.add_listing(user.id, "Kayak")
    (sale,) = sharetribe.transactions.values()
    buyer = bearer_of(sharetribe.log_in(sale.customer_id))
    path, wrong = f"{API}/current_user/delete", {"currentPassword": "wrong"}
    assert (403, "forbidden") == outcome_of(client.post(path, headers=bearer, json=wrong))
    right = {"currentPassword": user.password, "deleteFromStripe": True}
    assert 200 == client.post(path, headers=bearer, json=right).status_code
    gone = client.get(f"{API}/current_user/show", headers=bearer)
    assert (401, "auth-invalid-access-token") == outcome_of(gone)
    show = f"{API}/transactions/show?id={sale.id}&include=provider"
    provider = client.get(show, headers=buyer).get_json()["included"][0]["attributes"]
    assert (True, None) == (provider["deleted"], provider["profile"]["displayName"])
    step = {"id": sale.id, "transition": "transition/mark-received-from-purchased", "params": {}}
    answer = client.post(f"{API}/transactions/transition", headers=buyer, json=step)
    assert (409, "conflict") == outcome_of(answer)
    assert ({}, None) == (sharetribe.listings, sharetribe.user_by_email(user.email))


def test_a_limited_session_reads_and_updates_but_moves_no_transaction_and_no_money(
    sharetribe: Sharetribe, client: FlaskClient, user: User
) -> None:
    sharetribe.login_as_scope = "user:limited"
    bearer = bearer_of(sharetribe.log_in_as(user.id))
    (sale,) = sharetribe.transactions.values()
    inquiry = {"processAlias": "default-purchase/release-1", "transition": "transition/inquire"}
    step = {"id": sale.id, "transition": "transition/mark-delivered", "params": {}}
    message = {"transactionId": sale.id, "content": "Hello"}
    calls: dict[str, Any] = {
        "current_user/update_profile": {"bio": "Hello"},
        "transactions/initiate": {**inquiry, "params": {}},
        "transactions/transition": step,
        "transactions/transition_speculative": step,
        "messages/send": message,
        "stripe_account/create": {"country": "FI"},
    }
    outcomes = {
        name: outcome_of(client.post(f"{API}/{name}", headers=bearer, json=body))
        for name, body in calls.items()
    }
    allowed = [name for name, outcome in outcomes.items() if outcome == (200, "")]
    assert ["current_user/update_profile"] == allowed
    assert {(200, ""), (403, "forbidden")} == set(outcomes.values())
    assert 200 == client.get(f"{API}/transactions/query", headers=bearer).status_code


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ({}, (400, "validation-missing-key")),
        ({"image": ("a.svg", b"<svg/>", "image/svg+xml")}, (400, "image-invalid-content")),
        ({"image": ("a.png", b"", "image/png")}, (400, "image-invalid-content")),
    ],
)
def test_what_is_no_picture_is_refused(
    client: FlaskClient, bearer: dict[str, str], sent: dict[str, Any], refusal: tuple[int, str]
) -> None:
    boundary = "--b\r\n"
    parts = "".join(
        f'{boundary}Content-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        f"Content-Type: {kind}\r\n\r\n{content.decode()}\r\n"
        for name, (file, content, kind) in sent.items()
    )
    answer = client.post(
        f"{API}/images/upload",
        headers=bearer,
        data=f"{parts}--b--\r\n",
        content_type="multipart/form-data; boundary=b",
    )
    assert refusal == outcome_of(answer)


def test_a_profile_has_no_picture_that_is_not_there(
    client: FlaskClient, bearer: dict[str, str], user: User
) -> None:
    body = {"bio": "New", "profileImageId": user.id}
    answer = client.post(f"{API}/current_user/update_profile", headers=bearer, json=body)
    assert ((409, "image-invalid"), None) == (outcome_of(answer), user.bio)
