"""The canary for the guarded doors: tokens, people, codes and keys leave by no side door."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from werkzeug.test import TestResponse

from proxy.operating.configuration import read_configuration
from proxy.vendors.doors import BasicPair, PortalAnswer, Principal
from sandbox.faults import Mode
from tests.conftest import StartWorld
from tests.kit.badge.simulator import OTHER_DESK
from tests.watch import Watch, assert_nothing_leaked, watch
from tests.world import encode_cookie

MODES = [mode for mode in get_args(Mode) if mode != "ok"]
# Short enough not to slow the tests, long enough for an answer over loopback.
REQUEST_SECONDS = 0.25


class Doors:
    """Everybody who comes to the doors of a watched world; in the process, or clients would log."""

    def __init__(self, watched: Watch) -> None:
        self.watched, self.world = watched, watched.world
        self._client = self.world.app.test_client(use_cookies=False)

    def code(self) -> str:
        """Get a code as the logged-in user."""
        token = self.world.sharetribe.log_in(self.world.user.id)
        name = f"st-{self.world.sharetribe.client_id}-token"
        headers = {"Cookie": f"{name}={encode_cookie(token)}", "Sec-Fetch-Site": "same-origin"}
        answer = self._client.post("/api/badge/link-codes", headers=headers)
        if answer.status_code != 201:
            return ""
        code = str(answer.get_json()["code"])
        self.watched.add_code(code)
        return code

    def knock(self, method: str, path: str, token: str, **options: Any) -> TestResponse:
        """Come with a badge."""
        return self._client.open(
            f"/api/badge/{path}", method=method, headers={"X-Badge": token}, **options
        )

    def order(self, *, presented: dict[str, str] | None = None, **document: Any) -> TestResponse:
        """Order a key as the portal does."""
        used = self.world.vault.authorization if presented is None else presented
        return self._client.post("/api/vault/v1/keys", headers=used, json=document)


@pytest.fixture(params=[True, False], ids=["integration-api", "sealed-session"])
def doors(
    request: pytest.FixtureRequest,
    start_world: StartWorld,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Doors]:
    """Return the doors of a watched world, with and without the Integration API."""
    world = start_world(
        INTEGRATIONS="badge,vault",
        integration_api=request.param,
        BADGE_CACHE_SECONDS="0",
        OPERATOR_TOKEN=secrets.token_urlsafe(32),
    )
    for watched in watch(world, monkeypatch, caplog):
        yield Doors(watched)


def _flow_of_a_good_day(doors: Doors) -> None:
    badge = doors.world.badge.issue()
    assert 200 == doors.knock("GET", "me", badge).status_code
    assert 200 == doors.knock("POST", "link", badge, json={"code": doors.code()}).status_code
    assert 200 == doors.order(app="Harbour guide").status_code


def _flow_of_bad_tokens(doors: Doors) -> None:
    badge = doors.world.badge
    for token in (badge.issue(0, OTHER_DESK), f"{badge.issue()}x", "", "ü", badge.issue() * 200):
        doors.knock("GET", "me", token)
        doors.knock("POST", "link", token, json={"code": doors.code(), "badge": token})


def _flow_of_bad_codes(doors: Doors) -> None:
    badge, code = doors.world.badge.issue(), doors.code()
    for spoilt in (f"{code}x", code[:-1], code.upper(), doors.world.badge.issue()):
        doors.knock("POST", "link", badge, json={"code": spoilt})
    doors.knock("POST", "link", badge, json={code: code})
    doors.knock("POST", "link", badge, data=code)
    doors.knock("POST", "link", doors.world.badge.issue(1), json={"code": code})
    doors.knock("POST", "link", badge, json={"code": code})


def _flow_of_strangers(doors: Doors) -> None:
    password = doors.world.vault.password
    for value in (f"Basic {password}", f"Bearer {password}", password, "Basic Og=="):
        assert 401 == doors.order(presented={"Authorization": value}, app="x").status_code


def _flow_of_odd_orders(doors: Doors) -> None:
    for secret in list(doors.watched.secrets().values()):
        odd: dict[str, Any] = {secret: secret}
        assert 400 == doors.order(**odd).status_code


def _flow_of_an_operator(doors: Doors) -> None:
    token = doors.world.settings["OPERATOR_TOKEN"]
    for presented in (token, f"{token}x", token[:-1]):
        headers = {"Authorization": f"Bearer {presented}"}
        assert doors.world.app.test_client().get("/statusz", headers=headers).status_code != 500


FLOWS = [
    _flow_of_an_operator,
    _flow_of_a_good_day,
    _flow_of_bad_tokens,
    _flow_of_bad_codes,
    _flow_of_strangers,
    _flow_of_odd_orders,
]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__.removeprefix("_flow_of_"))
def test_no_flow_leaks(doors: Doors, flow: Callable[[Doors], None]) -> None:
    flow(doors)
    assert "event=request" in doors.watched.output.getvalue()
    assert_nothing_leaked(doors.watched)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("culprit", ["sharetribe", "badge", "vault"])
def test_no_upstream_failure_leaks(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, mode: Mode, culprit: str
) -> None:
    monkeypatch.setattr("proxy.http.web.REQUEST_SECONDS", REQUEST_SECONDS)
    badge, code = doors.world.badge.issue(), doors.code()
    getattr(doors.world, culprit).faults.mode = mode
    doors.knock("GET", "me", badge)
    doors.knock("POST", "link", badge, json={"code": code})
    doors.order(app="Harbour guide")
    doors.code()
    assert any(answer.status in (502, 503) for answer in doors.watched.answers)
    assert_nothing_leaked(doors.watched)


def test_the_canaries_are_alive(doors: Doors) -> None:
    """Where they belong they are found: the search itself works."""
    _flow_of_a_good_day(doors)
    told = b"".join(answer.body for answer in doors.watched.answers).decode()
    found = " ".join(doors.watched.leaks_in("a body", told))
    assert all(name in found for name in ("holder Beatrix", "code ", "vault's key"))


@pytest.mark.parametrize("arguments", [["check"], ["doctor"]])
def test_no_command_shows_what_is_set(doors: Doors, arguments: list[str]) -> None:
    result = doors.world.app.test_cli_runner().invoke(args=arguments)
    assert 0 == result.exit_code, result.output
    assert [] == doors.watched.leaks_in("the command's output", result.output)


def test_no_repr_of_the_configuration_shows_a_secret(doors: Doors) -> None:
    configuration = read_configuration(doors.world.settings, doors.world.known)
    shown: list[Any] = [configuration, *configuration.parts]
    shown += [part.credentials for part in configuration.parts if hasattr(part, "credentials")]
    text = " ".join(f"{one!r} {one}" for one in shown)
    assert [] == doors.watched.leaks_in("a repr", text)


def test_no_repr_shows_a_secret() -> None:
    canary = secrets.token_hex(16)
    objects = [
        Principal("id", "audience", {"name": canary, "phoneNumber": canary}),
        BasicPair("user", canary),
        PortalAnswer(200, {"apiKey": canary}),
    ]
    assert all(dataclasses.is_dataclass(one) for one in objects)
    assert canary not in repr(objects)
