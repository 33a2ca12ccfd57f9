"""A page of the marketplace in a watched world; in the process, or clients would log its paths."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.test import TestResponse

from sandbox.sharetribe import User
from tests.watch import Watch
from tests.world import encode_cookie


class Page:
    """A browser on the marketplace's page; in the process, or its own client would log paths."""

    def __init__(self, watched: Watch, user: User | None = None) -> None:
        self.watched = watched
        self.world = watched.world
        self._token = self.world.sharetribe.log_in((user or self.world.user).id)
        self._client = self.world.app.test_client()
        self._client.set_cookie(self._cookie_name, encode_cookie(self._token))

    @property
    def _cookie_name(self) -> str:
        return f"st-{self.world.sharetribe.client_id}-token"

    @property
    def bearer(self) -> dict[str, str]:
        """The headers of a frontend that sends the token itself."""
        return {"Authorization": f"Bearer {self._token['access_token']}"}

    def send(self, method: str, path: str, **options: Any) -> TestResponse:
        """Send a request as the page does; a renewed session is kept."""
        headers = {"Sec-Fetch-Site": "same-origin", **options.pop("headers", {})}
        return self._client.open(path, method=method, headers=headers, **options)

    def begin(self, vendor: str, **options: Any) -> str:
        """Press "connect" and return the consent page's address."""
        answer = self.send("POST", f"/api/connections/{vendor}", **options)
        assert 200 == answer.status_code, answer.text
        url: str = answer.get_json()["authorizeUrl"]
        nonce = answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
        self.watched.add_begun(url, nonce)
        return url

    def consent(self, vendor: str, authorize_url: str, **decision: Any) -> str:
        """Decide on the consent page and return where the browser is sent."""
        address: str = self.world.vendors[vendor].authorize(authorize_url, **decision)
        for code in parse_qs(urlsplit(address).query).get("code", []):
            self.watched.add_code(code)
        return address

    def come_back(self, address: str) -> str:
        """Follow the vendor's redirect and return the end of the trip."""
        parts = urlsplit(address)
        headers = {"Sec-Fetch-Site": "cross-site"}
        answer = self.send("GET", parts.path, query_string=parts.query, headers=headers)
        assert 303 == answer.status_code, answer.text
        return urlsplit(answer.headers["Location"]).query.partition("=")[2]

    def connect(self, vendor: str, **decision: Any) -> str:
        """Go the whole way and return its end."""
        return self.come_back(self.consent(vendor, self.begin(vendor), **decision))
