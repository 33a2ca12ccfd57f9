"""The simulated Onfido is strict about what it takes, and answers as documented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests

from sandbox.onfido import SIMULATOR, Onfido
from sandbox.server import Server

NAMED: dict[str, Any] = {"first_name": "Ottoline", "last_name": "Made-Up"}


@pytest.fixture
def account() -> Iterator[Onfido]:
    """Return an account at Onfido, served."""
    account = Onfido()
    server = Server(account.app)
    account.base_url = server.url
    yield account
    account.close()
    server.close()


def post(account: Onfido, path: str, document: object, **headers: str) -> requests.Response:
    """Send JSON with the account's token."""
    sent = {"Authorization": f"Token token={account.api_token}", **headers}
    return requests.post(f"{account.base_url}{path}", json=document, headers=sent, timeout=5)


def run_of(account: Onfido, **fields: Any) -> dict[str, Any]:
    """Return what begins a run for a new applicant, with other `fields`."""
    applicant_id = post(account, "/v3.6/applicants", NAMED).json()["id"]
    usual = {"applicant_id": applicant_id, "workflow_id": account.workflow_id}
    return {**usual, **fields}


def test_it_begins_what_is_documented(account: Onfido) -> None:
    link = {"expires_at": "2099-01-01T00:00:00Z", "language": "nl_NL"}
    asked = run_of(account, customer_user_id="x" * 256, tags=["a"], custom_data={}, link=link)
    answer = post(account, "/v3.6/workflow_runs", asked)
    assert 201 == answer.status_code, answer.text
    assert answer.json()["link"].items() >= link.items()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"customer_user_id": "x" * 257}, "customer_user_id"),
        ({"customer_user_id": 7}, "customer_user_id"),
        ({"applicant_id": "7"}, "applicant_id"),
        ({"applicant_id": str(uuid4())}, "applicant_id"),
        ({"workflow_id": str(uuid4())}, "workflow_id"),
        ({"workflow_id": None}, "workflow_id"),
        ({"tags": ["x"] * 31}, "tags"),
        ({"tags": ["x" * 129]}, "tags[0]"),
        ({"callback_url": "https://app.example"}, "callback_url"),
        ({"link": {"language": "en"}}, "link.language"),
        ({"link": {"expires_at": "tomorrow"}}, "link.expires_at"),
        ({"link": {"expires_at": "2020-01-01T00:00:00Z"}}, "link"),
        ({"link": {"url": "https://app.example"}}, "link.url"),
        ({"link": {"completed_redirect_url": "market"}}, "link.completed_redirect_url"),
    ],
)
def test_a_run_that_is_wrong_is_refused(
    account: Onfido, fields: dict[str, Any], wrong: str
) -> None:
    answer = post(account, "/v3.6/workflow_runs", run_of(account, **fields))
    error = answer.json()["error"]
    assert (422, "validation_error", {wrong}) == (
        answer.status_code,
        error["type"],
        set(error["fields"]),
    )


@pytest.mark.parametrize(
    "fields", [{"first_name": "<b>"}, {"last_name": None}, {"last_name": " "}, {"nickname": "O"}]
)
def test_an_applicant_that_is_wrong_is_refused(account: Onfido, fields: dict[str, Any]) -> None:
    assert 422 == post(account, "/v3.6/applicants", {**NAMED, **fields}).status_code


@pytest.mark.parametrize("authorization", ["", "Bearer {}", "Token {}", "Token token={}x"])
def test_only_its_tokens_are_let_in(account: Onfido, authorization: str) -> None:
    sent = {"Authorization": authorization.format(account.api_token)}
    answer = post(account, "/v3.6/applicants", NAMED, **sent)
    assert (401, "authorization_error") == (answer.status_code, answer.json()["error"]["type"])


def test_another_content_type_is_refused(account: Onfido) -> None:
    answer = post(account, "/v3.6/applicants", NAMED, **{"Content-Type": "text/plain"})
    assert (400, "bad_request") == (answer.status_code, answer.json()["error"]["type"])


def test_a_token_tells_which_environment_an_applicant_is_of(account: Onfido) -> None:
    sent = {"Authorization": f"Token token={account.sandbox_token}"}
    assert post(account, "/v3.6/applicants", NAMED, **sent).json()["sandbox"] is True
    assert post(account, "/v3.6/applicants", NAMED).json()["sandbox"] is False


def test_its_switches_make_it_rude_and_calm(account: Onfido) -> None:
    for switch in SIMULATOR.switches(account):
        calm, rude = switch.choices
        switch.put(rude)
        assert rude == switch.get()
        switch.calm()
        assert calm == switch.get()
