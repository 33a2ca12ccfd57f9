"""The simulated Stripe is strict: what its documentation does not have is refused."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.stripe import StripeIdentity
from sandbox.stripe.identity import SESSIONS
from tests.clock import Clock

DAY = 24 * 60 * 60
FORM = {"type": "document", "metadata[reference]": "r" * 99}
FORM_TYPE = "application/x-www-form-urlencoded"


class Client:
    """A client of the simulator, written from Stripe's documentation."""

    def __init__(self) -> None:
        self.clock = Clock(1_000_000.0)
        self.stripe = StripeIdentity(clock=self.clock)
        self.web = self.stripe.app.test_client()

    def send(self, method: str, path: str = "", body: object = None, **headers: str) -> Any:
        """Send a request with the secret key; a mapping goes as a form."""
        usual = {"Authorization": f"Bearer {self.stripe.api_key}", "Content-Type": FORM_TYPE}
        data = urlencode(body) if isinstance(body, dict) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.web.open(SESSIONS + path, method=method, data=data, headers=usual | named)

    def begun(self, **changes: str) -> dict[str, Any]:
        """Return a session that has begun."""
        answer: dict[str, Any] = self.send("POST", "", FORM | changes).get_json()
        return answer

    def refused(self, answer: Any) -> tuple[int, str, str]:
        """Return status, code and field of a refusal."""
        error = answer.get_json()["error"]
        assert error["message"]
        return answer.status_code, error.get("code", error["type"]), error.get("param", "")


@pytest.fixture
def client() -> Client:
    """Return a client of a new account."""
    return Client()


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"bogus": "1"}, "parameter_unknown", "bogus"),
        ({"metadata[a][b]": "1"}, "parameter_unknown", "metadata[a][b]"),
        ({f"metadata[{'k' * 41}]": "1"}, "parameter_unknown", f"metadata[{'k' * 41}]"),
        ({"metadata[long]": "x" * 501}, "parameter_invalid", "metadata[long]"),
        ({f"metadata[{n}]": "1" for n in range(50)}, "parameter_invalid", "metadata"),
        ({"type": "passport"}, "parameter_invalid", "type"),
        ({"type": ""}, "parameter_invalid", "type"),
        ({"verification_flow": "vf_1"}, "parameter_missing", "type"),
        ({"return_url": "market.example"}, "parameter_invalid", "return_url"),
        ({"options[document][require_matching_selfie]": "yes"}, "parameter_invalid", None),
        ({"options[document][shoe_size]": "42"}, "parameter_unknown", None),
        ({"client_reference_id": "x" * 5001}, "parameter_invalid", "client_reference_id"),
        ({"expand[]": "everything"}, "parameter_invalid", "expand[]"),
    ],
)
def test_a_form_that_is_not_documented_is_refused(
    client: Client, changes: dict[str, str], code: str, param: str | None
) -> None:
    refused = client.refused(client.send("POST", "", FORM | changes))
    assert (400, code, param or next(iter(changes))) == refused
    assert {} == client.stripe.transactions


def test_a_session_needs_a_type_or_a_flow_that_there_is(client: Client) -> None:
    assert (400, "parameter_missing", "type") == client.refused(client.send("POST"))
    unknown = client.send("POST", "", {"verification_flow": "vf_unknown"})
    assert (400, "resource_missing", "verification_flow") == client.refused(unknown)
    assert 200 == client.send("POST", "", {"verification_flow": client.stripe.flow}).status_code


def test_a_body_that_is_no_form_is_refused(client: Client) -> None:
    answer = client.send("POST", "", b'{"type":"document"}', Content_Type="application/json")
    assert 400 == answer.status_code


def test_a_field_stands_once(client: Client) -> None:
    answer = client.send("POST", "", b"type=document&type=document")
    assert (400, "parameter_invalid", "type") == client.refused(answer)


@pytest.mark.parametrize("sent", ["", "Bearer sk_test_guessed", "Basic ???", "Token x"])
def test_a_request_without_a_key_is_refused(client: Client, sent: str) -> None:
    assert 401 == client.send("POST", "", FORM, Authorization=sent).status_code


def test_a_key_may_be_the_user_name_of_basic_authentication(client: Client) -> None:
    pair = base64.b64encode(f"{client.stripe.api_key}:".encode()).decode()
    assert 200 == client.send("POST", "", FORM, Authorization=f"Basic {pair}").status_code


def test_another_version_is_refused(client: Client) -> None:
    assert 400 == client.send("POST", "", FORM, Stripe_Version="2019-01-01").status_code


def test_an_idempotency_key_is_forgotten_after_a_day(client: Client) -> None:
    first, again = (client.send("POST", "", FORM, Idempotency_Key="k").get_json() for _ in "12")
    client.clock.now += DAY
    later = client.send("POST", "", FORM, Idempotency_Key="k").get_json()
    assert first["id"] == again["id"] != later["id"]


def test_a_refused_request_leaves_no_answer_under_its_key(client: Client) -> None:
    refused = client.send("POST", "", {"type": "passport"}, Idempotency_Key="k")
    assert 400 == refused.status_code
    assert 200 == client.send("POST", "", FORM, Idempotency_Key="k").status_code


def test_a_link_opens_its_page_once(client: Client) -> None:
    path = client.begun()["url"].removeprefix(client.stripe.base_url)
    assert [200, 404] == [client.web.get(path).status_code for _ in "12"]


@pytest.mark.parametrize("query", ["expand[]=bogus", "bogus=1", "expand[0]=verified_outputs.bogus"])
def test_a_query_that_is_not_documented_is_refused(client: Client, query: str) -> None:
    assert 400 == client.send("GET", f"/{client.begun()['id']}?{query}").status_code


def test_only_a_session_that_waits_for_input_can_be_canceled(client: Client) -> None:
    session = client.begun()["id"]
    client.stripe.finish(session, "verified")
    assert 400 == client.send("POST", f"/{session}/cancel").status_code


def test_an_event_tells_no_link_and_no_person(client: Client) -> None:
    session = client.begun()["id"]
    client.stripe.finish(session, "verified")
    (event,) = client.stripe.events(client.stripe.transactions[session])
    assert b"Specimena" not in event.body
    assert client.stripe.base_url.encode() not in event.body
