"""The simulated KYX platform: its tokens, what it accepts for an account, and what it retrieves."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from sandbox.jumio import SPECIMEN, Jumio

NOW = 1_790_000_000.5
BODY: dict[str, object] = {
    "customerInternalReference": "check-1",
    "workflowDefinition": {"key": 10011},
    "userReference": "sealed_Reference-1",
}
FORM = "application/x-www-form-urlencoded"


class Caller:
    """A client with a bearer token and the documented headers, unless told otherwise."""

    def __init__(self, jumio: Jumio) -> None:
        self.jumio = jumio
        self.http: FlaskClient = jumio.app.test_client()
        self.headers = {"Accept": "application/json", "User-Agent": "Example Shop/1.0"}
        self.bearer = f"Bearer {self.token().get_json()['access_token']}"

    def token(self, body: str = "grant_type=client_credentials", secret: str = "") -> TestResponse:
        return self.http.post(
            "/oauth2/token",
            data=body,
            content_type=FORM,
            auth=(self.jumio.api_token, secret or self.jumio.api_secret),
            headers=self.headers,
        )

    def create(self, body: object = BODY, path: str = "/api/v1/accounts") -> TestResponse:
        return self.http.open(
            path,
            method="POST" if path.endswith("/accounts") else "PUT",
            data=json.dumps(body),
            content_type="application/json",
            headers={**self.headers, "Authorization": self.bearer},
        )

    def start(self, **fields: object) -> str:
        answer = self.create(BODY | fields)
        assert (answer.status_code, answer.get_json().get("detail")) == (200, None)
        return str(answer.get_json()["workflowExecution"]["id"])

    def get(self, reference: str, suffix: str = "") -> TestResponse:
        account = self.jumio.transactions[reference].account_id
        return self.http.get(
            f"/api/v1/accounts/{account}/workflow-executions/{reference}{suffix}",
            headers={**self.headers, "Authorization": self.bearer},
        )

    def details(self, reference: str) -> Any:
        return self.get(reference).get_json()

    def verdict(self, reference: str, capability: str) -> tuple[str, str]:
        decision = self.details(reference)["capabilities"][capability][0]["decision"]
        return decision["type"], decision["details"]["label"]


@pytest.fixture
def jumio() -> Iterator[Jumio]:
    jumio = Jumio(clock=lambda: NOW)
    yield jumio
    jumio.close()


@pytest.fixture
def caller(jumio: Jumio) -> Caller:
    return Caller(jumio)


def test_token_lasts_an_hour() -> None:
    now = [NOW]
    caller = Caller(Jumio(clock=lambda: now[0]))
    answer = caller.token().get_json()

    now[0] += 3599
    before = caller.create().status_code
    now[0] += 1

    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
    assert (before, caller.create().status_code) == (200, 401)


def test_wrong_client_secret_is_401(caller: Caller) -> None:
    assert caller.token(secret="wrong").status_code == 401


def test_token_without_client_credentials_is_401(caller: Caller) -> None:
    answer = caller.http.post(
        "/oauth2/token",
        data="grant_type=client_credentials",
        content_type=FORM,
        headers=caller.headers,
    )

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "body",
    ["", "grant_type=password", "grant_type=client_credentials&scope=all", "grant_type=" * 2],
)
def test_any_other_grant_is_400(caller: Caller, body: str) -> None:
    assert caller.token(body).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [{"User-Agent": "python-requests/2.32.4"}, {"User-Agent": ""}, {"Accept": "*/*"}],
)
def test_suspicious_header_is_403_everywhere(caller: Caller, headers: dict[str, str]) -> None:
    reference = caller.start()
    caller.headers |= headers

    statuses = [
        caller.token().status_code,
        caller.create().status_code,
        caller.get(reference).status_code,
    ]

    assert statuses == [403, 403, 403]


@pytest.mark.parametrize("bearer", ["", "Bearer", "Bearer forged", "Basic Zm9vOmJhcg=="])
def test_missing_or_wrong_bearer_token_is_401(caller: Caller, bearer: str) -> None:
    reference = caller.start()
    caller.bearer = bearer

    assert caller.create().status_code == 401
    assert caller.get(reference).status_code == 401


def test_expired_tokens_are_401_until_a_new_one_is_fetched(caller: Caller) -> None:
    caller.jumio.expire_tokens()
    refused = caller.create().status_code
    caller.bearer = f"Bearer {caller.token().get_json()['access_token']}"

    assert (refused, caller.create().status_code) == (401, 200)


def test_account_answer_has_the_documented_members(caller: Caller) -> None:
    web = {"successUrl": "https://shop.example/ok", "locale": "de"}

    answer = caller.create(BODY | {"web": web}).get_json()

    assert {"timestamp", "account", "web", "sdk", "workflowExecution"} == set(answer)
    assert answer["web"]["successUrl"] == "https://shop.example/ok"
    assert "errorUrl" not in answer["web"]
    assert answer["web"]["href"].startswith("http://127.0.0.1/web/v4/app?authorizationToken=eyJ")
    assert answer["web"]["href"].endswith("&locale=de")


def test_update_starts_another_workflow_on_the_account(caller: Caller) -> None:
    first = caller.create().get_json()
    account = first["account"]["id"]

    second = caller.create(path=f"/api/v1/accounts/{account}").get_json()

    assert second["account"]["id"] == account
    assert second["workflowExecution"]["id"] != first["workflowExecution"]["id"]


def test_update_of_an_unknown_account_is_404(caller: Caller) -> None:
    answer = caller.create(path="/api/v1/accounts/0b1d7f2c-0000-4000-8000-000000000000")

    assert answer.status_code == 404
    assert answer.get_json() == {"title": "Not Found", "status": 404, "detail": "Account not found"}


def test_every_documented_field_is_accepted_at_its_limit(caller: Caller) -> None:
    consent = {
        "userIp": "192.0.2.9",
        "userLocation": {"country": "USA", "state": "IL"},
        "consent": {"obtained": "yes", "obtainedAt": "2026-09-21T14:13:20.250Z"},
    }
    credential = {
        "category": "ID",
        "type": {"predefinedType": "DEFINED", "values": ["PASSPORT"]},
        "country": {"values": ["AUT"]},
    }

    reference = caller.start(
        customerInternalReference="c" * 100,
        userReference="u" * 100,
        reportingCriteria="r" * 255,
        callbackUrl="https://shop.example/".ljust(255, "c"),
        tokenLifetime="60d",
        workflowDefinition={"key": "10011", "credentials": [credential]},
        web={
            "successUrl": "https://shop.example/".ljust(255, "s"),
            "errorUrl": "https://shop.example/".ljust(255, "e"),
            "locale": "zh-CN",
        },
        userConsent=consent,
    )

    assert caller.jumio.transactions[reference].user_reference == "u" * 100


@pytest.mark.parametrize(
    "fields",
    [
        {"customerInternalReference": "c" * 101},
        {"customerInternalReference": ""},
        {"userReference": "u" * 101},
        {"userReference": ""},
        {"userReference": None},
        {"reportingCriteria": "r" * 256},
        {"callbackUrl": "https://shop.example/".ljust(256, "c")},
        {"callbackUrl": "https://shop.example/callback?token=1"},
        {"callbackUrl": "https://shop.example:8443/callback"},
        {"web": {"successUrl": "https://shop.example/".ljust(256, "s")}},
        {"web": {"errorUrl": "https://shop.example/#part"}},
        {"web": {"locale": "german"}},
        {"web": {"href": "https://shop.example/"}},
        {"web": "https://shop.example/"},
        {"successUrl": "https://shop.example/"},
        {"workflowDefinition": {}},
        {"workflowDefinition": {"key": 2}},
        {"workflowDefinition": {"key": True}},
        {"workflowDefinition": {"key": 10011, "credentials": [{"category": "PASSPORT"}]}},
        {"workflowDefinition": {"key": 10011, "capabilities": []}},
        {"workflowDefinition": 10011},
        {"userConsent": {"ip": "192.0.2.9"}},
        {"userConsent": {"consent": {"obtained": True}}},
        {"userConsent": {"userLocation": {"country": "Austria"}}},
        {"tokenLifetimeInMinutes": 30},
    ],
)
def test_wrong_field_is_400(caller: Caller, fields: dict[str, object]) -> None:
    answer = caller.create(BODY | fields)

    assert (answer.status_code, answer.get_json()["title"]) == (400, "Bad Request")
    assert caller.jumio.initiations == 0


@pytest.mark.parametrize("character", list('<>"/;`%{}|'))
def test_forbidden_character_in_internal_reference_is_400(caller: Caller, character: str) -> None:
    answer = caller.create(BODY | {"customerInternalReference": f"check{character}1"})

    assert answer.status_code == 400


def test_user_reference_may_hold_those_characters(caller: Caller) -> None:
    assert caller.create(BODY | {"userReference": 't=1,v1="a/b;c"'}).status_code == 200


@pytest.mark.parametrize("lifetime", ["5m", "300s", "60d", "1440h", "+30m"])
def test_token_lifetime_within_the_limits_is_accepted(caller: Caller, lifetime: str) -> None:
    assert caller.create(BODY | {"tokenLifetime": lifetime}).status_code == 200


@pytest.mark.parametrize(
    "lifetime",
    ["4m", "299s", "61d", "-30m", "30", "m30", "30 m", "30M", "1w", "30m\n", "\u0663\u0660m", 30],
)
def test_token_lifetime_outside_the_limits_is_400(caller: Caller, lifetime: object) -> None:
    assert caller.create(BODY | {"tokenLifetime": lifetime}).status_code == 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(name=st.sampled_from([*BODY, "web", "userConsent", "tokenLifetime"]), value=JSON)
def test_no_field_breaks_the_vendor(name: str, value: object) -> None:
    caller = Caller(Jumio())

    assert caller.create(BODY | {name: value}).status_code in {200, 400}


def test_details_of_a_running_check_have_no_decision(caller: Caller) -> None:
    reference = caller.start()

    details = caller.details(reference)

    assert details["workflow"]["status"] == "INITIATED"
    assert "decision" not in details
    assert "capabilities" not in details


def test_details_echo_both_references(caller: Caller) -> None:
    reference = caller.start()

    workflow = caller.details(reference)["workflow"]

    assert workflow["userReference"] == "sealed_Reference-1"
    assert workflow["customerInternalReference"] == "check-1"


def test_user_reference_is_absent_where_none_was_given(caller: Caller) -> None:
    body = {name: value for name, value in BODY.items() if name != "userReference"}
    reference = caller.create(body).get_json()["workflowExecution"]["id"]

    assert "userReference" not in caller.details(reference)["workflow"]


@pytest.mark.parametrize(
    ("outcome", "status", "decision"),
    [
        ("approved", "PROCESSED", "PASSED"),
        ("passed", "PROCESSED", "PASSED"),
        ("approved-no-match", "PROCESSED", "PASSED"),
        ("approved-selfie-invalid", "PROCESSED", "PASSED"),
        ("denied-fraud", "PROCESSED", "REJECTED"),
        ("rejected", "PROCESSED", "REJECTED"),
        ("not-readable", "PROCESSED", "REJECTED"),
        ("unsupported-type", "PROCESSED", "REJECTED"),
        ("unsupported-country", "PROCESSED", "REJECTED"),
        ("warning", "PROCESSED", "WARNING"),
        ("not-executed", "PROCESSED", "NOT_EXECUTED"),
        ("technical-error", "PROCESSED", "NOT_EXECUTED"),
        ("no-id-uploaded", "SESSION_EXPIRED", "NOT_EXECUTED"),
        ("session-expired", "SESSION_EXPIRED", "NOT_EXECUTED"),
        ("session-expired-rejected", "SESSION_EXPIRED", "REJECTED"),
        ("token-expired", "TOKEN_EXPIRED", "NOT_EXECUTED"),
    ],
)
def test_every_outcome_has_its_status_and_decision(
    caller: Caller, outcome: str, status: str, decision: str
) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, outcome)

    details = caller.details(reference)

    assert (details["workflow"]["status"], details["decision"]["type"]) == (status, decision)
    execution = caller.get(reference, "/status").get_json()["workflowExecution"]
    assert execution["status"] == status


@pytest.mark.parametrize(
    ("outcome", "capability", "verdict"),
    [
        ("approved", "similarity", ("PASSED", "MATCH")),
        ("passed", "imageChecks", ("WARNING", "REPEATED_FACE")),
        ("approved-no-match", "similarity", ("REJECTED", "NO_MATCH")),
        ("approved-selfie-invalid", "liveness", ("REJECTED", "ID_USED_AS_SELFIE")),
        ("denied-fraud", "imageChecks", ("REJECTED", "MANIPULATED_DOCUMENT_PHOTO")),
        ("not-readable", "usability", ("REJECTED", "BLURRED")),
        ("not-readable", "similarity", ("NOT_EXECUTED", "PRECONDITION_NOT_FULFILLED")),
        ("unsupported-type", "usability", ("WARNING", "UNSUPPORTED_DOCUMENT_TYPE")),
        ("technical-error", "extraction", ("NOT_EXECUTED", "TECHNICAL_ERROR")),
    ],
)
def test_capabilities_say_why(
    caller: Caller, outcome: str, capability: str, verdict: tuple[str, str]
) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, outcome)

    assert caller.verdict(reference, capability) == verdict


def test_similarity_data_says_match_under_a_warning(caller: Caller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "warning")

    [similarity] = caller.details(reference)["capabilities"]["similarity"]

    assert similarity["decision"]["type"] == "WARNING"
    assert similarity["data"] == {"similarity": "MATCH"}


def test_usability_has_one_entry_per_credential(caller: Caller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "approved")

    usability = caller.details(reference)["capabilities"]["usability"]

    categories = [entry["credentials"][0]["category"] for entry in usability]
    assert categories == ["ID", "FACEMAP", "SELFIE"]


def test_details_carry_the_specimen(caller: Caller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "approved")

    [extraction] = caller.details(reference)["capabilities"]["extraction"]

    assert extraction["data"]["lastName"] == SPECIMEN.last_name


def test_details_need_the_matching_account(caller: Caller) -> None:
    mine, other = caller.start(), caller.start()
    account = caller.jumio.transactions[other].account_id

    answer = caller.http.get(
        f"/api/v1/accounts/{account}/workflow-executions/{mine}",
        headers={**caller.headers, "Authorization": caller.bearer},
    )

    assert answer.status_code == 404


def test_href_of_the_status_document_is_not_an_address_for_details(caller: Caller) -> None:
    reference = caller.start()
    href = caller.get(reference, "/status").get_json()["workflowExecution"]["href"]

    answer = caller.http.get(href, headers={**caller.headers, "Authorization": caller.bearer})

    assert answer.status_code == 404


def test_finished_check_is_404_for_as_many_answers_as_the_lag(caller: Caller) -> None:
    caller.jumio.retrieval_lag = 2
    reference = caller.start()
    caller.jumio.finish(reference, "approved")

    statuses = [caller.get(reference, suffix).status_code for suffix in ("", "/status", "")]

    assert statuses == [404, 404, 200]


def test_correction_changes_decision_and_completion_time(caller: Caller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "approved")
    before = caller.details(reference)

    caller.jumio.correct(reference, "rejected")

    after = caller.details(reference)
    assert after["decision"]["type"] == "REJECTED"
    assert after["completedAt"][:19] > before["completedAt"][:19]


def test_netverify_transactions_are_unknown_here(caller: Caller) -> None:
    answer = caller.http.post(
        "/api/v4/initiate",
        json={"customerInternalReference": "c", "userReference": "u"},
        auth=(caller.jumio.api_token, caller.jumio.api_secret),
        headers=caller.headers,
    )

    assert caller.get(answer.get_json()["transactionReference"]).status_code == 404


def test_outcome_that_kyx_lacks_is_a_value_error(caller: Caller) -> None:
    reference = caller.start()

    with pytest.raises(ValueError, match="KYX has no outcome"):
        caller.jumio.finish(reference, "not-readable-empty-details")
