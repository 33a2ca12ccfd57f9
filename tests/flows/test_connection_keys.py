"""What a stored connection is worth when another key sealed it, or one that is gone."""

from __future__ import annotations

import base64
import secrets
from typing import Any

import pytest

from tests.flows.connecting import connect, entry
from tests.kit.plain_oauth import REVOKED
from tests.kit.trips import (
    WRITE,
    MovedWorld,
    Trip,
    break_down,
    record,
    restart,
)
from tests.world import Browser

NEW_KEY = f"77:{base64.urlsafe_b64encode(secrets.token_bytes(64)).rstrip(b'=').decode()}"
UNREADABLE = "The stored connection cannot be opened."


@pytest.fixture
def rotated(shop: MovedWorld, monkeypatch: pytest.MonkeyPatch) -> Rotated:
    """Return what restarts the app with other keys."""
    return Rotated(shop, monkeypatch)


class Rotated:
    """The app, restarted: with a new key in front of the old one, or with one of them alone."""

    def __init__(self, world: MovedWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        self._world, self._monkeypatch = world, monkeypatch
        self._old = world.settings["SEAL_KEYS"]

    def _restart(self, keys: str) -> None:
        restart(self._monkeypatch, self._world, SEAL_KEYS=keys)

    def new_in_front(self) -> None:
        self._restart(f"{NEW_KEY},{self._old}")

    def new_alone(self) -> None:
        self._restart(NEW_KEY)


def sealed(world: MovedWorld, vendor: str) -> str:
    """Return the sealed part of the first user's record."""
    text: str = record(world, vendor)["sealed"]
    return text


def order(world: MovedWorld, browser: Browser) -> str:
    """Send the one sale to the till, and return the order's id."""
    sale = next(iter(world.sharetribe.transactions.values()))
    sale.metadata.clear()
    answer = browser.call("POST", "/api/till/orders", json_body={"transactionId": sale.id})
    assert 201 == answer.status_code, answer.text
    return str(answer.json()["orderId"])


def told_status(world: MovedWorld) -> Any:
    """Return what the sale's metadata says of its order."""
    sale = next(iter(world.sharetribe.transactions.values()))
    return sale.metadata["tillOrder"]["status"]


def test_a_connection_that_does_not_open_can_be_made_again(
    shop: MovedWorld, vendor: str, rotated: Rotated
) -> None:
    browser = connect(shop, vendor)
    rotated.new_alone()

    assert "connected" == Trip(shop, vendor, browser).comes()
    assert "connected" == entry(browser, vendor)["status"]


def test_rotation_reseals_on_the_next_visit_and_only_then(
    shop: MovedWorld, vendor: str, rotated: Rotated
) -> None:
    browser = connect(shop, vendor)
    before, listed = sealed(shop, vendor), entry(browser, vendor)
    rotated.new_in_front()

    assert before == sealed(shop, vendor)
    assert listed == entry(browser, vendor)
    assert before != sealed(shop, vendor)


def test_rotation_reseals_once(shop: MovedWorld, vendor: str, rotated: Rotated) -> None:
    browser = connect(shop, vendor)
    rotated.new_in_front()
    entry(browser, vendor)
    shop.sharetribe.updates.clear()
    shop.vendors[vendor].calls.clear()
    entry(browser, vendor)

    assert ([], []) == (shop.sharetribe.updates, shop.vendors[vendor].calls)


def test_after_the_visit_the_old_key_is_not_needed(
    shop: MovedWorld, vendor: str, rotated: Rotated
) -> None:
    browser = connect(shop, vendor)
    listed = entry(browser, vendor)
    rotated.new_in_front()
    entry(browser, vendor)
    rotated.new_alone()

    assert listed == entry(browser, vendor)


def test_a_trip_under_way_survives_a_rotation(
    shop: MovedWorld, vendor: str, rotated: Rotated
) -> None:
    trip = Trip(shop, vendor)
    rotated.new_in_front()

    assert "connected" == trip.comes()


def test_a_trip_under_way_ends_when_its_key_is_gone(
    shop: MovedWorld, vendor: str, rotated: Rotated
) -> None:
    trip = Trip(shop, vendor)
    rotated.new_alone()

    assert "failed" == trip.comes()
    trip.assert_untouched()


def test_while_the_marketplace_cannot_write_the_old_seal_stays(
    shop: MovedWorld, vendor: str, rotated: Rotated
) -> None:
    browser = connect(shop, vendor)
    before, listed = sealed(shop, vendor), entry(browser, vendor)
    rotated.new_in_front()
    break_down(shop, "sharetribe", WRITE)

    assert (listed, before) == (entry(browser, vendor), sealed(shop, vendor))
    shop.sharetribe.faults.reset()
    entry(browser, vendor)
    assert before != sealed(shop, vendor)


def test_rotation_renews_the_callbacks_address_too(shop: MovedWorld, rotated: Rotated) -> None:
    browser = connect(shop, "till")
    before = shop.till.living.hook
    rotated.new_in_front()
    entry(browser, "till")

    assert before != shop.till.living.hook


def test_before_the_visit_the_old_address_still_works(shop: MovedWorld, rotated: Rotated) -> None:
    browser = connect(shop, "till")
    order(shop, browser)
    rotated.new_in_front()

    assert [200] == shop.till.set_status("accepted")
    assert "accepted" == told_status(shop)


def test_after_the_visit_callbacks_need_the_new_key_alone(
    shop: MovedWorld, rotated: Rotated
) -> None:
    browser = connect(shop, "till")
    order(shop, browser)
    rotated.new_in_front()
    entry(browser, "till")
    rotated.new_alone()

    assert [200] == shop.till.set_status("accepted")
    assert "accepted" == told_status(shop)


def test_an_address_that_could_not_be_renewed_is_renewed_on_a_later_visit(
    shop: MovedWorld, rotated: Rotated
) -> None:
    browser = connect(shop, "till")
    before = shop.till.living.hook
    rotated.new_in_front()
    break_down(shop, "till", "/hook")
    listed = entry(browser, "till")
    shop.till.faults.reset()
    entry(browser, "till")

    assert "connected" == listed["status"]
    assert before != shop.till.living.hook


def test_a_token_that_is_found_dead_by_rotation_needs_reconnection(
    shop: MovedWorld, rotated: Rotated
) -> None:
    browser = connect(shop, "till")
    shop.till.kill()
    rotated.new_in_front()
    entry(browser, "till")

    found = entry(browser, "till")
    assert "needs-reconnection" == found["status"]
    assert REVOKED == found["reason"]


def test_a_key_that_is_gone_too_early_needs_reconnection(
    shop: MovedWorld, vendor: str, rotated: Rotated
) -> None:
    browser = connect(shop, vendor)
    rotated.new_alone()

    expected = {"vendor": vendor, "status": "needs-reconnection", "reason": UNREADABLE}
    assert expected == entry(browser, vendor)


def test_with_the_key_gone_too_early_the_vendor_keeps_its_news(
    shop: MovedWorld, rotated: Rotated
) -> None:
    browser = connect(shop, "till")
    order(shop, browser)
    rotated.new_alone()

    assert [503] == shop.till.set_status("accepted")
    assert 1 == len(shop.till.living.pending)
    assert "new" == told_status(shop)


def test_with_the_key_back_in_place_the_news_are_caught_up(
    shop: MovedWorld, rotated: Rotated
) -> None:
    browser = connect(shop, "till")
    order(shop, browser)
    rotated.new_alone()
    shop.till.set_status("accepted")
    rotated.new_in_front()
    answer = browser.call("POST", "/api/till/orders/catch-up")

    assert (200, 1) == (answer.status_code, answer.json()["events"])
    assert "accepted" == told_status(shop)
    assert [] == shop.till.living.pending
