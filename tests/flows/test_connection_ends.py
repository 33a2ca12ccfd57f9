"""Connections that are made again, and given back: what lives at the vendor afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.faults import Mode
from sandbox.hubrise.connections import DeadReason
from tests.flows.connecting import connect, entry
from tests.flows.connection_vendors import (
    REVOCATION,
    SHOW,
    VENDORS,
    WRITE,
    ConnectionsWorld,
    at,
    bearer,
    break_down,
    held,
    places,
    record,
    simulated,
)
from tests.flows.problems import assert_problem
from tests.world import Browser

MODES: tuple[Mode, ...] = ("error", "reset", "rate-limit")
each_vendor = pytest.mark.parametrize("vendor", VENDORS)


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


def disconnect(browser: Browser, vendor: str) -> None:
    """Press "disconnect", which must succeed."""
    answer = browser.call("DELETE", f"/api/connections/{vendor}")
    assert 200 == answer.status_code, answer.text
    assert {"vendor": vendor, "status": "not-connected"} == answer.json()


@each_vendor
def test_connecting_the_same_place_again_keeps_one_connection(
    shop: ConnectionsWorld, vendor: str
) -> None:
    browser = connect(shop, vendor, connect(shop, vendor))

    assert places(shop, vendor)[:1] == held(shop, vendor)
    assert "connected" == entry(browser, vendor)["status"]


@each_vendor
def test_a_connection_made_again_is_a_new_one(shop: ConnectionsWorld, vendor: str) -> None:
    browser = connect(shop, vendor)
    before = entry(browser, vendor)["connectedAt"]
    shop.clock.ahead = 60
    connect(shop, vendor, browser)

    assert before < entry(browser, vendor)["connectedAt"]


@each_vendor
def test_connecting_another_place_gives_the_first_one_back(
    shop: ConnectionsWorld, vendor: str
) -> None:
    first, second = places(shop, vendor)[:2]
    browser = connect(shop, vendor, None, **at(vendor, first))
    connect(shop, vendor, browser, **at(vendor, second))

    assert [second] == held(shop, vendor)
    details = entry(browser, vendor)["details"]
    assert (True, False) == (second in details.values(), first in details.values())


@each_vendor
def test_a_place_that_cannot_be_given_back_is_not_fatal(
    shop: ConnectionsWorld, vendor: str
) -> None:
    first, second = places(shop, vendor)[:2]
    browser = connect(shop, vendor, None, **at(vendor, first))
    break_down(shop, vendor, REVOCATION[vendor])
    connect(shop, vendor, browser, **at(vendor, second))

    assert second in entry(browser, vendor)["details"].values()


def test_a_callback_follows_the_connection_to_another_place(shop: ConnectionsWorld) -> None:
    first, second = places(shop, "hubrise")[:2]
    browser = connect(shop, "hubrise", None, **at("hubrise", first))
    connect(shop, "hubrise", browser, **at("hubrise", second))

    calls = {one.location_id: one.callback_url for one in shop.hubrise.connections.values()}
    assert (None, True) == (calls[first], f"{shop.url}/api/callbacks/" in str(calls[second]))


@each_vendor
def test_disconnecting_gives_back_and_wipes(shop: ConnectionsWorld, vendor: str) -> None:
    browser = connect(shop, vendor)
    disconnect(browser, vendor)

    assert ([], None) == (held(shop, vendor), record(shop, vendor))
    assert {"vendor": vendor, "status": "not-connected"} == entry(browser, vendor)


def test_disconnecting_removes_the_callback_while_the_token_lives(shop: ConnectionsWorld) -> None:
    browser = connect(shop, "hubrise")
    shop.hubrise.calls.clear()
    disconnect(browser, "hubrise")

    assert ["DELETE /v1/callback", "POST /oauth2/v1/revoke"] == shop.hubrise.calls


@each_vendor
def test_disconnecting_one_vendor_leaves_the_other(shop: ConnectionsWorld, vendor: str) -> None:
    other = VENDORS[1 - VENDORS.index(vendor)]
    browser = connect(shop, other, connect(shop, vendor))
    disconnect(browser, vendor)

    assert "connected" == entry(browser, other)["status"]
    assert 1 == len(held(shop, other))


@each_vendor
def test_disconnecting_twice_is_harmless(shop: ConnectionsWorld, vendor: str) -> None:
    browser = connect(shop, vendor)
    disconnect(browser, vendor)
    simulated(shop, vendor).calls.clear()
    disconnect(browser, vendor)

    assert [] == simulated(shop, vendor).calls


@each_vendor
def test_disconnecting_nothing_writes_nothing(shop: ConnectionsWorld, vendor: str) -> None:
    disconnect(shop.browser(), vendor)

    assert [] == shop.sharetribe.updates


@each_vendor
def test_what_was_disconnected_can_be_connected_again(shop: ConnectionsWorld, vendor: str) -> None:
    browser = connect(shop, vendor)
    disconnect(browser, vendor)
    connect(shop, vendor, browser)

    assert "connected" == entry(browser, vendor)["status"]


@pytest.mark.parametrize("reason", ["revoked", "blocked", "unpaid"])
def test_a_token_that_is_dead_already_is_no_obstacle(
    shop: ConnectionsWorld, reason: DeadReason
) -> None:
    browser = connect(shop, "hubrise")
    (token,) = shop.hubrise.connections
    shop.hubrise.block(token, reason)
    disconnect(browser, "hubrise")

    assert record(shop, "hubrise") is None


def test_an_app_that_was_uninstalled_already_is_no_obstacle(shop: ConnectionsWorld) -> None:
    browser = connect(shop, "pumble")
    shop.pumble.installations.uninstall(places(shop, "pumble")[0])
    disconnect(browser, "pumble")

    assert record(shop, "pumble") is None


def test_a_callback_that_is_gone_already_is_no_obstacle(shop: ConnectionsWorld) -> None:
    browser = connect(shop, "hubrise")
    (connection,) = shop.hubrise.connections.values()
    connection.drop_callback()
    disconnect(browser, "hubrise")

    assert ("revoked", None) == (connection.dead, record(shop, "hubrise"))


@each_vendor
@pytest.mark.parametrize("mode", MODES)
def test_while_the_vendor_is_down_the_record_stays(
    shop: ConnectionsWorld, vendor: str, mode: Mode
) -> None:
    browser = connect(shop, vendor)
    before = dict(record(shop, vendor))
    break_down(shop, vendor, mode=mode)

    answer = browser.call("DELETE", f"/api/connections/{vendor}")
    assert_problem(answer, 503, "vendor-unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert before == record(shop, vendor)


@each_vendor
def test_disconnecting_again_when_the_vendor_is_back_finishes(
    shop: ConnectionsWorld, vendor: str
) -> None:
    browser = connect(shop, vendor)
    break_down(shop, vendor, REVOCATION[vendor])
    assert 503 == browser.call("DELETE", f"/api/connections/{vendor}").status_code
    simulated(shop, vendor).faults.reset()
    disconnect(browser, vendor)

    assert ([], None) == (held(shop, vendor), record(shop, vendor))


@each_vendor
def test_with_the_marketplace_down_nothing_is_given_back(
    shop: ConnectionsWorld, vendor: str
) -> None:
    browser = connect(shop, vendor)
    break_down(shop, "sharetribe", SHOW)

    answer = browser.call("DELETE", f"/api/connections/{vendor}")
    assert_problem(answer, 503, "marketplace-unavailable")
    assert 1 == len(held(shop, vendor))


@each_vendor
def test_what_was_given_back_and_not_wiped_is_wiped_the_next_time(
    shop: ConnectionsWorld, vendor: str
) -> None:
    browser = connect(shop, vendor)
    break_down(shop, "sharetribe", WRITE)
    answer = browser.call("DELETE", f"/api/connections/{vendor}")
    assert_problem(answer, 503, "marketplace-unavailable")
    shop.sharetribe.faults.reset()
    disconnect(browser, vendor)

    assert ([], None) == (held(shop, vendor), record(shop, vendor))


@each_vendor
def test_a_bearer_token_disconnects(shop: ConnectionsWorld, vendor: str) -> None:
    connect(shop, vendor)
    browser, headers = bearer(shop)

    answer = browser.call("DELETE", f"/api/connections/{vendor}", headers=headers)
    assert (200, []) == (answer.status_code, held(shop, vendor))


def test_two_users_of_one_location_have_connections_of_their_own(shop: ConnectionsWorld) -> None:
    first = connect(shop, "hubrise")
    second = connect(shop, "hubrise", shop.browser(shop.other_user))
    disconnect(first, "hubrise")

    assert 1 == len(held(shop, "hubrise"))
    assert "connected" == entry(second, "hubrise")["status"]
