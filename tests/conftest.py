"""What most tests need: the real app over real HTTP, between simulated outside systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.world import World

StartWorld = Callable[..., World]


@pytest.fixture
def start_world() -> Iterator[StartWorld]:
    """Return a function that starts a world: `start_world(JUMIO_API="kyx", rotation="strict")`.

    Names in capitals are settings of the app (None removes one); `rotation` and `clock` shape the
    simulated marketplace and the app.
    """
    started: list[World] = []

    def start(**options: Any) -> World:
        world = World(**options)
        started.append(world)
        return world

    yield start
    for world in started:
        world.close()


@pytest.fixture
def world(start_world: StartWorld) -> World:
    """Return a world with the default settings: Netverify, confirmed by retrieval."""
    return start_world()


@pytest.fixture(params=["netverify", "kyx"])
def each_api(request: pytest.FixtureRequest, start_world: StartWorld) -> World:
    """Return a world for each of Jumio's two APIs in turn."""
    return start_world(JUMIO_API=request.param)
