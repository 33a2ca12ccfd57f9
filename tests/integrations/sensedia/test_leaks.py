"""The canary for credentials: what AWS issues is told to the portal, and to nobody else."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from sandbox.hops import HopLog
from sandbox.sensedia import Aws
from tests.integrations.sensedia.guest import GUEST
from tests.kit.world import KitWorld
from tests.watch import Watch, assert_nothing_leaked, watch

PORTAL = "/api/sensedia/v1/"
DEVELOPER = "canary-developer@developers.example"
APP_NAME = "canary-app-name"
# An answer that holds them by right: the portal's, and in it the secret alone is for its caller.
_CREDENTIALS = (b'{"clientId":', b'{"apiKey":')


class WatchedPortal:
    """The portal of a watched world; in the process, so nobody logs."""

    def __init__(self, watched: Watch, aws: Aws, hops: HopLog, kind: str) -> None:
        self.watched, self.aws, self.hops, self.kind = watched, aws, hops, kind
        self._client = watched.world.app.test_client(use_cookies=False)
        self._pair = watched.world.settings["SENSEDIA_BASIC_AUTH"]
        self._slug = secrets.token_hex(6)
        watched.issued |= {
            "the portal's password": self._pair.partition(":")[2],
            "the portal's header": base64.b64encode(self._pair.encode()).decode(),
            "the secret access key": aws.secret_access_key,
            "a developer": DEVELOPER,
            "an app's name": APP_NAME,
        }

    def order(self, operation: str, pair: str | None = None, **fields: Any) -> TestResponse:
        """Send an order about the app; what Cognito then holds is secret from now on."""
        encoded = base64.b64encode((pair or self._pair).encode()).decode()
        plan = self.aws.plan_ids["bronze"]
        document = {
            "appName": APP_NAME,
            "appSlug": self._slug,
            "developer": DEVELOPER,
            "apis": [{"id": next(iter(self.aws.scopes)), "usagePlans": [{"id": plan}]}],
            **fields,
        }
        answer = self._client.post(
            f"{PORTAL}{operation}", headers={"Authorization": f"Basic {encoded}"}, json=document
        )
        for client in self.aws.clients():
            number = len(self.watched.issued)
            self.watched.issued[f"a client's secret {number}"] = client["ClientSecret"]
        for key in list(self.aws.keys()):
            self.watched.issued[f"an app's key {len(self.watched.issued)}"] = key["value"]
        return answer

    def assert_nothing_leaked(self) -> None:
        """Raise AssertionError for a secret anywhere but in the answers that are to tell it."""
        told = [answer for answer in self.watched.answers if answer.body.startswith(_CREDENTIALS)]
        for answer in told:
            assert 200 == answer.status
            self.watched.answers.remove(answer)
        assert_nothing_leaked(self.watched)
        assert [] == self.watched.leaks_in("AWS's addresses", repr(self.hops.since(0)))


@pytest.fixture(params=["API_KEY", "CLIENT_CREDENTIALS"])
def portal(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[WatchedPortal]:
    hops = HopLog()
    with Aws(hops) as aws:
        scopes = [f"{api}:{scope}" for api, many in aws.scopes.items() for scope in many]
        world = KitWorld(
            INTEGRATIONS="sensedia",
            guests=(GUEST,),
            SENSEDIA_BASIC_AUTH=f"portal:{secrets.token_urlsafe(9)}:{secrets.token_urlsafe(9)}",
            SENSEDIA_CREDENTIAL_TYPE=request.param,
            SENSEDIA_USAGE_PLANS=",".join(aws.plan_ids.values()),
            SENSEDIA_USER_POOL_ID=aws.pool_id,
            SENSEDIA_API_SCOPES=",".join(scopes),
            AWS_REGION=aws.region,
            AWS_ACCESS_KEY_ID=aws.access_key_id,
            AWS_SECRET_ACCESS_KEY=aws.secret_access_key,
            AWS_BASE_URL=aws.url,
        )
        for watched in watch(world, monkeypatch, caplog):
            yield WatchedPortal(watched, aws, hops, request.param)
        world.close()


def test_a_good_day_leaks_nothing(portal: WatchedPortal) -> None:
    created = portal.order("createCredentials")
    assert created.get_json() == portal.order("createCredentials").get_json()
    assert 204 == portal.order("updateCredentials", **created.get_json()).status_code
    assert 204 == portal.order("revokeCredentials", **created.get_json()).status_code
    portal.assert_nothing_leaked()


def test_refused_orders_leak_nothing(portal: WatchedPortal) -> None:
    told = portal.order("createCredentials").get_json()
    secret = told["clientSecret" if portal.kind == "CLIENT_CREDENTIALS" else "apiKey"]
    assert 401 == portal.order("createCredentials", pair=f"portal:{secret}").status_code
    odd_id = "clientId" if portal.kind == "CLIENT_CREDENTIALS" else "apiKeyId"
    for odd in ({odd_id: f"{secret}!"}, {"appSlug": f"{secret}!"}, {"apis": [secret]}):
        assert 400 == portal.order("updateCredentials", **odd).status_code
    assert 404 == portal.order("updateCredentials", appSlug="unknown").status_code
    portal.assert_nothing_leaked()


def test_an_aws_that_is_down_leaks_nothing(portal: WatchedPortal) -> None:
    known = portal.order("createCredentials").get_json()
    portal.aws.is_down = True
    for operation in ("createCredentials", "updateCredentials", "revokeCredentials"):
        assert 503 == portal.order(operation, **known).status_code
    portal.assert_nothing_leaked()


def test_the_canary_is_alive(portal: WatchedPortal) -> None:
    """Where it belongs it is found: the search itself works."""
    told = portal.order("createCredentials").get_data(as_text=True)
    assert portal.watched.leaks_in("a body", told)
