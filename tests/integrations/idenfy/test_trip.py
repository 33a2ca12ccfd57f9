"""iDenfy, asked by the real app: its own rudeness, and what is kept of a document."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sandbox.idenfy.vendor import Idenfy
from tests.clock import Clock
from tests.flows.problems import assert_problem
from tests.flows.steps import assert_recorded, standing, started
from tests.integrations.idenfy.guest import GUEST
from tests.kit.world import KitWorld, started_worlds


@pytest.fixture
def worlds() -> Iterator[Callable[..., KitWorld]]:
    """Return a function that starts worlds with iDenfy."""
    for start in started_worlds(KitWorld):
        yield lambda start=start, **options: start(
            INTEGRATIONS="idenfy", guests=(GUEST,), **options
        )


@pytest.fixture
def world(worlds: Callable[..., KitWorld]) -> KitWorld:
    return worlds()


@pytest.fixture
def idenfy(world: KitWorld) -> Idenfy:
    found: Idenfy = world.vendors["idenfy"]
    return found


def test_a_preliminary_approval_is_acknowledged_and_nothing_is_asked(
    world: KitWorld, idenfy: Idenfy
) -> None:
    reference = started(world.browser())
    idenfy.calls.clear()
    assert [200] == idenfy.finish(reference, "reviewing")
    assert [] == idenfy.calls
    assert_recorded(world, "pending")


def test_a_status_that_lags_behind_sends_nobody_to_the_failure_page(
    world: KitWorld, idenfy: Idenfy
) -> None:
    browser = world.browser()
    reference = started(browser)
    idenfy.is_late = True
    assert [200] == idenfy.finish(reference, "approved")
    assert_recorded(world, "pending")
    idenfy.is_late = False
    assert standing(browser)["verified"]


def test_a_suspicion_that_the_operator_lifts_counts_without_being_told(
    world: KitWorld, idenfy: Idenfy
) -> None:
    browser = world.browser()
    reference = started(browser)
    assert [200] == idenfy.finish(reference, "suspected")
    assert "SUSPECTED" == standing(browser)["reason"]["code"]
    idenfy.callbacks = "lose"
    idenfy.finish(reference, "approved")
    assert standing(browser)["verified"]


def test_deleting_a_verification_takes_no_result_away(world: KitWorld, idenfy: Idenfy) -> None:
    browser = world.browser()
    reference = started(browser)
    idenfy.finish(reference, "approved")
    idenfy.delete(reference)
    assert 200 == idenfy.resend(reference)
    assert standing(browser)["verified"]


def test_a_link_that_nobody_used_expires_by_itself(worlds: Callable[..., KitWorld]) -> None:
    clock = Clock(1_800_000_000.0)
    browser = worlds(clock=clock).browser()
    started(browser)
    clock.now += 60 * 60
    assert "expired" == standing(browser)["status"]


def test_listed_fields_are_kept_and_no_others(worlds: Callable[..., KitWorld]) -> None:
    world = worlds(IDENTITY_RESULT_FIELDS="lastName")
    world.vendors["idenfy"].finish(started(world.browser()), "approved")
    record = world.verification()
    assert record is not None
    expected = {"type": "DRIVING_LICENSE", "country": "FIN", "lastName": "ESIMERKKI"}
    assert expected == record["document"]


def test_two_sessions_of_a_user_share_a_pseudonym(worlds: Callable[..., KitWorld]) -> None:
    clock = Clock(1_800_000_000.0)
    world = worlds(clock=clock)
    for user, restart in ((world.user, False), (world.user, True), (world.other_user, False)):
        clock.now += 10
        started(world.browser(user), restart=restart)
    first, second, third = [scan.external_ref for scan in world.vendors["idenfy"].scans()]
    assert first == second != third


def test_of_a_double_click_on_two_processes_one_begins_and_one_may_try_again(
    worlds: Callable[..., KitWorld],
) -> None:
    world = worlds(clock=Clock(1_800_000_000.0))
    browser = world.browser()
    started(browser)
    assert_problem(browser.start(restart=True), 503, "vendor-unavailable")
    assert 1 == len(world.vendors["idenfy"].scans())
