"""Steps of the connection trip, as a user's browser takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.world import Browser, World

ALL = "jumio,hubrise,pumble"


@dataclass(frozen=True, slots=True)
class Begun:
    """A begun trip: the consent page's address, and the nonce cookie of the browser."""

    authorize_url: str
    nonce: str


def begin(browser: Browser, vendor: str, **options: object) -> Begun:
    """Press "connect"; the answer must be the consent page's address."""
    answer = browser.call("POST", f"/api/connections/{vendor}", json_body=options or None)
    assert 200 == answer.status_code, answer.text
    return Begun(answer.json()["authorizeUrl"], answer.cookies[f"echoseal-{vendor}"])


def come_back(browser: Browser, vendor: str, address: str, nonce: str | None) -> requests.Response:
    """Follow the vendor's redirect to `address`, as a top-level navigation from its site."""
    parts = urlsplit(address)
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    cookies = {} if nonce is None else {f"echoseal-{vendor}": nonce}
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return browser.call("GET", path, headers=headers, cookies=cookies)


def end_of(answer: requests.Response) -> str:
    """Return the query with which the marketplace's page is reached."""
    assert 303 == answer.status_code, answer.text
    return urlsplit(answer.headers["Location"]).query


def connect(world: World, vendor: str, browser: Browser | None = None, **consent: Any) -> Browser:
    """Connect a user (the first one) from beginning to end, and return the browser."""
    used = browser or world.browser()
    begun = begin(used, vendor)
    simulated = world.hubrise if vendor == "hubrise" else world.pumble
    address = simulated.authorize(begun.authorize_url, **consent)
    assert f"{vendor}=connected" == end_of(come_back(used, vendor, address, begun.nonce))
    return used


def entry(browser: Browser, vendor: str) -> dict[str, Any]:
    """Return what `GET /api/connections` says of one vendor."""
    listed = browser.call("GET", "/api/connections").json()["connections"]
    return next(found for found in listed if found["vendor"] == vendor)
