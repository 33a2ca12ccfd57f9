"""What most tests need: the real app over real HTTP, between simulated outside systems."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from tests.kept_builders import keep_builders
from tests.kit.world import KitWorld, started_worlds

# Other work may hold the machine: how long an example takes says nothing. Each run draws others, so
# a few will do in one.
settings.register_profile("unhurried", parent=settings.default, deadline=None, max_examples=25)
settings.load_profile("unhurried")

keep_builders()

# No test meets a public authority, and reading the system's list of them is half the time that an
# app needs to start. Set here, it holds in the processes that tests start, too.
os.environ["SSL_CERT_FILE"] = os.devnull
# Nor does any test meet the settings of whoever runs it.
os.environ["FLASK_SKIP_DOTENV"] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long tests before all others."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


StartWorld = Callable[..., KitWorld]


@pytest.fixture
def start_world() -> Iterator[StartWorld]:
    """Return a function that starts a world: `start_world(INTEGRATIONS="till")`.

    Names in capitals are settings of the app (None removes one); other options as of KitWorld. All
    end with the test.
    """
    yield from started_worlds(KitWorld)


@pytest.fixture
def world(start_world: StartWorld) -> KitWorld:
    """Return a world with the default settings: the first of the example vendors."""
    return start_world()
