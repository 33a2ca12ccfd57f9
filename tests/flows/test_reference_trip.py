"""The whole trip over HTTP, for both APIs and every rotation mode."""

from __future__ import annotations

import pytest

from tests.conftest import StartWorld
from tests.kit.examples import CHECKS
from tests.kit.world import KitWorld

ROTATIONS = ("none", "grace", "strict")


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("rotation", ROTATIONS)
def test_an_approved_verification_reaches_private_data(
    start_world: StartWorld, check: str, rotation: str
) -> None:
    world = start_world(INTEGRATIONS=check, rotation=rotation)
    started = world.browser().start()
    statuses = world.checks.finish(started.json()["transactionReference"])
    assert {200} == set(statuses)
    stored = world.verification()
    assert stored is not None
    assert "approved" == stored["status"]
    assert world.checksum_holds()


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("rotation", ROTATIONS)
def test_an_expired_access_token_is_renewed_on_every_leg(
    start_world: StartWorld, check: str, rotation: str
) -> None:
    world = start_world(INTEGRATIONS=check, rotation=rotation)
    browser = world.browser()
    world.sharetribe.expire_access_tokens()
    started = browser.start()
    assert 201 == started.status_code
    world.sharetribe.expire_access_tokens()
    world.checks.finish(started.json()["transactionReference"])
    assert "approved" == (world.verification() or {})["status"]


def test_a_start_answers_with_where_to_send_the_user(each_check: KitWorld) -> None:
    answer = each_check.browser().start()
    assert 201 == answer.status_code
    assert {"status", "transactionReference", "redirectUrl", "expiresAt"} == set(answer.json())
    assert answer.json()["redirectUrl"].startswith(each_check.checks.base_url)


def test_a_start_costs_three_upstream_calls(world: KitWorld) -> None:
    world.browser().start()
    assert (world.sharetribe.calls) == [
        "GET /v1/api/current_user/show",
        "POST /v1/api/current_user/update_profile",
    ]
    assert ["POST /checks"] == world.checks.calls


def test_a_callback_costs_three_calls_and_one_retrieval(world: KitWorld) -> None:
    reference = world.browser().start().json()["transactionReference"]
    world.sharetribe.calls.clear()
    world.checks.calls.clear()
    world.checks.finish(reference)
    assert [
        "POST /v1/auth/token",
        "GET /v1/api/current_user/show",
        "POST /v1/api/current_user/update_profile",
    ] == world.sharetribe.calls
    subject = world.checks.check.subject_id
    assert [f"GET /subjects/{subject}/checks/{reference}"] == world.checks.calls


def test_a_look_while_pending_costs_one_call_to_the_marketplace(each_check: KitWorld) -> None:
    browser = each_check.browser()
    browser.start()
    each_check.sharetribe.calls.clear()
    assert "pending" == browser.read().json()["status"]
    assert ["GET /v1/api/current_user/show"] == each_check.sharetribe.calls


def test_a_repeated_callback_writes_nothing(world: KitWorld) -> None:
    reference = world.browser().start().json()["transactionReference"]
    world.checks.finish(reference)
    world.sharetribe.calls.clear()
    world.checks.tell(world.checks.checks[reference])
    assert "POST /v1/api/current_user/update_profile" not in world.sharetribe.calls
