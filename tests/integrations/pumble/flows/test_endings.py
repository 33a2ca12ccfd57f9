"""How a Pumble connection ends, and what becomes of tokens that change or die."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from sandbox.faults import Mode
from tests.flows.connecting import begin, come_back, connect, end_of, entry
from tests.flows.steps import assert_recorded, private_data
from tests.integrations.pumble.flows.operators_workspace import (
    DOWN,
    OWN_HANDLERS,
    Clock,
    first,
    reconnect,
    status,
    texts,
    uninstalled,
    verify,
    workspaces,
)
from tests.integrations.pumble.flows.world import PumbleWorld, StartWorld

# The end of a connection


def test_an_uninstallation_wipes(world: PumbleWorld) -> None:
    assert 200 == world.pumble.uninstall(first(world).id).status
    assert "not-connected" == status(world)
    assert "pumbleConnection" not in world.user.private_data


def test_an_uninstallation_wipes_nothing_else(world: PumbleWorld) -> None:
    connect(world, "calendar")
    verify(world, "passed")
    kept_before = {k: v for k, v in private_data(world)[world.user.id].items() if "pumble" not in k}
    world.pumble.uninstall(first(world).id)
    kept = {k: v for k, v in private_data(world)[world.user.id].items() if "pumble" not in k}
    assert kept_before == kept
    assert {} == private_data(world)[world.other_user.id]


def test_an_uninstallation_in_the_second_of_the_connection_wipes(world: PumbleWorld) -> None:
    connect(world, "pumble")
    world.pumble.uninstall(first(world).id)
    assert "not-connected" == status(world)


def test_an_uninstallation_that_is_told_twice_is_acknowledged(world: PumbleWorld) -> None:
    event = uninstalled(world, first(world).id, "2027-01-01T00:00:00Z")
    assert [200, 200] == [world.pumble.send(event).status for _ in range(2)]
    assert "not-connected" == status(world)


@pytest.mark.parametrize("offset", [-1, -3600])
def test_an_uninstallation_older_than_the_connection_changes_nothing(
    world: PumbleWorld, offset: int
) -> None:
    before = private_data(world)
    late = uninstalled(world, first(world).id, _seconds_after_connecting(world, offset))
    answer = world.pumble.send(late)
    assert (200, before) == (answer.status, private_data(world))
    verify(world, "passed")
    assert 1 == len(texts(world))


@pytest.mark.parametrize("offset", [0, 1])
def test_an_uninstallation_since_the_connection_wipes(world: PumbleWorld, offset: int) -> None:
    at = _seconds_after_connecting(world, offset)
    assert 200 == world.pumble.send(uninstalled(world, first(world).id, at)).status
    assert "not-connected" == status(world)


def _seconds_after_connecting(world: PumbleWorld, offset: int) -> str:
    """Return a time in whole seconds, as Pumble tells it."""
    made = datetime.fromisoformat(world.user.private_data["pumbleConnection"]["connectedAt"])
    return (made + timedelta(seconds=offset)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_withdrawal_older_than_the_connection_changes_nothing(
    world: PumbleWorld, clock: Clock
) -> None:
    """It tells no time; it was signed at one."""
    before = private_data(world)
    withdrawn: dict[str, object] = {
        "messageType": "APP_EVENT",
        "eventType": "APP_UNAUTHORIZED",
        "workspaceId": first(world).id,
        "body": json.dumps({"workspaceUser": first(world).users[0].id}),
    }
    for seconds, is_late in ((62, True), (58, False)):
        at = int((clock.seconds - seconds) * 1000)
        assert 200 == world.pumble.send(withdrawn, timestamp_ms=at).status
        assert is_late == (before == private_data(world))


def test_the_uninstallation_of_another_workspace_changes_nothing(world: PumbleWorld) -> None:
    other = workspaces(world)[1]
    connect(world, "pumble", world.browser(world.other_user), workspace_id=other.id)
    before = private_data(world)
    assert 200 == world.pumble.uninstall(other.id).status
    assert before == private_data(world)


def test_a_withdrawn_authorization_leaves_the_bot_at_work(world: PumbleWorld) -> None:
    workspace = first(world)
    before = private_data(world)[world.user.id]["pumbleConnection"]
    assert 200 == world.pumble.unauthorize(workspace.id, workspace.users[0].id).status
    after = private_data(world)[world.user.id]["pumbleConnection"]
    assert before["sealed"] != after["sealed"]
    assert before["connectedAt"] == after["connectedAt"]
    verify(world, "passed")
    assert 1 == len(texts(world))


def test_after_a_withdrawn_authorization_there_is_nothing_to_give_back(world: PumbleWorld) -> None:
    workspace = first(world)
    world.pumble.unauthorize(workspace.id, workspace.users[0].id)
    world.pumble.calls.clear()
    assert 200 == world.browser().call("DELETE", "/api/connections/pumble").status_code
    assert [] == world.pumble.calls


def test_a_withdrawn_authorization_without_a_bot_wipes(
    start_world: StartWorld,
) -> None:
    world = start_world(integration_api=True, PUMBLE_SCOPES="messages:read")
    world.pumble.manifest.bot = False
    connect(world, "pumble")
    workspace = first(world)
    assert 200 == world.pumble.unauthorize(workspace.id, workspace.users[0].id).status
    assert "not-connected" == status(world)


def test_anybody_elses_authorization_changes_nothing(world: PumbleWorld) -> None:
    colleague = first(world).users[1]
    connect(world, "pumble", world.browser(world.other_user), user_id=colleague.id)
    before = private_data(world)
    assert 200 == world.pumble.unauthorize(first(world).id, colleague.id).status
    assert before == private_data(world)


@pytest.mark.parametrize("mode", DOWN)
def test_while_the_marketplace_is_down_an_end_is_asked_for_again(
    world: PumbleWorld, mode: Mode
) -> None:
    workspace = first(world)
    world.sharetribe.faults.mode = mode
    withdrawal = world.pumble.unauthorize(workspace.id, workspace.users[0].id)
    uninstallation = world.pumble.uninstall(workspace.id)
    assert (503, 503) == (withdrawal.status, uninstallation.status)
    world.sharetribe.faults.reset()
    assert "connected" == status(world)
    again = uninstalled(world, workspace.id, "2027-01-01T00:00:00Z")
    assert 200 == world.pumble.send(again).status
    assert "not-connected" == status(world)


# Tokens that change or die


def test_the_operators_reinstallation_brings_the_new_bot_token(world: PumbleWorld) -> None:
    old = world.pumble.installations.installation(first(world).id)
    reconnect(world, isReinstall=True)
    new = world.pumble.installations.installation(first(world).id)
    assert old is not None
    assert new is not None
    assert old.bot_token != new.bot_token
    verify(world, "passed")
    assert 1 == len(texts(world))
    assert "connected" == status(world)


def test_anybody_elses_reinstallation_shows_with_the_next_news(world: PumbleWorld) -> None:
    reconnect(world, world.other_user, isReinstall=True)
    assert "connected" == status(world)
    verify(world, "passed")
    assert_recorded(world, "approved")
    assert ([], "needs-reconnection") == (texts(world), status(world))


def test_connecting_again_brings_the_bot_token_that_somebody_else_rotated(
    world: PumbleWorld,
) -> None:
    reconnect(world, world.other_user, isReinstall=True)
    verify(world, "passed")
    reconnect(world)
    assert "connected" == status(world)
    verify(world, "refused")
    assert 1 == len(texts(world))


def test_an_answer_without_a_bot_keeps_the_bot(world: PumbleWorld) -> None:
    world.pumble.manifest.bot = False
    browser = world.browser()
    begun = begin(browser, "pumble")
    asked = begun.authorize_url.replace("%2Cbot%3Amessages%3Awrite", "")
    address = world.pumble.authorize(asked)
    assert "pumble=connected" == end_of(come_back(browser, address, begun.cookie))
    verify(world, "passed")
    assert 1 == len(texts(world))


def test_a_dead_token_is_noted_with_its_reason(world: PumbleWorld) -> None:
    world.pumble.installations.uninstall(first(world).id)
    verify(world, "passed")
    shown = entry(world.browser(), "pumble")
    assert "needs-reconnection" == shown["status"]
    assert shown["reason"]
    assert first(world).id == shown["details"]["workspaceId"]


def test_a_handlers_dead_token_is_noted_too(start_world: StartWorld) -> None:
    world = start_world(integration_api=True, PUMBLE_HANDLERS=OWN_HANDLERS)
    connect(world, "pumble")
    world.pumble.installations.uninstall(first(world).id)
    assert 200 == world.pumble.slash_command("x", command="/echo").status
    assert "needs-reconnection" == status(world)
