"""The whole trip over HTTP, for both APIs and every rotation mode."""

from __future__ import annotations

import pytest

from tests.conftest import StartWorld
from tests.world import World

APIS = ("netverify", "kyx")
ROTATIONS = ("none", "grace", "strict")


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("rotation", ROTATIONS)
def test_an_approved_verification_reaches_private_data(
    start_world: StartWorld, api: str, rotation: str
) -> None:
    world = start_world(JUMIO_API=api, rotation=rotation)
    started = world.browser().start()
    statuses = world.jumio.finish(started.json()["transactionReference"], "approved")
    assert {200} == set(statuses)
    stored = world.verification()
    assert stored is not None
    assert "approved" == stored["status"]
    assert world.checksum_holds()


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("rotation", ROTATIONS)
def test_an_expired_access_token_is_renewed_on_every_leg(
    start_world: StartWorld, api: str, rotation: str
) -> None:
    world = start_world(JUMIO_API=api, rotation=rotation)
    browser = world.browser()
    world.sharetribe.expire_access_tokens()
    started = browser.start()
    assert 201 == started.status_code
    world.sharetribe.expire_access_tokens()
    world.jumio.finish(started.json()["transactionReference"], "approved")
    assert "approved" == (world.verification() or {})["status"]


def test_a_start_answers_with_where_to_send_the_user(each_api: World) -> None:
    answer = each_api.browser().start()
    assert 201 == answer.status_code
    assert {"status", "transactionReference", "redirectUrl", "expiresAt"} == set(answer.json())
    assert answer.json()["redirectUrl"].startswith(each_api.jumio.base_url)


def test_a_start_costs_three_upstream_calls(world: World) -> None:
    world.browser().start()
    assert (world.sharetribe.calls) == [
        "GET /v1/api/current_user/show",
        "POST /v1/api/current_user/update_profile",
    ]
    assert ["POST /api/v4/initiate"] == world.jumio.calls


def test_a_callback_costs_three_calls_and_one_retrieval(world: World) -> None:
    reference = world.browser().start().json()["transactionReference"]
    world.sharetribe.calls.clear()
    world.jumio.calls.clear()
    world.jumio.finish(reference, "approved")
    assert [
        "POST /v1/auth/token",
        "GET /v1/api/current_user/show",
        "POST /v1/api/current_user/update_profile",
    ] == world.sharetribe.calls
    assert [f"GET /api/netverify/v2/scans/{reference}/data"] == world.jumio.calls


def test_a_look_while_pending_costs_one_call_to_the_marketplace(each_api: World) -> None:
    browser = each_api.browser()
    browser.start()
    each_api.sharetribe.calls.clear()
    assert "pending" == browser.read().json()["status"]
    assert ["GET /v1/api/current_user/show"] == each_api.sharetribe.calls


def test_a_repeated_callback_writes_nothing(world: World) -> None:
    reference = world.browser().start().json()["transactionReference"]
    world.jumio.finish(reference, "approved")
    world.sharetribe.calls.clear()
    world.jumio.resend(reference)
    assert "POST /v1/api/current_user/update_profile" not in world.sharetribe.calls
