"""Returns during which something is down: nothing half made, and no token that nobody holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.faults import Mode
from tests.flows.connecting import entry
from tests.kit.trips import (
    SHOW,
    MovedWorld,
    Trip,
    bearer,
    break_down,
    record,
)

if TYPE_CHECKING:
    pass

MODES: tuple[Mode, ...] = ("error", "reset", "rate-limit", "garbage")
OPERATOR_WRITE = "/v1/integration_api/users/update_profile"
each_mode = pytest.mark.parametrize("mode", MODES)


@each_mode
def test_with_the_marketplace_down_before_the_exchange_the_code_is_not_spent(
    shop: MovedWorld, vendor: str, mode: Mode
) -> None:
    trip = Trip(shop, vendor)
    break_down(shop, "sharetribe", SHOW, mode=mode)

    assert "failed" == trip.comes()
    trip.assert_untouched()


def test_what_the_integration_api_cannot_store_is_given_back(shop: MovedWorld, vendor: str) -> None:
    trip = Trip(shop, vendor, *bearer(shop))
    break_down(shop, "sharetribe", OPERATOR_WRITE)

    assert "failed" == trip.comes()
    assert ([], None) == (shop.consent(vendor).held, record(shop, vendor))


@each_mode
def test_a_callback_that_cannot_be_registered_is_not_fatal(shop: MovedWorld, mode: Mode) -> None:
    trip = Trip(shop, "till")
    break_down(shop, "till", "/hook", mode=mode)

    assert "connected" == trip.comes()
    assert (None, "connected") == (shop.till.living.hook, entry(trip.browser, "till")["status"])


def test_a_callback_that_could_not_be_registered_is_registered_on_the_next_visit(
    shop: MovedWorld,
) -> None:
    trip = Trip(shop, "till")
    break_down(shop, "till", "/hook")
    trip.comes()
    shop.till.faults.reset()
    entry(trip.browser, "till")

    assert f"{shop.url}/api/callbacks/till/" in str(shop.till.living.hook)


def test_a_token_that_is_found_dead_while_registering_needs_reconnection(
    shop: MovedWorld,
) -> None:
    trip = Trip(shop, "till")
    break_down(shop, "till", "/hook")
    trip.comes()
    shop.till.faults.reset()
    shop.till.kill()
    entry(trip.browser, "till")

    assert "needs-reconnection" == entry(trip.browser, "till")["status"]
