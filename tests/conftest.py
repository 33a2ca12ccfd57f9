"""What most tests need: the real app over real HTTP, between simulated outside systems."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.installed import deleted, needs_a_deleted_one
from tests.kit.world import KitWorld, started_worlds
from tests.world import World

# Other work may hold the machine: how long an example takes says nothing.
settings.register_profile("unhurried", parent=settings.default, deadline=None)
settings.load_profile("unhurried")

# No test meets a public authority, and reading the system's list of them is half the time that an
# app needs to start. Set here, it holds in the processes that tests start, too.
os.environ.setdefault("SSL_CERT_FILE", os.devnull)

StartWorld = Callable[..., World]
StartKit = Callable[..., KitWorld]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out what is about an integration that somebody has deleted."""
    is_test = collection_path.is_dir() or collection_path.suffix == ".py"
    return True if is_test and needs_a_deleted_one(collection_path) else None


def pytest_report_header() -> list[str]:
    """Say which integrations are deleted, and that their tests are left out."""
    gone = ", ".join(sorted(deleted()))
    return [f"left out: the tests that need {gone}, which is deleted"] if gone else []


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
def start_kit() -> Iterator[StartKit]:
    """Return a function that starts a world of example vendors, which ends with the test."""
    yield from started_worlds(KitWorld)


@pytest.fixture
def world(start_world: StartWorld) -> World:
    """Return a world with the default settings: Netverify, confirmed by retrieval."""
    return start_world()


@pytest.fixture(params=["netverify", "kyx"])
def each_api(request: pytest.FixtureRequest, start_world: StartWorld) -> World:
    """Return a world for each of Jumio's two APIs in turn."""
    return start_world(JUMIO_API=request.param)
