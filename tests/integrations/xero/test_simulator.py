"""The simulated Xero is strict: what its documentation does not have is refused."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sandbox.xero import Xero
from sandbox.xero.identity import GRACE_SECONDS, REFRESH_SECONDS
from tests.clock import Clock

VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
RETURN = "https://proxy.example/return"
LINES = [{"Description": "Pizza", "Quantity": 1, "UnitAmount": 8.9}]
INVOICE = {"Type": "ACCREC", "Contact": {"Name": "Ida"}, "LineItems": LINES, "Reference": "r"}


class Client:
    """A client of the simulated Xero, written from Xero's documentation."""

    def __init__(self) -> None:
        self.clock = Clock(1_000_000.0)
        self.xero = Xero(clock=self.clock)
        self.web = self.xero.app.test_client()
        pair = f"{self.xero.client_id}:{self.xero.client_secret}".encode()
        self.basic = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    def address(self, **changes: str) -> str:
        """Return the consent page's address."""
        asked = {
            "response_type": "code",
            "client_id": self.xero.client_id,
            "redirect_uri": RETURN,
            "scope": "offline_access accounting.invoices",
            "state": "s",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        asked = {name: value for name, value in (asked | changes).items() if value}
        return f"{self.xero.base_url}/identity/connect/authorize?{urlencode(asked)}"

    def consent(self, **changes: str) -> str:
        """Allow, and return the code."""
        address = self.xero.authorize(self.address(**changes))
        return parse_qs(urlsplit(address).query)["code"][0]

    def redeem(self, code: str, **changes: str) -> Any:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": RETURN,
            "code_verifier": VERIFIER,
        }
        form = {name: value for name, value in (form | changes).items() if value}
        return self.web.post("/connect/token", data=form, headers=self.basic)

    def renew(self, refresh_token: str) -> Any:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self.web.post("/connect/token", data=form, headers=self.basic)

    def connected(self) -> dict[str, Any]:
        return dict(self.redeem(self.consent()).get_json())

    def create(self, token: str, body: Any, **headers: str) -> Any:
        tenant = self.xero.organisations[0].tenant_id
        usual = {
            "Authorization": f"Bearer {token}",
            "Xero-Tenant-Id": tenant,
            "Accept": "application/json",
        }
        return self.web.put("/api.xro/2.0/Invoices", json=body, headers={**usual, **headers})


@pytest.fixture
def client() -> Client:
    """Return a client of a fresh Xero."""
    return Client()


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"scope": "accounting.transactions"},
        {"client_id": "x"},
        {"prompt": "x"},
    ],
)
def test_a_consent_page_that_would_not_be_shown(client: Client, changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        client.consent(**changes)


def test_an_older_app_may_ask_for_the_broad_scope(client: Client) -> None:
    client.xero.knows_broad = True
    assert client.consent(scope="offline_access accounting.transactions")


def test_the_consent_page_asks_a_person(client: Client) -> None:
    path = client.address().removeprefix(client.xero.base_url)
    bakery = client.xero.organisations[1]
    page = client.web.get(path)
    assert (200, True) == (page.status_code, "Quay Bakery" in page.get_data(as_text=True))
    answer = client.web.post(path, data={"tenant": bakery.tenant_id, "decision": "allow"})
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert 200 == client.redeem(query["code"][0]).status_code
    assert bakery.connection_id is not None


def test_a_person_may_cancel(client: Client) -> None:
    path = client.address().removeprefix(client.xero.base_url)
    chosen = {"tenant": client.xero.organisations[1].tenant_id, "decision": "decline"}
    answer = client.web.post(path, data=chosen)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (["access_denied"], ["s"]) == (query["error"], query["state"])


def test_a_page_that_is_asked_wrongly_says_so(client: Client) -> None:
    assert 400 == client.web.get("/identity/connect/authorize?scope=x").status_code


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"redirect_uri": "https://elsewhere.example"},
    ],
)
def test_a_code_is_redeemed_by_whoever_asked_for_it(
    client: Client, changes: dict[str, str]
) -> None:
    answer = client.redeem(client.consent(), **changes)
    assert (400, "invalid_grant") == (answer.status_code, answer.get_json()["error"])


def test_a_code_works_once_for_five_minutes(client: Client) -> None:
    code, late = client.consent(), client.consent()
    assert [200, 400] == [client.redeem(code).status_code for _ in range(2)]
    client.clock.now += 301
    assert 400 == client.redeem(late).status_code


def test_a_wrong_secret_is_refused(client: Client) -> None:
    client.xero.client_secret = "another"
    assert "invalid_client" == client.redeem(client.consent()).get_json()["error"]


def test_a_refresh_token_is_replaced_and_works_for_half_an_hour_more(client: Client) -> None:
    first = client.connected()["refresh_token"]
    second = client.renew(first).get_json()["refresh_token"]
    assert first != second
    assert 200 == client.renew(first).status_code
    client.clock.now += GRACE_SECONDS + 1
    assert 400 == client.renew(first).status_code


def test_a_refresh_token_ends_unused(client: Client) -> None:
    token = client.connected()["refresh_token"]
    client.clock.now += REFRESH_SECONDS + 1
    assert 400 == client.renew(token).status_code


def test_a_key_brings_the_same_answer_and_another_body_is_refused(client: Client) -> None:
    token = client.connected()["access_token"]
    made = [
        client.create(token, {"Invoices": [INVOICE]}, **{"Idempotency-Key": "k"}).get_json()
        for _ in range(2)
    ]
    assert made[0]["Invoices"] == made[1]["Invoices"]
    other = {"Invoices": [{**INVOICE, "Reference": "q"}]}
    assert 400 == client.create(token, other, **{"Idempotency-Key": "k"}).status_code


@pytest.mark.parametrize(
    "changes",
    [
        {"Status": "PAID"},
        {"Contact": {}},
        {"LineItems": []},
        {"LineItems": [{**LINES[0], "UnitAmount": "8.90"}]},
        {"LineItems": [{**LINES[0], "UnitAmount": 8.905}]},
        {"LineItems": [{"Quantity": 1, "UnitAmount": 1}]},
        {"CurrencyCode": "XXX"},
        {"Total": 1},
    ],
)
def test_an_invoice_that_is_not_valid_is_not_made(client: Client, changes: dict[str, Any]) -> None:
    token = client.connected()["access_token"]
    answer = client.create(token, {"Invoices": [{**INVOICE, **changes}]})
    assert (400, "ValidationException") == (answer.status_code, answer.get_json()["Type"])
    assert {} == client.xero.organisations[0].ledger.invoices


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer x"}, 401),
        ({"Xero-Tenant-Id": "x"}, 403),
        ({"Accept": "*/*"}, 406),
    ],
)
def test_a_request_that_may_not_is_refused(
    client: Client, headers: dict[str, str], status: int
) -> None:
    token = client.connected()["access_token"]
    assert status == client.create(token, {"Invoices": [INVOICE]}, **headers).status_code
