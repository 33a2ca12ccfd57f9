"""Sensedia's portal at the app's door: the contract, its refusals, and the health of AWS."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.sensedia import Aws
from tests.conftest import StartWorld
from tests.flows.problems import MEMBERS, send
from tests.flows.steps import logged
from tests.integrations.sensedia.gate import Gate, refusal
from tests.integrations.sensedia.guest import GUEST
from tests.kit.world import KitWorld

PORTAL = "/api/sensedia/v1"
PASSWORD, NEXT_PASSWORD = "first:with:colons", "zwölf Ⅻ"
OPERATOR_TOKEN = "an-operators-own-token-of-enough-length"
OPERATIONS = [
    ("POST", "createCredentials"),
    ("POST", "updateCredentials"),
    ("POST", "revokeCredentials"),
    ("GET", "health"),
]
ORDERS = [operation for method, operation in OPERATIONS if method == "POST"]
each_order = pytest.mark.parametrize("order", ORDERS)
each_operation = pytest.mark.parametrize(("method", "operation"), OPERATIONS)


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    """Return AWS behind a gate, for all tests of this file."""
    with Aws() as aws:
        gate = Gate(aws)
        yield gate
        gate.close()


@pytest.fixture(scope="module")
def worlds(gate: Gate) -> Iterator[dict[str, KitWorld]]:
    """Return a world for each type of credentials."""
    scopes = [f"{api}:{scope}" for api, scopes in gate.aws.scopes.items() for scope in scopes]
    clients: dict[str, Any] = {
        "SENSEDIA_CREDENTIAL_TYPE": "CLIENT_CREDENTIALS",
        "SENSEDIA_USER_POOL_ID": gate.aws.pool_id,
        "SENSEDIA_API_SCOPES": ",".join(scopes),
        "SENSEDIA_TOKEN_URL": "https://login.parcels.example/oauth2/token",
    }
    made = {
        "API_KEY": KitWorld(**settings(gate)),
        "CLIENT_CREDENTIALS": KitWorld(**settings(gate), **clients),
    }
    yield made
    for world in made.values():
        world.close()


def settings(gate: Gate) -> dict[str, Any]:
    """Return the settings of API keys."""
    return {
        "INTEGRATIONS": "sensedia",
        "guests": (GUEST,),
        "SENSEDIA_BASIC_AUTH": f"portal:{PASSWORD}\nportal:{NEXT_PASSWORD}",
        "SENSEDIA_USAGE_PLANS": ",".join(gate.aws.plan_ids.values()),
        "AWS_REGION": gate.aws.region,
        "AWS_ACCESS_KEY_ID": gate.aws.access_key_id,
        "AWS_SECRET_ACCESS_KEY": gate.aws.secret_access_key,
        "AWS_BASE_URL": gate.url,
    }


@pytest.fixture
def aws(gate: Gate) -> Aws:
    """Return AWS without any key or client, and its gate open."""
    gate.aws.clear()
    gate.reset()
    return gate.aws


@pytest.fixture
def keys(worlds: dict[str, KitWorld], aws: Aws) -> KitWorld:  # noqa: ARG001 - AWS is cleared first
    """Return the world of API keys."""
    return worlds["API_KEY"]


def ask(
    world: KitWorld,
    method: str,
    operation: str,
    body: object = None,
    *,
    password: str = PASSWORD,
    **headers: str,
) -> requests.Response:
    """Send a request as the portal does; a body that is bytes goes as it is."""
    token = base64.b64encode(f"portal:{password}".encode()).decode()
    sent = {"Authorization": f"Basic {token}", "Content-Type": "application/json", **headers}
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    return send(world, method, f"{PORTAL}/{operation}", headers=sent, body=data)


def order(aws: Aws, *plans: str, **fields: object) -> dict[str, Any]:
    """Return a body of the portal's about one app, with these plans by name."""
    usage_plans = [{"id": aws.plan_ids.get(plan, plan)} for plan in plans]
    return {
        "appName": "Parcel tracker",
        "appSlug": "7c1e09d4ab52",
        "developer": "dev@parcels.example",
        "apis": [{"id": api_id, "usagePlans": usage_plans} for api_id in aws.scopes],
        **fields,
    }


def assert_refused(answer: requests.Response, status: int, code: str) -> dict[str, Any]:
    """Require the portal's error body, which is a problem document with a message."""
    assert (status, code) == (answer.status_code, answer.json().get("code")), answer.text
    document: dict[str, Any] = answer.json()
    assert MEMBERS | {"message"} == set(document)
    assert document["message"] == document["detail"]
    assert "application/problem+json" == answer.headers["Content-Type"]
    return document


def test_an_api_key_from_approval_to_cancellation(keys: KitWorld, aws: Aws) -> None:
    created = ask(keys, "POST", "createCredentials", order(aws, "gold"))
    [key] = aws.keys()
    assert 200 == created.status_code
    assert {
        "credentialType": "API_KEY",
        "apiKeyId": key["id"],
        "apiKey": key["value"],
    } == created.json()
    assert "no-store" == created.headers["Cache-Control"]
    assert created.json() == ask(keys, "POST", "createCredentials", order(aws, "gold")).json()

    known = order(aws, "silver", **created.json(), customCredentials={"any": ["shape"]})
    updated = ask(keys, "POST", "updateCredentials", known)
    assert (204, b"") == (updated.status_code, updated.content)
    assert ["silver"] == aws.keys()[0]["plans"]

    for _ in range(2):
        revoked = ask(keys, "POST", "revokeCredentials", known)
        assert (204, b"") == (revoked.status_code, revoked.content)
        assert [] == aws.keys()
    again = ask(keys, "POST", "createCredentials", order(aws, "gold"))
    assert created.json()["apiKey"] != again.json()["apiKey"]


def test_an_app_client_from_approval_to_cancellation(worlds: dict[str, KitWorld], aws: Aws) -> None:
    world = worlds["CLIENT_CREDENTIALS"]
    created = ask(world, "POST", "createCredentials", order(aws))
    [client] = aws.clients()
    assert {
        "credentialType": "CLIENT_CREDENTIALS",
        "clientId": client["ClientId"],
        "clientSecret": client["ClientSecret"],
        "customCredentials": {"tokenUrl": "https://login.parcels.example/oauth2/token"},
    } == created.json()

    api_id = next(iter(aws.scopes))
    known = {**order(aws, **created.json()), "apis": [{"id": api_id}]}
    assert 204 == ask(world, "POST", "updateCredentials", known).status_code
    assert set(aws.scopes[api_id]) == set(aws.clients()[0]["AllowedOAuthScopes"])
    assert 204 == ask(world, "POST", "revokeCredentials", known).status_code
    assert [] == aws.clients()


@each_operation
def test_wrong_credentials_are_refused_before_anything_is_read(
    keys: KitWorld, aws: Aws, gate: Gate, method: str, operation: str
) -> None:
    body = None if method == "GET" else b"not even JSON"
    for headers in ({"Authorization": "Bearer x"}, {"Authorization": "Basic !"}, {}):
        answer = ask(keys, method, operation, body, password="wrong", **headers)
        assert_refused(answer, 401, "credentials-invalid")
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert ([], []) == (gate.calls, aws.keys())


def test_guessing_the_password_is_slow(start_world: StartWorld, gate: Gate) -> None:
    world = start_world(**settings(gate), TRUSTED_PROXY_HOPS="1")

    def guess(address: str, password: str) -> requests.Response:
        headers = {"X-Forwarded-For": address}
        return ask(world, "POST", "createCredentials", b"{", password=password, **headers)

    for _ in range(12):
        waiting = guess("2001:db8::1", "wrong")
    document = assert_refused(waiting, 429, "too-many-attempts")
    assert "wait" in document["message"]
    assert 1 <= int(waiting.headers["Retry-After"]) <= 2
    assert_refused(guess("2001:db8::2", PASSWORD), 429, "too-many-attempts")
    assert_refused(guess("2001:db8:1::1", PASSWORD), 400, "body-invalid")


@pytest.mark.parametrize("password", [PASSWORD, NEXT_PASSWORD])
def test_each_pair_passes_while_the_password_is_changed(keys: KitWorld, password: str) -> None:
    assert 204 == ask(keys, "GET", "health", password=password).status_code


@each_order
@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b"\xff", b"null", b'{"a": NaN' * 9])
def test_a_body_that_is_no_object_is_refused(keys: KitWorld, order: str, body: bytes) -> None:
    assert_refused(ask(keys, "POST", order, body), 400, "body-invalid")


@each_order
def test_a_body_that_is_too_large_is_refused(keys: KitWorld, order: str) -> None:
    body = b'{"appName": "' + b"x" * 110_000 + b'"}'
    assert_refused(ask(keys, "POST", order, body), 413, "body-too-large")


@each_order
@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json; charset=utf-8"])
def test_the_content_type_does_not_matter(
    keys: KitWorld, aws: Aws, order: str, content_type: str
) -> None:
    body = {"appSlug": "7c1e09d4ab52", "appName": "x", "apis": []}
    answer = ask(keys, "POST", order, body, **{"Content-Type": content_type})
    assert answer.status_code in (204, 400)
    assert 415 != answer.status_code
    assert [] == aws.keys()


@each_order
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"appSlug": "not a slug"}, "body-invalid"),
        ({"appName": ["x"]}, "body-invalid"),
        ({"apiKeyId": "../x"}, "body-invalid"),
        ({"credentialType": "CLIENT_CREDENTIALS"}, "body-invalid"),
        ({"credentialType": "PASSWORD"}, "body-invalid"),
        ({"clientId": "abc"}, "body-invalid"),
    ],
)
def test_malformed_apps_and_other_types_are_refused_and_change_nothing(
    keys: KitWorld, aws: Aws, gate: Gate, order: str, fields: dict[str, object], code: str
) -> None:
    answer = ask(keys, "POST", order, {**body_of(aws), **fields})
    assert_refused(answer, 400, code)
    assert [] == gate.calls


def body_of(aws: Aws) -> dict[str, Any]:
    """Return a body that is in order."""
    return order(aws, "gold")


@pytest.mark.parametrize("operation", ["createCredentials", "updateCredentials"])
@pytest.mark.parametrize(
    ("plans", "status", "code"),
    [
        ([], 400, "body-invalid"),
        (["gold", "unlisted"], 403, "not-allowed"),
        (["../../x"], 400, "body-invalid"),
    ],
)
def test_malformed_and_unlisted_plans_are_refused_and_change_nothing(
    keys: KitWorld, aws: Aws, gate: Gate, operation: str, plans: list[str], status: int, code: str
) -> None:
    answer = ask(keys, "POST", operation, order(aws, *plans))
    assert_refused(answer, status, code)
    assert [] == gate.calls


def test_an_update_of_an_unknown_app_is_404(keys: KitWorld, aws: Aws) -> None:
    for named in ({}, {"apiKeyId": "gone"}):
        answer = ask(keys, "POST", "updateCredentials", order(aws, "gold", **named))
        assert_refused(answer, 404, "app-unknown")


def test_a_revoke_of_what_is_not_ours_or_not_there_is_204_and_touches_nothing(
    keys: KitWorld, aws: Aws
) -> None:
    foreign = aws.api_gateway("POST", "/apikeys", {"name": "7c1e09d4ab52/x", "enabled": True})
    before = aws.keys()
    for key_id in (foreign["id"], "gone"):
        answer = ask(keys, "POST", "revokeCredentials", {"apiKeyId": key_id})
        assert (204, b"") == (answer.status_code, answer.content)
    assert before == aws.keys()


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("403", 502, "vendor-refused"),
        ("404", 502, "vendor-refused"),
        ("409", 502, "vendor-refused"),
        ("429", 503, "vendor-unavailable"),
        ("500", 503, "vendor-unavailable"),
        ("reset", 503, "vendor-unavailable"),
        ("garbage", 503, "vendor-unavailable"),
    ],
)
@each_order
def test_a_failure_of_aws_is_told_in_the_portals_form(
    keys: KitWorld, aws: Aws, gate: Gate, order: str, kind: str, status: int, code: str
) -> None:
    # Twice: a question that met a reset on a kept connection is asked once more.
    gate.strike(1, kind, until=2)
    answer = ask(keys, "POST", order, body_of(aws))
    assert_refused(answer, status, code)
    assert (status == 503) == ("Retry-After" in answer.headers)


def test_a_defect_is_told_in_the_portals_form(
    keys: KitWorld, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.sensedia.api_keys.ApiKeys.create", None)
    assert_refused(ask(keys, "POST", "createCredentials", body_of(aws)), 500, "internal-error")


@each_operation
def test_another_method_is_refused(keys: KitWorld, method: str, operation: str) -> None:
    other = "POST" if method == "GET" else "GET"
    assert 405 == ask(keys, other, operation).status_code


def test_health_and_the_status_tell_that_aws_answers(start_world: StartWorld, gate: Gate) -> None:
    gate.reset()
    world = start_world(**settings(gate), OPERATOR_TOKEN=OPERATOR_TOKEN)
    health = ask(world, "GET", "health")
    assert (204, b"") == (health.status_code, health.content)
    status = send(world, path="/statusz", headers={"Authorization": f"Bearer {OPERATOR_TOKEN}"})
    assert {"state": "up"} == status.json()["upstreams"]["aws"]
    assert 1 == len(gate.calls)


@pytest.mark.parametrize("kind", ["403", "500", "reset", "hang"])
def test_health_and_the_status_tell_soon_that_aws_is_down(
    start_world: StartWorld, gate: Gate, kind: str
) -> None:
    gate.reset()
    gate.strike(1, kind, until=99)
    world = start_world(**settings(gate), OPERATOR_TOKEN=OPERATOR_TOKEN)
    began = time.monotonic()
    answer = ask(world, "GET", "health")
    assert_refused(answer, 503, "vendor-unavailable")
    assert time.monotonic() - began < 5

    status = send(world, path="/statusz", headers={"Authorization": f"Bearer {OPERATOR_TOKEN}"})
    assert "down" == status.json()["upstreams"]["aws"]["state"]
    assert 1 == len(gate.calls)


def test_nothing_secret_is_logged(keys: KitWorld, aws: Aws, gate: Gate) -> None:
    with logged() as lines:
        created = ask(keys, "POST", "createCredentials", order(aws, "gold"))
        gate.script = lambda *_: refusal("409")
        ask(keys, "POST", "updateCredentials", order(aws, "silver", **created.json()))
        ask(keys, "POST", "createCredentials", order(aws, "gold"), password="a wrong one")
    secrets = [
        created.json()["apiKey"],
        aws.secret_access_key,
        "colons",
        "a wrong one",
        "parcels.example",
    ]
    text = "\n".join(lines)
    assert "event=webhook" in text
    assert [] == [secret for secret in secrets if secret in text]
