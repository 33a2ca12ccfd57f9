"""Veriff, asked and heard by the real app: only what is its own is tested here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.kit.checks import Event
from sandbox.veriff.simulator import Veriff
from tests.flows.steps import assert_recorded, logged, private_data, started
from tests.integrations.veriff.guest import GUEST
from tests.kit.world import KitWorld
from tests.world import MARKETPLACE_ORIGIN


@pytest.fixture(scope="module")
def shared_world() -> Iterator[KitWorld]:
    """Return the app with Veriff beside it, for all tests."""
    world = KitWorld(INTEGRATIONS="veriff", guests=(GUEST,))
    yield world
    world.close()


@pytest.fixture
def world(shared_world: KitWorld) -> KitWorld:
    """Return that app as if nothing had happened."""
    shared_world.start_afresh()
    return shared_world


@pytest.fixture
def vendor(world: KitWorld) -> Veriff:
    """Return Veriff, simulated."""
    found: Veriff = world.vendors["veriff"]
    return found


def changed(vendor: Veriff, reference: str, **fields: object) -> Event:
    """Return the decision webhook of a session, with `fields` of `verification` changed."""
    event = vendor.claiming(vendor.transactions[reference], "approved")[-1]
    document: dict[str, Any] = json.loads(event.body)
    document["verification"].update(fields)
    return Event(json.dumps(document).encode(), "changed")


def test_the_browser_comes_back_and_the_person_has_one_pseudonym(
    world: KitWorld, vendor: Veriff
) -> None:
    back = f"{MARKETPLACE_ORIGIN}/account"
    first = started(world.browser(), successUrl=back, locale="de-AT")
    second = started(world.browser(), restart=True)
    other = started(world.browser(world.other_user))

    assert back == vendor.transactions[first].return_url
    assert vendor.end_users[first] == vendor.end_users[second] != vendor.end_users[other]
    assert vendor.transactions[first].reference != vendor.transactions[second].reference


def test_all_kinds_of_webhooks_may_come_to_one_address(world: KitWorld, vendor: Veriff) -> None:
    vendor.sends_everything = True
    reference = started(world.browser())

    assert [200] * 6 == vendor.finish(reference, "declined")
    assert_recorded(world, "rejected")


def test_full_auto_approves_nobody(world: KitWorld, vendor: Veriff) -> None:
    vendor.sends_everything = True
    reference = started(world.browser())
    vendor.callbacks = "lose"
    vendor.finish(reference, "review")
    session = vendor.transactions[reference]

    assert {200} == {vendor.tell(session, event) for event in vendor.events(session)}
    assert_recorded(world, "pending")


@pytest.mark.parametrize("word", ["resubmission_requested", "review"])
def test_a_signed_word_that_ends_nothing_costs_no_question(
    world: KitWorld, vendor: Veriff, word: str
) -> None:
    reference = started(world.browser())
    vendor.calls.clear()

    assert [200] == vendor.finish(reference, word)
    assert [] == vendor.calls


def test_a_webhook_that_comes_before_the_decision_can_be_read_comes_again(
    world: KitWorld, vendor: Veriff
) -> None:
    reference = started(world.browser())
    session = vendor.transactions[reference]

    assert 503 == vendor.tell(session, changed(vendor, reference))
    assert [200] == vendor.finish(reference, "approved")
    assert_recorded(world, "approved")


def test_of_two_sessions_one_says_nothing_for_the_other(world: KitWorld, vendor: Veriff) -> None:
    ours, theirs = started(world.browser()), started(world.browser(world.other_user))
    vendor.callbacks = "lose"
    vendor.finish(theirs, "approved")
    vendor.finish(ours, "declined")
    before = private_data(world)
    session = vendor.transactions[ours]

    assert 200 == vendor.tell(session, changed(vendor, ours, id=theirs))
    assert before == private_data(world)


def test_another_integration_says_nothing_though_it_signs_with_a_listed_secret(
    world: KitWorld, vendor: Veriff
) -> None:
    reference = started(world.browser())
    vendor.callbacks = "lose"
    vendor.finish(reference, "approved")
    own, vendor.api_key = vendor.api_key, "5d1c0b9a-7f68-4e35-a2d4-c3b2a1908f7e"
    status = vendor.resend(reference)
    vendor.api_key = own

    assert 200 == status
    assert_recorded(world, "pending")


def test_nobody_is_named_in_the_log(world: KitWorld, vendor: Veriff) -> None:
    with logged() as lines:
        vendor.finish(started(world.browser()), "approved")
    text = "\n".join(lines)

    assert "SPECIMEN" not in text
    assert "192.0.2.44" not in text
    assert {"type": "DRIVING_LICENSE", "country": "EST"} == (world.verification() or {})["document"]
