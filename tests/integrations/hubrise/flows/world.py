"""A world with HubRise in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.hubrise import HubRise
from tests.integrations.hubrise.guest import GUEST
from tests.kit.world import KitWorld


class HubRiseWorld(KitWorld):
    """The app with HubRise."""

    hubrise: HubRise

    def __init__(self, **options: Any) -> None:
        """Options as of KitWorld."""
        super().__init__(**{"INTEGRATIONS": "passcheck,hubrise", "guests": (GUEST,), **options})


StartWorld = Callable[..., HubRiseWorld]
