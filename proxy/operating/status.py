"""How things stand, for the person who runs it: what is configured, reachable, and has happened."""

from __future__ import annotations

import os
import platform
from typing import Any

from crypto import KeyRing
from proxy import VERSION
from proxy.monitoring.monitors import Monitors
from proxy.operating.configuration import Configuration
from proxy.operating.reachability import Reach, Reachability
from proxy.references.subject import Subject
from proxy.timestamps import format_utc
from proxy.vendors.connection import Connection, ConnectionCallbacks
from proxy.vendors.doors import PortalDoor, TokenDoor
from proxy.vendors.orders import Orders
from proxy.vendors.part import Part
from proxy.vendors.reference import Reference
from proxy.vendors.workspace import Workspace

_KINDS: dict[type[Part], str] = {
    Connection: "connection",
    ConnectionCallbacks: "connection-callbacks",
    Orders: "orders",
    Workspace: "workspace",
    TokenDoor: "token-door",
    PortalDoor: "portal-door",
}


class Status:
    """Tells how one process stands; there may be others, which have seen other things."""

    def __init__(
        self, configuration: Configuration, monitors: Monitors, reachability: Reachability
    ) -> None:
        self._configured = _configured(configuration)
        self._monitors = monitors
        self._reachability = reachability

    @property
    def unready(self) -> str | None:
        """Return why this process should get no new requests, None where it should.

        No upstream counts: a vendor's outage is no reason to take a process away from all that
        works without that vendor.
        """
        return self._monitors.vitals.unready

    def told(self) -> dict[str, Any]:
        """Return everything, as JSON values; asks the upstreams as `Reachability` does.

        There is no secret in it, and nothing of any user.
        """
        vitals, history = self._monitors.vitals, self._monitors.history
        states = self._reachability.states()
        return {
            "version": VERSION,
            "ready": self.unready is None,
            "process": {
                "id": os.getpid(),
                "of": vitals.processes,
                "python": platform.python_version(),
                "startedAt": format_utc(history.started_at),
                "uptimeSeconds": history.uptime_seconds(),
            },
            "configured": self._configured,
            "upstreams": {name: _reach(reach) for name, reach in states.items()},
            "vendors": history.told(),
            "inFlight": dict(vitals.sample.in_flight),
            "waiting": dict(vitals.sample.waiting),
            "shares": {
                name: {"taken": taken, "most": most}
                for name, (taken, most) in vitals.sample.shares.items()
            },
        }


def _configured(configuration: Configuration) -> dict[str, Any]:
    settings, monitoring = configuration.settings, configuration.monitoring
    parts: dict[str, list[str]] = {name: [] for name in configuration.integrations}
    for part in configuration.parts:
        parts[part.name] += _said_of(part)
    return {
        "integrations": parts,
        "integrationApi": settings.integration is not None,
        "frontend": settings.frontend_url is not None,
        "trustedProxyHops": settings.trusted_proxy_hops,
        "threads": settings.threads,
        "accessRules": {name: list(rights) for name, rights in configuration.policy.rules.items()},
        "badges": sorted(configuration.policy.badges),
        "linkPages": configuration.link_pages is not None,
        "sealKeys": _ids(settings.seal_keys),
        "checksumKeys": _ids(settings.checksum_keys),
        "sandbox": settings.sandbox,
        "warnings": list(configuration.warnings),
        "metrics": monitoring.metrics,
        "traces": monitoring.traces,
        "sentry": monitoring.sentry_dsn is not None,
    }


def _said_of(part: Part) -> list[str]:
    """Return what a part is: its subjects, or its kind."""
    if isinstance(part, Reference):
        return [Subject(part.matter, name).title for name in part.subjects]
    return [word for kind, word in _KINDS.items() if isinstance(part, kind)]


def _ids(ring: KeyRing) -> list[int]:
    return list(ring.ids)


def _reach(reach: Reach) -> dict[str, str]:
    return {"state": reach.state, **({"cause": reach.cause} if reach.cause else {})}
