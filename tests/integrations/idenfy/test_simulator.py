"""The simulated iDenfy is strict, and signs as openssl does."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from sandbox.idenfy.vendor import Idenfy
from tests.clock import Clock
from tests.integrations.idenfy.test_settings import BODY, SIGNED

URL = "https://market.example/done"


class Client:
    """A client of the simulated iDenfy, written from iDenfy's documentation."""

    def __init__(self) -> None:
        self.clock = Clock(1_800_000_000.0)
        self.idenfy = Idenfy(clock=self.clock)
        self.web = self.idenfy.app.test_client()
        pair = f"{self.idenfy.api_key}:{self.idenfy.api_secret}"
        self.auth = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def ask(self, path: str, document: object, **headers: str) -> TestResponse:
        """Post a document."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        usual = {"Content-Type": "application/json", **self.auth}
        return self.web.post(f"/api/v2/{path}", data=body, headers={**usual, **headers})

    def token(self, **fields: Any) -> dict[str, Any]:
        """Create a token."""
        answer = self.ask("token", {"clientId": "user-1", **fields})
        assert 201 == answer.status_code, answer.text
        created: dict[str, Any] = answer.get_json()
        return created

    def status(self, scan_ref: str) -> Any:
        """Return what the status call tells."""
        return self.ask("status", {"scanRef": scan_ref}).get_json()


@pytest.fixture
def client() -> Client:
    return Client()


def refused(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["identifier"]


def test_a_token_echoes_what_it_was_asked_with(client: Client) -> None:
    token = client.token(externalRef="person-1", expiryTime=600, successUrl=URL)
    names = ("clientId", "externalRef", "expiryTime", "successUrl", "tokenType")
    expected = ["user-1", "person-1", 600, URL, "IDENTIFICATION"]
    assert expected == [token[name] for name in names]


@pytest.mark.parametrize(
    ("fields", "identifier"),
    [
        ({"clientId": None}, "MISSING_VALUE"),
        ({"clientId": "u" * 101}, "BAD_VALUE"),
        ({"clientId": "ü"}, "BAD_VALUE"),
        ({"clientId": 7}, "BAD_VALUE"),
        ({"externalRef": "e" * 41}, "BAD_VALUE"),
        ({"tokenType": "FACE"}, "BAD_VALUE"),
        ({"expiryTime": 2_592_001}, "BAD_VALUE"),
        ({"expiryTime": "600"}, "BAD_VALUE"),
        ({"sessionLength": 59}, "BAD_VALUE"),
        ({"locale": "en-GB-oed"}, "BAD_VALUE"),
        ({"successUrl": f"https://market.example/{'a' * 2030}"}, "BAD_VALUE"),
        ({"errorUrl": "market.example"}, "BAD_VALUE"),
        ({"checkAml": "yes"}, "BAD_VALUE"),
        ({"userReference": "user-1"}, "BAD_VALUE"),
        ({"callbackUrl": URL}, "PERMISSIONS_ERROR"),
    ],
)
def test_a_token_is_refused_for_what_is_not_documented(
    client: Client, fields: dict[str, object], identifier: str
) -> None:
    answer = client.ask("token", {"clientId": "user-1", **fields})
    assert (400, identifier) == refused(answer)


def test_an_account_may_be_allowed_callbacks_of_its_sessions(client: Client) -> None:
    client.idenfy.custom_callbacks = True
    assert URL == client.token(callbackUrl=URL)["callbackUrl"]


def test_a_client_has_one_active_session(client: Client) -> None:
    first = client.token()
    assert (409, "BAD_VALUE") == refused(client.ask("token", {"clientId": "user-1"}))
    client.idenfy.callbacks = "lose"
    client.idenfy.finish(first["scanRef"], "approved")
    assert first["scanRef"] != client.token()["scanRef"]


@pytest.mark.parametrize("path", ["token", "status", "data"])
@pytest.mark.parametrize("value", ["", "Basic bm9ib2R5Om5vdGhpbmc=", "Bearer key"])
def test_nobody_else_may_ask(client: Client, path: str, value: str) -> None:
    answer = client.ask(path, {}, Authorization=value)
    assert (401, "UNAUTHORIZED") == refused(answer)


@pytest.mark.parametrize("path", ["token", "status", "data"])
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a": 1, "a": 2}', b'{"a": NaN}', b"\xff"])
def test_what_is_not_json_is_refused(client: Client, path: str, body: bytes) -> None:
    assert (400, "JSON_ERROR") == refused(client.ask(path, body))


def test_a_form_is_refused(client: Client) -> None:
    form = "application/x-www-form-urlencoded"
    answer = client.ask("token", b"clientId=user-1", **{"Content-Type": form})
    assert (400, "JSON_ERROR") == refused(answer)


@pytest.mark.parametrize("path", ["status", "data"])
def test_a_verification_that_there_is_not_is_refused(client: Client, path: str) -> None:
    assert (404, "BAD_VALUE") == refused(client.ask(path, {"scanRef": "unknown"}))
    assert (400, "MISSING_VALUE") == refused(client.ask(path, {}))
    assert (400, "BAD_VALUE") == refused(client.ask(path, {"scanRef": "a", "clientId": "b"}))


def test_a_link_shows_the_page_until_the_token_ends(client: Client) -> None:
    token = client.token(expiryTime=600)
    address = f"/api/v2/redirect?authToken={token['authToken']}"
    assert "Approve" in client.web.get(address).text
    assert "ACTIVE" == client.status(token["scanRef"])["status"]
    client.clock.now += 600
    assert (400, "TOKEN_NOT_VALID") == refused(client.web.get(address))
    assert "EXPIRED" == client.status(token["scanRef"])["status"]


def test_a_persons_word_stands_beside_the_machines(client: Client) -> None:
    scan_ref = client.token()["scanRef"]
    client.idenfy.callbacks = "lose"
    client.idenfy.finish(scan_ref, "reviewing")
    client.idenfy.finish(scan_ref, "denied")
    told = client.status(scan_ref)
    assert ("DENIED", "FACE_MISMATCH", "user-1") == (
        told["status"],
        told["manualFace"],
        told["clientId"],
    )


def test_the_data_of_nobody_is_empty(client: Client) -> None:
    data = client.ask("data", {"scanRef": client.token()["scanRef"]}).get_json()
    assert (None, "user-1") == (data["docLastName"], data["clientId"])


def test_notifications_are_signed_as_openssl_signs() -> None:
    # printf '%s' '{"final":true,…}' | openssl dgst -sha256 -hmac 'a signing key'
    assert [("Idenfy-Signature", SIGNED)] == Idenfy().signed(BODY, "a signing key")
