import pytest
import requests
from flask.testing import FlaskClient

from sandbox.hops import HopLog
from sandbox.server import Server
from sandbox.sharetribe import Sharetribe

SHOW = "/v1/api/current_user/show"
UPDATE = "/v1/api/current_user/update_profile"


@pytest.fixture
def hops() -> HopLog:
    return HopLog()


@pytest.fixture
def sharetribe(hops: HopLog) -> Sharetribe:
    return Sharetribe(hops)


@pytest.fixture
def bearer(sharetribe: Sharetribe) -> dict[str, str]:
    token = sharetribe.log_in(next(iter(sharetribe.users)))
    return {"Authorization": f"Bearer {token['access_token']}"}


def test_a_browser_may_call_from_any_origin(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str]
) -> None:
    sharetribe.faults.mode = "error"
    asked = "authorization,content-type,x-transit-verbose"
    preflight = client.options(UPDATE, headers={"Access-Control-Request-Headers": asked})
    failed = client.get(SHOW, headers=bearer)

    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Headers"]) == (
        204,
        asked,
    )
    assert [503, "*"] == [failed.status_code, failed.headers["Access-Control-Allow-Origin"]]


def test_rate_limiting_has_the_documented_body(sharetribe: Sharetribe, client: FlaskClient) -> None:
    sharetribe.faults.mode = "rate-limit"
    answer = client.get(SHOW)

    assert (
        429,
        "too-many-requests",
    ) == (answer.status_code, answer.get_json()["errors"][0]["code"])
    assert "Retry-After" not in answer.headers


def test_a_dropped_connection_is_a_hop_without_status(sharetribe: Sharetribe, hops: HopLog) -> None:
    sharetribe.faults.mode = "reset"
    with Server(sharetribe.app) as server, pytest.raises(requests.ConnectionError):
        requests.get(server.url + SHOW, timeout=5)

    assert [None] == [hop.status for hop in hops.since(0)]


def test_every_request_is_in_calls(sharetribe: Sharetribe, client: FlaskClient) -> None:
    sharetribe.faults.mode = "error"
    client.get(f"{SHOW}?include=profileImage")
    client.options(UPDATE)
    client.post("/elsewhere")

    assert sharetribe.calls == [f"GET {SHOW}", f"OPTIONS {UPDATE}", "POST /elsewhere"]


def test_hops_name_what_was_written_and_hold_no_secret(
    client: FlaskClient, hops: HopLog, bearer: dict[str, str]
) -> None:
    body = {"privateData": {"idVerification": {"status": "s3cret"}, "other": None}, "bio": "b"}
    client.post(f"{UPDATE}?expand=true", headers=bearer, json=body)
    client.get("/v2--some-token")

    update, unknown = hops.since(0)
    assert (
        "Sharetribe",
        "POST",
        UPDATE,
        200,
    ) == (update.callee, update.method, update.path, update.status)
    assert "bio; privateData: idVerification, other" == update.note
    assert ("(unknown path)", 404) == (unknown.path, unknown.status)


@pytest.mark.parametrize(
    ("headers", "caller"),
    [
        ({}, "proxy"),
        ({"User-Agent": "sharetribe-flex-sdk-js/1.24.2 (node/20.20.2)"}, "browser"),
        ({"User-Agent": "Mozilla/5.0"}, "browser"),
        ({"X-Sandbox-Caller": "demo page", "User-Agent": "Mozilla/5.0"}, "demo page"),
        ({"X-Sandbox-Caller": "<script>"}, "proxy"),
    ],
)
def test_hops_tell_who_called(
    client: FlaskClient, hops: HopLog, headers: dict[str, str], caller: str
) -> None:
    client.get(SHOW, headers=headers)

    assert [hop.caller for hop in hops.since(0)] == [caller]
