"""Steps of the connection trip, as a user's browser takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.kit.world import KitWorld
from tests.world import Browser


@dataclass(frozen=True, slots=True)
class Begun:
    """A begun trip: the consent page's address, and the nonce cookie of the browser."""

    authorize_url: str
    cookie: Mapping[str, str]

    @property
    def nonce(self) -> str:
        """The cookie's value."""
        return next(iter(self.cookie.values()))


def begun(answer: requests.Response, vendor: str) -> Begun:
    """Return the trip that an answer begins: its cookie is the one of ours that it sets."""
    ours = {name: text for name, text in answer.cookies.items() if "echoseal-" in name and text}
    (name,) = ours
    assert re.fullmatch(f"(__Host-)?echoseal-{vendor}-[0-9a-f]{{16}}", name)
    return Begun(answer.json()["authorizeUrl"], ours)


def begin(browser: Browser, vendor: str, **options: object) -> Begun:
    """Press "connect"; the answer must be the consent page's address."""
    answer = browser.call("POST", f"/api/connections/{vendor}", json_body=options or None)
    assert 200 == answer.status_code, answer.text
    return begun(answer, vendor)


def come_back(
    browser: Browser, address: str, cookie: Mapping[str, str] | None
) -> requests.Response:
    """Follow the vendor's redirect to `address`, as a top-level navigation from its site.

    `cookie` is what the browser has of begun trips.
    """
    parts = urlsplit(address)
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return browser.call("GET", path, headers=headers, cookies=cookie)


def end_of(answer: requests.Response) -> str:
    """Return the query with which the marketplace's page is reached."""
    assert 303 == answer.status_code, answer.text
    return urlsplit(answer.headers["Location"]).query


def connect(
    world: KitWorld, vendor: str, browser: Browser | None = None, **consent: Any
) -> Browser:
    """Connect a user (the first one) from beginning to end, and return the browser."""
    used = browser or world.browser()
    trip = begin(used, vendor)
    address = world.vendors[vendor].authorize(trip.authorize_url, **consent)
    assert f"{vendor}=connected" == end_of(come_back(used, address, trip.cookie))
    return used


def entry(browser: Browser, vendor: str) -> dict[str, Any]:
    """Return what `GET /api/connections` says of one vendor."""
    listed = browser.call("GET", "/api/connections").json()["connections"]
    return next(found for found in listed if found["vendor"] == vendor)
