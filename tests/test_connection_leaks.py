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

import integrations
from integrations.pumble.token_store import Tokens
from integrations.pumble.triggers import Kind, Trigger
from proxy.connections.record import StoredConnection
from proxy.connections.state import Begun
from proxy.connections.trip import Arrival, ConnectionTrip, Departure, OutOfBand
from proxy.operating.configuration import read_configuration
from proxy.vendors.connection import AuthorizeRequest, ExchangeRequest, Grant, UserConnection
from proxy.vendors.workspace import Standing, WorkspaceAnswer
from sandbox.faults import Mode
from sandbox.hubrise.sender import signature
from sandbox.sharetribe import User
from tests.conftest import StartWorld
from tests.flows.connecting import ALL
from tests.flows.problems import is_uuid
from tests.watch import Watch, assert_nothing_leaked, watch
from tests.world import encode_cookie

MODES = [mode for mode in get_args(Mode) if mode != "ok"]
VENDORS = ("hubrise", "pumble")
# Short enough not to slow the tests, long enough for an answer over loopback.
REQUEST_SECONDS = 0.25


@pytest.fixture
def watched(
    start_world: StartWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[Watch]:
    """Return a watched world with every integration and strict rotation."""
    world = start_world(INTEGRATIONS=ALL, integration_api=True, rotation="strict")
    yield from watch(world, monkeypatch, caplog)


class Page:
    """A browser on the marketplace's page; in the process, or its own client would log paths."""

    def __init__(self, watched: Watch, user: User | None = None) -> None:
        self.watched = watched
        self.world = watched.world
        self._token = self.world.sharetribe.log_in((user or self.world.user).id)
        self._client = self.world.app.test_client()
        self._client.set_cookie(self._cookie_name, encode_cookie(self._token))

    @property
    def _cookie_name(self) -> str:
        return f"st-{self.world.sharetribe.client_id}-token"

    @property
    def bearer(self) -> dict[str, str]:
        """The headers of a frontend that sends the token itself."""
        return {"Authorization": f"Bearer {self._token['access_token']}"}

    def send(self, method: str, path: str, **options: Any) -> TestResponse:
        """Send a request as the page does; a renewed session is kept."""
        headers = {"Sec-Fetch-Site": "same-origin", **options.pop("headers", {})}
        return self._client.open(path, method=method, headers=headers, **options)

    def begin(self, vendor: str, **options: Any) -> str:
        """Press "connect" and return the consent page's address."""
        answer = self.send("POST", f"/api/connections/{vendor}", **options)
        assert 200 == answer.status_code, answer.text
        url: str = answer.get_json()["authorizeUrl"]
        nonce = answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
        self.watched.add_begun(url, nonce)
        return url

    def consent(self, vendor: str, authorize_url: str, **decision: Any) -> str:
        """Decide on the consent page and return where the browser is sent."""
        simulated = self.world.hubrise if vendor == "hubrise" else self.world.pumble
        address: str = simulated.authorize(authorize_url, **decision)
        for code in parse_qs(urlsplit(address).query).get("code", []):
            self.watched.add_code(code)
        return address

    def come_back(self, address: str) -> str:
        """Follow the vendor's redirect and return the end of the trip."""
        parts = urlsplit(address)
        headers = {"Sec-Fetch-Site": "cross-site"}
        answer = self.send("GET", parts.path, query_string=parts.query, headers=headers)
        assert 303 == answer.status_code, answer.text
        return urlsplit(answer.headers["Location"]).query.partition("=")[2]

    def connect(self, vendor: str, **decision: Any) -> str:
        """Go the whole way and return its end."""
        return self.come_back(self.consent(vendor, self.begin(vendor), **decision))

    def order(self) -> TestResponse:
        """Send the sale to the till."""
        sale = next(iter(self.world.sharetribe.transactions))
        return self.send("POST", "/api/hubrise/orders", json={"transactionId": sale})

    def events(self, *, signed: bool = True, reference: str | None = None) -> list[int]:
        """Deliver the till's pending events, as it would; return what was answered."""
        hubrise, answers = self.world.hubrise, []
        for token, connection in hubrise.connections.items():
            path = urlsplit(connection.callback_url or "").path
            for document in hubrise.pending_events(token):
                body = json.dumps(document).encode()
                secret = hubrise.client_secret if signed else secrets.token_hex(8)
                headers = {"X-HubRise-Hmac-SHA256": signature(secret, body)}
                address = path if reference is None else f"/api/callbacks/hubrise/{reference}"
                answers.append(self.send("POST", address, data=body, headers=headers).status_code)
        return answers


def _flow_of_a_good_day(page: Page) -> None:
    world = page.world
    assert ["connected"] * 2 == [page.connect(vendor) for vendor in VENDORS]
    assert 201 == page.order().status_code
    world.hubrise.callbacks = "lose"
    order_id = next(iter(world.hubrise.orders))
    world.hubrise.set_status(order_id, "accepted")
    assert [200] == page.events()
    world.hubrise.event_shape = "ids-only"
    world.hubrise.set_status(order_id, "rejected", cause="sold out")
    assert {200} == set(page.events())
    sale = next(iter(world.sharetribe.transactions))
    assert 200 == page.send("GET", f"/api/hubrise/orders/{sale}").status_code
    assert 200 == page.send("POST", "/api/hubrise/orders/catch-up").status_code
    _verify(page)
    assert 1 == len(world.pumble.messages)
    assert 200 == world.pumble.slash_command(world.user.id).status
    assert 200 == page.send("GET", "/api/connections").status_code
    for vendor in VENDORS:
        assert 200 == page.send("DELETE", f"/api/connections/{vendor}").status_code


def _verify(page: Page) -> None:
    reference = page.send("POST", "/api/id-verification").get_json()["transactionReference"]
    page.world.jumio.finish(reference, "approved")


def _flow_of_renewals(page: Page) -> None:
    world = page.world
    for vendor in VENDORS:
        url = page.begin(vendor)
        world.sharetribe.expire_access_tokens()
        assert "connected" == page.come_back(page.consent(vendor, url))
        world.sharetribe.expire_access_tokens()
        assert 200 == page.send("DELETE", f"/api/connections/{vendor}").status_code


def _flow_of_second_connections(page: Page) -> None:
    for vendor in VENDORS:
        assert ["connected"] * 2 == [page.connect(vendor) for _ in range(2)]
    elsewhere = list(page.world.hubrise.locations)[1]
    assert "connected" == page.connect("hubrise", location_id=elsewhere)
    elsewhere = list(page.world.pumble.workspaces)[1]
    assert "connected" == page.connect("pumble", workspace_id=elsewhere)


def _flow_of_refused_consents(page: Page) -> None:
    assert "declined" == page.connect("hubrise", decision="decline")
    assert "failed" == page.connect("hubrise", decision="expire")
    assert "declined" == page.connect("pumble", decision="decline")
    page.world.pumble.decline = "error"
    assert "declined" == page.connect("pumble", decision="decline")


def _flow_of_stolen_returns(page: Page) -> None:
    stranger = Page(page.watched, page.world.other_user)
    for vendor in VENDORS:
        address = page.consent(vendor, page.begin(vendor))
        assert "failed" == stranger.come_back(address)
        stranger.begin(vendor)
        assert "failed" == stranger.come_back(address)
        assert "connected" == page.come_back(address)
        assert "connected" == page.come_back(address)
        assert "failed" == page.come_back(f"{address}&state=x&code=y")


def _flow_of_bad_codes(page: Page) -> None:
    for vendor in VENDORS:
        url = page.begin(vendor)
        page.consent(vendor, url)
        state = parse_qs(urlsplit(url).query)["state"][0]
        other = "pumble" if vendor == "hubrise" else "hubrise"
        for name in (vendor, other):
            address = f"/api/connections/{name}/return?state={state}&code={state}"
            assert "failed" == page.come_back(address)


def _flow_of_forged_callbacks(page: Page) -> None:
    world = page.world
    page.connect("hubrise")
    page.connect("pumble")
    page.order()
    world.hubrise.callbacks = "lose"
    world.hubrise.set_status(next(iter(world.hubrise.orders)), "accepted")
    assert [401] == page.events(signed=False)
    for connection in world.hubrise.connections.values():
        reference = (connection.callback_url or "").rpartition("/")[2]
        assert [503] == page.events(reference=f"{reference}x")
    world.pumble.send({"messageType": "APP_EVENT"}, secret="wrong")
    world.pumble.send({"messageType": "APP_EVENT"}, timestamp_ms=1)
    world.pumble.send(None, raw=world.pumble.signing_secret.encode())


def _flow_of_lost_connections(page: Page) -> None:
    world = page.world
    page.connect("hubrise")
    page.connect("pumble")
    world.hubrise.callbacks = "lose"
    page.order()
    world.hubrise.event_shape = "ids-only"
    world.hubrise.set_status(next(iter(world.hubrise.orders)), "accepted")
    for token in world.hubrise.connections:
        world.hubrise.block(token, "blocked")
    assert 409 == page.send("POST", "/api/hubrise/orders/catch-up").status_code
    assert [503] == page.events()
    world.pumble.uninstall(next(iter(world.pumble.workspaces)))
    world.sharetribe.replace_private_data(world.other_user.id, dict(world.user.private_data))
    stranger = Page(page.watched, world.other_user)
    entries = stranger.send("GET", "/api/connections").get_json()["connections"]
    assert "needs-reconnection" == entries[0]["status"]
    assert 409 == stranger.order().status_code
    stranger.send("DELETE", "/api/connections/hubrise")


def _flow_of_other_callers(page: Page) -> None:
    bare = page.world.app.test_client()
    for vendor in VENDORS:
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
    page.connect("hubrise")
    page.connect("pumble")
    page.begin("hubrise")
    for secret in page.watched.secrets().values():
        if not (secret.isascii() and secret.isprintable()) or is_uuid(secret):
            continue  # a uuid may be a transaction's, and is asked for as one
        query = {"query_string": {"state": secret, "code": secret, "error": secret, secret: "1"}}
        page.send("GET", "/api/connections", **query)
        for vendor in VENDORS:
            page.send("GET", f"/api/connections/{vendor}/return", **query)
            for body in ({"country": secret, "defaultWorkspaceId": secret}, secret):
                page.send("POST", f"/api/connections/{vendor}", json=body)
        page.send("GET", f"/api/connections/pumble/return/{secret}")
        page.send("POST", "/api/hubrise/orders", json={"transactionId": secret})
        page.send("GET", f"/api/hubrise/orders/{secret}")
        page.send("POST", f"/api/callbacks/hubrise/{secret}", data=secret)
        page.send("POST", "/api/callbacks/pumble", data=secret)


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
@pytest.mark.parametrize("culprit", ["sharetribe", "hubrise", "pumble"])
def test_no_upstream_failure_leaks(
    watched: Watch, monkeypatch: pytest.MonkeyPatch, mode: Mode, culprit: str
) -> None:
    page, world = Page(watched), watched.world
    for vendor in VENDORS:
        page.connect(vendor)
    page.order()
    addresses = [page.consent(vendor, page.begin(vendor)) for vendor in VENDORS]
    world.hubrise.callbacks = "lose"
    world.hubrise.event_shape = "ids-only"
    world.hubrise.set_status(next(iter(world.hubrise.orders)), "accepted")
    faults = getattr(world, culprit).faults
    faults.mode = mode
    monkeypatch.setattr("proxy.http.web.REQUEST_SECONDS", REQUEST_SECONDS)
    monkeypatch.setattr("proxy.connections.trip._GIVE_BACK_SECONDS", REQUEST_SECONDS)
    ends = [page.come_back(address) for address in addresses]
    page.events()
    world.pumble.slash_command(world.user.id)
    page.send("POST", "/api/hubrise/orders/catch-up")
    for vendor in VENDORS:
        page.send("DELETE", f"/api/connections/{vendor}")
    assert "failed" in ends
    assert_nothing_leaked(watched)


def test_no_defect_leaks_its_message(watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_trip: ConnectionTrip, *arguments: Any, **_named: Any) -> Any:
        raise ValueError(f"{arguments} {secret}")

    secret = watched.world.hubrise.client_secret
    page = Page(watched)
    page.connect("hubrise")
    address = page.consent("pumble", page.begin("pumble"))
    for name in ("entry", "_store", "disconnect"):
        monkeypatch.setattr(ConnectionTrip, name, broken)
    assert "failed" == page.come_back(address)
    assert 500 == page.send("GET", "/api/connections").status_code
    assert 500 == page.send("DELETE", "/api/connections/hubrise").status_code
    watched.errors.clear()  # these very exceptions hold what they were given
    assert_nothing_leaked(watched)


def test_the_canaries_are_alive(watched: Watch) -> None:
    """Where they belong they are found: the search itself works."""
    page = Page(watched)
    for vendor in VENDORS:
        page.connect(vendor)
    names = {name.rstrip("0123456789 ") for name in watched.secrets()}
    expected = {"state", "nonce", "code", "access_token", "accessToken", "botToken"}
    assert expected | {"sealed record", "callback reference"} <= names
    bodies = b"".join(answer.body for answer in watched.answers).decode()
    cookies = "".join(str(answer.headers.getlist("Set-Cookie")) for answer in watched.answers)
    found = watched.leaks_in("a body", bodies) + watched.leaks_in("a cookie", cookies)
    seen = {name.rstrip("0123456789 ") for name, _, _ in (line.partition(" in ") for line in found)}
    assert {"state", "nonce"} <= seen
    hosts = {urlsplit(url).netloc for url in watched.upstream_urls}
    vendors = (watched.world.hubrise, watched.world.pumble)
    assert {urlsplit(vendor.base_url).netloc for vendor in vendors} <= hosts


def test_no_command_shows_what_is_set(watched: Watch) -> None:
    page = Page(watched)
    page.connect("hubrise")
    runner = watched.world.app.test_cli_runner()
    for arguments in (["check"], ["check", "--online"], ["keys"]):
        result = runner.invoke(args=arguments)
        assert 0 == result.exit_code
        assert [] == watched.leaks_in("the command's output", result.output)


def test_the_connect_command_shows_no_code_and_no_token(watched: Watch) -> None:
    world = watched.world
    runner = world.app.test_cli_runner()
    asked = runner.invoke(args=["connect", "hubrise", world.user.id], input="made-up\n")
    (url,) = [line.strip() for line in asked.output.splitlines() if "/authorize?" in line]
    code = world.hubrise.authorize(url)
    watched.add_code(code)
    result = runner.invoke(args=["connect", "hubrise", world.user.id], input=f"{code}\n")
    assert 0 == result.exit_code, result.output
    assert [] == watched.leaks_in("the command's output", asked.output + result.output)
    assert_nothing_leaked(watched)


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
        "tokens": Tokens("workspace", "user", canary, "bot", canary),
        "trigger": Trigger(Kind.EVENT, "NEW_MESSAGE", "w", text=canary, payload={"text": canary}),
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
    configuration = read_configuration(watched.world.settings, integrations.ALL)
    parts: list[Any] = [configuration, *configuration.connections]
    for connected in configuration.connections:
        parts += [connected.vendor, connected.orders, connected.chat, connected.vendor.upstreams]
    assert [] == watched.leaks_in("a repr", " ".join(f"{part!r} {part}" for part in parts))
