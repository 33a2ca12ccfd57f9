"""Connecting a Pumble workspace again, moving to another one, and disconnecting."""

from __future__ import annotations

import pytest

from sandbox.faults import Mode
from sandbox.pumble import Workspace
from tests.flows.connecting import begin, come_back, connect, end_of, entry
from tests.flows.problems import assert_problem
from tests.flows.steps import private_data
from tests.integrations.pumble.flows.operators_workspace import first, second
from tests.integrations.pumble.flows.world import PumbleWorld

REVOCATION = "DELETE /v1/app/authorization"
CONNECTED = "pumble=connected"


@pytest.fixture
def world(nobodys: PumbleWorld) -> PumbleWorld:
    """Return a world in which nothing is connected."""
    return nobodys


def token_of(world: PumbleWorld, workspace: Workspace) -> tuple[str, ...]:
    return world.pumble.installations.authorized_users(workspace.id)


# Connecting again


def test_a_reinstallation_replaces_the_bot_token(world: PumbleWorld) -> None:
    browser = connect(world, "pumble")
    old = world.pumble.installations.installation(first(world).id)
    begun = begin(browser, "pumble", isReinstall=True)
    address = world.pumble.authorize(begun.authorize_url)
    assert CONNECTED == end_of(come_back(browser, address, begun.cookie))
    new = world.pumble.installations.installation(first(world).id)
    assert old is not None
    assert new is not None
    assert old.bot_token != new.bot_token
    # The connection is revoked with a user token that works: the newest one.
    assert 200 == browser.call("DELETE", "/api/connections/pumble").status_code
    assert () == token_of(world, first(world))


def test_connecting_again_to_the_same_workspace_revokes_nothing(world: PumbleWorld) -> None:
    browser = connect(world, "pumble")
    connect(world, "pumble", browser)
    assert REVOCATION not in world.pumble.calls
    assert (first(world).users[0].id,) == token_of(world, first(world))


def test_moving_to_another_workspace_gives_the_old_one_back(world: PumbleWorld) -> None:
    browser = connect(world, "pumble")
    connect(world, "pumble", browser, workspace_id=second(world).id)
    assert () == token_of(world, first(world))
    assert (second(world).users[0].id,) == token_of(world, second(world))
    assert second(world).id == entry(browser, "pumble")["details"]["workspaceId"]


# The way out


def test_disconnecting_revokes_and_forgets(world: PumbleWorld) -> None:
    browser = connect(world, "pumble")
    answer = browser.call("DELETE", "/api/connections/pumble")
    expected = {"vendor": "pumble", "status": "not-connected"}
    assert (200, expected) == (answer.status_code, answer.json())
    assert (1, ()) == (world.pumble.calls.count(REVOCATION), token_of(world, first(world)))
    assert "pumbleConnection" not in world.user.private_data
    assert expected == entry(browser, "pumble")


def test_disconnecting_leaves_the_installation_to_others(world: PumbleWorld) -> None:
    other = connect(
        world, "pumble", world.browser(world.other_user), user_id=first(world).users[1].id
    )
    connect(world, "pumble").call("DELETE", "/api/connections/pumble")
    assert (first(world).users[1].id,) == token_of(world, first(world))
    assert "connected" == entry(other, "pumble")["status"]
    assert world.pumble.installations.installation(first(world).id) is not None


def test_disconnecting_twice_is_harmless(world: PumbleWorld) -> None:
    browser = connect(world, "pumble")
    answers = [browser.call("DELETE", "/api/connections/pumble") for _ in range(2)]
    assert [200, 200] == [answer.status_code for answer in answers]
    assert 1 == world.pumble.calls.count(REVOCATION)


def test_what_pumble_has_removed_already_is_disconnected(world: PumbleWorld) -> None:
    browser = connect(world, "pumble")
    world.pumble.installations.uninstall(first(world).id)
    assert 200 == browser.call("DELETE", "/api/connections/pumble").status_code
    assert "not-connected" == entry(browser, "pumble")["status"]


@pytest.mark.parametrize("mode", ["error", "reset", "rate-limit"])
def test_while_pumble_is_down_the_connection_stays(world: PumbleWorld, mode: Mode) -> None:
    browser = connect(world, "pumble")
    before = private_data(world)
    world.pumble.faults.mode = mode
    answer = browser.call("DELETE", "/api/connections/pumble")
    assert_problem(answer, 503, "vendor-unavailable")
    assert before == private_data(world)
    world.pumble.faults.reset()
    assert 200 == browser.call("DELETE", "/api/connections/pumble").status_code
    assert () == token_of(world, first(world))


def test_a_connection_copied_from_another_user_does_not_open(world: PumbleWorld) -> None:
    connect(world, "pumble")
    world.other_user.private_data["pumbleConnection"] = world.user.private_data["pumbleConnection"]
    thief = world.browser(world.other_user)
    assert "needs-reconnection" == entry(thief, "pumble")["status"]
    thief.call("DELETE", "/api/connections/pumble")
    assert (first(world).users[0].id,) == token_of(world, first(world))
