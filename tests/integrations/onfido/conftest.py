"""A world with Onfido for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.onfido import Onfido
from tests.integrations.onfido.guest import GUEST
from tests.kit.world import KitWorld


@pytest.fixture
def world() -> Iterator[KitWorld]:
    """Return the app with Onfido beside it."""
    world = KitWorld(INTEGRATIONS=GUEST.name, guests=(GUEST,))
    yield world
    world.close()


@pytest.fixture
def simulated(world: KitWorld) -> Onfido:
    """Return Onfido, simulated."""
    found: Onfido = world.vendors[GUEST.name]
    return found
