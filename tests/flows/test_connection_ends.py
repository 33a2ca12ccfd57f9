"""Connections that are made again, and given back: what lives at the vendor afterwards."""

from __future__ import annotations

from sandbox.faults import Mode
from tests.flows.connecting import connect, entry
from tests.kit.trips import (
    MovedWorld,
    bearer,
)
from tests.world import Browser

MODES: tuple[Mode, ...] = ("error", "reset", "rate-limit")


def disconnect(browser: Browser, vendor: str) -> None:
    """Press "disconnect", which must succeed."""
    answer = browser.call("DELETE", f"/api/connections/{vendor}")
    assert 200 == answer.status_code, answer.text
    assert {"vendor": vendor, "status": "not-connected"} == answer.json()


def test_a_callback_follows_the_connection_to_another_place(shop: MovedWorld) -> None:
    browser = connect(shop, "till", None, place="north")
    connect(shop, "till", browser, place="south")

    hooks = {one.place: one.hook for one in shop.till.consented.values()}
    assert (None, True) == (hooks["north"], f"{shop.url}/api/callbacks/" in str(hooks["south"]))


def test_disconnecting_one_vendor_leaves_the_other(shop: MovedWorld, vendor: str) -> None:
    other = "guild"
    browser = connect(shop, other, connect(shop, vendor))
    disconnect(browser, vendor)

    assert "connected" == entry(browser, other)["status"]
    assert 1 == len(shop.consent(other).held)


def test_disconnecting_nothing_writes_nothing(shop: MovedWorld, vendor: str) -> None:
    disconnect(shop.browser(), vendor)

    assert [] == shop.sharetribe.updates


def test_a_bearer_token_disconnects(shop: MovedWorld, vendor: str) -> None:
    connect(shop, vendor)
    browser, headers = bearer(shop)

    answer = browser.call("DELETE", f"/api/connections/{vendor}", headers=headers)
    assert (200, []) == (answer.status_code, shop.consent(vendor).held)


def test_two_users_of_one_location_have_connections_of_their_own(shop: MovedWorld) -> None:
    first = connect(shop, "till")
    second = connect(shop, "till", shop.browser(shop.other_user))
    disconnect(first, "till")

    assert 1 == len(shop.till.held)
    assert "connected" == entry(second, "till")["status"]
