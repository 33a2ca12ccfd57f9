"""A world with Jumio in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.jumio import Jumio
from tests.integrations.jumio.guest import GUEST
from tests.kit.world import KitWorld


class JumioWorld(KitWorld):
    """The app with Jumio."""

    jumio: Jumio

    def __init__(self, **options: Any) -> None:
        """Options as of KitWorld."""
        super().__init__(**{"INTEGRATIONS": "jumio", "guests": (GUEST,), **options})


StartWorld = Callable[..., JumioWorld]
