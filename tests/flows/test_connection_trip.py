"""The connection trip over real HTTP: the browser's cookie, the page at its end, and the list."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import Morsel, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.conftest import StartWorld
from tests.flows.connecting import ALL, begin, come_back, connect, end_of, entry
from tests.flows.connection_vendors import (
    VENDORS,
    ConnectionsWorld,
    break_down,
    places,
    record,
    simulated,
)
from tests.flows.problems import assert_problem
from tests.world import MARKETPLACE_ORIGIN, RETURN_PAGE, World


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


def nonce_cookie(answer: requests.Response, vendor: str) -> Morsel[str]:
    """Return the one cookie that an answer sets."""
    (cookie,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert f"echoseal-{vendor}-" in cookie.key
    return cookie


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_trip_connects(shop: ConnectionsWorld, vendor: str) -> None:
    before = record(shop, vendor)
    connect(shop, vendor)

    assert before is None
    assert {"connectedAt", "sealed"} < set(record(shop, vendor))
    assert places(shop, vendor)[0] in record(shop, vendor).values()


def test_with_https_the_nonce_cookie_is_this_hosts_own(start_world: StartWorld) -> None:
    world = start_world(
        INTEGRATIONS=ALL,
        COOKIE_SECURE="true",
        API_PREFIX="/own",
        PUBLIC_URL="https://market.example/proxy",
    )
    answer = world.browser().call("POST", "/own/connections/hubrise")
    cookie = nonce_cookie(answer, "hubrise")

    assert cookie.key.startswith("__Host-echoseal-hubrise-")
    assert ("/", "", True) == (cookie["path"], cookie["domain"], cookie["secure"])
    returns = query_of(answer.json()["authorizeUrl"])["redirect_uri"]
    assert "https://market.example/proxy/own/connections/hubrise/return" == returns


def test_a_browser_that_begins_often_forgets_its_oldest_trip(shop: ConnectionsWorld) -> None:
    browser = shop.browser()
    cookies: dict[str, str] = {}
    for _ in range(5):
        cookies |= begin(browser, "hubrise").cookie
    answer = browser.call("POST", "/api/connections/hubrise", cookies=cookies)
    removed = SimpleCookie(answer.raw.headers.getlist("Set-Cookie")[0])

    assert list(cookies)[:1] == list(removed)
    assert {""} == {cookie.value for cookie in removed.values()}


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_return_takes_the_nonce_away_and_tells_nobody_the_code(
    shop: ConnectionsWorld, vendor: str
) -> None:
    browser = shop.browser()
    begun = begin(browser, vendor)
    address = simulated(shop, vendor).authorize(begun.authorize_url)
    answer = come_back(browser, address, begun.cookie)

    cookie = nonce_cookie(answer, vendor)
    assert ("", "0", "/") == (cookie.value, cookie["max-age"], cookie["path"])
    assert [cookie.key] == list(begun.cookie)
    assert f"{RETURN_PAGE}?{vendor}=connected" == answer.headers["Location"]
    assert ("no-store", "no-referrer") == (
        answer.headers["Cache-Control"],
        answer.headers["Referrer-Policy"],
    )


@pytest.mark.parametrize(
    ("settings", "connected", "declined"),
    [
        (
            {"CONNECTIONS_RETURN_URL": None},
            f"{MARKETPLACE_ORIGIN}/?hubrise=connected",
            f"{MARKETPLACE_ORIGIN}/?hubrise=declined",
        ),
        (
            {
                "CONNECTIONS_RETURN_URL": None,
                "MARKETPLACE_ORIGINS": "https://b.example,https://a.example",
            },
            "https://b.example/?hubrise=connected",
            "https://b.example/?hubrise=declined",
        ),
        (
            {"CONNECTIONS_RETURN_URL": "https://market.example/account?tab=apps"},
            "https://market.example/account?tab=apps&hubrise=connected",
            "https://market.example/account?tab=apps&hubrise=declined",
        ),
        (
            {"HUBRISE_SUCCESS_URL": "https://market.example/done"},
            "https://market.example/done?hubrise=connected",
            f"{RETURN_PAGE}?hubrise=declined",
        ),
        (
            {"HUBRISE_ERROR_URL": "https://market.example/oh?dear=1"},
            f"{RETURN_PAGE}?hubrise=connected",
            "https://market.example/oh?dear=1&hubrise=declined",
        ),
        (
            {"PUMBLE_SUCCESS_URL": "https://market.example/done"},
            f"{RETURN_PAGE}?hubrise=connected",
            f"{RETURN_PAGE}?hubrise=declined",
        ),
    ],
)
def test_a_trip_ends_on_a_fixed_page(
    start_world: StartWorld, settings: dict[str, str | None], connected: str, declined: str
) -> None:
    world = start_world(INTEGRATIONS=ALL, **settings)

    assert [connected, declined] == [ended(world, decision) for decision in ("allow", "decline")]


def ended(world: World, decision: Any) -> str:
    """Return the page on which a HubRise trip ends."""
    browser = world.browser()
    begun = begin(browser, "hubrise")
    address = world.hubrise.authorize(begun.authorize_url, decision=decision)
    return come_back(browser, address, begun.cookie).headers["Location"]


def test_without_origins_a_trip_ends_at_the_public_url(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS=ALL, CONNECTIONS_RETURN_URL=None, MARKETPLACE_ORIGINS=None)

    assert f"{world.url}/?hubrise=connected" == ended(world, "allow")


def test_nothing_is_connected_at_first(shop: ConnectionsWorld) -> None:
    listed = shop.browser().call("GET", "/api/connections")

    assert {
        "connections": [{"vendor": vendor, "status": "not-connected"} for vendor in VENDORS]
    } == listed.json()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_connection_is_listed_with_its_names_and_nothing_else(
    shop: ConnectionsWorld, vendor: str
) -> None:
    browser = connect(shop, vendor)
    readable = dict(record(shop, vendor))
    readable.pop("sealed")

    assert {
        "vendor": vendor,
        "status": "connected",
        "connectedAt": readable.pop("connectedAt"),
        "details": readable,
    } == entry(browser, vendor)


def test_a_user_lists_his_own_connections_only(shop: ConnectionsWorld) -> None:
    connect(shop, "hubrise")

    assert "not-connected" == entry(shop.browser(shop.other_user), "hubrise")["status"]


def test_listing_asks_no_vendor_and_writes_nothing(shop: ConnectionsWorld) -> None:
    browser = connect(shop, "hubrise")
    shop.hubrise.calls.clear()
    shop.sharetribe.updates.clear()
    entry(browser, "hubrise")

    assert ([], []) == (shop.hubrise.calls, shop.sharetribe.updates)


def test_listing_needs_the_marketplace(shop: ConnectionsWorld) -> None:
    browser = shop.browser()
    break_down(shop, "sharetribe")

    assert_problem(browser.call("GET", "/api/connections"), 503, "marketplace-unavailable")


def test_both_vendors_are_connected_side_by_side(shop: ConnectionsWorld) -> None:
    browser = connect(shop, "pumble", connect(shop, "hubrise"))

    assert ["connected", "connected"] == [entry(browser, vendor)["status"] for vendor in VENDORS]


def test_the_end_is_told_in_the_query(shop: ConnectionsWorld) -> None:
    browser = shop.browser()
    begun = begin(browser, "pumble")
    address = shop.pumble.authorize(begun.authorize_url, decision="decline")

    assert "pumble=declined" == end_of(come_back(browser, address, begun.cookie))
