"""The simulated developer portal: what it orders, what it keeps, and whom it asks about a key."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request

from sandbox.hops import HopLog
from sandbox.sensedia import Aws, Portal
from sandbox.server import Server

ISSUED = {"credentialType": "API_KEY", "apiKeyId": "key-1", "apiKey": "v" * 40}


class Webhook:
    """Answers every order as it is told to, and keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: dict[str, Response] = {}
        self.received: list[tuple[str, Any]] = []
        self.passwords: list[str] = []
        self.app = Flask("webhook")
        self.app.add_url_rule("/v1/<operation>", view_func=self._take, methods=["GET", "POST"])

    def _take(self, operation: str) -> Response:
        self.received.append((f"{request.method} {operation}", request.get_json(silent=True)))
        encoded = request.headers["Authorization"].removeprefix("Basic ")
        self.passwords.append(base64.b64decode(encoded).decode())
        if operation in self.answers:
            return self.answers[operation]
        return jsonify(ISSUED) if operation == "createCredentials" else Response(status=204)


@pytest.fixture
def webhook() -> Webhook:
    return Webhook()


@pytest.fixture
def hops() -> HopLog:
    return HopLog()


@pytest.fixture
def portal(webhook: Webhook, hops: HopLog) -> Iterator[Portal]:
    with Aws() as aws, Server(webhook.app) as server:
        portal = Portal(aws, hops)
        portal.webhook_url = server.url
        yield portal


def approved(portal: Portal, plan: str = "bronze") -> str:
    """Approve an app and return its slug."""
    assert 200 == portal.approve("Harbour guide", plan).status
    return next(reversed(portal.apps))


def refusal(status: int) -> Response:
    with Flask("refusing").app_context():
        answer = jsonify(message="Not so.", error="Refused")
    answer.status_code = status
    return answer


def test_an_order_names_app_developer_api_and_plan(portal: Portal, webhook: Webhook) -> None:
    slug = approved(portal)
    ((operation, sent),) = webhook.received
    assert "POST createCredentials" == operation
    assert ("Harbour guide", slug) == (sent["appName"], sent["appSlug"])
    assert "@" in sent["developer"]
    assert [[{"id": portal.aws.plan_ids["bronze"]}]] == [api["usagePlans"] for api in sent["apis"]]


def test_what_the_webhook_issued_is_kept(portal: Portal) -> None:
    assert ISSUED == portal.apps[approved(portal)].credentials


def test_an_app_that_is_approved_again_keeps_its_slug(portal: Portal, webhook: Webhook) -> None:
    slug = approved(portal)
    portal.approve("Harbour guide", "silver", slug)
    assert [slug] == list(portal.apps)
    assert [slug, slug] == [sent["appSlug"] for _, sent in webhook.received]


def test_later_orders_say_which_credentials_they_are_about(
    portal: Portal, webhook: Webhook
) -> None:
    slug = approved(portal)
    portal.change_plan(slug, "gold")
    portal.revoke(slug)
    changed, ended = webhook.received[1:]
    assert ("POST updateCredentials", "POST revokeCredentials") == (changed[0], ended[0])
    assert [ISSUED["apiKeyId"]] * 2 == [sent["apiKeyId"] for _, sent in (changed, ended)]
    gold = portal.aws.plan_ids["gold"]
    assert gold == changed[1]["apis"][0]["usagePlans"][0]["id"]


def test_a_revoked_app_has_no_credentials(portal: Portal) -> None:
    slug = approved(portal)
    assert 204 == portal.revoke(slug).status
    assert {} == portal.apps[slug].credentials


@pytest.mark.parametrize("status", [400, 401, 503])
def test_a_refused_order_changes_nothing_and_tells_why(
    portal: Portal, webhook: Webhook, status: int
) -> None:
    slug = approved(portal)
    before = portal.apps[slug]
    for operation in ("createCredentials", "updateCredentials", "revokeCredentials", "health"):
        webhook.answers[operation] = refusal(status)
    answers = [
        portal.approve("Another", "gold"),
        portal.change_plan(slug, "gold"),
        portal.revoke(slug),
        portal.health(),
    ]
    assert [(status, "Not so.")] * 4 == [(answer.status, answer.message) for answer in answers]
    assert {slug: before} == portal.apps


def test_a_webhook_that_cannot_be_reached_is_no_answer(portal: Portal) -> None:
    portal.webhook_url = "http://127.0.0.1:9"
    assert None is portal.health().status


def test_the_password_holds_a_colon_and_can_be_mistyped(portal: Portal, webhook: Webhook) -> None:
    portal.health()
    portal.password = "mistyped"
    portal.health()
    assert [f"portal:{portal.right_password}", "portal:mistyped"] == webhook.passwords
    assert ":" in portal.right_password


def test_aws_is_asked_about_a_key(portal: Portal) -> None:
    key = portal.aws.api_gateway("POST", "/apikeys", {"name": "n", "enabled": True})
    plan = portal.aws.plan_ids["silver"]
    attached = {"keyId": key["id"], "keyType": "API_KEY"}
    portal.aws.api_gateway("POST", f"/usageplans/{plan}/keys", attached)
    assert {"enabled": True, "plans": ["silver"]} == portal.use(key["value"])
    assert None is portal.use("unknown")


def test_starting_afresh_leaves_plans_but_no_key(portal: Portal) -> None:
    plans = dict(portal.aws.plan_ids)
    approved(portal)
    key = portal.aws.api_gateway("POST", "/apikeys", {"name": "n", "enabled": True})
    attached = {"keyId": key["id"], "keyType": "API_KEY"}
    portal.aws.api_gateway("POST", f"/usageplans/{plans['gold']}/keys", attached)
    portal.start_afresh()
    assert ({}, [], plans) == (portal.apps, portal.aws.keys(), portal.aws.plan_ids)


def test_every_call_is_a_hop_without_secrets(portal: Portal, hops: HopLog) -> None:
    slug = approved(portal)
    portal.revoke(slug)
    told = hops.since(0)
    assert [
        ("Portal", "proxy", "/api/sensedia/v1/createCredentials", 200),
        ("Portal", "proxy", "/api/sensedia/v1/revokeCredentials", 204),
    ] == [(hop.caller, hop.callee, hop.path, hop.status) for hop in told]
    assert ISSUED["apiKey"] not in repr(told)
    assert ISSUED["apiKey"] not in repr(portal.apps)
