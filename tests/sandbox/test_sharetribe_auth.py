import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.hops import HopLog
from sandbox.sharetribe import Sharetribe, User

TOKEN = "/v1/auth/token"
SHOW = "/v1/api/current_user/show"
UUID4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
REFRESH_TOKEN = f"v2--{UUID4}--[0-9a-f]{{40}}"

Grant = Callable[..., TestResponse]


@pytest.fixture
def now() -> list[float]:
    return [1_800_000_000.0]


@pytest.fixture
def hops() -> HopLog:
    return HopLog()


@pytest.fixture
def sharetribe(hops: HopLog, now: list[float]) -> Sharetribe:
    return Sharetribe(hops, clock=lambda: now[0])


@pytest.fixture
def grant(sharetribe: Sharetribe, client: FlaskClient) -> Grant:
    """Ask for a token; the client id is filled in unless given, and left out when None."""

    def ask(grant_type: str, **parameters: str | None) -> TestResponse:
        form = {"grant_type": grant_type, "client_id": sharetribe.client_id, **parameters}
        return client.post(TOKEN, data={k: v for k, v in form.items() if v is not None})

    return ask


@pytest.fixture
def credentials(user: User) -> dict[str, str]:
    return {"username": user.email, "password": user.password, "scope": "user"}


def _is_unauthorized(answer: TestResponse) -> bool:
    outcome = (answer.status_code, answer.mimetype, answer.text)
    return outcome == (401, "text/plain", "Unauthorized")


def _bearer(token: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {token['access_token']}"}


def test_logging_in_answers_the_documented_token_object(
    grant: Grant, credentials: dict[str, str]
) -> None:
    answer = grant("password", **credentials)

    token = answer.get_json()
    assert "application/json" == answer.mimetype
    assert ["access_token", "scope", "token_type", "expires_in", "refresh_token"] == list(token)
    assert ("user", "bearer", 600) == (token["scope"], token["token_type"], token["expires_in"])
    assert re.fullmatch(REFRESH_TOKEN, token["refresh_token"])


def test_an_access_token_is_a_jwt_of_the_usual_size_and_claims(
    sharetribe: Sharetribe, user: User, now: list[float]
) -> None:
    token = sharetribe.log_in(user.id)["access_token"]

    header, claims, _ = token.split(".")
    assert {"alg": "HS256"} == json.loads(urlsafe_b64decode(header + "=="))
    content = json.loads(urlsafe_b64decode(claims + "=="))
    assert (content["user-id"], content["client-id"]) == (user.id, sharetribe.client_id)
    assert content["exp"] == now[0] + 600
    assert 400 < len(token) < 480


def test_a_user_logs_in_whatever_the_letter_case_of_their_address(
    grant: Grant, credentials: dict[str, str]
) -> None:
    answer = grant("password", **{**credentials, "username": credentials["username"].upper()})

    assert 200 == answer.status_code


@pytest.mark.parametrize(
    "wrong", [{"password": "x"}, {"username": "x@example.com"}, {"client_id": "x"}]
)
def test_a_wrong_log_in_is_refused_in_plain_text(
    grant: Grant, credentials: dict[str, str], wrong: dict[str, str]
) -> None:
    assert _is_unauthorized(grant("password", **{**credentials, **wrong}))


def test_a_banned_user_cannot_log_in_or_refresh(
    sharetribe: Sharetribe, grant: Grant, credentials: dict[str, str], user: User
) -> None:
    token = sharetribe.log_in(user.id)
    user.banned = True

    assert _is_unauthorized(grant("password", **credentials))
    assert _is_unauthorized(grant("refresh_token", refresh_token=token["refresh_token"]))


@pytest.mark.parametrize(
    ("grant_type", "parameters"),
    [
        ("implicit", {}),
        ("", {}),
        ("password", {}),
        ("password", {"username": "x", "password": "", "scope": "user"}),
        ("password", {"username": "x", "password": "x", "scope": "everything"}),
        ("client_credentials", {"scope": "everything"}),
        ("refresh_token", {}),
        ("token_exchange", {"client_secret": "x"}),
        ("authorization_code", {"code": "x", "redirect_uri": "http://127.0.0.1"}),
    ],
)
def test_a_malformed_token_request_is_refused(
    grant: Grant, grant_type: str, parameters: dict[str, str]
) -> None:
    assert 400 == grant(grant_type, **parameters).status_code


def test_only_forms_are_accepted(client: FlaskClient, sharetribe: Sharetribe) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": sharetribe.client_id,
        "scope": "public-read",
    }

    answers = [
        client.post(TOKEN, json=form),
        client.post(TOKEN, data=form, content_type="multipart/form-data"),
    ]
    assert [400, 400] == [answer.status_code for answer in answers]


def test_an_anonymous_token_has_no_refresh_token(grant: Grant) -> None:
    token = grant("client_credentials", scope="public-read").get_json()

    assert ("public-read", False) == (token["scope"], "refresh_token" in token)


def test_the_operators_application_gets_a_session(sharetribe: Sharetribe, grant: Grant) -> None:
    token = grant(
        "client_credentials",
        client_id=sharetribe.integration_client_id,
        client_secret=sharetribe.integration_client_secret,
        scope="integ",
    ).get_json()
    refreshed = grant("refresh_token", client_id=None, refresh_token=token["refresh_token"])

    assert ("integ", "integ") == (token["scope"], refreshed.get_json()["scope"])


@pytest.mark.parametrize("wrong", [{"client_secret": "x"}, {"client_secret": None}, {}])
def test_a_wrong_operators_application_is_refused(
    sharetribe: Sharetribe, grant: Grant, wrong: dict[str, str | None]
) -> None:
    known = {
        "client_id": sharetribe.integration_client_id if wrong else sharetribe.client_id,
        "client_secret": sharetribe.integration_client_secret,
    }

    assert _is_unauthorized(grant("client_credentials", scope="integ", **{**known, **wrong}))


@pytest.mark.parametrize(
    ("rotation", "same_token", "old_still_works"),
    [("none", True, True), ("grace", False, True), ("strict", False, False)],
)
def test_a_refresh_rotates_as_chosen(
    sharetribe: Sharetribe,
    grant: Grant,
    user: User,
    rotation: Any,
    same_token: bool,
    old_still_works: bool,
) -> None:
    sharetribe.rotation = rotation
    old = sharetribe.log_in(user.id)["refresh_token"]

    new = grant("refresh_token", refresh_token=old).get_json()["refresh_token"]

    assert (new == old) is same_token
    assert (grant("refresh_token", refresh_token=old).status_code == 200) is old_still_works
    assert 200 == grant("refresh_token", refresh_token=new).status_code


@pytest.mark.parametrize("client_id", [None, "x"])
def test_a_users_refresh_must_name_the_application_of_the_session(
    sharetribe: Sharetribe, grant: Grant, user: User, client_id: str | None
) -> None:
    token = sharetribe.log_in(user.id)["refresh_token"]

    assert _is_unauthorized(grant("refresh_token", client_id=client_id, refresh_token=token))


def test_a_refresh_token_lives_180_days(
    sharetribe: Sharetribe, grant: Grant, user: User, now: list[float]
) -> None:
    token = sharetribe.log_in(user.id)["refresh_token"]
    now[0] += 180 * 86400 - 1
    assert 200 == grant("refresh_token", refresh_token=token).status_code

    now[0] += 1

    assert _is_unauthorized(grant("refresh_token", refresh_token=token))


def test_a_refreshed_session_outlives_expired_access_tokens(
    sharetribe: Sharetribe, client: FlaskClient, grant: Grant, user: User
) -> None:
    token = sharetribe.log_in(user.id)
    sharetribe.expire_access_tokens()

    refreshed = grant("refresh_token", refresh_token=token["refresh_token"]).get_json()

    statuses = [client.get(SHOW, headers=_bearer(it)).status_code for it in (token, refreshed)]
    assert [401, 200] == statuses


def test_logging_out_kills_every_session_of_that_user_only(
    sharetribe: Sharetribe, client: FlaskClient, grant: Grant
) -> None:
    first, second = sharetribe.users
    tokens = [sharetribe.log_in(it) for it in (first, first, second)]

    sharetribe.log_out(first)

    statuses = [
        grant("refresh_token", refresh_token=token["refresh_token"]).status_code for token in tokens
    ]
    assert [401, 401, 200] == statuses
    assert 200 == client.get(SHOW, headers=_bearer(tokens[0])).status_code


def test_revoking_ends_exactly_that_session(
    sharetribe: Sharetribe, client: FlaskClient, grant: Grant, user: User
) -> None:
    one, other = sharetribe.log_in(user.id), sharetribe.log_in(user.id)

    answer = client.post(
        "/v1/auth/revoke", headers=_bearer(one), data={"token": one["refresh_token"]}
    )

    assert {"revoked": True} == answer.get_json()
    assert _is_unauthorized(grant("refresh_token", refresh_token=one["refresh_token"]))
    assert 200 == grant("refresh_token", refresh_token=other["refresh_token"]).status_code


def test_revoking_needs_a_live_access_token(
    sharetribe: Sharetribe, client: FlaskClient, grant: Grant, user: User
) -> None:
    token = sharetribe.log_in(user.id)
    form = {"token": token["refresh_token"]}
    basic = {"Authorization": f"Basic {token['access_token']}"}
    assert _is_unauthorized(client.post("/v1/auth/revoke", headers=basic, data=form))

    sharetribe.expire_access_tokens()

    for headers in ({}, _bearer(token)):
        assert _is_unauthorized(client.post("/v1/auth/revoke", headers=headers, data=form))
    assert 200 == grant("refresh_token", refresh_token=token["refresh_token"]).status_code


def test_nobody_can_revoke_anothers_session(
    sharetribe: Sharetribe, client: FlaskClient, grant: Grant
) -> None:
    mine, theirs = (sharetribe.log_in(user_id) for user_id in sharetribe.users)

    client.post("/v1/auth/revoke", headers=_bearer(mine), data={"token": theirs["refresh_token"]})

    assert 200 == grant("refresh_token", refresh_token=theirs["refresh_token"]).status_code


def test_a_token_is_exchanged_for_a_trusted_one(
    sharetribe: Sharetribe, client: FlaskClient, grant: Grant, user: User
) -> None:
    subject = sharetribe.log_in(user.id)["access_token"]

    token = grant(
        "token_exchange", client_secret=sharetribe.client_secret, subject_token=subject
    ).get_json()

    assert ("trusted:user", True) == (token["scope"], "refresh_token" in token)
    assert 200 == client.get(SHOW, headers=_bearer(token)).status_code


@pytest.mark.parametrize("wrong", ["secret", "anonymous", "garbage"])
def test_an_exchange_needs_the_secret_and_a_users_token(
    sharetribe: Sharetribe, grant: Grant, user: User, wrong: str
) -> None:
    subjects = {"anonymous": sharetribe.anonymous()["access_token"], "garbage": "x"}
    subject = subjects.get(wrong, sharetribe.log_in(user.id)["access_token"])
    secret = "x" if wrong == "secret" else sharetribe.client_secret

    assert _is_unauthorized(grant("token_exchange", client_secret=secret, subject_token=subject))


def test_an_operator_logs_in_as_a_user_with_a_one_time_code(
    sharetribe: Sharetribe, client: FlaskClient, grant: Grant, user: User
) -> None:
    parameters = {
        "code": sharetribe.login_as_code(user.id),
        "redirect_uri": "http://127.0.0.1/api/login-as",
        "code_verifier": "v" * 43,
    }
    token = grant("authorization_code", **parameters).get_json()

    assert ("user", 1800, 4) == (token["scope"], token["expires_in"], len(token))
    assert client.get(SHOW, headers=_bearer(token)).get_json()["data"]["id"] == user.id
    assert _is_unauthorized(grant("authorization_code", **parameters))


def test_the_cookie_of_an_operator_logged_in_as_has_no_refresh_token(
    sharetribe: Sharetribe, user: User
) -> None:
    token = sharetribe.log_in_as(user.id)

    assert ("user", True) == (token["scope"], token["isLoggedInAs"])
    assert "refresh_token" not in token


def test_refresh_tokens_of_another_form_can_be_made(sharetribe: Sharetribe, user: User) -> None:
    sharetribe.refresh_token_maker = lambda: "x" * 300

    assert sharetribe.log_in(user.id)["refresh_token"] == "x" * 300


def test_hops_name_the_grant_and_not_the_token(
    hops: HopLog, sharetribe: Sharetribe, grant: Grant, user: User
) -> None:
    grant("refresh_token", refresh_token=sharetribe.log_in(user.id)["refresh_token"])
    grant("v2--secret")

    assert [
        (200, "grant refresh_token"),
        (400, ""),
    ] == [(hop.status, hop.note) for hop in hops.since(0)]
