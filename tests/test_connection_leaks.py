"""The canary for connections: what makes one, and what it is made of, leaves by no side door."""

from __future__ import annotations

import dataclasses
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from proxy.connections.keeping import ConnectionKeeper
from proxy.connections.record import StoredConnection
from proxy.connections.state import Begun
from proxy.connections.trip import Arrival, Departure, OutOfBand
from proxy.operating.configuration import read_configuration
from proxy.vendors.connection import AuthorizeRequest, ExchangeRequest, Grant, UserConnection
from proxy.vendors.part import CalledBack
from proxy.vendors.workspace import Standing, WorkspaceAnswer
from sandbox.faults import Mode
from tests.conftest import StartWorld
from tests.flows.problems import is_uuid
from tests.kit.examples import CONNECTIONS
from tests.kit.page import Page as MarketplacePage
from tests.watch import Watch, assert_nothing_leaked, watch

MODES = [mode for mode in get_args(Mode) if mode != "ok"]
# Short enough not to slow the tests, long enough for an answer over loopback.
REQUEST_SECONDS = 0.25


@pytest.fixture
def watched(
    start_world: StartWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[Watch]:
    """Return a watched world with every integration and strict rotation."""
    world = start_world(
        INTEGRATIONS="passcheck,calendar,till,guild", integration_api=True, rotation="strict"
    )
    yield from watch(world, monkeypatch, caplog)


class Page(MarketplacePage):
    """A page whose user has a till."""

    def order(self) -> TestResponse:
        """Send the sale to the till."""
        sale = next(iter(self.world.sharetribe.transactions))
        return self.send("POST", "/api/till/orders", json={"transactionId": sale})

    def events(self, *, secret: str = "", reference: str | None = None) -> list[int]:
        """Deliver the till's pending events, as it would; return what was answered."""
        till, answers = self.world.till, []
        for known in till.consented.values():
            path = urlsplit(known.hook or "").path
            for document in known.pending:
                body = json.dumps(document).encode()
                address = path if reference is None else f"/api/callbacks/till/{reference}"
                headers = till.signed(body, secret)
                answers.append(self.send("POST", address, data=body, headers=headers).status_code)
            known.pending.clear()
        return answers


def _flow_of_a_good_day(page: Page) -> None:
    world = page.world
    assert ["connected"] * 3 == [page.connect(vendor) for vendor in CONNECTIONS]
    assert 201 == page.order().status_code
    world.till.loses = True
    world.till.set_status("accepted")
    assert [200] == page.events()
    world.till.tells_states = False
    world.till.set_status("refused", reason="sold out")
    assert [200] == page.events()
    sale = next(iter(world.sharetribe.transactions))
    assert 200 == page.send("GET", f"/api/till/orders/{sale}").status_code
    assert 200 == page.send("POST", "/api/till/orders/catch-up").status_code
    reference = page.send("POST", "/api/id-verification").get_json()["transactionReference"]
    world.checks.finish(reference)
    assert 1 == len(world.guild.messages)
    assert 200 == world.guild.ask(world.user.id).status
    world.calendar.happen(world.calendar.living, kind="disconnected")
    assert 200 == page.send("GET", "/api/connections").status_code
    for vendor in CONNECTIONS:
        assert 200 == page.send("DELETE", f"/api/connections/{vendor}").status_code


def _flow_of_renewals(page: Page) -> None:
    world = page.world
    for vendor in CONNECTIONS:
        url = page.begin(vendor)
        world.sharetribe.expire_access_tokens()
        assert "connected" == page.come_back(page.consent(vendor, url))
        world.sharetribe.expire_access_tokens()
        assert 200 == page.send("DELETE", f"/api/connections/{vendor}").status_code


def _flow_of_second_connections(page: Page) -> None:
    for vendor in CONNECTIONS:
        assert ["connected"] * 2 == [page.connect(vendor) for _ in range(2)]
        assert "connected" == page.connect(vendor, place="south")


def _flow_of_refused_consents(page: Page) -> None:
    for vendor in CONNECTIONS:
        assert "declined" == page.connect(vendor, decision="decline")
        assert "failed" == page.connect(vendor, decision="break")


def _flow_of_stolen_returns(page: Page) -> None:
    stranger = Page(page.watched, page.world.other_user)
    for vendor in CONNECTIONS:
        address = page.consent(vendor, page.begin(vendor))
        assert "failed" == stranger.come_back(address)
        stranger.begin(vendor)
        assert "failed" == stranger.come_back(address)
        assert "connected" == page.come_back(address)
        assert "connected" == page.come_back(address)
        assert "failed" == page.come_back(f"{address}&state=x&code=y")


def _flow_of_bad_codes(page: Page) -> None:
    for vendor in CONNECTIONS:
        url = page.begin(vendor)
        page.consent(vendor, url)
        state = parse_qs(urlsplit(url).query)["state"][0]
        other = "guild" if vendor == "till" else "till"
        for name in (vendor, other):
            address = f"/api/connections/{name}/return?state={state}&code={state}"
            assert "failed" == page.come_back(address)


def _flow_of_forged_callbacks(page: Page) -> None:
    world = page.world
    for vendor in CONNECTIONS:
        page.connect(vendor)
    page.order()
    world.till.loses = True
    world.till.set_status("accepted")
    assert [401] == page.events(secret=secrets.token_hex(8))
    world.till.set_status("ready")
    assert [503] == page.events(reference=f"{world.till.reference_of_callbacks}x")
    world.guild.send({"kind": "left", "guild": "north"}, secret="wrong")
    world.guild.send({"kind": "left", "guild": "north"}, at=1)
    world.guild.send(world.guild.signing_secret.encode())


def _flow_of_lost_connections(page: Page) -> None:
    world = page.world
    for vendor in CONNECTIONS:
        page.connect(vendor)
    page.order()
    world.till.loses, world.till.tells_states = True, False
    world.till.set_status("accepted")
    world.till.kill()
    assert 409 == page.send("POST", "/api/till/orders/catch-up").status_code
    assert [503] == page.events()
    world.guild.leave()
    world.sharetribe.replace_private_data(world.other_user.id, dict(world.user.private_data))
    stranger = Page(page.watched, world.other_user)
    entries = stranger.send("GET", "/api/connections").get_json()["connections"]
    assert "needs-reconnection" == entries[0]["status"]
    assert 409 == stranger.order().status_code
    stranger.send("DELETE", "/api/connections/till")


def _flow_of_other_callers(page: Page) -> None:
    bare = page.world.app.test_client()
    for vendor in CONNECTIONS:
        path = f"/api/connections/{vendor}"
        answer = bare.post(path, headers=page.bearer)
        url = answer.get_json()["authorizeUrl"]
        nonce = answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
        page.watched.add_begun(url, nonce)
        address = urlsplit(page.consent(vendor, url))
        assert 303 == bare.get(address.path, query_string=address.query).status_code
        assert 200 == bare.delete(path, headers=page.bearer).status_code
        assert 403 == page.send("POST", path, headers={"Sec-Fetch-Site": "cross-site"}).status_code
        assert 401 == bare.post(path).status_code


def _flow_of_odd_requests(page: Page) -> None:
    for vendor in CONNECTIONS:
        page.connect(vendor)
    page.begin("till")
    for secret in page.watched.secrets().values():
        if not (secret.isascii() and secret.isprintable()) or is_uuid(secret):
            continue  # a uuid may be a transaction's, and is asked for as one
        query = {"query_string": {"state": secret, "code": secret, "error": secret, secret: "1"}}
        page.send("GET", "/api/connections", **query)
        for vendor in CONNECTIONS:
            page.send("GET", f"/api/connections/{vendor}/return", **query)
            for body in ({"country": secret, "isNew": secret}, secret):
                page.send("POST", f"/api/connections/{vendor}", json=body)
        page.send("GET", f"/api/connections/guild/return/{secret}")
        page.send("POST", "/api/till/orders", json={"transactionId": secret})
        page.send("GET", f"/api/till/orders/{secret}")
        page.send("POST", f"/api/callbacks/till/{secret}", data=secret)
        page.send("POST", "/api/callbacks/guild", data=secret)


FLOWS = [
    _flow_of_a_good_day,
    _flow_of_renewals,
    _flow_of_second_connections,
    _flow_of_refused_consents,
    _flow_of_stolen_returns,
    _flow_of_bad_codes,
    _flow_of_forged_callbacks,
    _flow_of_lost_connections,
    _flow_of_other_callers,
    _flow_of_odd_requests,
]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__.removeprefix("_flow_of_"))
def test_no_flow_leaks(watched: Watch, flow: Callable[[Page], None]) -> None:
    flow(Page(watched))
    assert "event=request" in watched.output.getvalue()
    assert_nothing_leaked(watched)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("culprit", ["sharetribe", *CONNECTIONS])
def test_no_upstream_failure_leaks(
    watched: Watch, monkeypatch: pytest.MonkeyPatch, mode: Mode, culprit: str
) -> None:
    page, world = Page(watched), watched.world
    for vendor in CONNECTIONS:
        page.connect(vendor)
    page.order()
    addresses = [page.consent(vendor, page.begin(vendor)) for vendor in CONNECTIONS]
    world.till.loses, world.till.tells_states = True, False
    world.till.set_status("accepted")
    faults = getattr(world, culprit).faults
    faults.mode = mode
    monkeypatch.setattr("proxy.http.web.REQUEST_SECONDS", REQUEST_SECONDS)
    monkeypatch.setattr("proxy.connections.keeping._GIVE_BACK_SECONDS", REQUEST_SECONDS)
    ends = [page.come_back(address) for address in addresses]
    page.events()
    world.guild.ask(world.user.id)
    page.send("POST", "/api/till/orders/catch-up")
    for vendor in CONNECTIONS:
        page.send("DELETE", f"/api/connections/{vendor}")
    assert "failed" in ends
    assert_nothing_leaked(watched)


def test_no_defect_leaks_its_message(watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_keeper: ConnectionKeeper, *arguments: Any, **_named: Any) -> Any:
        raise ValueError(f"{arguments} {secret}")

    secret = watched.world.till.client_secret
    page = Page(watched)
    page.connect("till")
    address = page.consent("guild", page.begin("guild"))
    for name in ("entry", "store", "disconnect"):
        monkeypatch.setattr(ConnectionKeeper, name, broken)
    assert "failed" == page.come_back(address)
    assert 500 == page.send("GET", "/api/connections").status_code
    assert 500 == page.send("DELETE", "/api/connections/till").status_code
    watched.errors.clear()  # these very exceptions hold what they were given
    assert_nothing_leaked(watched)


def test_the_canaries_are_alive(watched: Watch) -> None:
    """Where they belong they are found: the search itself works."""
    page = Page(watched)
    for vendor in CONNECTIONS:
        page.connect(vendor)
    names = {name.rstrip("0123456789 ") for name in watched.secrets()}
    expected = {"state", "nonce", "code", "access_token"}
    assert expected | {"sealed record", "callback reference"} <= names
    bodies = b"".join(answer.body for answer in watched.answers).decode()
    cookies = "".join(str(answer.headers.getlist("Set-Cookie")) for answer in watched.answers)
    found = watched.leaks_in("a body", bodies) + watched.leaks_in("a cookie", cookies)
    seen = {name.rstrip("0123456789 ") for name, _, _ in (line.partition(" in ") for line in found)}
    assert {"state", "nonce"} <= seen
    hosts = {urlsplit(url).netloc for url in watched.upstream_urls}
    vendors = [watched.world.vendors[name] for name in CONNECTIONS]
    assert {urlsplit(vendor.base_url).netloc for vendor in vendors} <= hosts


def test_no_command_shows_what_is_set(watched: Watch) -> None:
    page = Page(watched)
    page.connect("till")
    runner = watched.world.app.test_cli_runner()
    for arguments in (["check"], ["check", "--online"], ["keys"]):
        result = runner.invoke(args=arguments)
        assert 0 == result.exit_code
        assert [] == watched.leaks_in("the command's output", result.output)


def _objects_that_hold(canary: str) -> Mapping[str, Any]:
    """Return an object of every kind that carries something secret, made of `canary`."""
    grant = Grant({"token": canary}, {"locationId": "known"})
    connection = UserConnection(grant, "2027-01-01T00:00:00.000Z")
    return {
        "authorize request": AuthorizeRequest(f"https://m.example/{canary}", canary, "tag"),
        "grant": grant,
        "connection": connection,
        "stored": StoredConnection(exists=True, connection=connection),
        "exchange request": ExchangeRequest(canary, f"https://m.example/{canary}", canary),
        "out of band": OutOfBand(f"https://m.example/{canary}", "urn:x", canary),
        "begun": Begun(canary, canary, canary),
        "departure": Departure(f"https://vendor.example/?state={canary}", canary, "trip"),
        "arrival": Arrival(None, canary, canary, "", {"trip": canary}),
        "answer": WorkspaceAnswer(200, {"message": canary}),
        "standing": Standing(uuid4(), canary, "approved", verified=True),
    }


@pytest.mark.parametrize("kind", _objects_that_hold("canary"))
def test_no_repr_shows_a_secret(kind: str) -> None:
    canary = secrets.token_hex(16)
    held = _objects_that_hold(canary)[kind]
    assert dataclasses.is_dataclass(held)
    assert canary not in repr(held)


def test_no_repr_of_the_configuration_shows_a_secret(watched: Watch) -> None:
    configuration = read_configuration(watched.world.settings, watched.world.known)
    shown: list[Any] = [configuration, *configuration.parts]
    for part in configuration.parts.of(CalledBack):
        shown += [part.proof, *part.upstreams]
    assert [] == watched.leaks_in("a repr", " ".join(f"{one!r} {one}" for one in shown))


def test_the_user_command_shows_no_token(watched: Watch) -> None:
    page, world = Page(watched), watched.world
    for vendor in CONNECTIONS:
        page.connect(vendor)
    result = world.app.test_cli_runner().invoke(args=["user", world.user.id])
    assert (0, 3) == (result.exit_code, result.stdout.count(": connected"))
    leaks = watched.leaks_in("the command's output", result.output)
    assert [f"email of {world.user.first_name} in the command's output"] == leaks
