"""One world that many flow tests share, as calm at the beginning of each as a new one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.world import World


@pytest.fixture(scope="module")
def module_world() -> Iterator[World]:
    """Return a world with the default settings, for all tests of one file."""
    world = World()
    yield world
    world.close()


@pytest.fixture
def shared(module_world: World) -> World:
    """Return the file's world, without faults and without anything stored."""
    for vendor in (module_world.sharetribe, module_world.jumio):
        vendor.faults.reset()
        vendor.calls.clear()
    module_world.jumio.callbacks = "send"
    module_world.jumio.transactions.clear()
    for user in module_world.sharetribe.users.values():
        user.banned = False
        user.private_data.clear()
    return module_world
