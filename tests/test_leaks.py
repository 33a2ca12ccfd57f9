"""The canary: no secret, token, reference or personal value leaves through a side door."""

from __future__ import annotations

import dataclasses
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args
from uuid import uuid4

import pytest

import integrations
from proxy.http.answers import JsonAnswer
from proxy.http.session import Credentials
from proxy.operating.configuration import read_configuration
from proxy.outgoing.upstream import Answer
from proxy.references.carrier import Sealed
from proxy.references.marker import Marker
from proxy.references.record_store import RecordStore, Told
from proxy.references.session_record import SessionRecord
from proxy.references.subject import Subject
from proxy.references.user_records import Summary, UserRecords
from proxy.settings_reader import ConfigurationError
from proxy.sharetribe.client import User
from proxy.sharetribe.token import Token
from proxy.vendors.matters import IDENTITY, Status
from proxy.vendors.reference import Callback, Case, Result, Started, StartRequest
from sandbox.faults import Mode
from tests.conftest import StartWorld
from tests.example_environment import read_example
from tests.kit.examples import CHECKS
from tests.kit.world import KitWorld
from tests.source_tree import ROOT, vendor_files
from tests.watch import Watch, assert_nothing_leaked, watch
from tests.world import Browser

MODES = [mode for mode in get_args(Mode) if mode != "ok"]
LONG_TOKEN_CHARACTERS = 110
# Short enough not to slow the tests, long enough for an answer over loopback.
REQUEST_SECONDS = 0.25


@pytest.fixture(params=CHECKS)
def watched(
    request: pytest.FixtureRequest,
    start_world: StartWorld,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Watch]:
    """Return a watched world of each vendor of checks, with strict rotation."""
    world = start_world(
        INTEGRATIONS=request.param,
        rotation="strict",
        integration_api=True,
        METRICS_TOKEN=secrets.token_urlsafe(32),
    )
    yield from watch(world, monkeypatch, caplog)


def _verify(world: KitWorld, browser: Browser) -> str:
    """Go the whole way and return the transaction's reference."""
    reference: str = browser.start(restart=True).json()["transactionReference"]
    browser.read()
    world.checks.finish(reference)
    browser.read()
    return reference


def _flow_of_a_good_day(world: KitWorld) -> None:
    browser = world.browser()
    _verify(world, browser)
    browser.start()


def _flow_of_renewals(world: KitWorld) -> None:
    browser = world.browser()
    for step in (browser.start, browser.read, browser.read):
        world.sharetribe.expire_access_tokens()
        step()
    _verify(world, browser)


def _flow_of_a_lost_callback(world: KitWorld) -> None:
    world.checks.loses = True
    _verify(world, world.browser())


def _flow_of_forgeries(world: KitWorld) -> None:
    reference = world.browser().start().json()["transactionReference"]
    world.checks.forge(world.checks.check)
    world.checks.finish(reference, "refused")
    world.checks.tell(world.checks.checks[reference])
    world.checks.forge(world.checks.check)


def _flow_of_a_dead_session(world: KitWorld) -> None:
    browser = world.browser()
    reference = browser.start().json()["transactionReference"]
    world.sharetribe.log_out(world.user.id)
    world.sharetribe.expire_access_tokens()
    world.checks.finish(reference)
    browser.read()


def _flow_of_a_long_session(world: KitWorld) -> None:
    make = world.sharetribe.refresh_token_maker
    world.sharetribe.refresh_token_maker = lambda: _longer(make())
    token = world.sharetribe.log_in(world.user.id)
    assert LONG_TOKEN_CHARACTERS == len(token["refresh_token"])
    _verify(world, Browser(world, token))
    world.sharetribe.refresh_token_maker = lambda: make() * 5
    refused = Browser(world, world.sharetribe.log_in(world.user.id)).start(restart=True)
    assert "session-unsupported" == refused.json()["code"]


def _longer(token: str) -> str:
    return token.ljust(LONG_TOKEN_CHARACTERS, "x")


def _flow_of_other_callers(world: KitWorld) -> None:
    token = world.sharetribe.log_in(world.user.id)
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    stranger = Browser(world, None)
    stranger.call("POST", headers=bearer)
    stranger.call("GET", headers=bearer)
    stranger.call("GET", headers={"Authorization": f"Bearer {token['access_token']}x"})
    stranger.call("GET")
    for other in (world.sharetribe.anonymous(), world.sharetribe.log_in_as(world.user.id)):
        Browser(world, other).read()
    crossing = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
    Browser(world, token).call("POST", headers=crossing)


def _flow_of_odd_requests(world: KitWorld) -> None:
    token = world.sharetribe.log_in(world.user.id)
    browser = Browser(world, token)
    reference = browser.start().json()["transactionReference"]
    sealed = world.checks.checks[reference].reference
    secret = token["refresh_token"]
    # In the process: over HTTP, the test's own client would log the paths.
    client = world.app.test_client()
    session = {"Cookie": f"st-{world.sharetribe.client_id}-token={browser.cookie}"}
    for path in (
        f"/{secret}",
        f"/api/{secret}?a={secret}",
        f"/api/callbacks/{world.checks.name}/{sealed}/x",
    ):
        client.get(path, headers=session)
        client.post(path, headers=session)
    client.put(f"/api/id-verification?a={secret}", headers=session)
    for body in (secret, json.dumps({secret: 1}), json.dumps({"locale": secret}), f"{{{secret}"):
        headers = {**session, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
        client.post("/api/id-verification", data=body, headers=headers)
    client.post("/api/id-verification", data=secret * 3000, headers=session)
    client.get("/api/id-verification", headers={"X-Request-Id": f"{secret} "})
    unreadable = f"st-{world.sharetribe.client_id}-token={secret}"
    client.get("/api/id-verification", headers={"Cookie": unreadable})


def _flow_of_bad_references(world: KitWorld) -> None:
    reference = world.browser().start().json()["transactionReference"]
    transaction = world.checks.checks[reference]
    sealed = transaction.reference
    world.checks.loses = True
    world.checks.finish(reference)
    for carried, segment in ((sealed[:-2], ""), (sealed, f"/{sealed}x"), ("", f"/{sealed}")):
        transaction.reference = carried
        transaction.callback_url = f"{world.api_url}/callbacks/{world.checks.name}{segment}"
        world.checks.tell(world.checks.checks[reference])
    transaction.reference = sealed


FLOWS = [
    _flow_of_a_good_day,
    _flow_of_renewals,
    _flow_of_a_lost_callback,
    _flow_of_forgeries,
    _flow_of_a_dead_session,
    _flow_of_a_long_session,
    _flow_of_other_callers,
    _flow_of_odd_requests,
    _flow_of_bad_references,
]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__.removeprefix("_flow_of_"))
def test_no_flow_leaks(watched: Watch, flow: Callable[[KitWorld], None]) -> None:
    flow(watched.world)
    assert "event=request" in watched.output.getvalue()
    assert "urllib3.connectionpool" in watched.caplog.text
    assert_nothing_leaked(watched)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("culprit", ["sharetribe", "vendor"])
def test_no_upstream_failure_leaks(
    watched: Watch, monkeypatch: pytest.MonkeyPatch, mode: Mode, culprit: str
) -> None:
    world = watched.world
    browser = world.browser()
    reference = browser.start().json()["transactionReference"]
    monkeypatch.setattr("proxy.http.web.REQUEST_SECONDS", REQUEST_SECONDS)
    faults = world.sharetribe.faults if culprit == "sharetribe" else world.checks.faults
    faults.mode = mode
    browser.start(restart=True)
    browser.read()
    world.sharetribe.expire_access_tokens()
    browser.read()
    faults.only_paths = frozenset({"/v1/api/current_user/update_profile", "/v1/integration_api"})
    world.checks.finish(reference)
    faults.only_paths = frozenset()
    world.checks.tell(world.checks.checks[reference])
    assert any(answer.status in (502, 503) for answer in watched.answers)
    assert_nothing_leaked(watched)


def test_no_defect_leaks_its_message(watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_verifications: RecordStore, user: User) -> UserRecords:
        raise ValueError(f"{user.private_data} {secret}")

    secret = watched.world.checks.api_key
    monkeypatch.setattr(RecordStore, "read", broken)
    assert "internal-error" == watched.world.browser().read().json()["code"]
    watched.errors.clear()  # this very exception holds what it was given
    assert "event=defect" in watched.log
    assert_nothing_leaked(watched)


def test_the_canaries_are_alive(watched: Watch) -> None:
    """Where they belong they are found: the search itself works."""
    world = watched.world
    _flow_of_renewals(world)
    cookies = " ".join(str(answer.headers.get("Set-Cookie")) for answer in watched.answers)
    found = {name.rstrip("0123456789 ") for name in watched.leaks_in("a cookie", cookies)}
    assert "access token in a cookie" in found
    assert any(name.startswith("refresh token") for name in found)
    assert any(name.startswith("reference") for name in watched.secrets())
    assert watched.page_tokens()
    assert {"user id of Robin", "transaction 0"} <= watched.names().keys()
    # A user, and one session at least.
    assert 2 <= len(watched.words())
    sent = [url for url in watched.upstream_urls if url.startswith("http://127.0.0.1")]
    assert sent == watched.upstream_urls != []


def test_the_overflow_travels_in_the_callback_url_alone(watched: Watch) -> None:
    _flow_of_a_long_session(watched.world)
    overflows = [value for name, value in watched.secrets().items() if name.startswith("overflow")]
    assert overflows
    for overflow in overflows:
        assert overflow not in " ".join(watched.upstream_urls)
        assert overflow not in " ".join(hop.path for hop in watched.world.hops.since(0))


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_the_user_command_shows_no_token(watched: Watch, arguments: list[str]) -> None:
    _verify(watched.world, watched.world.browser())
    watched.world.browser().start(restart=True)  # its page is nobody else's
    user = watched.world.user
    result = watched.world.app.test_cli_runner().invoke(args=["user", user.id, *arguments])
    assert (0, True) == (result.exit_code, user.email in result.stdout)
    leaks = watched.leaks_in("the command's output", result.output)
    assert [f"email of {user.first_name} in the command's output"] == leaks
    assert not [token for token in watched.page_tokens() if token in result.output]


@pytest.mark.parametrize("arguments", [["check"], ["check", "--online"], ["doctor"], ["keys"]])
def test_no_command_shows_what_is_set(watched: Watch, arguments: list[str]) -> None:
    _verify(watched.world, watched.world.browser())
    result = watched.world.app.test_cli_runner().invoke(args=arguments)
    assert 0 == result.exit_code
    assert [] == watched.leaks_in("the command's output", result.output)


def test_the_reference_command_shows_no_token(watched: Watch) -> None:
    watched.world.browser().start()
    transaction = watched.world.checks.check
    result = watched.world.app.test_cli_runner().invoke(
        args=["reference", watched.world.checks.name], input=transaction.reference
    )
    assert "82 characters" in result.output
    assert [] == watched.leaks_in("the command's output", result.output)


_OF_THE_KERNEL = (
    "SEAL_KEYS", "CHECKSUM_KEYS", "LOG_KEYS", "ECHOSEAL_SECRET",
    "SHARETRIBE_INTEGRATION_CLIENT_SECRET",
)  # fmt: skip


def _secret_variables() -> list[tuple[str, str]]:
    """Return whose they are, and the variables: the kernel's, and those of vendors' examples."""
    found = [("kernel", name) for name in _OF_THE_KERNEL]
    for vendor in sorted(vendor_files()):
        for path in (f"{vendor}/example.env", f"{vendor}.env"):
            example = ROOT / "integrations" / path
            names = (
                re.findall("^([A-Z_]+)=", example.read_text(), re.MULTILINE)
                if example.exists()
                else []
            )
            found += [
                (vendor, name) for name in names if re.search("(SECRET|KEY|TOKEN|AUTH)$", name)
            ]
    return found


SECRET_VARIABLES = _secret_variables()


@pytest.mark.parametrize(
    "name", [name for _, name in SECRET_VARIABLES], ids=[":".join(one) for one in SECRET_VARIABLES]
)
@pytest.mark.parametrize("form", ["{0}", "1:{0}", "{0}:{0}", "1:{0},1:{0}", " {0}\n{0} "])
def test_no_configuration_problem_shows_a_secret(name: str, form: str) -> None:
    canary = secrets.token_urlsafe(16)
    every_integration = ",".join(integration.name for integration in integrations.ALL)
    settings = {
        **read_example(),
        "INTEGRATIONS": every_integration,
        name: form.format(canary),
        "PUBLIC_URL": "nonsense",
    }
    with pytest.raises(ConfigurationError) as raised:
        read_configuration(settings, integrations.ALL)
    assert raised.value.problems
    assert canary not in f"{raised.value} {raised.value!r}"


def _objects_that_hold(canary: str) -> Mapping[str, Any]:
    """Return an object of every kind that carries something secret, made of `canary`."""
    token = Token(canary, canary, {"refresh_token": canary})
    transaction = Case("transaction")
    result = Result(Status.APPROVED, {"lastName": canary}, echoed_reference=canary)
    record = SessionRecord({"document": {"lastName": canary}})
    stored = Summary(record.fields, "valid")
    return {
        "token": token,
        "credentials": Credentials(token, from_cookie=True),
        "user": User(uuid4(), {"note": canary}),
        "answer": Answer("sharetribe", 200, canary.encode()),
        "sealed": Sealed(canary, canary),
        "start request": StartRequest(canary, canary, "internal", "key", canary),
        "started": Started(transaction, f"https://vendor.example/?token={canary}", 1),
        "result": result,
        "callback": Callback(canary, transaction, result),
        "record": record,
        "verification": UserRecords(Subject(IDENTITY), {"key": record}, stored, Marker(record)),
        "told": Told(transaction, result, "2027-01-01T00:00:00.000Z", is_asked_for=True),
        "outcome": JsonAnswer(200, {"redirectUrl": canary}),
    }


@pytest.mark.parametrize("kind", _objects_that_hold("canary"))
def test_no_repr_shows_a_secret(kind: str) -> None:
    canary = secrets.token_hex(16)
    shown = repr(_objects_that_hold(canary)[kind])
    assert dataclasses.is_dataclass(_objects_that_hold(canary)[kind])
    assert canary not in shown


def test_no_repr_of_the_configuration_shows_a_secret(watched: Watch) -> None:
    configuration = read_configuration(watched.world.settings, watched.world.known)
    shown = [configuration, configuration.settings, configuration.upstreams, *configuration.parts]
    for part in configuration.parts:
        shown += [*vars(part).values(), *part.upstreams]
    own = {"API key": watched.world.checks.api_key}
    text = " ".join(f"{one!r} {one}" for one in shown if not isinstance(one, str))
    assert own["API key"] not in text
    leaks = [name for name in watched.leaks_in("a repr", text) if "client id" not in name]
    assert [] == leaks
