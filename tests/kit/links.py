"""Link pages as a browser has them: it opens a link, reads the page, and presses its button."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from sandbox.sharetribe import User
from tests.world import World

NAME = "Harbour Bikes"
LINK_PAGES: dict[str, Any] = {"LINK_PAGES": "true", "MARKETPLACE_NAME": NAME}
IDENTITY, SIGNING, BILLING = "identity", "signing/provider-agreement", "billing/membership"
LINKED = (IDENTITY, SIGNING, BILLING)


@dataclass(frozen=True)
class Shown:
    """A page: its parts, as a reader has them; `form` is "" where there is no button."""

    answer: requests.Response

    @property
    def status(self) -> int:
        """The answer's status."""
        return self.answer.status_code

    @property
    def heading(self) -> str:
        """The page's one heading."""
        (found,) = re.findall(r"<h1>(.*?)</h1>", self.answer.text)
        return html.unescape(found)

    @property
    def tone(self) -> str:
        """What kind of page it is: ask, wait, good or bad."""
        return re.findall(r'<main class="(\w+)">', self.answer.text)[0]

    @property
    def text(self) -> str:
        """All that can be read."""
        return html.unescape(re.sub(r"<[^>]*>", " ", self.answer.text))

    @property
    def action(self) -> str:
        """Where the form is sent, "" for where the page stands."""
        return "".join(re.findall(r'<form[^>]* action="([^"]*)"', self.answer.text))

    @property
    def form(self) -> str:
        """The seal of the page's form."""
        return "".join(re.findall(r'name="form" value="([^"]*)"', self.answer.text))


class Visitor:
    """A browser without any session of the marketplace's; it keeps cookies."""

    def __init__(self, world: World, **headers: str) -> None:
        """`headers` are sent with every request, with `_` for `-`."""
        self._world = world
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update({name.replace("_", "-"): headers[name] for name in headers})

    def open(
        self, title: str, owner: User | None = None, method: str = "GET", **query: Any
    ) -> Shown:
        """Open a user's link (the first one's); `query` changes what stands in it."""
        owner = owner or self._world.user
        asked = {"user": owner.id, "email": owner.email, **query}
        return self.go(f"/api/go/{title}", method, asked)

    def go(
        self, address: str, method: str = "GET", query: Mapping[str, Any] | None = None
    ) -> Shown:
        """Open an address of the app."""
        url = self._world.url + address if address.startswith("/") else address
        answer = self.session.request(
            method,
            url,
            params=query,
            timeout=30,
            allow_redirects=False,
        )
        return Shown(answer)

    def press(self, page: Shown, **headers: str) -> requests.Response:
        """Press the button of a page, as a browser without a referrer does."""
        return self.send(urljoin(page.answer.url, page.action), page.form, **headers)

    def send(self, url: str, form: str, **headers: str) -> requests.Response:
        """Send a form to an address."""
        sent = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
        sent |= {name.replace("_", "-"): headers[name] for name in headers}
        return self.session.post(
            url, data={"form": form}, headers=sent, timeout=30, allow_redirects=False
        )

    def begin(self, title: str) -> str:
        """Open the first user's link and press its button; return where that leads."""
        answer = self.press(self.open(title))
        assert 303 == answer.status_code, answer.text
        return answer.headers["Location"]


def is_at(url: str, base_url: str) -> bool:
    """Tell whether an address is at a server."""
    return urlsplit(url).netloc == urlsplit(base_url).netloc


def link_title(path: str) -> str:
    """Return what a subject's link page is called, by the path of its routes."""
    _, _, matter, *subject = path.split("/")
    names = {"id-verification": "identity", "signings": "signing", "billing": "billing"}
    return "/".join([names[matter], *subject])
