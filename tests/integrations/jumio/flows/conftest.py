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
