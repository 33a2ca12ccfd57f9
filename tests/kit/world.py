"""A world of example vendors: the real app, and what it talks to, over loopback HTTP."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from flask import Flask

from app import create_app
from proxy.wire.limits import Limits
from sandbox.hops import HopLog
from sandbox.server import Server
from sandbox.sharetribe import Sharetribe
from sandbox.sharetribe.access_control import AccessControl
from sandbox.sharetribe.tokens import Rotation
from sandbox.sharetribe.users import ACTIVE, no_permissions
from tests.kit.badge.simulator import SimulatedBadge
from tests.kit.calendar.simulator import SimulatedCalendar
from tests.kit.checks import SimulatedChecks
from tests.kit.consent import SimulatedConsent
from tests.kit.examples import EXAMPLES
from tests.kit.facecheck.simulator import SimulatedFacecheck
from tests.kit.guest import Guest
from tests.kit.guild.simulator import SimulatedGuild
from tests.kit.inkwell.simulator import SimulatedInkwell
from tests.kit.passcheck.simulator import SimulatedPasscheck
from tests.kit.till.simulator import SimulatedTill
from tests.kit.tollgate.simulator import SimulatedTollgate
from tests.kit.vault.simulator import SimulatedVault
from tests.served_app import ServedApp, listen
from tests.world import MARKETPLACE_ORIGIN, RETURN_PAGE, World


class KitWorld(World):
    """The app with those of the example vendors, and of the guests, that INTEGRATIONS lists.

    Each is an attribute by its name, with `_` for `-`, and `vendors` holds them all. By default it
    is the first of them. `checks` is the one that starts identity checks, `chosen` what settings
    the test set.
    """

    badge: SimulatedBadge
    calendar: SimulatedCalendar
    facecheck: SimulatedFacecheck
    guild: SimulatedGuild
    inkwell: SimulatedInkwell
    passcheck: SimulatedPasscheck
    till: SimulatedTill
    tollgate: SimulatedTollgate
    vault: SimulatedVault

    def __init__(
        self,
        *,
        rotation: Rotation = "none",
        integration_api: bool = False,
        clock: Callable[[], float] = time.time,
        limits: Limits | None = None,
        guests: tuple[Guest, ...] = (),
        **settings: str | None,
    ) -> None:
        """Names in capitals are settings of the app; None removes one."""
        self.hops = HopLog()
        self.sharetribe = Sharetribe(hops=self.hops)
        self.sharetribe.rotation = rotation
        self.checksum_key = secrets.token_bytes(32)
        self._servers = [Server(self.sharetribe.app)]
        # The app must know its own address before it is served.
        listener = listen()
        port = listener.getsockname()[1]
        self.chosen = settings
        own = {**self._own_settings(port, integration_api=integration_api), **settings}
        self.api_url = f"{own['PUBLIC_URL']}{own.get('API_PREFIX') or '/api'}"
        known = (*EXAMPLES, *guests)
        listed = (own["INTEGRATIONS"] or known[0].name).split(",")
        self.vendors: dict[str, Any] = {}
        self._guests: list[Guest] = []
        for guest in known:
            if guest.name in listed:
                vendor = self._served_vendor(guest.simulate(self.hops, clock))
                setattr(self, guest.name.replace("-", "_"), vendor)
                self.vendors[guest.name] = vendor
                self._guests.append(guest)
                own = {**guest.settings(vendor, self), **own}
        self.settings = {name: value for name, value in own.items() if value is not None}
        self.known = tuple(guest.integration for guest in known)
        self.app = create_app(self.settings, clock, self.known)
        self._served = ServedApp(self.app, listener, limits)
        self.url, self.port = self._served.url, self._served.port

    def another_app(self, **settings: str) -> Flask:
        """Return the app as another process would have it, by the real clock."""
        return create_app({**self.settings, **settings}, known=self.known)

    def _served_vendor(self, vendor: Any) -> Any:
        self._servers.append(Server(vendor.app))
        vendor.base_url = self._servers[-1].url
        return vendor

    def _own_settings(self, port: int, *, integration_api: bool) -> dict[str, str | None]:
        marketplace = self._servers[0].url
        settings: dict[str, str | None] = {
            "CONNECTIONS_RETURN_URL": RETURN_PAGE,
            "PORT": str(port),
            "SHARETRIBE_CLIENT_ID": self.sharetribe.client_id,
            "SHARETRIBE_BASE_URL": marketplace,
            "SHARETRIBE_ASSET_BASE_URL": marketplace,
            "MARKETPLACE_ORIGINS": MARKETPLACE_ORIGIN,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SEAL_KEYS": f"1:{_unpadded(secrets.token_bytes(64))}",
            "CHECKSUM_KEYS": f"1:{_unpadded(self.checksum_key)}",
            "TRUSTED_PROXY_HOPS": "1",
            "COOKIE_SECURE": "false",
            # One user begins many verifications in a test that is about something else.
            "MAX_STARTS_PER_DAY": "0",
            # A test looks twice in one second, and means it.
            "PENDING_ASK_SECONDS": "0",
            "INTEGRATIONS": EXAMPLES[0].name,
        }
        if not integration_api:
            return settings
        return settings | {
            "SHARETRIBE_INTEGRATION_CLIENT_ID": self.sharetribe.integration_client_id,
            "SHARETRIBE_INTEGRATION_CLIENT_SECRET": self.sharetribe.integration_client_secret,
            "SHARETRIBE_INTEGRATION_BASE_URL": marketplace,
        }

    @property
    def checks(self) -> SimulatedChecks:
        """The vendor of identity checks."""
        return next(one for one in self.vendors.values() if isinstance(one, SimulatedChecks))

    def consent(self, name: str) -> SimulatedConsent:
        """Return a vendor that users connect."""
        found: SimulatedConsent = self.vendors[name]
        return found

    def vendor_secrets(self) -> dict[str, str]:
        """Return what of the vendors must not leave the app, under names to show instead."""
        found: dict[str, str] = {}
        for guest in self._guests:
            own = guest.secrets(self.vendors[guest.name])
            found |= {f"{name} of {guest.name}": value for name, value in own.items()}
        return found

    def start_afresh(self) -> None:
        """Forget everything that was stored, connected, checked or switched."""
        self.sharetribe.faults.reset()
        self.sharetribe.rotation = "none"
        self.sharetribe.updates.clear()
        self.sharetribe.calls.clear()
        self.sharetribe.access_updates.clear()
        self.sharetribe.listings.clear()
        self.sharetribe.access = AccessControl()
        self.sharetribe.approves_once = True
        for user in self.sharetribe.users.values():
            user.banned = False
            user.private_data.clear()
            user.metadata.clear()
            user.state, user.permissions = ACTIVE, no_permissions()
        for sale in self.sharetribe.transactions.values():
            sale.metadata.clear()
        for guest in self._guests:
            guest.start_afresh(self.vendors[guest.name])

    def close(self) -> None:
        """Stop everything, requests that hang included."""
        self.sharetribe.faults.reset()
        for vendor in self.vendors.values():
            vendor.close()
        self._served.close()
        for server in reversed(self._servers):
            server.close()


AnyWorld = TypeVar("AnyWorld", bound=KitWorld)


def started_worlds(kind: Callable[..., AnyWorld]) -> Iterator[Callable[..., AnyWorld]]:
    """Yield a function that starts worlds of a kind, and close them; for a fixture."""
    started: list[AnyWorld] = []

    def start(**options: Any) -> AnyWorld:
        world = kind(**options)
        started.append(world)
        return world

    yield start
    for world in started:
        world.close()


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
