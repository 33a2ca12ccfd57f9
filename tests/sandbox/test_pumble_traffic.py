"""What surrounds every request to the simulated Pumble: records, hops and faults."""

from collections.abc import Iterator

import pytest
import requests

from sandbox.hops import HopLog
from sandbox.pumble import Pumble
from sandbox.server import Server
from tests.sandbox.pumble_callers import PATIENCE, PumbleApp


@pytest.fixture
def hops() -> HopLog:
    return HopLog()


@pytest.fixture
def app(hops: HopLog) -> Iterator[PumbleApp]:
    with Pumble(hops) as pumble:
        yield PumbleApp(pumble)


def test_every_request_is_in_calls(app: PumbleApp) -> None:
    app.pumble.faults.mode = "error"
    app.http.get(app.url())
    app.exchange("x")
    app.http.get("/elsewhere?secret=1")

    assert [
        "GET /access-request",
        "POST /oauth2/access",
        "GET /elsewhere",
    ] == app.pumble.calls


def test_hops_tell_browser_from_proxy_and_hold_no_secret(app: PumbleApp, hops: HopLog) -> None:
    workspace = next(iter(app.pumble.workspaces.values()))
    form = {"workspaceId": workspace.id, "decision": "decline"}
    app.http.post(app.url(), data=form)
    token = app.tokens(isReinstall="true")["botToken"]
    app.call("POST", f"/v1/channels/{workspace.channels[0].id}/messages", token, {"text": "pst"})

    assert [
        ("browser", "/access-request", 302, "decline"),
        ("proxy", "/oauth2/access", 200, "reinstallation"),
        ("proxy", f"/v1/channels/{workspace.channels[0].id}/messages", 200, "message in #general"),
    ] == [(hop.caller, hop.path, hop.status, hop.note) for hop in hops.since(0)]


def test_rate_limit_is_429_in_json(app: PumbleApp) -> None:
    app.pumble.faults.mode = "rate-limit"

    answer = app.exchange("x")

    assert (429, 429001) == (answer.status_code, answer.get_json()["code"])
    assert "Retry-After" not in answer.headers


def test_dropped_connection_is_a_hop_without_status(app: PumbleApp, hops: HopLog) -> None:
    app.pumble.faults.mode = "reset"

    with Server(app.pumble.app) as server, pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/oauth2/me", timeout=PATIENCE)

    assert [None] == [hop.status for hop in hops.since(0)]


def test_closing_takes_faults_back(app: PumbleApp) -> None:
    app.pumble.faults.mode = "error"

    app.pumble.close()

    assert 200 == app.http.get(app.url()).status_code


def test_multipart_body_of_a_real_client_is_understood(app: PumbleApp) -> None:
    fields = {
        "client-id": app.pumble.app_id,
        "client-secret": app.pumble.client_secret,
        "code": app.code(),
    }
    parts = {name: (None, value) for name, value in fields.items()}

    with Server(app.pumble.app) as server:
        answer = requests.post(f"{server.url}/oauth2/access", files=parts, timeout=PATIENCE)

    assert 200 == answer.status_code


def test_each_start_has_its_own_secrets() -> None:
    first, second = Pumble(), Pumble()

    names = ("app_id", "app_key", "client_secret", "signing_secret")
    assert [] == [name for name in names if getattr(first, name) == getattr(second, name)]
