"""No callback and no edit of one's own data makes a result that the vendor did not give."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import pytest

from crypto import SEAL_KEY_BYTES, KeyRing, Reference, Sealer
from tests.conftest import StartWorld
from tests.flows.steps import (
    NOT_OURS,
    assert_recorded,
    outcome,
    private_data,
    standing,
    started,
)
from tests.kit.checks import Check
from tests.kit.examples import CHECKS
from tests.kit.world import KitWorld


def begun(world: KitWorld, outcome: str | None = None, *, other: bool = False) -> Check:
    """Start a verification of one of the users, and finish it in silence where `outcome` is set."""
    user = world.other_user if other else world.user
    transaction = world.checks.checks[started(world.browser(user))]
    if outcome is not None:
        world.checks.finish(transaction.id, outcome, told=False)
    return transaction


def test_a_callback_from_another_address_changes_nothing(each_check: KitWorld) -> None:
    world = each_check
    transaction = begun(world, "passed")
    before, asked = private_data(world), [*world.sharetribe.calls, *world.checks.calls]
    assert world.checks.forge(transaction).status in (401, 403)
    assert before == private_data(world)
    assert asked == [*world.sharetribe.calls, *world.checks.calls]


def test_a_header_cannot_lend_the_vendors_address(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="facecheck", TRUSTED_PROXY_HOPS="0")
    body = world.checks.callback(begun(world, "passed"))
    headers = {"X-Forwarded-For": world.checks.sender}
    path = "/api/callbacks/facecheck"
    answer = world.browser().call("POST", path, data=body, headers=headers)
    assert (403, "origin-not-allowed") == (answer.status_code, answer.json()["code"])
    assert_recorded(world, "pending")


def test_my_result_cannot_be_told_with_your_reference(each_check: KitWorld) -> None:
    world = each_check
    mine, yours = begun(world, "passed"), begun(world, other=True)
    before = private_data(world)
    body = world.checks.callback(mine, reference=yours.reference)
    assert NOT_OURS[world.checks.name] == outcome(world.checks.post(mine, body))
    assert before == private_data(world)


def test_your_result_cannot_be_told_with_my_reference(each_check: KitWorld) -> None:
    world = each_check
    mine, yours = begun(world), begun(world, "passed", other=True)
    before = private_data(world)
    body = world.checks.callback(yours, reference=mine.reference)
    assert NOT_OURS[world.checks.name] == outcome(world.checks.post(yours, body))
    assert before == private_data(world)


@pytest.mark.parametrize("check", CHECKS)
def test_an_older_reference_of_my_own_does_not_fit_a_newer_check(
    start_world: StartWorld, check: str
) -> None:
    now = [time.time()]
    world = start_world(INTEGRATIONS=check, clock=lambda: now[0])
    first = begun(world)
    now[0] += 60
    second = world.checks.checks[started(world.browser(), restart=True)]
    world.checks.loses = True
    world.checks.finish(second.id)
    body = world.checks.callback(second, reference=first.reference)
    assert NOT_OURS[world.checks.name] == outcome(world.checks.post(second, body))
    assert_recorded(world, "pending")


@pytest.mark.parametrize("spoil", ["", "A", "cut", "flip"])
def test_a_broken_reference_reaches_nobody(each_check: KitWorld, spoil: str) -> None:
    world = each_check
    transaction = begun(world, "passed")
    carried = transaction.reference
    flipped = carried[:40] + ("B" if carried[40] == "A" else "A") + carried[41:]
    spoiled = {"cut": carried[:-1], "flip": flipped}.get(spoil, spoil)
    asked = [*world.sharetribe.calls, *world.checks.calls]
    body = world.checks.callback(transaction, reference=spoiled)
    assert NOT_OURS[world.checks.name] == outcome(world.checks.post(transaction, body))
    assert asked == [*world.sharetribe.calls, *world.checks.calls]


def test_a_transaction_that_the_vendor_does_not_know_is_not_stored(each_check: KitWorld) -> None:
    world = each_check
    transaction = begun(world, "passed")
    body = world.checks.callback(transaction)
    del world.checks.checks[transaction.id]
    assert (503, "vendor-unavailable") == outcome(world.checks.post(transaction, body))
    assert_recorded(world, "pending")


def test_a_session_of_another_user_than_the_references_writes_nothing(world: KitWorld) -> None:
    transaction = begun(world)
    keys = KeyRing.parse(world.settings["SEAL_KEYS"], key_bytes=SEAL_KEY_BYTES)
    sealer = Sealer(keys, world.sharetribe.client_id)
    token = world.sharetribe.log_in(world.other_user.id)["refresh_token"]
    world.checks.finish(transaction.id, told=False)
    mixed = Reference(UUID(world.user.id), int(transaction.started_at), token)
    transaction.reference = sealer.seal(mixed, purpose="passcheck.reference")
    before = private_data(world)
    assert NOT_OURS["passcheck"] == outcome(
        world.checks.post(transaction, world.checks.callback(transaction))
    )
    assert before == private_data(world)


def edited_fields(value: Any) -> list[Any]:
    """Return a record as a user could edit it: each time one thing of it."""
    return [
        {**value, "status": "approved"},
        {**value, "note": 1.5},
        {**value, "transactionReference": "x"},
        {**value, "checksum": "1." + "A" * 43},
        {**value, "checksum": {"1": None}},
        "approved",
        [{"status": "approved"}],
    ]


EDITS = range(len(edited_fields({})))


def edit(world: KitWorld, number: int) -> None:
    """Change every record of the first user as that user could."""
    data = private_data(world)[world.user.id]
    for key in data.keys() - {"idVerificationChecksum"}:
        data[key] = edited_fields(data[key])[number]
    world.sharetribe.replace_private_data(world.user.id, data)


@pytest.mark.parametrize("number", EDITS)
def test_an_edited_record_is_never_believed(world: KitWorld, number: int) -> None:
    begun(world)
    edit(world, number)
    asked = list(world.checks.calls)
    told = standing(world.browser())
    assert {"status": "invalid", "verified": False, "checksum": "invalid"} == told
    assert asked == world.checks.calls


@pytest.mark.parametrize("number", EDITS)
def test_an_edited_summary_is_told_once_and_put_right(world: KitWorld, number: int) -> None:
    begun(world)
    before = private_data(world)
    data = private_data(world)[world.user.id]
    data["idVerification"] = edited_fields(data["idVerification"])[number]
    world.sharetribe.replace_private_data(world.user.id, data)
    told = [standing(world.browser()) for _ in range(2)]
    assert ["invalid", "pending"] == [answer["status"] for answer in told]
    assert ["invalid", "valid"] == [answer["checksum"] for answer in told]
    assert before == private_data(world)


@pytest.mark.parametrize("number", EDITS)
def test_a_later_callback_writes_the_truth_over_an_edited_record(
    world: KitWorld, number: int
) -> None:
    transaction = begun(world)
    edit(world, number)
    assert [200] == world.checks.finish(transaction.id, "refused")
    assert_recorded(world, "rejected")


def test_a_new_start_writes_the_truth_over_an_edited_record(each_check: KitWorld) -> None:
    world = each_check
    begun(world, "refused")
    edit(world, 0)
    world.checks.loses = False
    reference = started(world.browser())
    assert_recorded(world, "pending")
    world.checks.finish(reference)
    assert_recorded(world, "approved")


def test_a_copied_record_is_worth_nothing_to_another_user(each_check: KitWorld) -> None:
    world = each_check
    world.checks.finish(begun(world).id)
    copied = private_data(world)[world.user.id]
    world.sharetribe.replace_private_data(world.other_user.id, copied)
    told = standing(world.browser(world.other_user))
    assert {"status": "invalid", "verified": False, "checksum": "invalid"} == told


@pytest.mark.parametrize(
    ("first", "then", "status"),
    [("passed", "refused", "rejected"), ("unclear", "passed", "approved")],
)
def test_a_correction_by_the_vendor_replaces_the_earlier_result(
    each_check: KitWorld, first: str, then: str, status: str
) -> None:
    world = each_check
    transaction = begun(world)
    world.checks.finish(transaction.id, first)
    assert [200] == world.checks.finish(transaction.id, then)
    assert_recorded(world, status)


def test_a_stale_result_never_replaces_a_newer_one(each_check: KitWorld) -> None:
    world = each_check
    transaction = begun(world)
    world.checks.finish(transaction.id, "refused")
    written = list(world.sharetribe.updates)
    # A replica of the vendor's store that lags behind.
    transaction.status = "passed"
    transaction.finished_at = (transaction.finished_at or 0) - 100
    assert 200 == world.checks.tell(world.checks.checks[transaction.id]).status
    assert written == world.sharetribe.updates
    assert_recorded(world, "rejected")


def test_a_result_of_a_session_that_the_user_has_left_counts(each_check: KitWorld) -> None:
    world, browser = each_check, each_check.browser()
    first, second = started(browser), started(browser, restart=True)
    assert {200} == set(world.checks.finish(first))
    assert_recorded(world, "approved")
    world.checks.finish(second, "refused")
    assert {200} == {world.checks.tell(world.checks.checks[first]).status}
    assert_recorded(world, "rejected")


OPERATORS_WRITE = "/v1/integration_api/users/update_profile"


def test_an_outage_of_the_operators_writes_is_no_way_back(start_world: StartWorld) -> None:
    """What the user's own session could write meanwhile would leave the marker behind."""
    world = start_world(integration_api=True)
    browser = world.browser()
    world.checks.finish(started(browser))
    approved = private_data(world)[world.user.id]
    second = started(browser, restart=True)
    world.sharetribe.faults.only_paths = frozenset({OPERATORS_WRITE})
    world.sharetribe.faults.mode = "error"
    assert [503] == world.checks.finish(second, "refused")
    assert 503 == browser.read().status_code
    world.sharetribe.faults.reset()
    assert 200 == world.checks.tell(world.checks.checks[second]).status
    world.sharetribe.replace_private_data(world.user.id, approved)
    assert "rejected" == standing(browser)["status"]
