"""Whatever goes wrong on the way, the right, checksummed result ends up in private data."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from proxy.outgoing.deadline import deadline
from sandbox.faults import Mode
from tests.conftest import StartWorld
from tests.flows.steps import (
    assert_recorded,
    standing,
    started,
)
from tests.kit.examples import CHECKS
from tests.kit.world import KitWorld
from tests.world import MARKETPLACE_ORIGIN

AUTH, SHOW, UPDATE = (
    "/v1/auth/token",
    "/v1/api/current_user/show",
    "/v1/api/current_user/update_profile",
)
FAULTS = ("error", "reset", "rate-limit", "garbage")


def wait_for(happened: Callable[[], object], seconds: float = 10) -> None:
    """Wait until `happened()` is true; fail after `seconds`."""
    ends_at = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < ends_at, "it did not happen in time"
        time.sleep(0.005)


def test_a_lost_callback_heals_on_the_next_visit(each_check: KitWorld) -> None:
    world, browser = each_check, each_check.browser()
    world.checks.loses = True
    world.checks.finish(started(browser), "refused")
    told = standing(browser)
    assert ("rejected", False, "valid") == (told["status"], told["verified"], told["checksum"])
    assert_recorded(world, "rejected")


@pytest.mark.parametrize("check", CHECKS)
def test_a_lost_callback_heals_on_the_next_start(start_world: StartWorld, check: str) -> None:
    now = [time.time()]
    world = start_world(INTEGRATIONS=check, clock=lambda: now[0])
    browser = world.browser()
    world.checks.loses = True
    world.checks.finish(started(browser))
    now[0] += 30  # a session that has only just begun is not asked about
    again = browser.start()
    assert (200, {"status": "approved"}) == (again.status_code, again.json())
    assert_recorded(world, "approved")


def test_a_delayed_callback_is_stored_when_it_comes(each_check: KitWorld) -> None:
    world, browser = each_check, each_check.browser()
    world.checks.loses = True
    world.checks.finish(started(browser))
    world.sharetribe.expire_access_tokens()
    assert {200} == {world.checks.tell(world.checks.check).status}
    assert_recorded(world, "approved")


def test_a_callback_that_comes_after_the_pull_rewrites_nothing(each_check: KitWorld) -> None:
    world, browser = each_check, each_check.browser()
    world.checks.loses = True
    world.checks.finish(started(browser))
    standing(browser)
    written = list(world.sharetribe.updates)
    assert {200} == {world.checks.tell(world.checks.check).status}
    assert written == world.sharetribe.updates
    assert_recorded(world, "approved")


def test_a_finished_result_costs_the_vendor_no_further_question(each_check: KitWorld) -> None:
    world, browser = each_check, each_check.browser()
    world.checks.finish(started(browser))
    world.checks.calls.clear()
    assert standing(browser)["verified"]
    assert 200 == browser.start().status_code
    assert [] == world.checks.calls


def test_a_repeated_callback_is_written_once(each_check: KitWorld) -> None:
    world = each_check
    reference = started(world.browser())
    world.sharetribe.updates.clear()
    world.checks.finish(reference)
    told = [world.checks.tell(world.checks.check) for _ in range(2)]
    assert [(200, "unchanged")] * 2 == [(one.status, one.body["status"]) for one in told]
    assert 1 == len(world.sharetribe.updates)
    assert_recorded(world, "approved")


def test_a_callback_after_logout_is_deferred_and_heals_on_the_next_visit(
    each_check: KitWorld,
) -> None:
    world = each_check
    reference = started(world.browser())
    world.sharetribe.log_out(world.user.id)
    assert {200} == set(world.checks.finish(reference))
    assert_recorded(world, "pending")
    assert standing(world.browser())["verified"]
    assert_recorded(world, "approved")


@pytest.mark.parametrize("check", CHECKS)
def test_a_callback_after_logout_is_written_through_the_integration_api(
    start_world: StartWorld, check: str
) -> None:
    world = start_world(INTEGRATIONS=check, integration_api=True)
    for user in (world.user, world.other_user):
        reference = started(world.browser(user))
        world.sharetribe.log_out(user.id)
        # For the second user the kept operator's token has ended, too.
        world.sharetribe.expire_access_tokens()
        assert {200} == set(world.checks.finish(reference))
        assert_recorded(world, "approved", user)


@pytest.mark.parametrize("path", [AUTH, SHOW, UPDATE])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_callback_that_cannot_be_written_is_stored_when_sent_again(
    world: KitWorld, fault: Mode, path: str
) -> None:
    reference = started(world.browser())
    world.sharetribe.faults.only_paths = frozenset({path})
    world.sharetribe.faults.mode = fault
    assert [503] == world.checks.finish(reference)
    world.sharetribe.faults.reset()
    assert 200 == world.checks.tell(world.checks.checks[reference]).status
    assert_recorded(world, "approved")


def test_without_any_retry_an_outage_heals_on_the_next_visit(each_check: KitWorld) -> None:
    world, browser = each_check, each_check.browser()
    reference = started(browser)
    world.sharetribe.faults.mode = "error"
    assert 503 in world.checks.finish(reference)
    world.sharetribe.faults.reset()
    assert standing(browser)["verified"]
    assert_recorded(world, "approved")


def test_an_outage_with_the_token_already_spent_heals_when_the_callback_comes_again_at_once(
    start_world: StartWorld,
) -> None:
    world = start_world(rotation="strict")
    reference = started(world.browser())
    world.sharetribe.faults.only_paths = frozenset({SHOW})
    world.sharetribe.faults.mode = "error"
    assert [503] == world.checks.finish(reference)
    world.sharetribe.faults.reset()
    assert 200 == world.checks.tell(world.checks.checks[reference]).status
    assert_recorded(world, "approved")
    assert 1 == world.sharetribe.calls.count(f"POST {AUTH}")


def test_nothing_is_acknowledged_while_the_marketplace_hangs(world: KitWorld) -> None:
    reference = started(world.browser())
    world.sharetribe.faults.only_paths = frozenset({UPDATE})
    world.sharetribe.faults.mode = "hang"
    with ThreadPoolExecutor(1) as vendor:
        finished = vendor.submit(world.checks.finish, reference)
        wait_for(lambda: world.sharetribe.calls[-1] == f"POST {UPDATE}")
        assert not finished.done()
        assert_recorded(world, "pending")
        world.sharetribe.faults.reset()
    assert [200] == finished.result()
    assert_recorded(world, "approved")


def test_a_marketplace_that_hangs_for_good_is_given_up_and_asked_again(world: KitWorld) -> None:
    reference = started(world.browser())
    transaction = world.checks.checks[reference]
    world.checks.finish(reference, told=False)
    body = world.checks.callback(transaction)
    world.sharetribe.faults.mode = "hang"
    with deadline(1):  # an outer, earlier deadline stays in force inside a request
        answer = world.app.test_client().post(
            "/api/callbacks/passcheck",
            data=body,
            content_type=world.checks.content_type,
            headers=world.checks.signed(body),
        )
    assert (503, "marketplace-unavailable") == (answer.status_code, answer.get_json()["code"])
    world.sharetribe.faults.reset()
    assert 200 == world.checks.tell(world.checks.checks[reference]).status
    assert_recorded(world, "approved")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_vendor_that_is_down_leaves_the_answer_at_pending(
    each_check: KitWorld, fault: Mode
) -> None:
    world, browser = each_check, each_check.browser()
    world.checks.loses = True
    world.checks.finish(started(browser))
    world.checks.faults.mode = fault
    assert "pending" == standing(browser)["status"]
    world.checks.faults.reset()
    assert "approved" == standing(browser)["status"]
    assert_recorded(world, "approved")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_vendor_that_is_down_cannot_confirm_its_callback(
    each_check: KitWorld, fault: Mode
) -> None:
    world = each_check
    reference = started(world.browser())
    world.checks.faults.mode = fault
    assert 503 == world.checks.finish(reference)[-1]
    assert_recorded(world, "pending")
    world.checks.faults.reset()
    assert 200 == world.checks.tell(world.checks.checks[reference]).status
    assert_recorded(world, "approved")


def test_a_result_that_is_announced_before_it_can_be_read_is_stored_on_the_retry(
    each_check: KitWorld,
) -> None:
    world = each_check
    reference = started(world.browser())
    assert (503, "vendor-unavailable") == world.checks.tell(world.checks.check).refusal
    assert "POST /v1/auth/token" not in world.sharetribe.calls
    assert [200] == world.checks.finish(reference)
    assert_recorded(world, "approved")


@pytest.mark.parametrize("path", [UPDATE, SHOW])
def test_a_start_that_the_marketplace_does_not_let_happen_bills_at_most_one_check(
    each_check: KitWorld, path: str
) -> None:
    world, browser = each_check, each_check.browser()
    world.sharetribe.faults.only_paths = frozenset({path})
    world.sharetribe.faults.mode = "error"
    answer = browser.start()
    assert (503, "marketplace-unavailable") == (answer.status_code, answer.json()["code"])
    assert (1 if path == UPDATE else 0) == len(world.checks.checks)


def test_a_result_is_stored_though_its_pending_record_never_was(each_check: KitWorld) -> None:
    world = each_check
    world.sharetribe.faults.only_paths = frozenset({UPDATE})
    world.sharetribe.faults.mode = "error"
    world.browser().start()
    assert world.verification() is None
    world.sharetribe.faults.reset()
    (reference,) = world.checks.checks
    assert {200} == set(world.checks.finish(reference))
    assert_recorded(world, "approved")
    assert standing(world.browser())["verified"]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("rotation", ["none", "grace", "strict"])
def test_tokens_that_expire_at_every_step_change_nothing(
    start_world: StartWorld, check: str, rotation: str
) -> None:
    world = start_world(INTEGRATIONS=check, rotation=rotation)
    world.checks.loses = True
    browser = world.browser()
    world.sharetribe.expire_access_tokens()
    reference = started(browser)
    world.sharetribe.expire_access_tokens()
    assert "pending" == standing(browser)["status"]
    world.sharetribe.expire_access_tokens()
    world.checks.finish(reference)
    assert standing(browser)["verified"]
    assert_recorded(world, "approved")


def test_after_a_renewal_the_newest_refresh_token_is_sealed(start_world: StartWorld) -> None:
    world = start_world(rotation="strict")
    browser = world.browser()
    world.sharetribe.expire_access_tokens()
    reference = started(browser)
    assert {200} == set(world.checks.finish(reference))
    assert_recorded(world, "approved")


@pytest.mark.parametrize("rotation", ["none", "grace", "strict"])
def test_a_token_that_expires_while_the_vendor_is_asked_is_renewed_for_the_write(
    start_world: StartWorld, rotation: str
) -> None:
    world = start_world(rotation=rotation)

    def expire_at_the_start() -> None:
        if len(world.checks.checks) == 0:
            world.sharetribe.expire_access_tokens()

    world.checks.app.before_request(expire_at_the_start)
    browser = world.browser()
    reference = started(browser)
    assert_recorded(world, "pending")
    # Under strict rotation the sealed token died with that renewal: the pull has to do it.
    assert {200} == set(world.checks.finish(reference))
    assert standing(browser)["verified"]
    assert_recorded(world, "approved")


def test_under_strict_rotation_a_callback_ends_the_session_and_a_new_one_sees_the_result(
    start_world: StartWorld,
) -> None:
    world = start_world(rotation="strict")
    # Within one second it issues one access token, so that what the callback's renewal has brought
    # is as dead as the visitor's: else this very process would remember it, and no other one.
    now = world.sharetribe.clock()
    world.sharetribe.clock = lambda: now
    browser = world.browser()
    world.checks.finish(started(browser))
    world.sharetribe.expire_access_tokens()
    answer = browser.read()
    assert (401, "session-expired") == (answer.status_code, answer.json()["code"])
    assert standing(world.browser())["verified"]


def test_a_bearer_session_without_refresh_token_ends_by_the_pull(each_check: KitWorld) -> None:
    world = each_check
    token = world.sharetribe.log_in(world.user.id)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Origin": MARKETPLACE_ORIGIN}
    visitor = world.browser()
    visitor.cookie = None
    reference = visitor.call("POST", headers=headers).json()["transactionReference"]
    assert {200} == set(world.checks.finish(reference))
    assert_recorded(world, "pending")
    assert visitor.call("GET", headers=headers).json()["verified"]
    assert_recorded(world, "approved")
