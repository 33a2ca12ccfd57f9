"""The canary for the guarded doors: tokens, people, codes and credentials leave by no side door."""

from __future__ import annotations

import base64
import dataclasses
import secrets
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from werkzeug.test import TestResponse

import integrations
from integrations.kaizala import Kaizala
from integrations.sensedia.api_keys import ApiKeys
from integrations.sensedia.aws import Access
from proxy.configuration import read_configuration
from proxy.door import BasicPair, Principal, WebhookAnswer
from sandbox.faults import Mode
from sandbox.hops import HopLog
from sandbox.kaizala import OTHER_ACTION_PACKAGE, Person
from sandbox.sensedia import Aws
from tests.conftest import StartWorld
from tests.watch import Watch, assert_nothing_leaked, watch
from tests.world import encode_cookie

MODES = [mode for mode in get_args(Mode) if mode != "ok"]
PORTAL = "/api/sensedia/v1/"
DEVELOPER = "canary-developer@developers.example"
APP_NAME = "canary-app-name"
# Short enough not to slow the tests, long enough for an answer over loopback.
REQUEST_SECONDS = 0.25


class Doors:
    """Everybody who comes to the doors of a watched world; in the process, or clients would log."""

    def __init__(self, watched: Watch, aws: Aws, hops: HopLog) -> None:
        self.watched, self.aws, self.hops = watched, aws, hops
        self.world = watched.world
        self.slug = secrets.token_hex(6)
        self._client = self.world.app.test_client(use_cookies=False)
        self._sent = 0
        people = [Person(f"canary-name-{n}", f"+1555555{n}-canary") for n in (1001, 1002)]
        self.world.kaizala.people = people
        for person in people:
            self.keep("a person's name", person.name)
            self.keep("a phone number", person.phone_number)
        self.pair = self.world.settings["SENSEDIA_BASIC_AUTH"]
        self.keep("the portal's password", self.pair.partition(":")[2])
        self.keep("the portal's header", base64.b64encode(self.pair.encode()).decode())
        self.keep("the secret access key", aws.secret_access_key)
        self.keep("the operator's token", self.world.settings["OPERATOR_TOKEN"])
        self.keep("a developer", DEVELOPER)

    def keep(self, name: str, secret: str) -> str:
        """Remember a secret, and return it."""
        self.watched.issued[f"{name} {len(self.watched.issued)}"] = secret
        return secret

    def card(self, person: int = 0, package: str | None = None, *, expired: bool = False) -> str:
        """Return the token of a card."""
        kaizala, holder = self.world.kaizala, self.world.kaizala.people[person]
        token = kaizala.service_token(holder, *([] if package is None else [package]))
        if expired:
            kaizala.expire(token)
        return self.keep("a card's token", token)

    def send(self, method: str, path: str, **options: Any) -> TestResponse:
        """Send a request of any kind, from an address that has not failed before."""
        self._sent += 1
        sender = {"REMOTE_ADDR": f"10.0.{self._sent // 256}.{self._sent % 256}"}
        return self._client.open(path, method=method, environ_overrides=sender, **options)

    def ask(self, token: str) -> TestResponse:
        """Ask who holds a card."""
        return self.send("GET", "/api/kaizala/me", headers={"accessToken": token})

    def link(self, token: str, code: object) -> TestResponse:
        """Bring a code back."""
        headers = {"accessToken": token}
        return self.send("POST", "/api/kaizala/link", headers=headers, json={"code": code})

    def code(self) -> str:
        """Get a code as the first user."""
        token = self.world.sharetribe.log_in(self.world.user.id)
        cookie = f"st-{self.world.sharetribe.client_id}-token={encode_cookie(token)}"
        headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
        answer = self.send("POST", "/api/kaizala/link-codes", headers=headers)
        assert 201 == answer.status_code, answer.text
        return self.keep("a code", answer.get_json()["code"])

    def order(self, operation: str, pair: str | None = None, **fields: Any) -> TestResponse:
        """Send an order of the portal."""
        encoded = base64.b64encode((pair or self.pair).encode()).decode()
        document = {
            "appName": APP_NAME,
            "appSlug": self.slug,
            "developer": DEVELOPER,
            "apis": [{"id": "a1b2c3", "usagePlans": [{"id": self.aws.plan_ids["bronze"]}]}],
            **fields,
        }
        answer = self.send(
            "GET" if operation == "health" else "POST",
            f"{PORTAL}{operation}",
            headers={"Authorization": f"Basic {encoded}"},
            json=None if operation == "health" else document,
        )
        for key in list(self.aws.keys()):
            self.keep("an app's key", key["value"])
        return answer


@pytest.fixture
def doors(
    start_world: StartWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[Doors]:
    hops = HopLog()
    with Aws(hops) as aws:
        world = start_world(
            INTEGRATIONS="kaizala,sensedia",
            SENSEDIA_BASIC_AUTH=f"portal:{secrets.token_urlsafe(9)}:{secrets.token_urlsafe(9)}",
            SENSEDIA_USAGE_PLANS=",".join(aws.plan_ids.values()),
            OPERATOR_TOKEN=secrets.token_urlsafe(32),
            AWS_REGION=aws.region,
            AWS_ACCESS_KEY_ID=aws.access_key_id,
            AWS_SECRET_ACCESS_KEY=aws.secret_access_key,
            AWS_BASE_URL=aws.url,
        )
        for watched in watch(world, monkeypatch, caplog):
            yield Doors(watched, aws, hops)


def _flow_of_a_good_day(doors: Doors) -> None:
    card, code = doors.card(), doors.code()
    assert 200 == doors.ask(card).status_code
    assert ["linked", "unchanged"] == [
        doors.link(card, code).get_json()["status"] for _ in range(2)
    ]
    assert 204 == doors.order("health").status_code
    assert 200 == doors.order("createCredentials").status_code
    assert 200 == doors.order("createCredentials").status_code
    silver = [{"id": "a1b2c3", "usagePlans": [{"id": doors.aws.plan_ids["silver"]}]}]
    assert 204 == doors.order("updateCredentials", apis=silver).status_code
    assert 204 == doors.order("revokeCredentials").status_code


def _flow_of_refused_cards(doors: Doors) -> None:
    code = doors.code()
    connector = doors.world.kaizala.connector_token(doors.world.kaizala.people[0])
    tokens = [
        doors.card(expired=True),
        doors.card(package=OTHER_ACTION_PACKAGE),
        doors.keep("a connector's token", connector),
    ]
    for refusal in ("401", "200", "308"):
        doors.world.kaizala.refusal = refusal
        tokens.append(doors.card(expired=True))
    for token in tokens:
        assert 400 < doors.ask(token).status_code
        assert 400 < doors.link(token, code).status_code


def _flow_of_refused_codes(doors: Doors) -> None:
    first, second, code = doors.card(), doors.card(1), doors.code()
    assert 400 == doors.link(first, code[:-2]).status_code
    assert 200 == doors.link(first, code).status_code
    assert 400 == doors.link(second, code).status_code
    dead = doors.code()
    doors.world.sharetribe.log_out(doors.world.user.id)
    assert 400 == doors.link(second, dead).status_code


def _flow_of_refused_orders(doors: Doors) -> None:
    doors.order("createCredentials")
    password = doors.pair.partition(":")[2]
    for pair in (f"{password}:{doors.pair}", f"{doors.pair}x", f"portal:{password[:-1]}"):
        assert 401 == doors.order("createCredentials", pair=pair).status_code
    assert 400 == doors.order("createCredentials", appName=[password]).status_code
    assert 400 == doors.order("createCredentials", appSlug=f"{password}!").status_code
    assert 404 == doors.order("updateCredentials", appSlug="unknown").status_code
    assert 204 == doors.order("revokeCredentials", apiKeyId="unknown").status_code


def _flow_of_an_operator(doors: Doors) -> None:
    token = doors.world.settings["OPERATOR_TOKEN"]
    for presented, status in ((token, 200), (f"{token}x", 401), (token[:-1], 401)):
        headers = {"Authorization": f"Bearer {presented}"}
        assert status == doors.send("GET", "/readyz", headers=headers).status_code


def _flow_of_odd_requests(doors: Doors) -> None:
    card, code = doors.card(), doors.code()
    doors.order("createCredentials")
    for secret in doors.watched.secrets().values():
        if not (secret.isascii() and secret.isprintable()) or secret == doors.slug:
            continue
        doors.ask(secret)
        doors.link(card, secret)
        doors.send("GET", f"/api/kaizala/me?accessToken={secret}")
        doors.send("POST", "/api/kaizala/link", json={"code": code, secret: secret})
        doors.send("POST", "/api/kaizala/link", data=secret)
        for operation in ("createCredentials", "updateCredentials", "revokeCredentials"):
            doors.order(operation, customCredentials={secret: secret}, apis=[secret])
            doors.send("POST", f"{PORTAL}{operation}", data=secret)
        doors.send("GET", f"{PORTAL}{secret}")
        doors.send("GET", f"{PORTAL}health", headers={"Authorization": f"Basic {secret}"})


FLOWS = [
    _flow_of_a_good_day,
    _flow_of_refused_cards,
    _flow_of_refused_codes,
    _flow_of_refused_orders,
    _flow_of_an_operator,
    _flow_of_odd_requests,
]


def _assert_nothing_leaked(doors: Doors) -> None:
    assert_nothing_leaked(doors.watched)
    assert [] == doors.watched.leaks_in("AWS's addresses", repr(doors.hops.since(0)))


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__.removeprefix("_flow_of_"))
def test_no_flow_leaks(doors: Doors, flow: Callable[[Doors], None]) -> None:
    flow(doors)
    assert "event=request" in doors.watched.output.getvalue()
    _assert_nothing_leaked(doors)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("culprit", ["sharetribe", "kaizala"])
def test_no_upstream_failure_leaks(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, mode: Mode, culprit: str
) -> None:
    card, code = doors.card(), doors.code()
    monkeypatch.setattr("proxy.web.REQUEST_SECONDS", REQUEST_SECONDS)
    getattr(doors.world, culprit).faults.mode = mode
    assert 503 == doors.link(card, code).status_code
    doors.ask(card)
    _assert_nothing_leaked(doors)


def test_an_aws_that_is_down_leaks_nothing(doors: Doors) -> None:
    doors.order("createCredentials")
    doors.aws.is_down = True
    for operation in ("createCredentials", "updateCredentials", "revokeCredentials"):
        assert 503 == doors.order(operation).status_code
    _assert_nothing_leaked(doors)


def test_no_defect_leaks_its_message(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object, given: object) -> Any:
        raise ValueError(f"{given} {doors.pair}")

    monkeypatch.setattr(Kaizala, "introspect", broken)
    monkeypatch.setattr(ApiKeys, "create", broken)
    assert 500 == doors.ask(doors.card()).status_code
    assert 500 == doors.order("createCredentials").status_code
    doors.watched.errors.clear()  # these very exceptions hold what they were given
    assert "event=defect" in doors.watched.log
    _assert_nothing_leaked(doors)


def test_the_canaries_are_alive(doors: Doors) -> None:
    """Where they belong they are found: the search itself works."""
    _flow_of_a_good_day(doors)
    told = b"".join(answer.body for answer in doors.watched.answers).decode()
    found = {
        name.rpartition(" in ")[0].rstrip("0123456789 ")
        for name in doors.watched.leaks_in("a body", told)
    }
    assert {"a person's name", "a phone number", "a code", "an app's key"} <= found


@pytest.mark.parametrize("arguments", [["check"], ["check", "--online"]])
def test_no_command_shows_what_is_set(doors: Doors, arguments: list[str]) -> None:
    result = doors.world.app.test_cli_runner().invoke(args=arguments)
    assert 0 == result.exit_code, result.output
    assert [] == doors.watched.leaks_in("the command's output", result.output)


def test_no_repr_of_the_configuration_shows_a_secret(doors: Doors) -> None:
    configuration = read_configuration(doors.world.settings, integrations.ALL)
    parts = [configuration, *configuration.tokens, *configuration.webhooks]
    parts += [vendor.credentials for vendor in configuration.webhooks]
    shown = " ".join(f"{part!r} {part}" for part in parts)
    assert [] == doors.watched.leaks_in("a repr", shown)


def test_no_repr_shows_a_secret() -> None:
    canary = secrets.token_hex(16)
    objects = [
        Principal("id", "audience", {"name": canary, "phoneNumber": canary}),
        BasicPair("user", canary),
        WebhookAnswer(200, {"apiKey": canary}),
        Access("eu-west-1", "made-up", canary, canary, None),
    ]
    assert all(dataclasses.is_dataclass(one) for one in objects)
    assert canary not in repr(objects)
