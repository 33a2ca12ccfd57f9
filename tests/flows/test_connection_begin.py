"""Who may begin a connection, what the frontend may choose, and what the vendor is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.conftest import StartWorld
from tests.flows.connecting import ALL, begin, connect, entry
from tests.flows.connection_vendors import (
    VENDORS,
    ConnectionsWorld,
    bearer,
    break_down,
    simulated,
)
from tests.flows.problems import assert_problem
from tests.world import MARKETPLACE_ORIGIN, Browser

MISTAKES: list[tuple[str, object, str]] = [
    ("hubrise", {"country": "France"}, "country"),
    ("hubrise", {"country": "fr"}, "country"),
    ("hubrise", {"country": 33}, "country"),
    ("hubrise", {"country": True}, "country"),
    ("hubrise", {"accountName": ""}, "accountName"),
    ("hubrise", {"accountName": "x" * 101}, "accountName"),
    ("hubrise", {"accountName": "a\nb"}, "accountName"),
    ("hubrise", {"locationName": ["Left"]}, "locationName"),
    ("hubrise", {"locationName": "\ud800"}, "locationName"),
    ("hubrise", {"isReinstall": True}, "isReinstall"),
    ("hubrise", {"state": "mine"}, "state"),
    ("hubrise", {"<b>": 1}, "with an odd name"),
    ("pumble", {"isReinstall": "true"}, "isReinstall"),
    ("pumble", {"isReinstall": 1}, "isReinstall"),
    ("pumble", {"defaultWorkspaceId": "a&b"}, "defaultWorkspaceId"),
    ("pumble", {"defaultWorkspaceId": {}}, "defaultWorkspaceId"),
    ("pumble", {"country": "FR"}, "country"),
]


@pytest.fixture(scope="module")
def file_world() -> Iterator[ConnectionsWorld]:
    """Return one world for all tests of this file."""
    world = ConnectionsWorld()
    yield world
    world.close()


@pytest.fixture
def shop(file_world: ConnectionsWorld) -> ConnectionsWorld:
    """Return the file's world, calm."""
    file_world.calm()
    return file_world


def press(browser: Browser, vendor: str, **sent: Any) -> requests.Response:
    """Press "connect", whatever comes of it."""
    return browser.call("POST", f"/api/connections/{vendor}", **sent)


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


@pytest.mark.parametrize("vendor", VENDORS)
def test_beginning_asks_the_vendor_nothing_and_stores_nothing(
    shop: ConnectionsWorld, vendor: str
) -> None:
    begin(shop.browser(), vendor)

    assert ([], []) == (simulated(shop, vendor).calls, shop.sharetribe.updates)


def test_hubrise_is_asked_with_every_parameter(shop: ConnectionsWorld) -> None:
    query = query_of(begin(shop.browser(), "hubrise").authorize_url)

    expected = {"redirect_uri", "client_id", "scope", "state", "device_id"}
    assert expected == set(query)
    assert f"{shop.url}/api/connections/hubrise/return" == query["redirect_uri"]


def test_pumble_is_asked_with_the_state_in_query_and_path(shop: ConnectionsWorld) -> None:
    query = query_of(begin(shop.browser(), "pumble").authorize_url)

    assert {"redirectUrl", "clientId", "scopes", "state"} == set(query)
    returns = f"{shop.url}/api/connections/pumble/return/{query['state']}"
    assert returns == query["redirectUrl"]


@pytest.mark.parametrize(
    ("vendor", "options", "expected"),
    [
        ("hubrise", {"country": "FR"}, {"country": "FR"}),
        ("hubrise", {"accountName": "Bäcker & Co"}, {"account_name": "Bäcker & Co"}),
        ("hubrise", {"locationName": "Left Bank"}, {"location_name": "Left Bank"}),
        ("hubrise", {"country": None}, {}),
        ("pumble", {"isReinstall": True}, {"isReinstall": "true"}),
        ("pumble", {"isReinstall": False}, {}),
        ("pumble", {"defaultWorkspaceId": "0a1b"}, {"defaultWorkspaceId": "0a1b"}),
    ],
)
def test_what_the_frontend_chooses_travels(
    shop: ConnectionsWorld, vendor: str, options: dict[str, Any], expected: dict[str, str]
) -> None:
    plain = query_of(begin(shop.browser(), vendor).authorize_url)
    chosen = query_of(begin(shop.browser(), vendor, **options).authorize_url)

    assert expected == {name: chosen[name] for name in chosen.keys() - plain.keys()}


@pytest.mark.parametrize(("vendor", "options", "field"), MISTAKES)
def test_a_wrong_option_is_named_and_nobody_is_sent_anywhere(
    shop: ConnectionsWorld, vendor: str, options: object, field: str
) -> None:
    answer = press(shop.browser(), vendor, json_body=options)

    assert f"The field {field} " in assert_problem(answer, 400, "body-invalid")["detail"]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("body", [b"[]", b"7", b"{", b'"hubrise"', b"\xff"])
def test_a_body_that_is_no_object_is_refused(shop: ConnectionsWorld, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    assert_problem(
        press(shop.browser(), "hubrise", data=body, headers=headers), 400, "body-invalid"
    )


def test_a_body_of_another_type_is_refused(shop: ConnectionsWorld) -> None:
    headers = {"Content-Type": "text/plain"}
    answer = press(shop.browser(), "hubrise", data=b"country=FR", headers=headers)

    assert_problem(answer, 415, "content-type-unsupported")


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("session", "status", "code"),
    [
        ("none", 401, "session-missing"),
        ("anonymous", 401, "session-anonymous"),
        ("impersonated", 403, "session-impersonated"),
        ("ended", 401, "session-expired"),
    ],
)
def test_only_a_user_logged_in_himself_begins_lists_or_disconnects(
    shop: ConnectionsWorld, vendor: str, session: str, status: int, code: str
) -> None:
    sharetribe = shop.sharetribe
    tokens = {
        "anonymous": sharetribe.anonymous(),
        "impersonated": sharetribe.log_in_as(shop.user.id),
        "ended": sharetribe.log_in(shop.user.id),
    }
    if session == "ended":
        sharetribe.log_out(shop.user.id)
        sharetribe.expire_access_tokens()
    browser = Browser(shop, tokens.get(session))

    for method, path in (("POST", f"/{vendor}"), ("GET", ""), ("DELETE", f"/{vendor}")):
        assert_problem(browser.call(method, f"/api/connections{path}"), status, code)


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    ],
)
def test_another_site_begins_and_disconnects_nothing(
    shop: ConnectionsWorld, vendor: str, headers: dict[str, str]
) -> None:
    browser = connect(shop, vendor)

    assert_problem(press(browser, vendor, headers=headers), 403, "cross-site")
    refused = browser.call("DELETE", f"/api/connections/{vendor}", headers=headers)
    assert_problem(refused, 403, "cross-site")
    assert "connected" == entry(browser, vendor)["status"]


def test_a_listed_origin_may_begin(shop: ConnectionsWorld) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": MARKETPLACE_ORIGIN}

    assert 200 == press(shop.browser(), "hubrise", headers=headers).status_code


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_bearer_token_begins_where_the_integration_api_can_store(
    shop: ConnectionsWorld, vendor: str
) -> None:
    browser, headers = bearer(shop)

    assert 200 == press(browser, vendor, headers=headers).status_code


def test_a_bearer_token_alone_begins_nothing(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS=ALL)
    browser, headers = bearer(world)

    assert_problem(press(browser, "hubrise", headers=headers), 400, "session-unsupported")


def test_beginning_needs_the_marketplace(shop: ConnectionsWorld) -> None:
    browser = shop.browser()
    break_down(shop, "sharetribe")

    assert_problem(press(browser, "hubrise"), 503, "marketplace-unavailable")


@pytest.mark.parametrize("vendor", ["jumio", "unheard-of"])
def test_what_is_no_connection_is_not_found(shop: ConnectionsWorld, vendor: str) -> None:
    assert_problem(press(shop.browser(), vendor), 404, "not-found")


def test_a_connection_that_is_not_enabled_is_not_found(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="jumio,hubrise")

    assert_problem(press(world.browser(), "pumble"), 404, "not-found")


def test_every_trip_has_a_nonce_and_a_state_of_its_own(shop: ConnectionsWorld) -> None:
    begun = [begin(shop.browser(), "hubrise") for _ in range(2)]

    assert begun[0].nonce != begun[1].nonce
    assert begun[0].authorize_url != begun[1].authorize_url
