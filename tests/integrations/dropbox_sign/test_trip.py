"""What is Dropbox Sign's own on the trip: links, exchanged bodies, cancellations, one answer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from integrations.dropbox_sign import DROPBOX_SIGN
from sandbox.dropbox_sign import SIMULATOR, DropboxSign
from sandbox.dropbox_sign.events import formed
from sandbox.dropbox_sign.signature_request import SignatureRequest
from sandbox.kit.checks import Event
from tests.clock import Clock
from tests.flows.steps import logged, private_data
from tests.integrations.dropbox_sign.guest import GUEST
from tests.kit.world import KitWorld
from tests.world import Browser

SIGNINGS = "/api/signings/provider-agreement"
RECORD = "signing_provider-agreement"


@pytest.fixture(scope="module")
def clock() -> Clock:
    """Return a clock that stands still until a test moves it."""
    return Clock(time.time())


@pytest.fixture(scope="module")
def shared_world(clock: Clock) -> Iterator[KitWorld]:
    """Return the app with Dropbox Sign beside it, for all tests."""
    world = KitWorld(INTEGRATIONS=DROPBOX_SIGN.name, guests=(GUEST,), clock=clock)
    yield world
    world.close()


@pytest.fixture
def world(shared_world: KitWorld) -> KitWorld:
    """Return that app as if nothing had happened."""
    shared_world.start_afresh()
    sign = shared_world.vendors[DROPBOX_SIGN.name]
    sign.callback_url = f"{shared_world.api_url}/callbacks/dropbox-sign"
    return shared_world


@pytest.fixture
def sign(world: KitWorld) -> DropboxSign:
    """Return Dropbox Sign, simulated."""
    found: DropboxSign = world.vendors[DROPBOX_SIGN.name]
    return found


def begun(browser: Browser, **body: object) -> dict[str, Any]:
    """Begin to sign, or go on; return what leads there."""
    answer = browser.call("POST", SIGNINGS, json_body=body)
    assert answer.status_code in (200, 201), answer.text
    told: dict[str, Any] = answer.json()
    return told


def made_by(world: KitWorld, browser: Browser, **body: object) -> SignatureRequest:
    """Begin to sign; return the request as the vendor has it."""
    reference = begun(browser, **body)["transactionReference"]
    found: SignatureRequest = world.vendors[DROPBOX_SIGN.name].transactions[reference]
    return found


def standing(browser: Browser) -> dict[str, Any]:
    """Return what the app tells of the document."""
    told: dict[str, Any] = browser.call("GET", SIGNINGS).json()
    return told


def recorded(world: KitWorld) -> str:
    """Return the status in the user's private data."""
    assert world.checksum_holds(key=RECORD)
    status: str = world.user.private_data[RECORD]["status"]
    return status


def posted(world: KitWorld, event: Event) -> requests.Response:
    """Send an event, and return the whole answer."""
    return requests.post(
        f"{world.api_url}/callbacks/dropbox-sign",
        data=event.body,
        headers={"Content-Type": event.content_type},
        timeout=30,
    )


def exchanged(event: Event, **fields: object) -> Event:
    """Return an event whose hash is untouched, with other fields in its request."""
    document = json.loads(event.body.split(b"\r\n")[3])
    document["signature_request"].update(fields)
    return formed(json.dumps(document), "exchanged")


# Links


def test_a_link_is_opened_by_the_library_and_signed(world: KitWorld, sign: DropboxSign) -> None:
    link = begun(world.browser())["redirectUrl"]
    page = requests.get(SIMULATOR.framed(sign, link, f"{world.url}/account"), timeout=30)
    assert 200 == page.status_code
    seat = page.text.partition('name="seat" value="')[2].partition('"')[0]
    address = link.partition("?")[0]
    requests.post(address, data={"seat": seat, "outcome": "signed"}, timeout=30)
    assert sign.wait_for_callbacks(30)
    assert "signed" == recorded(world)


@pytest.mark.parametrize("escapes", [False, True])
def test_each_start_has_a_link_of_its_own_to_the_same_request(
    world: KitWorld, sign: DropboxSign, *, escapes: bool
) -> None:
    sign.escapes_links = escapes
    browser = world.browser()
    first, second = begun(browser), begun(browser)
    assert first["transactionReference"] == second["transactionReference"]
    assert first["redirectUrl"] != second["redirectUrl"]
    assert "&amp;" not in first["redirectUrl"] + second["redirectUrl"]
    assert 1 == len(sign.transactions)
    assert first["redirectUrl"] not in str(private_data(world))


def test_who_has_signed_before_others_is_led_nowhere(world: KitWorld, sign: DropboxSign) -> None:
    browser = world.browser()
    made = made_by(world, browser)
    sign.finish(made.id, "signed_first")
    again = begun(browser)
    assert (made.id, "signed") == (again["transactionReference"], again["reason"]["code"])
    assert "redirectUrl" not in again
    told = standing(browser)
    assert ("pending", False) == (told["status"], told["signed"])


def test_a_signer_whose_address_was_changed_goes_on(world: KitWorld) -> None:
    browser = world.browser()
    made = made_by(world, browser)
    made.signature_id = "0c" * 16
    again = begun(browser)
    assert made.id == again["transactionReference"]
    assert "signature_id=" + "0c" * 16 in again["redirectUrl"]


def test_a_request_goes_on_without_the_deadline_that_is_refused(
    world: KitWorld, sign: DropboxSign
) -> None:
    sign.refuses_expiry = True
    assert made_by(world, world.browser()).expires_at is None
    sign.refuses_expiry = False
    assert made_by(world, world.browser(), restart=True).expires_at is not None


def test_the_signer_is_whom_the_marketplace_knows(world: KitWorld) -> None:
    made = made_by(world, world.browser())
    assert world.user.email == made.signer["email_address"]
    assert world.user.first_name in made.signer["name"]
    assert made.asked["allow_decline"]


# Events


def test_a_test_of_the_address_is_acknowledged(world: KitWorld, sign: DropboxSign) -> None:
    sign.callback_url = None
    assert 200 == sign.enter_callback_url(f"{world.api_url}/callbacks/dropbox-sign")


def test_every_event_gets_the_one_answer_that_settles_it(
    world: KitWorld, sign: DropboxSign
) -> None:
    made = made_by(world, world.browser())
    sign.callbacks = "lose"
    sign.finish(made.id, "signed")
    kinds = ("sent", "viewed", "signed", "all_signed", "downloadable", "destroyed", "sealed")
    for kind in kinds:
        answer = posted(world, sign.event(made, kind))
        assert (200, "Hello API Event Received") == (answer.status_code, answer.text)
    assert "signed" == recorded(world)


def test_events_in_any_order_end_in_the_last_word(world: KitWorld, sign: DropboxSign) -> None:
    made = made_by(world, world.browser())
    sign.callbacks = "reorder"
    sign.finish(made.id, "signed_first")
    sign.finish(made.id, "signed")
    assert {200} == set(sign.release_callbacks())
    assert "signed" == recorded(world)


def test_an_event_that_the_api_does_not_bear_out_is_acknowledged(
    world: KitWorld, sign: DropboxSign
) -> None:
    made = made_by(world, world.browser())
    assert 200 == posted(world, sign.event(made, "all_signed")).status_code
    assert "pending" == recorded(world)


def test_an_event_comes_again_while_the_api_is_down(
    world: KitWorld, sign: DropboxSign, clock: Clock
) -> None:
    made = made_by(world, world.browser())
    sign.faults.mode = "error"
    assert {503} == set(sign.finish(made.id, "declined"))
    sign.faults.reset()
    clock.now += 5 * 60
    assert {200} == set(sign.come_again())
    assert "declined" == recorded(world)


# What a hash does not cover


def test_an_exchanged_request_counts_for_nobody(world: KitWorld, sign: DropboxSign) -> None:
    ours = made_by(world, world.browser())
    theirs = made_by(world, world.browser(world.other_user))
    sign.callbacks = "lose"
    sign.finish(theirs.id, "signed")
    genuine = sign.event(theirs, "all_signed")
    before = private_data(world)
    told = {"is_complete": True, "signatures": theirs.shown("")["signatures"]}
    for forged in (
        exchanged(sign.event(ours, "all_signed"), **told),
        exchanged(genuine, metadata={"echoseal": ours.reference}),
        exchanged(genuine, signature_request_id=ours.id),
        exchanged(genuine, metadata={}),
        exchanged(genuine, signature_request_id="0d" * 20, metadata={"echoseal": ours.reference}),
    ):
        assert 200 == posted(world, forged).status_code
    assert before == private_data(world)


def test_what_a_stranger_has_hashed_is_refused(world: KitWorld, sign: DropboxSign) -> None:
    made = made_by(world, world.browser())
    sign.callbacks = "lose"
    sign.finish(made.id, "signed")
    calls = list(sign.calls)
    assert 401 == posted(world, sign.event(made, "all_signed", "a-guessed-key")).status_code
    assert (calls, "pending") == (sign.calls, recorded(world))


def test_another_app_of_the_account_is_not_ours(world: KitWorld, sign: DropboxSign) -> None:
    made = made_by(world, world.browser())
    sign.callbacks = "lose"
    sign.finish(made.id, "signed")
    made.reference = "order-4711"
    before, calls = private_data(world), list(world.sharetribe.calls)
    with logged() as lines:
        assert 200 == posted(world, sign.event(made, "all_signed")).status_code
    assert (before, calls) == (private_data(world), world.sharetribe.calls)
    assert any("outcome=foreign" in line for line in lines)


# Cancellations


def test_a_cancelled_request_is_heard_of_at_the_next_visit(
    world: KitWorld, sign: DropboxSign
) -> None:
    browser = world.browser()
    made = made_by(world, browser)
    assert [200] == sign.finish(made.id, "canceled")
    assert "pending" == recorded(world)
    told = standing(browser)
    assert ("cancelled", "deleted") == (told["status"], told["reason"]["code"])
    assert made.id != begun(browser)["transactionReference"]


def test_an_event_after_the_request_was_deleted_takes_nothing_away(
    world: KitWorld, sign: DropboxSign
) -> None:
    made = made_by(world, world.browser())
    sign.finish(made.id, "signed")
    late = sign.event(made, "downloadable")
    made.outcome = "canceled"
    assert 200 == posted(world, late).status_code
    assert "signed" == recorded(world)


def test_what_was_signed_in_test_mode_signs_nothing(world: KitWorld, sign: DropboxSign) -> None:
    browser = world.browser()
    made = made_by(world, browser)
    made.asked["test_mode"] = True
    assert {200} == set(sign.finish(made.id, "signed"))
    told = standing(browser)
    assert ("pending", "test_mode") == (told["status"], told["reason"]["code"])
