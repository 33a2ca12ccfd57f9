"""How an integration presents itself: a name, and a way to build its parts from the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from proxy.outgoing.upstream import Upstreams
from proxy.settings import SettingsReader
from proxy.vendors.part import Part


@dataclass(frozen=True, slots=True)
class Integration:
    """A vendor, by the name that `INTEGRATIONS` lists.

    `build` reads the vendor's own settings and returns its parts, each named as the integration; it
    sends nothing. It tells the reader every problem, every danger, and every secret that the
    operator makes himself.
    """

    name: str
    build: Callable[[SettingsReader, Upstreams], tuple[Part, ...]]
