"""What the till does with an order reaches the transaction, once, in order, in every shape.

Of the vendor's own tests (github.com/HubRise/ruby-app 1.2.14, `spec/controllers/hubrise_app/
callback_controller_spec.rb`, read 2026-11) this file covers a good event that is taken, and one of
an unknown connection; signatures have a file of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any
from uuid import uuid4

import pytest

from sandbox.hubrise.events import EventShape
from tests.flows.connecting import connect, entry
from tests.integrations.hubrise.flows.till import (
    FINAL,
    STATUSES,
    UPDATE,
    Clock,
    Shop,
    code_of,
    open_shop,
    path_of,
    wait_for,
)
from tests.integrations.hubrise.flows.world import HubRiseWorld

# How far an order has come; the two that wait are as far as each other.
RANKS = {status: rank for rank, status in enumerate(STATUSES)} | {
    "awaiting_collection": STATUSES.index("awaiting_shipment")
}
SHAPES: list[tuple[EventShape, bool]] = [
    ("full", True),
    ("full", False),
    ("ids-only", True),
    ("old", True),
    ("old", False),
]
EVERY_SHAPE = pytest.mark.parametrize(("shape", "private_ref"), SHAPES)


@pytest.fixture(scope="module")
def clock() -> Clock:
    """Return the clock of the file's world."""
    return Clock()


@pytest.fixture(scope="module")
def module_world(clock: Clock) -> Iterator[HubRiseWorld]:
    """Return a world with the Integration API, for all tests of this file."""
    world = HubRiseWorld(integration_api=True, clock=clock)
    yield world
    world.close()


def outcome(shop: Shop, **event: Any) -> tuple[int, str]:
    """Send an event of the accepted order and return what came of it."""
    answer = shop.send(shop.event("accepted", **event))
    return answer.status_code, answer.json()["status"]


@pytest.mark.parametrize("status", STATUSES[1:])
def test_every_status_is_written_to_the_transaction(shop: Shop, status: str) -> None:
    order_id = shop.record["orderId"]
    assert [200] == shop.world.hubrise.set_status(order_id, status)
    assert (order_id, status) == (shop.record["orderId"], shop.record["status"])
    assert [] == shop.pending


def test_a_status_that_is_known_already_is_not_written_again(shop: Shop) -> None:
    before = list(shop.world.sharetribe.metadata_updates)
    assert [200] == shop.world.hubrise.set_status(shop.record["orderId"], "new")
    assert before == shop.world.sharetribe.metadata_updates


def test_a_status_of_later_years_does_not_hide_the_one_that_is_known(shop: Shop) -> None:
    answer = shop.send(shop.event("teleported"))
    assert (200, "new") == (answer.status_code, shop.record["status"])


@pytest.mark.parametrize("status", ["rejected", "cancelled", "delivery_failed"])
def test_the_shops_reason_is_written_beside_the_status(shop: Shop, status: str) -> None:
    shop.world.hubrise.set_status(shop.record["orderId"], status, cause="Rupture de pâte 🍕")
    assert (status, "Rupture de pâte 🍕") == (shop.record["status"], shop.record["reason"])


def test_a_reason_that_is_no_text_does_not_lose_the_status(shop: Shop) -> None:
    state = shop.event("rejected")["new_state"]
    state["custom_fields"] = {"epos": {"rejection": {"cause": "closed \ud800"}}}
    body = shop.event("rejected", new_state=state)
    answer = shop.send(json.dumps(body).encode())
    assert (200, "stored") == (answer.status_code, answer.json()["status"])
    assert ("rejected", "closed") == (shop.record["status"], shop.record["reason"])


@pytest.mark.parametrize("known", STATUSES)
def test_a_status_moves_forward_only(shop: Shop, known: str) -> None:
    for told in STATUSES:
        shop.sale.metadata = {"hubriseOrder": {**shop.record, "status": known}}
        assert 200 == shop.send(shop.event(told)).status_code
        moves = known not in FINAL and RANKS[told] > RANKS[known]
        assert (told if moves else known) == shop.record["status"], (known, told)


def test_a_repeated_event_is_written_once(shop: Shop) -> None:
    shop.world.hubrise.callbacks = "repeat"
    shop.world.sharetribe.metadata_updates.clear()
    assert [200] * 3 == shop.world.hubrise.set_status(shop.record["orderId"], "accepted")
    assert 1 == len(shop.world.sharetribe.metadata_updates)


def test_events_in_the_wrong_order_end_at_the_latest_status(shop: Shop) -> None:
    shop.world.hubrise.callbacks = "reorder"
    for status in ("received", "accepted", "in_preparation", "in_delivery", "completed"):
        shop.world.hubrise.set_status(shop.record["orderId"], status)
    assert [200] * 5 == shop.world.hubrise.release_callbacks()
    assert "completed" == shop.record["status"]
    assert [] == shop.pending


def test_an_event_that_comes_after_its_status_was_read_changes_nothing(shop: Shop) -> None:
    shop.world.hubrise.callbacks = "delay"
    shop.world.hubrise.set_status(shop.record["orderId"], "accepted")
    shop.world.hubrise.set_status(shop.record["orderId"], "completed")
    shop.read()
    written = list(shop.world.sharetribe.metadata_updates)
    assert [200, 200] == shop.world.hubrise.release_callbacks()
    assert written == shop.world.sharetribe.metadata_updates


def test_a_slow_write_does_not_overwrite_later_news(shop: Shop) -> None:
    faults, calls = shop.world.sharetribe.faults, shop.world.sharetribe.calls
    accepted, completed = shop.event("accepted"), shop.event("completed")
    faults.only_paths = frozenset({UPDATE})
    calls.clear()
    with ThreadPoolExecutor(2) as pool:
        faults.mode = "hang"
        slow = pool.submit(shop.send, accepted)
        wait_for(lambda: f"POST {UPDATE}" in calls)
        faults.mode = "ok"  # the first write still hangs
        later = pool.submit(shop.send, completed)
        wait([later], timeout=0.5)  # it is answered now, or waits for the first
        faults.release()
    assert {200} == {slow.result().status_code, later.result().status_code}
    assert "completed" == shop.record["status"]


@EVERY_SHAPE
@pytest.mark.parametrize("status", ["accepted", "rejected"])
def test_an_event_of_every_shape_is_written(
    shop: Shop, shape: EventShape, private_ref: bool, status: str
) -> None:
    hubrise = shop.world.hubrise
    hubrise.event_shape, hubrise.private_ref_in_events = shape, private_ref
    assert [200] == hubrise.set_status(shop.record["orderId"], status, cause="Busy")
    assert (status, "Busy") == (shop.record["status"], shop.record["reason"])


@EVERY_SHAPE
def test_hubrise_is_asked_only_where_the_event_does_not_say(
    shop: Shop, shape: EventShape, private_ref: bool
) -> None:
    hubrise = shop.world.hubrise
    hubrise.event_shape, hubrise.private_ref_in_events = shape, private_ref
    hubrise.calls.clear()
    hubrise.set_status(shop.record["orderId"], "accepted")
    is_told = shape != "ids-only" and private_ref
    asked = [] if is_told else [f"GET /v1/location/orders/{shop.record['orderId']}"]
    assert asked == hubrise.calls


def test_an_event_without_a_state_tells_how_the_order_stands_by_now(shop: Shop) -> None:
    shop.world.hubrise.event_shape, shop.world.hubrise.callbacks = "ids-only", "delay"
    for status in ("accepted", "completed"):
        shop.world.hubrise.set_status(shop.record["orderId"], status)
    assert [200, 200] == shop.world.hubrise.release_callbacks()
    assert "completed" == shop.record["status"]


@pytest.mark.parametrize("resource", ["catalog", "customer", "delivery", "inventory", "location"])
def test_events_of_other_resources_are_acknowledged_and_change_nothing(
    shop: Shop, resource: str
) -> None:
    assert (200, "ignored") == outcome(shop, resource_type=resource)
    assert "new" == shop.record["status"]


def test_an_order_of_which_nothing_was_remembered_is_written(shop: Shop) -> None:
    order_id = shop.record["orderId"]
    shop.sale.metadata.clear()
    assert [200] == shop.world.hubrise.set_status(order_id, "accepted")
    assert (order_id, "accepted") == (shop.record["orderId"], shop.record["status"])


def test_another_order_in_the_name_of_the_transaction_changes_nothing(shop: Shop) -> None:
    assert (200, "unchanged") == outcome(shop, order_id="zz9zz")
    assert "new" == shop.record["status"]


def test_an_event_of_another_location_is_refused(shop: Shop) -> None:
    answer = shop.send(shop.event("accepted", location_id="v9n4t-1", account_id="v9n4t"))
    assert (403, "callback-foreign") == code_of(answer)
    assert "new" == shop.record["status"]


def test_an_order_at_the_till_is_none_of_ours(shop: Shop) -> None:
    location_id = str(shop.connection.location_id)
    order_id = shop.world.hubrise.place_order(location_id, private_ref=shop.sale.id)
    before = list(shop.world.sharetribe.metadata_updates)
    assert [200] == shop.world.hubrise.set_status(order_id, "completed")
    assert before == shop.world.sharetribe.metadata_updates
    assert [] == shop.pending


@pytest.mark.parametrize("private_ref", ["T-1029", "", 7, "c2d9a1f470b34a589e165d0f83b7264a"])
def test_an_order_under_another_private_reference_is_none_of_ours(
    shop: Shop, private_ref: object
) -> None:
    state = {**shop.event("accepted")["new_state"], "private_ref": private_ref}
    assert (200, "ignored") == outcome(shop, new_state=state)


@pytest.mark.parametrize("whose", ["bought", "other-peoples", "nobodys"])
def test_a_transaction_in_which_the_user_does_not_sell_is_not_touched(
    shop: Shop, whose: str
) -> None:
    market, me, other = shop.world.sharetribe, shop.world.user.id, shop.world.other_user.id
    customer = me if whose == "bought" else other
    foreign = market.add_transaction(customer_id=customer, provider_id=other)
    private_ref = str(uuid4()) if whose == "nobodys" else foreign.id
    state = {**shop.event("accepted")["new_state"], "private_ref": private_ref}
    assert (200, "ignored") == outcome(shop, new_state=state)
    assert {} == foreign.metadata


def test_an_address_works_for_its_own_connection_only(shop: Shop) -> None:
    mine = shop.callback_url
    theirs = open_shop(shop.world, shop.world.other_user)
    theirs.ordered()
    assert mine != theirs.callback_url
    assert 200 == shop.send(theirs.event("accepted"), to=mine).status_code
    assert "new" == theirs.record["status"]


def test_an_earlier_address_serves_the_same_location_connected_again(
    shop: Shop, clock: Clock
) -> None:
    earlier = shop.callback_url
    clock.ahead += 1
    connect(shop.world, "hubrise", shop.browser)
    assert earlier != shop.callback_url
    assert "stored" == shop.send(shop.event("accepted"), to=earlier).json()["status"]
    assert "stored" == shop.send(shop.event("completed")).json()["status"]


def test_after_connecting_another_location_the_former_one_is_foreign(
    shop: Shop, clock: Clock
) -> None:
    earlier, event = shop.callback_url, shop.event("accepted")
    clock.ahead += 1
    connect(shop.world, "hubrise", shop.browser, location_id="v9n4t-1")
    for url in (earlier, shop.callback_url):
        assert (403, "callback-foreign") == code_of(shop.send(event, to=url))
    assert "new" == shop.record["status"]


def test_after_disconnecting_nothing_is_written(shop: Shop) -> None:
    url, event = shop.callback_url, shop.event("accepted")
    assert 200 == shop.browser.call("DELETE", "/api/connections/hubrise").status_code
    answer = shop.send(event, to=url)
    assert (200, "ignored") == (answer.status_code, answer.json()["status"])
    assert "new" == shop.record["status"]


def test_the_events_of_a_deleted_user_are_let_go(shop: Shop) -> None:
    users = shop.world.sharetribe.users
    user = users.pop(shop.world.user.id)
    try:
        assert (200, "ignored") == outcome(shop)
    finally:
        rest = dict(users)
        users.clear()
        users.update({user.id: user, **rest})


def test_a_callback_leaves_the_connection_as_it_is(shop: Shop) -> None:
    before = dict(shop.world.user.private_data)
    shop.world.hubrise.set_status(shop.record["orderId"], "accepted")
    assert before == shop.world.user.private_data
    assert "connected" == entry(shop.browser, "hubrise")["status"]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_only_posts_are_taken(shop: Shop, method: str) -> None:
    answer = shop.browser.call(method, path_of(shop.callback_url))
    assert (405, "method-not-allowed") == code_of(answer)
