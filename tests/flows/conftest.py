"""Worlds of example vendors; one that a file's tests share is as calm at each as a new one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import StartWorld
from tests.kit.examples import CHECKS
from tests.kit.trips import MovedWorld
from tests.kit.world import KitWorld


@pytest.fixture(params=CHECKS)
def each_check(request: pytest.FixtureRequest, start_world: StartWorld) -> KitWorld:
    """Return a world for each vendor of identity checks: one signs, one has an address."""
    return start_world(INTEGRATIONS=request.param)


@pytest.fixture(scope="module")
def module_world() -> Iterator[KitWorld]:
    """Return a world with the default settings, for all tests of one file."""
    world = KitWorld()
    yield world
    world.close()


@pytest.fixture
def shared(module_world: KitWorld) -> KitWorld:
    """Return the file's world, without faults and without anything stored."""
    module_world.start_afresh()
    return module_world


@pytest.fixture(scope="module")
def file_world() -> Iterator[MovedWorld]:
    """Return a world with every vendor that users connect, for all tests of one file."""
    world = MovedWorld(INTEGRATIONS="passcheck,calendar,till,guild")
    yield world
    world.close()


@pytest.fixture
def shop(file_world: MovedWorld) -> MovedWorld:
    """Return that world, calm."""
    file_world.start_afresh()
    return file_world


@pytest.fixture
def vendor() -> str:
    """Return the vendor on which rules of the kernel are tested that are alike for all."""
    return "till"
