"""Whose word counts: the vendor's own API by default, the posted form where it is asked for."""

from __future__ import annotations

import time

import pytest

from sandbox.jumio.transactions import written_time
from tests.flows.steps import assert_recorded, started
from tests.integrations.jumio.flows.callbacks import APIS, callback_body, post_callback
from tests.integrations.jumio.flows.world import JumioWorld, StartWorld


@pytest.fixture
def trusting(start_world: StartWorld) -> JumioWorld:
    """A world whose app takes Netverify's form at its word."""
    return start_world(JUMIO_CONFIRM="callback")


def retrievals(world: JumioWorld) -> list[str]:
    return [call for call in world.jumio.calls if call.startswith("GET ")]


def test_what_a_form_claims_counts_nothing_beside_the_vendors_own_word(world: JumioWorld) -> None:
    reference = started(world.browser())
    world.jumio.callbacks = "lose"
    world.jumio.finish(reference, "denied-fraud")
    transaction = world.jumio.transactions[reference]
    answered = post_callback(world, transaction, callback_body(transaction))
    assert (200, {"status": "stored"}) == (answered.status, answered.body)
    assert_recorded(world, "rejected")


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("approved", "approved"),
        ("approved-no-match", "rejected"),
        ("approved-selfie-invalid", "rejected"),
        ("denied-fraud", "rejected"),
        ("not-readable-empty-details", "failed"),
        ("unsupported-country", "rejected"),
        ("no-id-uploaded", "expired"),
    ],
)
def test_a_trusted_form_is_stored_without_asking(
    trusting: JumioWorld, outcome: str, status: str
) -> None:
    assert [200] == trusting.jumio.finish(started(trusting.browser()), outcome)
    assert_recorded(trusting, status)
    assert [] == retrievals(trusting)


def test_a_trusted_form_that_is_older_never_replaces_a_newer_result(trusting: JumioWorld) -> None:
    trusting.jumio.callbacks = "reorder"
    assert [200, 200] == trusting.jumio.finish(started(trusting.browser()), "approved")
    assert_recorded(trusting, "approved")


def test_a_trusted_form_that_is_newer_replaces_an_older_result(trusting: JumioWorld) -> None:
    reference = started(trusting.browser())
    transaction = trusting.jumio.transactions[reference]
    trusting.jumio.finish(reference, "not-readable")
    later = written_time(time.time() + 60, 1)
    for _ in range(2):
        body = callback_body(transaction, callbackDate=later)
        assert 200 == post_callback(trusting, transaction, body).status
    assert_recorded(trusting, "approved")
    assert 3 == len(trusting.sharetribe.updates)


def test_a_trusted_form_without_a_result_is_a_reason_to_ask(trusting: JumioWorld) -> None:
    reference = started(trusting.browser())
    transaction = trusting.jumio.transactions[reference]
    trusting.jumio.callbacks = "lose"
    trusting.jumio.finish(reference, "denied-fraud")
    body = callback_body(transaction).replace(b"verificationStatus", b"status")
    assert 200 == post_callback(trusting, transaction, body).status
    assert_recorded(trusting, "rejected")
    assert 1 == len(retrievals(trusting))


def test_a_trusted_form_whose_verdict_is_not_clear_is_refused(trusting: JumioWorld) -> None:
    transaction = trusting.jumio.transactions[started(trusting.browser())]
    for more in (b"&verificationStatus=DENIED_FRAUD", b"&identityVerification=%FF"):
        answered = post_callback(trusting, transaction, callback_body(transaction) + more)
        assert (400, "body-invalid") == (answered.status, answered.body["code"])
    assert_recorded(trusting, "pending")


def test_a_trusted_form_without_the_face_check_that_the_workflow_has_is_a_reason_to_ask(
    start_world: StartWorld,
) -> None:
    world = start_world(JUMIO_CONFIRM="callback", JUMIO_WORKFLOW="200")
    reference = started(world.browser())
    world.jumio.callbacks = "lose"
    world.jumio.finish(reference, "approved-no-match")
    transaction = world.jumio.transactions[reference]
    body = callback_body(transaction).replace(b"identityVerification", b"identity")
    assert 200 == post_callback(world, transaction, body).status
    assert_recorded(world, "rejected")
    assert 1 == len(retrievals(world))


def test_a_trusted_form_needs_the_vendors_address_and_a_reference_that_opens(
    trusting: JumioWorld,
) -> None:
    transaction = trusting.jumio.transactions[started(trusting.browser())]
    assert 403 == trusting.jumio.forge(transaction.reference, "approved")
    body = callback_body(transaction, reference="A" * 99)
    assert 400 == post_callback(trusting, transaction, body).status
    assert_recorded(trusting, "pending")


def test_kyx_is_asked_even_where_callbacks_are_trusted(start_world: StartWorld) -> None:
    world = start_world(JUMIO_API="kyx", JUMIO_CONFIRM="callback")
    reference = started(world.browser())
    assert {200} == set(world.jumio.finish(reference, "denied-fraud"))
    assert_recorded(world, "rejected")
    assert 1 == len(retrievals(world))


KYX_OUTCOMES = {
    "passed": "approved",
    "rejected": "rejected",
    "warning": "failed",
    "not-executed": "failed",
    "technical-error": "failed",
    "session-expired": "expired",
    "session-expired-rejected": "expired",
    "token-expired": "expired",
}
OUTCOMES = {
    "approved": "approved",
    "approved-no-match": "rejected",
    "denied-fraud": "rejected",
    "approved-selfie-invalid": "rejected",
    "unsupported-type": "rejected",
    "not-readable": "failed",
    "no-id-uploaded": "expired",
}
NETVERIFY_ONLY = {"not-readable-without-details": "failed"}
KYX_DIFFERS = {"not-readable": "rejected"}


@pytest.mark.parametrize("api", APIS)
def test_every_outcome_is_stored_in_our_words(start_world: StartWorld, api: str) -> None:
    world = start_world(JUMIO_API=api)
    browser = world.browser()
    expected = OUTCOMES | (KYX_OUTCOMES | KYX_DIFFERS if api == "kyx" else NETVERIFY_ONLY)
    for outcome, status in expected.items():
        statuses = world.jumio.finish(started(browser, restart=True), outcome)
        assert (outcome, {200}) == (outcome, set(statuses))
        record = world.verification() or {}
        assert (outcome, status) == (outcome, record["status"])
        assert ("reason" in record) == (status != "approved")
        assert world.checksum_holds()
