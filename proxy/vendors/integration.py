"""How an integration presents itself to the app: a name, a trip, and a way to configure it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from proxy.outgoing.upstream import Upstreams
from proxy.settings import SettingsReader
from proxy.vendors.connection import ConnectionVendor, OutOfBand
from proxy.vendors.doors import TokenVendor, WebhookVendor
from proxy.vendors.orders import OrderVendor
from proxy.vendors.reference import ReferenceVendor
from proxy.vendors.workspace import WorkspaceVendor


@dataclass(frozen=True, slots=True)
class ReferenceIntegration:
    """An integration of the reference trip.

    `configure` reads the vendor's own settings and returns the vendor; it sends nothing. It tells
    the reader every problem, every danger, and every secret that the operator makes himself.
    """

    name: str
    configure: Callable[[SettingsReader, Upstreams], ReferenceVendor]


@dataclass(frozen=True, slots=True)
class ConnectionParts:
    """A vendor of the connection trip, and what else can be done with its connections."""

    vendor: ConnectionVendor
    orders: OrderVendor | None = None
    chat: WorkspaceVendor | None = None
    out_of_band: OutOfBand | None = None


@dataclass(frozen=True, slots=True)
class ConnectionIntegration:
    """An integration of the connection trip; `configure` as in ReferenceIntegration."""

    name: str
    configure: Callable[[SettingsReader, Upstreams], ConnectionParts]


@dataclass(frozen=True, slots=True)
class TokenIntegration:
    """An integration whose tokens open a door; `configure` as in ReferenceIntegration."""

    name: str
    configure: Callable[[SettingsReader, Upstreams], TokenVendor]


@dataclass(frozen=True, slots=True)
class WebhookIntegration:
    """An integration that orders things over a webhook; `configure` as in ReferenceIntegration."""

    name: str
    configure: Callable[[SettingsReader, Upstreams], WebhookVendor]


Integration = ReferenceIntegration | ConnectionIntegration | TokenIntegration | WebhookIntegration
