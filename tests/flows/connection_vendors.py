"""What flow tests of the connection trip see of both vendors alike, and a world to share."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from app import create_app
from sandbox.hubrise import HubRise
from sandbox.pumble import Pumble
from sandbox.pumble.installations import Installations
from sandbox.sharetribe import User
from tests.flows.connecting import ALL, begun, come_back, end_of
from tests.world import Browser, World

VENDORS = ("hubrise", "pumble")
EXCHANGE = {"hubrise": "/oauth2/v1/token", "pumble": "/oauth2/access"}
REVOCATION = {"hubrise": "/oauth2/v1/revoke", "pumble": "/v1/app/authorization"}
WRITE = "/v1/api/current_user/update_profile"
SHOW = "/v1/api/current_user/show"


class Clock:
    """The real clock, or one that is `ahead` seconds fast."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class ConnectionsWorld(World):
    """A world with every integration, which can be calmed down between tests."""

    def __init__(self) -> None:
        self.clock = Clock()
        super().__init__(INTEGRATIONS=ALL, integration_api=True, clock=self.clock)

    def calm(self) -> None:
        """Forget everything that was connected, stored or switched."""
        self.clock.ahead = 0.0
        for simulated in (self.sharetribe, self.hubrise, self.pumble):
            simulated.faults.reset()
            simulated.calls.clear()
        self.sharetribe.rotation = "none"
        self.sharetribe.updates.clear()
        for user in self.sharetribe.users.values():
            user.private_data.clear()
        self.hubrise.connections.clear()
        self.hubrise.orders.clear()
        self.hubrise.echo_state_on_error = True
        self.pumble.installations = Installations(self.pumble.clock)
        self.pumble.echo_state, self.pumble.decline = True, "nothing"


def simulated(world: World, vendor: str) -> HubRise | Pumble:
    """Return the simulated vendor."""
    return world.hubrise if vendor == "hubrise" else world.pumble


def break_down(world: World, who: str, *paths: str, mode: Any = "error") -> None:
    """Have a simulated system (`sharetribe`, or a vendor) fail, on these paths only."""
    faults = (world.sharetribe if who == "sharetribe" else simulated(world, who)).faults
    faults.only_paths = frozenset(paths)
    faults.mode = mode


def exchanges(world: World, vendor: str) -> int:
    """Return how often the vendor was asked to redeem a code."""
    return simulated(world, vendor).calls.count(f"POST {EXCHANGE[vendor]}")


def places(world: World, vendor: str) -> list[str]:
    """Return the ids of the places (locations, workspaces) that can be connected."""
    return list(world.hubrise.locations if vendor == "hubrise" else world.pumble.workspaces)


def at(vendor: str, place: str) -> dict[str, str]:
    """Return how a consent names a place."""
    return {"location_id" if vendor == "hubrise" else "workspace_id": place}


def held(world: World, vendor: str) -> list[str]:
    """Return the places at which the vendor holds a token for us that lives."""
    if vendor == "hubrise":
        living = [one for one in world.hubrise.connections.values() if one.dead is None]
        return [str(connection.location_id) for connection in living]
    installations = world.pumble.installations
    return [one for one in world.pumble.workspaces if installations.authorized_users(one)]


def record(world: World, vendor: str, user: User | None = None) -> Any:
    """Return what a user's private data holds of a connection."""
    return (user or world.user).private_data.get(f"{vendor}Connection")


class Trip:
    """A trip up to the moment at which the vendor sends the browser back to `address`.

    `headers` are sent when it begins, by the first user's browser unless another one is given.
    """

    def __init__(
        self,
        world: ConnectionsWorld,
        vendor: str,
        browser: Browser | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.world, self.vendor = world, vendor
        self.browser = browser or world.browser()
        answer = self.browser.call("POST", f"/api/connections/{vendor}", headers=headers)
        self.begun = begun(answer, vendor)
        self.state = dict(parse_qsl(urlsplit(self.begun.authorize_url).query))["state"]
        self.address = self.consent()

    def consent(self, **decision: Any) -> str:
        """Decide on the consent page, and return where the vendor sends the browser."""
        return simulated(self.world, self.vendor).authorize(self.begun.authorize_url, **decision)

    def comes(
        self,
        address: str | None = None,
        *,
        cookie: Mapping[str, str] | None = None,
        browser: Browser | None = None,
    ) -> str:
        """Follow `address` (by default the vendor's own one), and return how the trip ends.

        By default the browser has this trip's own cookie.
        """
        used = self.begun.cookie if cookie is None else cookie
        answer = come_back(browser or self.browser, address or self.address, used)
        return end_of(answer).removeprefix(f"{self.vendor}=")

    def holding(self, nonce: str) -> dict[str, str]:
        """Return this trip's cookie with another value."""
        return dict.fromkeys(self.begun.cookie, nonce)

    def with_query(self, *pairs: tuple[str, str]) -> str:
        """Return the address to which the vendor returns, with another query."""
        return f"{self.address.partition('?')[0]}?{urlencode(pairs)}"

    def assert_untouched(self) -> None:
        """Require that no code was redeemed and nothing was stored."""
        assert (0, []) == (exchanges(self.world, self.vendor), self.world.sharetribe.updates)


def bearer(world: World, user: User | None = None) -> tuple[Browser, dict[str, str]]:
    """Return a browser without the session's cookie, and the header of a page that logged in."""
    token = world.sharetribe.log_in((user or world.user).id)["access_token"]
    return Browser(world, None), {"Authorization": f"Bearer {token}"}


def restart(monkeypatch: pytest.MonkeyPatch, world: World, **settings: str) -> None:
    """Put the app with other settings in the old one's place, until the end of the test."""
    app = create_app(world.settings | settings)
    monkeypatch.setattr(world.app, "wsgi_app", app.wsgi_app)
