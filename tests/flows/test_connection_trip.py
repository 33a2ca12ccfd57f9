"""The connection trip over real HTTP: the browser's cookie, the page at its end, and the list."""

from __future__ import annotations

from http.cookies import Morsel, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.conftest import StartWorld
from tests.flows.connecting import begin, come_back, connect, end_of, entry
from tests.flows.problems import assert_problem
from tests.kit.examples import CONNECTIONS
from tests.kit.trips import (
    MovedWorld,
    break_down,
)
from tests.kit.world import KitWorld
from tests.world import MARKETPLACE_ORIGIN, RETURN_PAGE


def nonce_cookie(answer: requests.Response, vendor: str) -> Morsel[str]:
    """Return the one cookie that an answer sets."""
    (cookie,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert f"echoseal-{vendor}-" in cookie.key
    return cookie


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def test_with_https_the_nonce_cookie_is_this_hosts_own(start_world: StartWorld) -> None:
    world = start_world(
        INTEGRATIONS="calendar,till,guild",
        COOKIE_SECURE="true",
        API_PREFIX="/own",
        PUBLIC_URL="https://market.example/proxy",
    )
    answer = world.browser().call("POST", "/own/connections/till")
    cookie = nonce_cookie(answer, "till")

    assert cookie.key.startswith("__Host-echoseal-till-")
    assert ("/", "", True) == (cookie["path"], cookie["domain"], cookie["secure"])
    returns = query_of(answer.json()["authorizeUrl"])["redirect_uri"]
    assert "https://market.example/proxy/own/connections/till/return" == returns


def test_a_browser_that_begins_often_forgets_its_oldest_trip(shop: MovedWorld) -> None:
    browser = shop.browser()
    cookies: dict[str, str] = {}
    for _ in range(5):
        cookies |= begin(browser, "till").cookie
    answer = browser.call("POST", "/api/connections/till", cookies=cookies)
    removed = SimpleCookie(answer.raw.headers.getlist("Set-Cookie")[0])

    assert list(cookies)[:1] == list(removed)
    assert {""} == {cookie.value for cookie in removed.values()}


def test_the_return_takes_the_nonce_away_and_tells_nobody_the_code(
    shop: MovedWorld, vendor: str
) -> None:
    browser = shop.browser()
    begun = begin(browser, vendor)
    address = shop.vendors[vendor].authorize(begun.authorize_url)
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
            f"{MARKETPLACE_ORIGIN}/?till=connected",
            f"{MARKETPLACE_ORIGIN}/?till=declined",
        ),
        (
            {
                "CONNECTIONS_RETURN_URL": None,
                "MARKETPLACE_ORIGINS": "https://b.example,https://a.example",
            },
            "https://b.example/?till=connected",
            "https://b.example/?till=declined",
        ),
        (
            {"CONNECTIONS_RETURN_URL": "https://market.example/account?tab=apps"},
            "https://market.example/account?tab=apps&till=connected",
            "https://market.example/account?tab=apps&till=declined",
        ),
        (
            {"TILL_SUCCESS_URL": "https://market.example/done"},
            "https://market.example/done?till=connected",
            f"{RETURN_PAGE}?till=declined",
        ),
        (
            {"TILL_ERROR_URL": "https://market.example/oh?dear=1"},
            f"{RETURN_PAGE}?till=connected",
            "https://market.example/oh?dear=1&till=declined",
        ),
        (
            {"GUILD_SUCCESS_URL": "https://market.example/done"},
            f"{RETURN_PAGE}?till=connected",
            f"{RETURN_PAGE}?till=declined",
        ),
    ],
)
def test_a_trip_ends_on_a_fixed_page(
    start_world: StartWorld, settings: dict[str, str | None], connected: str, declined: str
) -> None:
    world = start_world(INTEGRATIONS="calendar,till,guild", **settings)

    assert [connected, declined] == [ended(world, decision) for decision in ("allow", "decline")]


def ended(world: KitWorld, decision: Any) -> str:
    """Return the page on which a till's trip ends."""
    browser = world.browser()
    begun = begin(browser, "till")
    address = world.till.authorize(begun.authorize_url, decision=decision)
    return come_back(browser, address, begun.cookie).headers["Location"]


def test_without_origins_a_trip_ends_at_the_public_url(start_world: StartWorld) -> None:
    world = start_world(
        INTEGRATIONS="calendar,till,guild", CONNECTIONS_RETURN_URL=None, MARKETPLACE_ORIGINS=None
    )

    assert f"{world.url}/?till=connected" == ended(world, "allow")


def test_nothing_is_connected_at_first(shop: MovedWorld) -> None:
    listed = shop.browser().call("GET", "/api/connections")

    assert {
        "connections": [{"vendor": vendor, "status": "not-connected"} for vendor in CONNECTIONS]
    } == listed.json()


def test_a_user_lists_their_own_connections_only(shop: MovedWorld) -> None:
    connect(shop, "till")

    assert "not-connected" == entry(shop.browser(shop.other_user), "till")["status"]


def test_listing_needs_the_marketplace(shop: MovedWorld) -> None:
    browser = shop.browser()
    break_down(shop, "sharetribe")

    assert_problem(browser.call("GET", "/api/connections"), 503, "marketplace-unavailable")


def test_several_vendors_are_connected_side_by_side(shop: MovedWorld) -> None:
    browser = connect(shop, "guild", connect(shop, "till", connect(shop, "calendar")))

    assert ["connected"] * 3 == [entry(browser, vendor)["status"] for vendor in CONNECTIONS]


def test_the_end_is_told_in_the_query(shop: MovedWorld) -> None:
    browser = shop.browser()
    begun = begin(browser, "guild")
    address = shop.guild.authorize(begun.authorize_url, decision="decline")

    assert "guild=declined" == end_of(come_back(browser, address, begun.cookie))
