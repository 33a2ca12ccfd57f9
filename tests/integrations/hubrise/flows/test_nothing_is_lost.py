"""HubRise deletes an event at any answer below 500, so those are given only to what is dealt with.

Source: hubrise.com/developers, "Active Callbacks" (read 2026-11): what is answered 200 to 499
within 20 seconds is received; the rest is sent again, and listed at `GET /callback/events`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy

import pytest

from proxy.outgoing.deadline import deadline
from sandbox.faults import Faults, Mode
from sandbox.hubrise.callbacks import SIGNATURE_HEADER, signature
from sandbox.hubrise.connections import DeadReason
from tests.flows.connecting import begin, come_back, end_of, entry
from tests.integrations.hubrise.flows.till import (
    SHOW,
    SHOW_USER,
    UPDATE,
    Clock,
    Shop,
    code_of,
    open_shop,
    path_of,
    wait_for,
)
from tests.integrations.hubrise.flows.world import HubRiseWorld, StartWorld

FAULTS: tuple[Mode, ...] = ("error", "reset", "rate-limit", "garbage")
EVERY_FAULT = pytest.mark.parametrize("fault", FAULTS)
STEPS = {"user": SHOW_USER, "transaction": SHOW, "write": UPDATE}
LARGEST_BODY = 100 * 1024


@pytest.fixture(scope="module")
def clock() -> Clock:
    """Return the clock of the file's world."""
    return Clock()


@pytest.fixture(scope="module")
def module_world(clock: Clock) -> Iterator[HubRiseWorld]:
    """Return a world with the Integration API, for all tests of this file."""
    world = HubRiseWorld(integration_api=True, clock=clock)
    world.hubrise.retry_delay = 0.02
    yield world
    world.close()


def update(shop: Shop, status: str = "accepted") -> list[int | None]:
    """Let the till change the order and return what each attempt was answered."""
    return shop.world.hubrise.set_status(shop.record["orderId"], status)


def retried(shop: Shop, faults: Faults) -> list[int | None]:
    """Let the till change the order while something is down, and mend it after the first answer.

    Returns what each of HubRise's attempts was answered.
    """
    hubrise, hops = shop.world.hubrise, shop.world.hops
    hubrise.retries = 50
    before = hops.add("test", "test", "-", "/", None, 0).number

    def answers() -> list[int | None]:
        return [hop.status for hop in hops.since(before) if hop.caller == "HubRise"]

    hubrise.set_status(shop.record["orderId"], "accepted", wait=False)
    wait_for(answers)
    faults.reset()
    assert hubrise.wait_for_callbacks(10)
    return answers()


@EVERY_FAULT
@pytest.mark.parametrize("path", STEPS.values(), ids=STEPS)
def test_while_the_marketplace_is_down_hubrise_keeps_the_event(
    shop: Shop, fault: Mode, path: str
) -> None:
    shop.world.sharetribe.faults.only_paths = frozenset({path})
    shop.world.sharetribe.faults.mode = fault
    assert [503] == update(shop)
    assert 1 == len(shop.pending)
    assert "new" == shop.record["status"]


@EVERY_FAULT
def test_hubrises_retry_brings_what_the_marketplace_could_not_take(shop: Shop, fault: Mode) -> None:
    shop.world.sharetribe.faults.mode = fault
    statuses = retried(shop, shop.world.sharetribe.faults)
    assert ({503}, 200) == (set(statuses[:-1]), statuses[-1])
    assert "accepted" == shop.record["status"]
    assert [] == shop.pending


@EVERY_FAULT
def test_the_catch_up_finds_what_hubrise_has_given_up_sending(shop: Shop, fault: Mode) -> None:
    shop.world.sharetribe.faults.mode = fault
    assert [503] == update(shop)
    shop.world.sharetribe.faults.reset()
    assert 1 == shop.catch_up().json()["events"]
    assert "accepted" == shop.record["status"]
    assert [] == shop.pending


def test_nothing_is_acknowledged_before_it_is_written(shop: Shop) -> None:
    calls = shop.world.sharetribe.calls
    shop.world.sharetribe.faults.only_paths = frozenset({UPDATE})
    shop.world.sharetribe.faults.mode = "hang"
    calls.clear()
    statuses = shop.world.hubrise.set_status(shop.record["orderId"], "accepted", wait=False)
    wait_for(lambda: f"POST {UPDATE}" in calls)
    assert ([], 1) == (statuses, len(shop.pending))
    shop.world.sharetribe.faults.reset()
    assert shop.world.hubrise.wait_for_callbacks(10)
    assert ([], "accepted") == (shop.pending, shop.record["status"])


def test_a_marketplace_that_hangs_is_given_up_and_the_event_kept(shop: Shop) -> None:
    body = json.dumps(shop.event("accepted")).encode()
    shop.world.sharetribe.faults.mode = "hang"
    with deadline(0.5):  # an outer, earlier deadline stays in force inside a request
        answer = shop.world.app.test_client().post(
            path_of(shop.callback_url),
            data=body,
            headers={SIGNATURE_HEADER: signature(shop.world.hubrise.client_secret, body)},
        )
    assert (503, "marketplace-unavailable") == (answer.status_code, answer.get_json()["code"])


def test_a_503_says_when_to_come_again(shop: Shop) -> None:
    shop.world.sharetribe.faults.mode = "error"
    answer = shop.send(shop.event("accepted"))
    assert (503, "marketplace-unavailable") == code_of(answer)
    assert answer.headers["Retry-After"].isdigit()


def test_wrong_credentials_of_the_operator_lose_nothing(start_world: StartWorld) -> None:
    shop = open_shop(start_world(integration_api=True))
    order_id = shop.ordered()
    shop.world.sharetribe.expire_access_tokens()
    right = shop.world.sharetribe.integration_client_secret
    shop.world.sharetribe.integration_client_secret = "another"
    assert [502] == shop.world.hubrise.set_status(order_id, "accepted")
    assert 1 == len(shop.pending)
    shop.world.sharetribe.integration_client_secret = right
    shop.catch_up()
    assert ("accepted", []) == (shop.record["status"], shop.pending)


@EVERY_FAULT
def test_while_hubrise_cannot_be_asked_it_keeps_the_event(shop: Shop, fault: Mode) -> None:
    shop.world.hubrise.event_shape = "ids-only"
    shop.world.hubrise.faults.mode = fault
    statuses = retried(shop, shop.world.hubrise.faults)
    assert ({503}, 200) == (set(statuses[:-1]), statuses[-1])
    assert ("accepted", []) == (shop.record["status"], shop.pending)


@pytest.mark.parametrize("reason", ["blocked", "unpaid"])
def test_a_token_that_is_dead_meanwhile_is_marked_and_the_event_kept(
    shop: Shop, reason: DeadReason
) -> None:
    event = shop.event("accepted", new_state=None, previous_state=None)
    url = shop.callback_url
    shop.world.hubrise.block(shop.connection.token, reason)
    answer = shop.send(event, to=url)
    assert (503, "needs-reconnection") == code_of(answer)
    assert "needs-reconnection" == entry(shop.browser, "hubrise")["status"]
    shop.world.hubrise.block(shop.connection.token, None)
    shop.world.hubrise.set_status(shop.record["orderId"], "accepted")
    assert 200 == shop.send(event, to=url).status_code
    assert "accepted" == shop.record["status"]


def test_a_connection_that_does_not_open_keeps_the_event(shop: Shop) -> None:
    private_data = shop.world.user.private_data
    stored = deepcopy(private_data)
    for record in private_data.values():
        record["sealed"] = "x"
    answer = shop.send(shop.event("accepted"))
    assert (503, "needs-reconnection") == code_of(answer)
    private_data.update(stored)
    assert 200 == shop.send(shop.event("accepted")).status_code


def test_a_lost_event_is_found_by_the_catch_up(shop: Shop) -> None:
    shop.world.hubrise.callbacks = "lose"
    assert [] == update(shop, "completed")
    assert ("new", 1) == (shop.record["status"], len(shop.pending))
    shop.catch_up()
    assert ("completed", []) == (shop.record["status"], shop.pending)


def test_an_event_that_is_too_large_to_be_read_is_not_deleted(shop: Shop) -> None:
    event = shop.event("accepted", customer_notes="x" * LARGEST_BODY)
    answer = shop.send(event)
    assert 500 <= answer.status_code or "accepted" == shop.record["status"], answer.text


def test_after_a_reconnection_without_a_new_address_no_event_is_let_go(
    shop: Shop, clock: Clock
) -> None:
    clock.ahead += 1
    world = shop.world
    world.hubrise.faults.only_paths = frozenset({"/v1/callback"})
    world.hubrise.faults.mode = "error"
    begun = begin(shop.browser, "hubrise")
    address = world.hubrise.authorize(begun.authorize_url)
    assert "hubrise=connected" == end_of(come_back(shop.browser, address, begun.cookie))
    world.hubrise.faults.reset()
    # HubRise gives the same token again, and with it the callback of the earlier connection.
    statuses = update(shop)
    assert shop.pending or "accepted" == shop.record["status"], statuses


@pytest.mark.parametrize("seed", range(8))
def test_whatever_fails_on_the_way_the_last_status_is_written_in_the_end(
    shop: Shop, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    world, hubrise = shop.world, shop.world.hubrise
    for status in ("received", "accepted", "in_preparation", "in_delivery", "completed"):
        world.sharetribe.faults.only_paths = frozenset({chance.choice([*STEPS.values(), "/"])})
        world.sharetribe.faults.mode = chance.choice(["ok", *FAULTS])
        hubrise.event_shape = chance.choice(["full", "ids-only"])
        hubrise.callbacks = chance.choice(["send", "lose", "repeat", "reorder"])
        update(shop, status)
        if chance.random() < 0.3:
            hubrise.release_callbacks()
    world.sharetribe.faults.reset()
    hubrise.release_callbacks()
    assert 200 == shop.catch_up().status_code
    assert ("completed", []) == (shop.record["status"], shop.pending)
