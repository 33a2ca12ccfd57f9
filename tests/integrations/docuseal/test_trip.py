"""DocuSeal, asked and heard by the real app: only what is its own is tested here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.docuseal import DocuSeal
from sandbox.docuseal.simulator import RECOMMENDED
from sandbox.docuseal.submissions import REASON, Submission
from sandbox.docuseal.vendor import FORM_EVENTS, SUBMISSION_EVENTS
from tests.flows.problems import assert_problem
from tests.flows.steps import logged, private_data
from tests.integrations.docuseal.guest import GUEST
from tests.kit.world import KitWorld
from tests.world import MARKETPLACE_ORIGIN, Browser

DOCUMENT = "/api/signings/provider-agreement"


@pytest.fixture(scope="module")
def shared_world() -> Iterator[KitWorld]:
    """Return the app with DocuSeal beside it, for all tests."""
    world = KitWorld(INTEGRATIONS="docuseal", guests=(GUEST,))
    yield world
    world.close()


@pytest.fixture
def world(shared_world: KitWorld) -> KitWorld:
    """Return that app as if nothing had happened."""
    shared_world.start_afresh()
    return shared_world


@pytest.fixture
def vendor(world: KitWorld) -> DocuSeal:
    """Return DocuSeal, simulated, with the webhook that the page recommends."""
    found: DocuSeal = world.vendors["docuseal"]
    found.ticked = RECOMMENDED
    return found


def begun(browser: Browser, **body: object) -> str:
    """Begin a signing; return the submission's number."""
    answer = browser.call("POST", DOCUMENT, json_body=body)
    assert 201 == answer.status_code, answer.text
    reference: str = answer.json()["transactionReference"]
    return reference


def recorded(world: KitWorld) -> Any:
    """Return what private data says of the document."""
    return world.user.private_data["signing_provider-agreement"]


def standing(world: KitWorld) -> Any:
    """Return what a visit is told of the document."""
    return world.browser().call("GET", DOCUMENT).json()


def submission(vendor: DocuSeal, reference: str) -> Submission:
    """Return a submission as DocuSeal has it."""
    found = vendor.transactions[reference]
    assert isinstance(found, Submission)
    return found


def test_the_person_is_whom_sharetribe_knows(world: KitWorld, vendor: DocuSeal) -> None:
    back = f"{MARKETPLACE_ORIGIN}/account"
    found = submission(vendor, begun(world.browser(), successUrl=back))
    (party,) = found.parties

    assert world.user.email == party.email
    assert party.name
    assert back == found.return_url
    assert not party.preferences["send_email"]


def test_an_archived_submission_is_found_by_its_number(world: KitWorld, vendor: DocuSeal) -> None:
    reference = begun(world.browser())
    vendor.calls.clear()

    assert [200] == vendor.finish(reference, "archived")
    assert [f"GET /api/submissions/{reference}"] == vendor.calls
    assert ("cancelled", "archived") == (
        recorded(world)["status"],
        recorded(world)["reason"]["code"],
    )


def test_what_is_archived_or_deleted_after_it_was_signed_stays_signed(
    world: KitWorld, vendor: DocuSeal
) -> None:
    reference = begun(world.browser())
    vendor.finish(reference, "completed")
    before = private_data(world)
    vendor.archive(reference)
    assert vendor.wait_for_callbacks(5)
    vendor.archive(reference, permanently=True)

    assert 200 == vendor.resend(reference)
    assert standing(world)["signed"]
    assert before == private_data(world)


def test_the_events_that_docuseal_ticks_tell_of_a_signature(
    world: KitWorld, vendor: DocuSeal
) -> None:
    vendor.ticked = FORM_EVENTS
    assert [200, 200] == vendor.finish(begun(world.browser()), "completed")
    assert "signed" == recorded(world)["status"]


@pytest.mark.parametrize(("word", "status"), [("expired", "expired"), ("deleted", "cancelled")])
def test_an_end_that_is_not_told_shows_on_the_next_visit(
    world: KitWorld, vendor: DocuSeal, word: str, status: str
) -> None:
    vendor.ticked = FORM_EVENTS
    reference = begun(world.browser())
    assert [] == vendor.finish(reference, word)
    assert status == standing(world)["status"]
    party = submission(vendor, reference).parties[0]
    assert (reference, str(party.id)) == (
        recorded(world)["transactionReference"],
        recorded(world)["submitterId"],
    )


def test_all_events_may_come(world: KitWorld, vendor: DocuSeal) -> None:
    vendor.ticked = (*FORM_EVENTS, *SUBMISSION_EVENTS)
    reference = begun(world.browser())
    written = len(world.sharetribe.updates)

    assert [200, 200, 200] == vendor.finish(reference, "completed")
    assert written + 1 == len(world.sharetribe.updates)
    assert {200} == set(submission(vendor, reference).callbacks_sent)


def test_while_others_have_to_sign_it_waits(world: KitWorld, vendor: DocuSeal) -> None:
    reference = begun(world.browser())
    vendor.calls.clear()

    assert [200] == vendor.finish(reference, "first_party")
    assert [] == vendor.calls
    told = standing(world)
    assert ("pending", "pending", False) == (
        told["status"],
        told["reason"]["code"],
        told["signed"],
    )
    vendor.finish(reference, "completed")
    assert "signed" == recorded(world)["status"]


def test_a_submission_without_a_reference_is_asked_about_and_left_alone(
    world: KitWorld, vendor: DocuSeal
) -> None:
    reference = begun(world.browser())
    submission(vendor, reference).reference = ""
    before, calls = private_data(world), len(world.sharetribe.calls)
    vendor.calls.clear()

    assert [200] == vendor.finish(reference, "completed")
    assert 1 == len(vendor.calls)
    assert (before, calls) == (private_data(world), len(world.sharetribe.calls))


def test_a_token_of_the_test_mode_begins_nothing_live(world: KitWorld, vendor: DocuSeal) -> None:
    own, testing = vendor.api_token, vendor.testing_token
    vendor.api_token, vendor.testing_token = testing, own
    answer = world.browser().call("POST", DOCUMENT)
    vendor.api_token, vendor.testing_token = own, testing
    assert_problem(answer, 502, "vendor-refused")
    assert {} == world.user.private_data


def test_nobody_is_named_in_the_log(world: KitWorld, vendor: DocuSeal) -> None:
    with logged() as lines:
        vendor.finish(begun(world.browser()), "declined")
    text = "\n".join(lines)

    assert REASON == recorded(world)["reason"]["description"]
    for kept in (REASON, world.user.email, "192.0.2.61"):
        assert kept not in text
