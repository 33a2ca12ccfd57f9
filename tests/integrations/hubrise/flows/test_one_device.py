"""HubRise tells connections of one location apart by the device id, which is the user's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flows.connecting import connect, entry
from tests.integrations.hubrise.flows.world import HubRiseWorld


@pytest.fixture
def world() -> Iterator[HubRiseWorld]:
    """Return a world with the Integration API."""
    world = HubRiseWorld(integration_api=True)
    yield world
    world.close()


def test_command_and_browser_make_the_same_connection(world: HubRiseWorld) -> None:
    connect(world, "hubrise")
    runner, command = world.app.test_cli_runner(), ["connect", "hubrise", world.user.id]
    shown = runner.invoke(args=command).output
    (url,) = [line.strip() for line in shown.splitlines() if "/authorize?" in line]
    runner.invoke(args=command, input=f"{world.hubrise.authorize(url)}\n")

    (connection,) = world.hubrise.connections.values()
    assert connection.dead is None
    assert "connected" == entry(world.browser(), "hubrise")["status"]
