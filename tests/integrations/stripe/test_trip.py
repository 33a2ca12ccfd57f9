"""What is Stripe's own on the trip: starts that happen once, links, modes, erased sessions."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from integrations.stripe import STRIPE
from sandbox.stripe import StripeIdentity
from tests.clock import Clock
from tests.flows.problems import assert_problem
from tests.flows.steps import assert_recorded, logged, private_data, standing, started
from tests.integrations.stripe.guest import GUEST
from tests.kit.world import KitWorld

SESSIONS = "/v1/identity/verification_sessions"


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still until a test moves it."""
    return Clock(time.time())


@pytest.fixture
def world(clock: Clock) -> Iterator[KitWorld]:
    """Return the app with Stripe beside it, by that clock."""
    world = KitWorld(INTEGRATIONS=STRIPE.name, guests=(GUEST,), clock=clock)
    yield world
    world.close()


@pytest.fixture
def stripe(world: KitWorld) -> StripeIdentity:
    """Return Stripe, simulated."""
    found: StripeIdentity = world.vendors[STRIPE.name]
    return found


def unseen(world: KitWorld) -> None:
    """Let the next start find what the last one has found, as on another process."""
    world.user.private_data.clear()


# A start


@pytest.mark.parametrize(
    ("seconds", "asked"),
    [
        (0, [f"POST {SESSIONS}", f"GET {SESSIONS}/"]),
        (3, [f"POST {SESSIONS}", f"GET {SESSIONS}", f"GET {SESSIONS}/"]),
    ],
    ids=["the same body", "another body"],
)
def test_two_starts_that_found_the_same_begin_one_session(
    world: KitWorld, stripe: StripeIdentity, clock: Clock, seconds: int, asked: list[str]
) -> None:
    browser = world.browser()
    first = browser.start().json()
    unseen(world)
    clock.now += seconds
    stripe.calls.clear()
    second = browser.start().json()
    (session,) = stripe.transactions
    assert {session} == {first["transactionReference"], second["transactionReference"]}
    # The link in the first answer works once, and the first click may have used it.
    assert first["redirectUrl"] != second["redirectUrl"]
    assert asked == [call.replace(session, "") for call in stripe.calls]


def test_the_answer_to_a_start_may_get_lost(
    world: KitWorld, stripe: StripeIdentity, clock: Clock
) -> None:
    stripe.starts = "lost"
    assert_problem(world.browser().start(), 503, "vendor-unavailable")
    stripe.starts = "told"
    clock.now += 60
    assert [started(world.browser())] == list(stripe.transactions)


def test_a_session_of_an_earlier_start_ends_as_any_other(
    world: KitWorld, stripe: StripeIdentity, clock: Clock
) -> None:
    started(world.browser())
    unseen(world)
    clock.now += 3
    session = started(world.browser())
    assert [200] == stripe.finish(session, "verified")
    assert_recorded(world, "approved")


@pytest.mark.parametrize("outcome", ["verified", "selfie_face_mismatch", "canceled"])
def test_what_was_begun_with_the_same_key_and_is_over_is_not_gone_on_with(
    world: KitWorld, stripe: StripeIdentity, clock: Clock, outcome: str
) -> None:
    first = started(world.browser())
    stripe.callbacks = "lose"
    stripe.finish(first, outcome)
    unseen(world)
    clock.now += 3
    assert first != started(world.browser())


def test_a_start_with_a_key_that_is_in_use_can_be_made_again(
    world: KitWorld, stripe: StripeIdentity
) -> None:
    stripe.starts = "in-use"
    assert_problem(world.browser().start(), 503, "vendor-unavailable")
    stripe.starts = "told"
    assert [started(world.browser())] == list(stripe.transactions)


def test_two_people_never_share_a_session(world: KitWorld, stripe: StripeIdentity) -> None:
    started(world.browser())
    started(world.browser(world.other_user))
    asked = [session.asked for session in stripe.sessions]
    assert 2 == len({fields["client_reference_id"] for fields in asked})
    assert 2 == len({fields["metadata[reference]"] for fields in asked})


def test_an_earlier_start_is_gone_on_with_by_the_one_who_made_it(
    world: KitWorld, clock: Clock
) -> None:
    own = started(world.browser())
    unseen(world)
    clock.now += 3
    started(world.browser(world.other_user))
    assert own == started(world.browser())


def test_of_earlier_starts_the_newest_that_is_open_goes_on(
    world: KitWorld, stripe: StripeIdentity, clock: Clock
) -> None:
    first = started(world.browser())
    clock.now += 10
    second = started(world.browser(), restart=True)
    stripe.callbacks = "lose"
    stripe.finish(second, "verified")
    unseen(world)
    clock.now += 3
    assert first == started(world.browser())


def test_a_person_is_the_same_in_each_session(world: KitWorld, stripe: StripeIdentity) -> None:
    for _ in range(2):
        stripe.finish(started(world.browser()), "document_expired")
    assert 1 == len({session.asked["client_reference_id"] for session in stripe.sessions})


def test_the_user_comes_back_to_the_page_that_was_asked_for(
    world: KitWorld, stripe: StripeIdentity
) -> None:
    page = f"{world.settings['MARKETPLACE_ORIGINS']}/account?tab=checks"
    started(world.browser(), successUrl=page)
    assert [page] == [session.return_url for session in stripe.sessions]


# A session that goes on


def test_a_failed_session_is_followed_by_a_new_one(world: KitWorld, stripe: StripeIdentity) -> None:
    stripe.callbacks = "lose"
    first = started(world.browser())
    stripe.finish(first, "document_expired")
    # Within the seconds of a double click nobody is asked for results, but the link is.
    assert first != started(world.browser())


def test_a_later_try_in_the_same_session_counts(world: KitWorld, stripe: StripeIdentity) -> None:
    session = started(world.browser())
    stripe.finish(session, "selfie_face_mismatch")
    assert_recorded(world, "rejected")
    assert [200] == stripe.finish(session, "verified")
    assert_recorded(world, "approved")


def test_while_a_session_is_processed_no_other_begins(
    world: KitWorld, stripe: StripeIdentity
) -> None:
    browser = world.browser()
    session = started(browser)
    assert [200] == stripe.finish(session, "processing")
    told = standing(browser)
    assert ("pending", "processing") == (told["status"], told["reason"]["code"])
    again = browser.start()
    assert (200, session) == (again.status_code, again.json()["transactionReference"])
    assert (told["reason"], False) == (again.json()["reason"], "redirectUrl" in again.json())
    stripe.finish(session, "verified")
    assert_recorded(world, "approved")


def test_a_callback_about_a_try_that_was_followed_by_another_waits(
    world: KitWorld, stripe: StripeIdentity
) -> None:
    session = started(world.browser())
    stripe.callbacks = "delay"
    stripe.finish(session, "selfie_face_mismatch")
    stripe.finish(session, "processing")
    assert [200, 200] == stripe.release_callbacks()
    assert_recorded(world, "pending")


# Modes and erased sessions


def test_what_is_told_of_the_other_mode_changes_nothing_and_is_logged(
    world: KitWorld, stripe: StripeIdentity
) -> None:
    session = started(world.browser())
    for one in stripe.sessions:
        one.is_live = True
    before, asked = private_data(world), list(stripe.calls)
    with logged() as lines:
        assert [200] == stripe.finish(session, "verified")
    assert (before, asked) == (private_data(world), stripe.calls)
    assert 1 == sum("event=callback-of-other-mode" in line for line in lines)
    assert "pending" == standing(world.browser())["status"]


def test_a_session_that_was_erased_before_it_was_heard_of_has_failed(
    world: KitWorld, stripe: StripeIdentity
) -> None:
    browser = world.browser()
    assert [200] == stripe.finish(started(browser), "redacted")
    assert_recorded(world, "pending")
    assert "failed" == standing(browser)["status"]


def test_a_callback_that_comes_again_after_the_session_was_erased_takes_nothing_away(
    world: KitWorld, stripe: StripeIdentity
) -> None:
    session = started(world.browser())
    stripe.finish(session, "verified")
    (one,) = stripe.sessions
    (event,) = stripe.events(one)
    one.is_erased = True
    assert 200 == stripe.tell(one, event)
    assert_recorded(world, "approved")
