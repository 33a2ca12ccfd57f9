"""A world with Kaizala in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.kaizala import Kaizala
from tests.integrations.kaizala.guest import GUEST
from tests.kit.world import KitWorld


class KaizalaWorld(KitWorld):
    """The app with Kaizala."""

    kaizala: Kaizala

    def __init__(self, **options: Any) -> None:
        """Options as of KitWorld."""
        super().__init__(**{"INTEGRATIONS": "passcheck,kaizala", "guests": (GUEST,), **options})


StartWorld = Callable[..., KaizalaWorld]
