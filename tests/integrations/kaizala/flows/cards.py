"""Kaizala's cards as they call the app: from a WebView, with a token and without a cookie."""

from __future__ import annotations

from dataclasses import dataclass, field

import requests

from tests.integrations.kaizala.flows.world import KaizalaWorld
from tests.world import Browser

ME, LINK, CODES = "/api/kaizala/me", "/api/kaizala/link", "/api/kaizala/link-codes"
WEB_VIEW = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}


@dataclass(slots=True)
class Card:
    """An open card; `header` is the name under which it sends its token."""

    world: KaizalaWorld
    token: str = field(repr=False)
    header: str = "accessToken"

    def ask(self) -> requests.Response:
        """Ask who the token stands for."""
        return self.call("GET", ME)

    def link(self, code: object) -> requests.Response:
        """Bring a code back."""
        return self.call("POST", LINK, {"code": code})

    def call(self, method: str, path: str, body: object = None) -> requests.Response:
        """Send a request as the card's WebView would."""
        headers = {**WEB_VIEW, self.header: self.token}
        return Browser(self.world, None).call(method, path, json_body=body, headers=headers)


def card_of(world: KaizalaWorld, person: int = 0) -> Card:
    """Open the card of one of the two people."""
    return Card(world, world.kaizala.service_token(world.kaizala.people[person]))


def code_for(browser: Browser) -> str:
    """Get a code as the logged-in user of `browser`."""
    answer = browser.call("POST", CODES)
    assert 201 == answer.status_code, answer.text
    code: str = answer.json()["code"]
    return code
