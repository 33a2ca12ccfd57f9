"""Sessions that wait: what is told of them, where they go on, how often a vendor is asked."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import StartWorld
from tests.flows.steps import outcome, private_data, standing, started
from tests.kit.checks import REMARK
from tests.kit.clock import FastClock
from tests.kit.world import KitWorld

REVIEWED = {"code": "reviewed", "description": REMARK}


# Told, and not final


def test_what_is_not_final_is_acknowledged_and_changes_nothing(world: KitWorld) -> None:
    check = world.checks.checks[started(world.browser())]
    before, calls = private_data(world), len(world.sharetribe.calls)
    world.checks.finish(check.id, "reviewed", told=False)
    assert (200, "waiting") == outcome(world.checks.tell(check))
    assert (before, calls) == (private_data(world), len(world.sharetribe.calls))


def test_a_visit_tells_what_it_waits_for_until_it_is_over(world: KitWorld) -> None:
    browser = world.browser()
    reference = started(browser)
    world.checks.finish(reference, "reviewed")
    told = standing(browser)
    assert ("pending", False, REVIEWED) == (told["status"], told["verified"], told["reason"])
    world.checks.finish(reference, "passed")
    assert "reason" not in standing(browser)


def test_a_word_that_nobody_knows_approves_nobody(world: KitWorld) -> None:
    browser = world.browser()
    world.checks.finish(started(browser), "passed!")
    assert ("pending", False) == tuple(standing(browser)[name] for name in ("status", "verified"))


# Links that work once


@pytest.fixture
def once(start_world: StartWorld) -> KitWorld:
    """Return a world whose vendor's links work once."""
    return start_world(PASSCHECK_SINGLE_USE_LINKS="true")


def test_a_link_that_works_once_is_stored_nowhere(once: KitWorld) -> None:
    link = once.browser().start().json()["redirectUrl"]
    assert link not in str(private_data(once))
    assert "redirectUrl" not in standing(once.browser())


def test_a_second_click_gets_another_link_to_the_same_session(once: KitWorld) -> None:
    browser = once.browser()
    first, second = browser.start(), browser.start()
    assert (201, 200) == (first.status_code, second.status_code)
    assert first.json()["transactionReference"] == second.json()["transactionReference"]
    assert first.json()["redirectUrl"] != second.json()["redirectUrl"]
    assert 1 == len(once.checks.checks)


def test_a_session_that_was_handed_in_leads_nowhere_and_no_other_begins(once: KitWorld) -> None:
    browser = once.browser()
    reference = started(browser)
    once.checks.finish(reference, "reviewed")
    told = browser.start().json()
    assert (reference, REVIEWED) == (told["transactionReference"], told["reason"])
    assert "redirectUrl" not in told
    assert 1 == len(once.checks.checks)


def test_a_session_that_the_vendor_leads_to_no_more_is_begun_anew(once: KitWorld) -> None:
    browser = once.browser()
    over = once.checks.checks[started(browser)]
    over.finished_at = over.started_at
    assert over.id != started(browser)


def test_while_the_vendor_is_down_no_second_session_is_begun(once: KitWorld) -> None:
    browser = once.browser()
    reference = started(browser)
    once.checks.faults.mode = "error"
    assert 503 == browser.start().status_code
    once.checks.faults.reset()
    assert reference == browser.start().json()["transactionReference"]


# How often a vendor is asked


@pytest.fixture
def clock() -> FastClock:
    """Return a clock that only a test moves: no pause ends because the machine is slow."""
    now = time.time()
    return FastClock(lambda: now)


@pytest.fixture
def polled(start_world: StartWorld, clock: FastClock) -> KitWorld:
    """Return a world that pauses between its questions, as usual."""
    return start_world(PENDING_ASK_SECONDS=None, clock=clock)


def asked(world: KitWorld) -> int:
    """Return how often the vendor was asked how a check stands."""
    return len([call for call in world.checks.calls if call.startswith("GET")])


def test_a_page_that_asks_all_the_time_asks_the_vendor_once(polled: KitWorld) -> None:
    browser = polled.browser()
    started(browser)
    assert ["pending"] * 5 == [standing(browser)["status"] for _ in range(5)]
    assert 1 == asked(polled)


@pytest.mark.parametrize(("age", "pause"), [(0, 1), (300, 30), (86_400, 60)])
def test_the_pause_grows_with_the_age_of_the_session(
    polled: KitWorld, clock: FastClock, age: int, pause: int
) -> None:
    browser = polled.browser()
    started(browser)
    clock.ahead = age
    for ahead, questions in ((0, 1), (pause * 0.8, 1), (pause * 1.5, 2)):
        clock.ahead = age + ahead
        standing(browser)
        assert questions == asked(polled)


def test_of_visits_at_once_one_asks(polled: KitWorld) -> None:
    browser = polled.browser()
    started(browser)
    with ThreadPoolExecutor() as pool:
        told = [pool.submit(standing, browser) for _ in range(8)]
        assert {"pending"} == {visit.result()["status"] for visit in told}
    assert 1 == asked(polled)


def test_an_operator_may_set_how_long_the_pause_becomes(
    start_world: StartWorld, clock: FastClock
) -> None:
    world = start_world(PENDING_ASK_SECONDS="5", clock=clock)
    browser = world.browser()
    started(browser)
    clock.ahead = 86_400
    standing(browser)
    clock.ahead += 6
    standing(browser)
    assert 2 == asked(world)


def test_one_users_visits_let_another_user_ask(polled: KitWorld) -> None:
    for user in (polled.user, polled.other_user):
        browser = polled.browser(user)
        started(browser)
        standing(browser)
    assert 2 == asked(polled)


def test_in_the_pause_a_visit_tells_what_it_was_told_last(polled: KitWorld) -> None:
    browser = polled.browser()
    polled.checks.finish(started(browser), "reviewed")
    assert [REVIEWED, REVIEWED] == [standing(browser)["reason"] for _ in range(2)]
    assert 1 == asked(polled) - 1  # the callback has asked, too


def test_a_result_is_told_at_once_in_the_pause(polled: KitWorld) -> None:
    browser = polled.browser()
    reference = started(browser)
    standing(browser)
    polled.checks.finish(reference)
    assert standing(browser)["verified"]
