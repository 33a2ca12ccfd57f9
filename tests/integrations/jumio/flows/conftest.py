"""Worlds with Jumio in them, in place of the kit's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integrations.jumio.flows.world import JumioWorld, StartWorld
from tests.kit.world import started_worlds


@pytest.fixture
def start_world() -> Iterator[StartWorld]:
    """Return a function that starts a world, which ends with the test."""
    yield from started_worlds(JumioWorld)


@pytest.fixture(params=["netverify", "kyx"])
def each_api(request: pytest.FixtureRequest, start_world: StartWorld) -> JumioWorld:
    """Return a world for each of Jumio's two APIs in turn."""
    return start_world(JUMIO_API=request.param)
