"""Whatever goes wrong on the way, the right, checksummed result ends up in private data."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from proxy.outgoing.deadline import deadline
from sandbox.faults import Mode
from tests.conftest import StartWorld
from tests.flows.steps import (
    APIS,
    CALLBACK_PATH,
    assert_recorded,
    callback_body,
    content_type,
    standing,
    started,
)
from tests.world import MARKETPLACE_ORIGIN, World

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


def test_a_lost_callback_heals_on_the_next_visit(each_api: World) -> None:
    world, browser = each_api, each_api.browser()
    world.jumio.callbacks = "lose"
    world.jumio.finish(started(browser), "denied-fraud")
    told = standing(browser)
    assert ("rejected", False, "valid") == (told["status"], told["verified"], told["checksum"])
    assert_recorded(world, "rejected")


@pytest.mark.parametrize("api", APIS)
def test_a_lost_callback_heals_on_the_next_start(start_world: StartWorld, api: str) -> None:
    now = [time.time()]
    world = start_world(JUMIO_API=api, clock=lambda: now[0])
    browser = world.browser()
    world.jumio.callbacks = "lose"
    world.jumio.finish(started(browser), "approved")
    now[0] += 30  # a session that has only just begun is not asked about
    again = browser.start()
    assert (200, {"status": "approved"}) == (again.status_code, again.json())
    assert_recorded(world, "approved")


def test_a_delayed_callback_is_stored_when_it_comes(each_api: World) -> None:
    world, browser = each_api, each_api.browser()
    world.jumio.callbacks = "delay"
    world.jumio.finish(started(browser), "approved")
    world.sharetribe.expire_access_tokens()
    assert {200} == set(world.jumio.release_callbacks())
    assert_recorded(world, "approved")


def test_a_callback_that_comes_after_the_pull_rewrites_nothing(each_api: World) -> None:
    world, browser = each_api, each_api.browser()
    world.jumio.callbacks = "delay"
    world.jumio.finish(started(browser), "approved")
    standing(browser)
    written = list(world.sharetribe.updates)
    assert {200} == set(world.jumio.release_callbacks())
    assert written == world.sharetribe.updates
    assert_recorded(world, "approved")


def test_a_finished_result_costs_the_vendor_no_further_question(each_api: World) -> None:
    world, browser = each_api, each_api.browser()
    world.jumio.finish(started(browser), "approved")
    world.jumio.calls.clear()
    assert standing(browser)["verified"]
    assert 200 == browser.start().status_code
    assert [] == world.jumio.calls


@pytest.mark.parametrize("mode", ["repeat", "reorder"])
def test_a_repeated_or_reordered_callback_is_written_once(each_api: World, mode: str) -> None:
    world = each_api
    reference = started(world.browser())
    world.sharetribe.updates.clear()
    world.jumio.callbacks = "repeat" if mode == "repeat" else "reorder"
    statuses = world.jumio.finish(reference, "approved")
    assert len(statuses) > 1
    assert {200} == set(statuses)
    assert 1 == len(world.sharetribe.updates)
    assert_recorded(world, "approved")


def test_a_callback_after_logout_is_deferred_and_heals_on_the_next_visit(each_api: World) -> None:
    world = each_api
    reference = started(world.browser())
    world.sharetribe.log_out(world.user.id)
    assert {200} == set(world.jumio.finish(reference, "approved"))
    assert_recorded(world, "pending")
    assert standing(world.browser())["verified"]
    assert_recorded(world, "approved")


@pytest.mark.parametrize("api", APIS)
def test_a_callback_after_logout_is_written_through_the_integration_api(
    start_world: StartWorld, api: str
) -> None:
    world = start_world(JUMIO_API=api, integration_api=True)
    for user in (world.user, world.other_user):
        reference = started(world.browser(user))
        world.sharetribe.log_out(user.id)
        # For the second user the kept operator's token has ended, too.
        world.sharetribe.expire_access_tokens()
        assert {200} == set(world.jumio.finish(reference, "approved"))
        assert_recorded(world, "approved", user)


@pytest.mark.parametrize("path", [AUTH, SHOW, UPDATE])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_callback_that_cannot_be_written_is_stored_when_sent_again(
    world: World, fault: Mode, path: str
) -> None:
    reference = started(world.browser())
    world.sharetribe.faults.only_paths = frozenset({path})
    world.sharetribe.faults.mode = fault
    assert [503] == world.jumio.finish(reference, "approved")
    world.sharetribe.faults.reset()
    assert 200 == world.jumio.resend(reference)
    assert_recorded(world, "approved")


def test_the_vendors_own_retries_bring_a_result_through_an_outage(each_api: World) -> None:
    world = each_api
    reference = started(world.browser())
    world.jumio.retries, world.jumio.retry_delay = 200, 0.02
    world.sharetribe.faults.mode = "error"
    world.jumio.finish(reference, "approved", wait=False)
    sent = world.jumio.transactions[reference].callbacks_sent
    wait_for(lambda: 503 in sent)
    world.sharetribe.faults.reset()
    assert world.jumio.wait_for_callbacks(10)
    assert 200 == sent[-1]
    assert_recorded(world, "approved")


def test_without_any_retry_an_outage_heals_on_the_next_visit(each_api: World) -> None:
    world, browser = each_api, each_api.browser()
    reference = started(browser)
    world.sharetribe.faults.mode = "error"
    assert 503 in world.jumio.finish(reference, "approved")
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
    assert [503] == world.jumio.finish(reference, "approved")
    world.sharetribe.faults.reset()
    assert 200 == world.jumio.resend(reference)
    assert_recorded(world, "approved")
    assert 1 == world.sharetribe.calls.count(f"POST {AUTH}")


def test_nothing_is_acknowledged_while_the_marketplace_hangs(world: World) -> None:
    reference = started(world.browser())
    world.sharetribe.faults.only_paths = frozenset({UPDATE})
    world.sharetribe.faults.mode = "hang"
    world.jumio.finish(reference, "approved", wait=False)
    sent = world.jumio.transactions[reference].callbacks_sent
    wait_for(lambda: world.sharetribe.calls[-1] == f"POST {UPDATE}")
    assert [] == sent
    assert_recorded(world, "pending")
    world.sharetribe.faults.reset()
    assert world.jumio.wait_for_callbacks(10)
    assert [200] == sent
    assert_recorded(world, "approved")


def test_a_marketplace_that_hangs_for_good_is_given_up_and_asked_again(world: World) -> None:
    reference = started(world.browser())
    transaction = world.jumio.transactions[reference]
    world.jumio.callbacks = "lose"
    world.jumio.finish(reference, "approved")
    world.sharetribe.faults.mode = "hang"
    with deadline(1):  # an outer, earlier deadline stays in force inside a request
        answer = world.app.test_client().post(
            CALLBACK_PATH,
            data=callback_body(transaction),
            content_type=content_type(transaction),
            environ_base={"REMOTE_ADDR": world.jumio.callback_address},
        )
    assert (503, "marketplace-unavailable") == (answer.status_code, answer.get_json()["code"])
    world.sharetribe.faults.reset()
    assert 200 == world.jumio.resend(reference)
    assert_recorded(world, "approved")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_vendor_that_is_down_leaves_the_answer_at_pending(each_api: World, fault: Mode) -> None:
    world, browser = each_api, each_api.browser()
    world.jumio.callbacks = "lose"
    world.jumio.finish(started(browser), "approved")
    world.jumio.faults.mode = fault
    assert "pending" == standing(browser)["status"]
    world.jumio.faults.reset()
    assert "approved" == standing(browser)["status"]
    assert_recorded(world, "approved")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_vendor_that_is_down_cannot_confirm_its_callback(each_api: World, fault: Mode) -> None:
    world = each_api
    reference = started(world.browser())
    world.jumio.faults.mode = fault
    assert 503 == world.jumio.finish(reference, "approved")[-1]
    assert_recorded(world, "pending")
    world.jumio.faults.reset()
    assert 200 == world.jumio.resend(reference)
    assert_recorded(world, "approved")


def test_a_result_that_is_announced_before_it_can_be_read_is_stored_on_the_retry(
    each_api: World,
) -> None:
    world = each_api
    reference = started(world.browser())
    world.jumio.retrieval_lag, world.jumio.retries, world.jumio.retry_delay = 2, 3, 0.01
    statuses = world.jumio.finish(reference, "approved")
    assert [503, 503, 200] == statuses[-3:]
    assert_recorded(world, "approved")


@pytest.mark.parametrize("path", [UPDATE, SHOW])
def test_a_start_that_the_marketplace_does_not_let_happen_bills_at_most_one_check(
    each_api: World, path: str
) -> None:
    world, browser = each_api, each_api.browser()
    world.sharetribe.faults.only_paths = frozenset({path})
    world.sharetribe.faults.mode = "error"
    answer = browser.start()
    assert (503, "marketplace-unavailable") == (answer.status_code, answer.json()["code"])
    assert (1 if path == UPDATE else 0) == world.jumio.initiations


def test_a_result_is_stored_though_its_pending_record_never_was(each_api: World) -> None:
    world = each_api
    world.sharetribe.faults.only_paths = frozenset({UPDATE})
    world.sharetribe.faults.mode = "error"
    world.browser().start()
    assert world.verification() is None
    world.sharetribe.faults.reset()
    (reference,) = world.jumio.transactions
    assert {200} == set(world.jumio.finish(reference, "approved"))
    assert_recorded(world, "approved")
    assert standing(world.browser())["verified"]


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("rotation", ["none", "grace", "strict"])
def test_tokens_that_expire_at_every_step_change_nothing(
    start_world: StartWorld, api: str, rotation: str
) -> None:
    world = start_world(JUMIO_API=api, rotation=rotation)
    world.jumio.callbacks = "lose"
    browser = world.browser()
    world.sharetribe.expire_access_tokens()
    reference = started(browser)
    world.sharetribe.expire_access_tokens()
    world.jumio.expire_tokens()
    assert "pending" == standing(browser)["status"]
    world.sharetribe.expire_access_tokens()
    world.jumio.finish(reference, "approved")
    world.jumio.expire_tokens()
    assert standing(browser)["verified"]
    assert_recorded(world, "approved")


def test_after_a_renewal_the_newest_refresh_token_is_sealed(start_world: StartWorld) -> None:
    world = start_world(rotation="strict")
    browser = world.browser()
    world.sharetribe.expire_access_tokens()
    reference = started(browser)
    assert {200} == set(world.jumio.finish(reference, "approved"))
    assert_recorded(world, "approved")


@pytest.mark.parametrize("rotation", ["none", "grace", "strict"])
def test_a_token_that_expires_while_the_vendor_is_asked_is_renewed_for_the_write(
    start_world: StartWorld, rotation: str
) -> None:
    world = start_world(rotation=rotation)

    def expire_at_the_start() -> None:
        if world.jumio.initiations == 0:
            world.sharetribe.expire_access_tokens()

    world.jumio.app.before_request(expire_at_the_start)
    browser = world.browser()
    reference = started(browser)
    assert_recorded(world, "pending")
    # Under strict rotation the sealed token died with that renewal: the pull has to do it.
    assert {200} == set(world.jumio.finish(reference, "approved"))
    assert standing(browser)["verified"]
    assert_recorded(world, "approved")


def test_under_strict_rotation_a_callback_ends_the_session_and_a_new_one_sees_the_result(
    start_world: StartWorld,
) -> None:
    world = start_world(rotation="strict")
    browser = world.browser()
    world.jumio.finish(started(browser), "approved")
    world.sharetribe.expire_access_tokens()
    answer = browser.read()
    assert (401, "session-expired") == (answer.status_code, answer.json()["code"])
    assert standing(world.browser())["verified"]


def test_a_bearer_session_without_refresh_token_ends_by_the_pull(each_api: World) -> None:
    world = each_api
    token = world.sharetribe.log_in(world.user.id)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Origin": MARKETPLACE_ORIGIN}
    visitor = world.browser()
    visitor.cookie = None
    reference = visitor.call("POST", headers=headers).json()["transactionReference"]
    assert {200} == set(world.jumio.finish(reference, "approved"))
    assert_recorded(world, "pending")
    assert visitor.call("GET", headers=headers).json()["verified"]
    assert_recorded(world, "approved")
