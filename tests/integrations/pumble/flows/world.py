"""A world with Pumble in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.pumble import Pumble
from tests.integrations.pumble.guest import GUEST
from tests.kit.world import KitWorld


class PumbleWorld(KitWorld):
    """The app with Pumble."""

    pumble: Pumble

    def __init__(self, **options: Any) -> None:
        """Options as of KitWorld."""
        super().__init__(
            **{"INTEGRATIONS": "passcheck,calendar,pumble", "guests": (GUEST,), **options}
        )


StartWorld = Callable[..., PumbleWorld]
