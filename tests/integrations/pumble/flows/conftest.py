"""Worlds with Pumble in them, in place of the kit's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integrations.pumble.flows.operators_workspace import Clock, clock_of, connected
from tests.integrations.pumble.flows.world import PumbleWorld, StartWorld
from tests.kit.world import started_worlds


@pytest.fixture
def start_world() -> Iterator[StartWorld]:
    """Return a function that starts a world, which ends with the test."""
    yield from started_worlds(PumbleWorld)


@pytest.fixture(scope="module")
def operators_world() -> Iterator[PumbleWorld]:
    """Return a world with a clock that stands, for all tests of a file."""
    world = PumbleWorld(integration_api=True, clock=Clock())
    yield world
    world.close()


@pytest.fixture
def world(operators_world: PumbleWorld) -> Iterator[PumbleWorld]:
    """Return the file's world: its operator has just connected the first workspace."""
    yield from connected(operators_world)


@pytest.fixture
def clock(world: PumbleWorld) -> Clock:
    """Return the world's clock."""
    return clock_of(world)


@pytest.fixture(scope="module")
def empty_world() -> Iterator[PumbleWorld]:
    """Return a world that nobody has connected, for all tests of a file."""
    world = PumbleWorld(integration_api=True)
    yield world
    world.close()


@pytest.fixture
def nobodys(empty_world: PumbleWorld) -> PumbleWorld:
    """Return the file's world: nothing connected, nobody authorized, no faults."""
    for user in empty_world.sharetribe.users.values():
        user.private_data.clear()
        user.metadata.clear()
    pumble = empty_world.pumble
    for workspace_id in pumble.workspaces:
        pumble.installations.uninstall(workspace_id)
    pumble.faults.reset()
    empty_world.sharetribe.faults.reset()
    pumble.echo_state, pumble.decline, pumble.manifest.bot = True, "nothing", True
    pumble.calls.clear()
    return empty_world
