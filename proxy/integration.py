"""How an integration presents itself to the app: a name, a trip, and a way to configure it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from proxy.outgoing import Upstreams
from proxy.settings import SettingsReader
from proxy.vendor import ReferenceVendor


@dataclass(frozen=True, slots=True)
class ReferenceIntegration:
    """An integration of the reference trip.

    `configure` reads the vendor's own settings (and reports every problem to the reader) and
    returns the vendor; it sends nothing.
    """

    name: str
    configure: Callable[[SettingsReader, Upstreams], ReferenceVendor]
