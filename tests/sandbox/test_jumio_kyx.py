"""The simulated KYX platform: its tokens, and what it accepts for an account."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.jumio import Jumio
from tests.sandbox.jumio_callers import FORM, KYX_BODY, KyxCaller

NOW = 1_790_000_000.5


@pytest.fixture
def jumio() -> Iterator[Jumio]:
    jumio = Jumio(clock=lambda: NOW)
    yield jumio
    jumio.close()


@pytest.fixture
def caller(jumio: Jumio) -> KyxCaller:
    return KyxCaller(jumio)


def test_token_lasts_an_hour() -> None:
    now = [NOW]
    caller = KyxCaller(Jumio(clock=lambda: now[0]))
    answer = caller.token().get_json()

    now[0] += 3599
    before = caller.create().status_code
    now[0] += 1

    assert ("Bearer", 3600) == (answer["token_type"], answer["expires_in"])
    assert (200, 401) == (before, caller.create().status_code)


def test_wrong_client_secret_is_401(caller: KyxCaller) -> None:
    assert 401 == caller.token(secret="wrong").status_code


def test_token_without_client_credentials_is_401(caller: KyxCaller) -> None:
    answer = caller.http.post(
        "/oauth2/token",
        data="grant_type=client_credentials",
        content_type=FORM,
        headers=caller.headers,
    )

    assert 401 == answer.status_code


@pytest.mark.parametrize(
    "body",
    ["", "grant_type=password", "grant_type=client_credentials&scope=all", "grant_type=" * 2],
)
def test_any_other_grant_is_400(caller: KyxCaller, body: str) -> None:
    assert 400 == caller.token(body).status_code


@pytest.mark.parametrize(
    "headers",
    [{"User-Agent": "python-requests/2.32.4"}, {"User-Agent": ""}, {"Accept": "*/*"}],
)
def test_suspicious_header_is_403_everywhere(caller: KyxCaller, headers: dict[str, str]) -> None:
    reference = caller.start()
    caller.headers |= headers

    statuses = [
        caller.token().status_code,
        caller.create().status_code,
        caller.get(reference).status_code,
    ]

    assert [403, 403, 403] == statuses


@pytest.mark.parametrize("bearer", ["", "Bearer", "Bearer forged", "Basic Zm9vOmJhcg=="])
def test_missing_or_wrong_bearer_token_is_401(caller: KyxCaller, bearer: str) -> None:
    reference = caller.start()
    caller.bearer = bearer

    assert 401 == caller.create().status_code
    assert 401 == caller.get(reference).status_code


def test_expired_tokens_are_401_until_a_new_one_is_fetched(caller: KyxCaller) -> None:
    caller.jumio.expire_tokens()
    refused = caller.create().status_code
    caller.bearer = f"Bearer {caller.token().get_json()['access_token']}"

    assert (401, 200) == (refused, caller.create().status_code)


def test_account_answer_has_the_documented_members(caller: KyxCaller) -> None:
    web = {"successUrl": "https://shop.example/ok", "locale": "de"}

    answer = caller.create(KYX_BODY | {"web": web}).get_json()

    assert {"timestamp", "account", "web", "sdk", "workflowExecution"} == set(answer)
    assert "https://shop.example/ok" == answer["web"]["successUrl"]
    assert "errorUrl" not in answer["web"]
    assert answer["web"]["href"].startswith("http://127.0.0.1/web/v4/app?authorizationToken=eyJ")
    assert answer["web"]["href"].endswith("&locale=de")


def test_update_starts_another_workflow_on_the_account(caller: KyxCaller) -> None:
    first = caller.create().get_json()
    account = first["account"]["id"]

    second = caller.create(path=f"/api/v1/accounts/{account}").get_json()

    assert second["account"]["id"] == account
    assert second["workflowExecution"]["id"] != first["workflowExecution"]["id"]


def test_update_of_an_unknown_account_is_404(caller: KyxCaller) -> None:
    answer = caller.create(path="/api/v1/accounts/0b1d7f2c-0000-4000-8000-000000000000")

    assert 404 == answer.status_code
    assert {"title": "Not Found", "status": 404, "detail": "Account not found"} == answer.get_json()


def test_every_documented_field_is_accepted_at_its_limit(caller: KyxCaller) -> None:
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
def test_wrong_field_is_400(caller: KyxCaller, fields: dict[str, object]) -> None:
    answer = caller.create(KYX_BODY | fields)

    assert (400, "Bad Request") == (answer.status_code, answer.get_json()["title"])
    assert 0 == caller.jumio.initiations


@pytest.mark.parametrize("character", list('<>"/;`%{}|'))
def test_forbidden_character_in_internal_reference_is_400(
    caller: KyxCaller, character: str
) -> None:
    answer = caller.create(KYX_BODY | {"customerInternalReference": f"check{character}1"})

    assert 400 == answer.status_code


def test_user_reference_may_hold_those_characters(caller: KyxCaller) -> None:
    assert 200 == caller.create(KYX_BODY | {"userReference": 't=1,v1="a/b;c"'}).status_code


@pytest.mark.parametrize("lifetime", ["5m", "300s", "60d", "1440h", "+30m"])
def test_token_lifetime_within_the_limits_is_accepted(caller: KyxCaller, lifetime: str) -> None:
    assert 200 == caller.create(KYX_BODY | {"tokenLifetime": lifetime}).status_code


@pytest.mark.parametrize(
    "lifetime",
    ["4m", "299s", "61d", "-30m", "30", "30min", "30 m", "30M", "1w", "30m\n", "\u0663\u0660m", 30],
)
def test_token_lifetime_outside_the_limits_is_400(caller: KyxCaller, lifetime: object) -> None:
    assert 400 == caller.create(KYX_BODY | {"tokenLifetime": lifetime}).status_code


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(name=st.sampled_from([*KYX_BODY, "web", "userConsent", "tokenLifetime"]), value=JSON)
def test_no_field_breaks_the_vendor(name: str, value: object) -> None:
    caller = KyxCaller(Jumio())

    assert caller.create(KYX_BODY | {name: value}).status_code in {200, 400}
