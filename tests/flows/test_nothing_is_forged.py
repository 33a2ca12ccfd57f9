"""No callback and no edit of one's own data makes a result that the vendor did not give."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import pytest

from crypto import SEAL_KEY_BYTES, KeyRing, Reference, Sealer
from sandbox.jumio import Transaction
from tests.conftest import StartWorld
from tests.flows.steps import (
    APIS,
    Answered,
    assert_recorded,
    callback_body,
    post_callback,
    private_data,
    standing,
    started,
)
from tests.world import World


def begun(world: World, outcome: str | None = None, *, other: bool = False) -> Transaction:
    """Start a verification of one of the users, and finish it in silence where `outcome` is set."""
    user = world.other_user if other else world.user
    transaction = world.jumio.transactions[started(world.browser(user))]
    if outcome is not None:
        world.jumio.callbacks = "lose"
        world.jumio.finish(transaction.reference, outcome)
    return transaction


def refused(answered: Answered) -> tuple[int, str]:
    return answered.status, answered.body["code"]


def test_a_callback_from_another_address_changes_nothing(each_api: World) -> None:
    world = each_api
    transaction = begun(world, "approved")
    before, asked = private_data(world), [*world.sharetribe.calls, *world.jumio.calls]
    assert 403 == world.jumio.forge(transaction.reference, "approved")
    assert before == private_data(world)
    assert asked == [*world.sharetribe.calls, *world.jumio.calls]


def test_a_header_cannot_lend_the_vendors_address(world: World) -> None:
    headers = {"X-Forwarded-For": world.jumio.callback_address}
    answer = world.browser().call(
        "POST",
        "/api/callbacks/jumio",
        data=callback_body(begun(world, "approved")),
        headers=headers,
    )
    assert (403, "origin-not-allowed") == (answer.status_code, answer.json()["code"])
    assert_recorded(world, "pending")


def test_my_result_cannot_be_told_with_your_reference(each_api: World) -> None:
    world = each_api
    mine, yours = begun(world, "approved"), begun(world, other=True)
    before = private_data(world)
    body = callback_body(mine, reference=yours.user_reference)
    assert (400, "reference-invalid") == refused(post_callback(world, mine, body))
    assert before == private_data(world)


def test_your_result_cannot_be_told_with_my_reference(each_api: World) -> None:
    world = each_api
    mine, yours = begun(world), begun(world, "approved", other=True)
    before = private_data(world)
    body = callback_body(yours, reference=mine.user_reference)
    assert (400, "reference-invalid") == refused(post_callback(world, yours, body))
    assert before == private_data(world)


@pytest.mark.parametrize("api", APIS)
def test_an_older_reference_of_my_own_does_not_fit_a_newer_check(
    start_world: StartWorld, api: str
) -> None:
    now = [time.time()]
    world = start_world(JUMIO_API=api, clock=lambda: now[0])
    first = begun(world)
    now[0] += 60
    second = world.jumio.transactions[started(world.browser(), restart=True)]
    world.jumio.callbacks = "lose"
    world.jumio.finish(second.reference, "approved")
    body = callback_body(second, reference=first.user_reference)
    assert (400, "reference-invalid") == refused(post_callback(world, second, body))
    assert_recorded(world, "pending")


@pytest.mark.parametrize("spoil", ["", "A", "cut", "flip"])
def test_a_broken_reference_reaches_nobody(each_api: World, spoil: str) -> None:
    world = each_api
    transaction = begun(world, "approved")
    carried = transaction.user_reference or ""
    flipped = carried[:40] + ("B" if carried[40] == "A" else "A") + carried[41:]
    spoiled = {"cut": carried[:-1], "flip": flipped}.get(spoil, spoil)
    asked = [*world.sharetribe.calls, *world.jumio.calls]
    body = callback_body(transaction, reference=spoiled)
    assert (400, "reference-invalid") == refused(post_callback(world, transaction, body))
    assert asked == [*world.sharetribe.calls, *world.jumio.calls]


def test_a_transaction_that_the_vendor_does_not_know_is_not_stored(each_api: World) -> None:
    world = each_api
    transaction = begun(world, "approved")
    body = callback_body(transaction)
    del world.jumio.transactions[transaction.reference]
    assert (503, "vendor-unavailable") == refused(post_callback(world, transaction, body))
    assert_recorded(world, "pending")


def test_a_session_of_another_user_than_the_references_writes_nothing(world: World) -> None:
    transaction = begun(world)
    keys = KeyRing.parse(world.settings["SEAL_KEYS"], key_bytes=SEAL_KEY_BYTES)
    sealer = Sealer(keys, world.sharetribe.client_id)
    token = world.sharetribe.log_in(world.other_user.id)["refresh_token"]
    mixed = Reference(UUID(world.user.id), int(transaction.started_at), token)
    transaction.user_reference = sealer.seal(mixed, purpose="jumio.reference")
    before = private_data(world)
    assert [400] == world.jumio.finish(transaction.reference, "approved")
    assert before == private_data(world)


EDITS: dict[str, Any] = {
    "status": lambda data: data["idVerification"].update(status="approved"),
    "added field": lambda data: data["idVerification"].update(note=1.5),
    "another transaction": lambda data: data["idVerification"].update(transactionReference="x"),
    "no checksum": lambda data: data.pop("idVerificationChecksum"),
    "checksum of zeros": lambda data: data.update(idVerificationChecksum="1." + "A" * 43),
    "odd checksum": lambda data: data.update(idVerificationChecksum={"1": None}),
    "text for a record": lambda data: data.update(idVerification="approved"),
    "list for a record": lambda data: data.update(idVerification=[{"status": "approved"}]),
}


def edit(world: World, name: str) -> None:
    """Change the first user's private data as he could himself."""
    data = private_data(world)[world.user.id]
    EDITS[name](data)
    world.sharetribe.replace_private_data(world.user.id, data)


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_record_is_never_believed(world: World, name: str) -> None:
    begun(world)
    edit(world, name)
    asked = list(world.jumio.calls)
    told = standing(world.browser())
    checksum = "absent" if name == "no checksum" else "invalid"
    assert {"status": "invalid", "verified": False, "checksum": checksum} == told
    assert asked == world.jumio.calls


@pytest.mark.parametrize("name", EDITS)
def test_a_later_callback_writes_the_truth_over_an_edited_record(world: World, name: str) -> None:
    transaction = begun(world)
    edit(world, name)
    assert [200] == world.jumio.finish(transaction.reference, "denied-fraud")
    assert_recorded(world, "rejected")


def test_a_new_start_writes_the_truth_over_an_edited_record(each_api: World) -> None:
    world = each_api
    begun(world, "denied-fraud")
    edit(world, "status")
    world.jumio.callbacks = "send"
    reference = started(world.browser())
    assert_recorded(world, "pending")
    world.jumio.finish(reference, "approved")
    assert_recorded(world, "approved")


def test_a_copied_record_is_worth_nothing_to_another_user(each_api: World) -> None:
    world = each_api
    world.jumio.finish(begun(world).reference, "approved")
    copied = private_data(world)[world.user.id]
    world.sharetribe.replace_private_data(world.other_user.id, copied)
    told = standing(world.browser(world.other_user))
    assert {"status": "invalid", "verified": False, "checksum": "invalid"} == told


@pytest.mark.parametrize(
    ("first", "then", "status"),
    [("approved", "denied-fraud", "rejected"), ("not-readable", "approved", "approved")],
)
def test_a_correction_by_the_vendor_replaces_the_earlier_result(
    each_api: World, first: str, then: str, status: str
) -> None:
    world = each_api
    transaction = begun(world)
    world.jumio.finish(transaction.reference, first)
    assert [200] == world.jumio.correct(transaction.reference, then, callback=True)
    assert_recorded(world, status)


def test_a_stale_result_never_replaces_a_newer_one(each_api: World) -> None:
    world = each_api
    transaction = begun(world)
    world.jumio.finish(transaction.reference, "denied-fraud")
    written = list(world.sharetribe.updates)
    # A replica of the vendor's store that lags behind.
    transaction.outcome = "approved"
    transaction.updated_at = (transaction.updated_at or 0) - 100
    assert 200 == world.jumio.resend(transaction.reference)
    assert written == world.sharetribe.updates
    assert_recorded(world, "rejected")


@pytest.mark.parametrize("api", APIS)
def test_a_result_of_a_check_that_is_no_longer_recorded_changes_nothing(
    start_world: StartWorld, api: str
) -> None:
    world = start_world(JUMIO_API=api)
    browser = world.browser()
    first = started(browser)
    second = started(browser, restart=True)
    before = private_data(world)
    assert {200} == set(world.jumio.finish(first, "approved"))
    assert before == private_data(world)
    world.jumio.finish(second, "denied-fraud")
    assert {200} == {world.jumio.resend(first)}
    assert_recorded(world, "rejected")
