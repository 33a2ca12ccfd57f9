"""The catch-up fetches what HubRise holds, and lets go of an event only after its write."""

from __future__ import annotations

import pytest

from sandbox.faults import Mode
from sandbox.hubrise.events import EventShape
from tests.integrations.hubrise.flows.till import (
    ORDERS,
    SHOW,
    STATUSES,
    UPDATE,
    Shop,
    calm_down,
    code_of,
    open_shop,
)
from tests.integrations.hubrise.flows.world import HubRiseWorld, StartWorld

FAULTS: tuple[Mode, ...] = ("error", "reset", "rate-limit", "garbage")
EVERY_FAULT = pytest.mark.parametrize("fault", FAULTS)
EVENTS = "/v1/callback/events"


@pytest.fixture
def shop(module_world: HubRiseWorld) -> Shop:
    """Return a shop whose sale is an order, and whose callbacks are lost."""
    calm_down(module_world)
    opened = open_shop(module_world)
    opened.ordered()
    opened.world.hubrise.callbacks = "lose"
    return opened


@pytest.fixture
def alone(start_world: StartWorld) -> Shop:
    """Return the same without the Integration API."""
    opened = open_shop(start_world())
    opened.ordered()
    return opened


def update(shop: Shop, *statuses: str) -> None:
    """Let the till change the order."""
    (order_id,) = [o["id"] for o in shop.world.hubrise.orders.values() if o["private_ref"]]
    for status in statuses:
        shop.world.hubrise.set_status(order_id, status)


def test_with_nothing_missed_there_is_nothing_to_do(shop: Shop) -> None:
    answer = shop.catch_up()
    assert (200, {"events": 0, "orders": []}) == (answer.status_code, answer.json())


@pytest.mark.parametrize("status", STATUSES[1:])
def test_a_status_that_was_missed_is_written_and_told(shop: Shop, status: str) -> None:
    update(shop, status)
    order_id = shop.record["orderId"]
    told = {"transactionId": shop.sale.id, "orderId": order_id, "status": status}
    assert {"events": 1, "orders": [told]} == shop.catch_up().json()
    assert (order_id, status) == (shop.record["orderId"], shop.record["status"])
    assert [] == shop.pending


@pytest.mark.parametrize("shape", ["full", "ids-only", "old"])
@pytest.mark.parametrize("private_ref", [True, False])
def test_every_shape_is_caught(shop: Shop, shape: EventShape, private_ref: bool) -> None:
    shop.world.hubrise.event_shape = shape
    shop.world.hubrise.private_ref_in_events = private_ref
    update(shop, "accepted")
    assert 1 == shop.catch_up().json()["events"]
    assert ("accepted", []) == (shop.record["status"], shop.pending)


def test_several_events_of_one_order_end_at_how_it_stands(shop: Shop) -> None:
    update(shop, "received", "accepted", "in_delivery", "completed")
    shop.world.sharetribe.metadata_updates.clear()
    assert 4 == shop.catch_up().json()["events"]
    assert ("completed", []) == (shop.record["status"], shop.pending)
    assert 1 == len(shop.world.sharetribe.metadata_updates)


def test_events_of_several_orders_go_to_their_transactions(shop: Shop) -> None:
    world = shop.world
    sale = world.sharetribe.add_transaction(
        customer_id=world.other_user.id, provider_id=world.user.id
    )
    other = Shop(world, shop.browser, sale)
    other.ordered()
    world.hubrise.set_status(shop.record["orderId"], "accepted")
    world.hubrise.set_status(other.record["orderId"], "rejected", cause="Closed")
    told = shop.catch_up().json()
    assert (2, {"accepted", "rejected"}) == (told["events"], {o["status"] for o in told["orders"]})
    assert ("accepted", "rejected") == (shop.record["status"], other.record["status"])
    assert "Closed" == other.record["reason"]


def test_an_older_event_does_not_set_a_status_back(shop: Shop) -> None:
    update(shop, "accepted")
    shop.sale.metadata["hubriseOrder"]["status"] = "completed"
    shop.catch_up()
    assert ("completed", []) == (shop.record["status"], shop.pending)


def test_a_second_catch_up_finds_nothing_more(shop: Shop) -> None:
    update(shop, "accepted")
    shop.catch_up()
    assert 0 == shop.catch_up().json()["events"]


def test_events_that_arrive_after_all_change_nothing(shop: Shop) -> None:
    shop.world.hubrise.callbacks = "delay"
    update(shop, "accepted")
    shop.catch_up()
    shop.world.sharetribe.metadata_updates.clear()
    assert [200] == shop.world.hubrise.release_callbacks()
    assert [] == shop.world.sharetribe.metadata_updates


@EVERY_FAULT
@pytest.mark.parametrize("path", [SHOW, UPDATE], ids=["show", "update"])
def test_an_event_that_cannot_be_written_is_kept(shop: Shop, fault: Mode, path: str) -> None:
    update(shop, "accepted")
    shop.world.sharetribe.faults.only_paths = frozenset({path})
    shop.world.sharetribe.faults.mode = fault
    assert (503, "marketplace-unavailable") == code_of(shop.catch_up())
    assert 1 == len(shop.pending)
    shop.world.sharetribe.faults.reset()
    assert 200 == shop.catch_up().status_code
    assert ("accepted", []) == (shop.record["status"], shop.pending)


@EVERY_FAULT
@pytest.mark.parametrize("path", [EVENTS, ORDERS, f"{EVENTS}/"], ids=["list", "order", "forget"])
def test_whatever_hubrise_does_not_answer_can_be_repeated(
    shop: Shop, fault: Mode, path: str
) -> None:
    update(shop, "accepted")
    shop.world.hubrise.faults.only_paths = frozenset({path})
    shop.world.hubrise.faults.mode = fault
    shop.catch_up()
    shop.world.hubrise.faults.reset()
    assert 200 == shop.catch_up().status_code
    assert ("accepted", []) == (shop.record["status"], shop.pending)


def test_what_was_written_before_a_failure_is_not_fetched_again(shop: Shop) -> None:
    update(shop, "accepted", "completed")
    second = shop.pending[1]
    shop.world.hubrise.faults.only_paths = frozenset({f"{EVENTS}/{second}"})
    shop.world.hubrise.faults.mode = "error"
    assert (503, "vendor-unavailable") == code_of(shop.catch_up())
    assert [second] == shop.pending


def test_orders_of_the_till_are_let_go_unwritten(shop: Shop) -> None:
    order_id = shop.world.hubrise.place_order(str(shop.connection.location_id), shop.sale.id)
    shop.world.hubrise.set_status(order_id, "completed")
    assert {"events": 1, "orders": []} == shop.catch_up().json()
    assert ("new", []) == (shop.record["status"], shop.pending)


def test_an_order_that_is_gone_is_let_go(shop: Shop) -> None:
    update(shop, "accepted")
    shop.world.hubrise.orders.clear()
    assert {"events": 1, "orders": []} == shop.catch_up().json()
    assert [] == shop.pending


@pytest.mark.parametrize("gone", [True, False])
def test_a_transaction_that_the_user_does_not_sell_in_is_let_go(shop: Shop, gone: bool) -> None:
    update(shop, "accepted")
    order = shop.world.hubrise.orders[shop.record["orderId"]]
    market, other = shop.world.sharetribe, shop.world.other_user.id
    foreign = market.add_transaction(customer_id=other, provider_id=other)
    order["private_ref"] = foreign.id
    if gone:
        del market.transactions[foreign.id]
    assert {"events": 1, "orders": []} == shop.catch_up().json()
    assert ([], {}) == (shop.pending, foreign.metadata)


def test_more_than_a_page_of_events_is_caught_in_turns(shop: Shop) -> None:
    update(shop, *["accepted"] * 101)
    assert [100, 1, 0] == [shop.catch_up().json()["events"] for _ in range(3)]


def test_without_the_integration_api_hubrise_keeps_the_events_for_us(alone: Shop) -> None:
    assert ({"order": ["update"]}, None) == (
        alone.connection.callback_events,
        alone.connection.callback_url,
    )


def test_without_the_integration_api_news_are_told_and_stay_at_hubrise(alone: Shop) -> None:
    update(alone, "accepted")
    for _ in range(2):
        told = alone.catch_up().json()
        assert (1, ["accepted"]) == (told["events"], [o["status"] for o in told["orders"]])
    assert (1, {}) == (len(alone.pending), alone.sale.metadata)
