"""Worlds with HubRise in them, in place of the kit's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integrations.hubrise.flows.till import Shop, calm_down, open_shop
from tests.integrations.hubrise.flows.world import HubRiseWorld, StartWorld
from tests.kit.world import started_worlds


@pytest.fixture
def start_world() -> Iterator[StartWorld]:
    """Return a function that starts a world, which ends with the test."""
    yield from started_worlds(HubRiseWorld)


@pytest.fixture(scope="module")
def module_world() -> Iterator[HubRiseWorld]:
    """Return a world with the Integration API, for all tests of a file."""
    world = HubRiseWorld(integration_api=True)
    yield world
    world.close()


@pytest.fixture
def shop(module_world: HubRiseWorld) -> Shop:
    """Return a shop whose sale is an order."""
    calm_down(module_world)
    opened = open_shop(module_world)
    opened.ordered()
    return opened


@pytest.fixture(scope="module", params=[True, False], ids=["operator", "no-operator"])
def either_world(request: pytest.FixtureRequest) -> Iterator[HubRiseWorld]:
    """Return a world with, then one without the Integration API."""
    world = HubRiseWorld(integration_api=request.param)
    yield world
    world.close()


@pytest.fixture
def either(either_world: HubRiseWorld) -> Shop:
    """Return a shop that must work with and without the Integration API."""
    calm_down(either_world)
    return open_shop(either_world)
