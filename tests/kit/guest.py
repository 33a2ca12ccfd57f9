"""A vendor as a world of the kit takes it in: the integration, and what stands for the vendor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from proxy.vendors import Integration
from sandbox.hops import HopLog

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Guest:
    """A vendor, simulated.

    `simulate` makes its simulator, which has `app`, `base_url`, `faults`, `calls` and `close()`.
    `settings` returns the app's settings for a served one, by the world that it is in.
    `start_afresh` makes it forget what tests have left there. `secrets` returns what must not leave
    the app by a side door, besides the settings that are secret, under names to show instead.
    """

    integration: Integration
    simulate: Callable[[HopLog, Clock], Any]
    settings: Callable[[Any, Any], Mapping[str, str]]
    start_afresh: Callable[[Any], object]
    secrets: Callable[[Any], Mapping[str, str]] = lambda _: {}

    @property
    def name(self) -> str:
        """The integration's name, by which a world has it."""
        return self.integration.name
