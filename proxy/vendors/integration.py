"""How an integration presents itself: a name, and a way to build its parts from the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proxy.outgoing.upstream import Upstreams
from proxy.settings_reader import SettingsReader
from proxy.vendors.part import Part


@dataclass(frozen=True, slots=True)
class Integration:
    """A vendor, by the name that `INTEGRATIONS` lists.

    `build` reads the vendor's own settings and returns its parts, each named as the integration; it
    sends nothing. It tells the reader every problem, every danger, and every secret that the
    operator makes.

    `contract` is what the OpenAPI document says of the vendor beyond what its parts say by
    themselves: a mapping, or the JSON file that holds it (docs/adding-an-integration.md).
    """

    name: str
    build: Callable[[SettingsReader, Upstreams], tuple[Part, ...]]
    contract: Mapping[str, Any] | Path | None = field(default=None, repr=False, compare=False)
