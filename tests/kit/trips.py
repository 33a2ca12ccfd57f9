"""Connection trips in a world of the kit, and what a test sees of the vendor at their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from sandbox.sharetribe import User
from tests.flows.connecting import begun, come_back, end_of
from tests.kit.clock import FastClock
from tests.kit.consent import SimulatedConsent
from tests.kit.world import KitWorld
from tests.world import Browser

WRITE = "/v1/api/current_user/update_profile"
SHOW = "/v1/api/current_user/show"


class MovedWorld(KitWorld):
    """A world with the Integration API, whose clock tests move by hand."""

    def __init__(self, **options: Any) -> None:
        """Options as of KitWorld."""
        self.clock = FastClock()
        super().__init__(**{"integration_api": True, "clock": self.clock, **options})

    def start_afresh(self) -> None:
        """Forget everything that was stored, connected, checked or switched."""
        self.clock.ahead = 0.0
        super().start_afresh()


@dataclass(frozen=True, slots=True)
class Consenting:
    """What tests do at a simulated vendor that users connect, and see there.

    `exchange` and `revocation` are the paths of its API. `place` is how `authorize` names a place,
    `places` the ids of two or more, and `held` those for which we hold a token that lives. `kill`
    ends our tokens without a word.
    """

    exchange: str
    revocation: str
    place: str
    places: Callable[[Any], list[str]]
    held: Callable[[Any], list[str]]
    kill: Callable[[Any], object]


EXAMPLE = Consenting(
    exchange="/oauth/token",
    revocation="/oauth/revoke",
    place="place",
    places=lambda vendor: list(vendor.places),
    held=lambda vendor: list(vendor.held),
    kill=SimulatedConsent.kill,
)


def break_down(world: KitWorld, who: str, *paths: str, mode: Any = "error") -> None:
    """Have a simulated system (`sharetribe`, or a vendor) fail, on these paths only."""
    faults = (world.sharetribe if who == "sharetribe" else world.vendors[who]).faults
    faults.only_paths = frozenset(paths)
    faults.mode = mode


def exchanges(world: KitWorld, vendor: str, path: str = EXAMPLE.exchange) -> int:
    """Return how often the vendor was asked to redeem a code."""
    count: int = world.vendors[vendor].calls.count(f"POST {path}")
    return count


def record(world: KitWorld, vendor: str, user: User | None = None) -> Any:
    """Return what a user's private data holds of a connection."""
    return (user or world.user).private_data.get(f"{vendor}Connection")


class Trip:
    """A trip up to the moment at which the vendor sends the browser back to `address`.

    `headers` are sent when it begins, by the first user's browser unless another one is given.
    """

    def __init__(
        self,
        world: KitWorld,
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
        vendor = self.world.vendors[self.vendor]
        return str(vendor.authorize(self.begun.authorize_url, **decision))

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


def bearer(world: KitWorld, user: User | None = None) -> tuple[Browser, dict[str, str]]:
    """Return a browser without the session's cookie, and the header of a page that logged in."""
    token = world.sharetribe.log_in((user or world.user).id)["access_token"]
    return Browser(world, None), {"Authorization": f"Bearer {token}"}


def restart(monkeypatch: pytest.MonkeyPatch, world: KitWorld, **settings: str) -> None:
    """Put the app with other settings in the old one's place, until the end of the test."""
    another = world.another_app(**settings)
    monkeypatch.setattr(world.app, "wsgi_app", another.wsgi_app)
