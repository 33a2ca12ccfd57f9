"""The app between the simulated marketplace and the simulated Xero, and a seller in a browser."""

from __future__ import annotations

import secrets
import time
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import urlsplit

import requests

from app import create_app
from sandbox.server import Server
from sandbox.sharetribe import Sharetribe
from sandbox.xero import Organisation, Xero
from tests.served_app import ServedApp, listen
from tests.world import encode_cookie


class Clock:
    """The real clock, or one that is `ahead` seconds fast."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Bookkeeping:
    """A world with Xero; app and Xero share a clock that tests move on."""

    def __init__(self, *, integration_api: bool = True) -> None:
        self.clock = Clock()
        self.sharetribe, self.xero = Sharetribe(), Xero(clock=self.clock)
        self._servers = [Server(self.sharetribe.app), Server(self.xero.app)]
        listener, base_url = listen(), self._servers[0].url
        port = listener.getsockname()[1]
        self.settings = {
            "SHARETRIBE_CLIENT_ID": self.sharetribe.client_id,
            "SHARETRIBE_BASE_URL": base_url,
            "MARKETPLACE_ORIGINS": "https://market.example",
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SEAL_KEYS": f"1:{_unpadded(secrets.token_bytes(64))}",
            "CHECKSUM_KEYS": f"1:{_unpadded(secrets.token_bytes(32))}",
            "TRUSTED_PROXY_HOPS": "0",
            "COOKIE_SECURE": "false",
            "INTEGRATIONS": "xero",
            "XERO_CLIENT_ID": self.xero.client_id,
            "XERO_CLIENT_SECRET": self.xero.client_secret,
            "XERO_BASE_URL": self._servers[1].url,
            "XERO_ACCOUNT_CODE": "200",
        }
        if integration_api:
            self.settings |= {
                "SHARETRIBE_INTEGRATION_CLIENT_ID": self.sharetribe.integration_client_id,
                "SHARETRIBE_INTEGRATION_CLIENT_SECRET": self.sharetribe.integration_client_secret,
                "SHARETRIBE_INTEGRATION_BASE_URL": base_url,
            }
        self.xero.redirect_uris = [f"http://127.0.0.1:{port}/api/connections/xero/return"]
        self._served = ServedApp(create_app(self.settings, self.clock), listener)
        self.url = self._served.url

    def start_afresh(self) -> None:
        """Forget what tests have left."""
        self.clock.ahead = 0.0
        self.xero.start_afresh()
        self.sharetribe.faults.reset()
        for user in self.sharetribe.users.values():
            user.private_data.clear()
        for sale in self.sharetribe.transactions.values():
            sale.metadata.clear()

    def close(self) -> None:
        """Stop everything."""
        self.xero.close()
        self._served.close()
        for server in self._servers:
            server.close()


class Seller:
    """The marketplace's first user, who has just sold two pizzas."""

    def __init__(self, world: Bookkeeping) -> None:
        sharetribe = world.sharetribe
        user = next(iter(sharetribe.users.values()))
        self._world = world
        self._session = f"st-{sharetribe.client_id}-token"
        self._cookies = {self._session: encode_cookie(sharetribe.log_in(user.id))}
        self.user = user
        self.sale = next(iter(sharetribe.transactions.values()))

    def call(self, method: str, path: str, body: object = None) -> requests.Response:
        """Send a request from a page of the marketplace."""
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        answer = requests.request(
            method,
            self._world.url + path,
            headers={"Sec-Fetch-Site": "same-origin", "Cookie": cookie},
            json=body,
            timeout=30,
            allow_redirects=False,
        )
        self._cookies |= answer.cookies.get_dict()
        return answer

    def connect(self, *organisations: Organisation) -> str:
        """Connect one or more organisations, and return how that ended."""
        begun = self.call("POST", "/api/connections/xero").json()
        address = urlsplit(self._world.xero.authorize(begun["authorizeUrl"], *organisations))
        answer = self.call("GET", f"{address.path}?{address.query}")
        return urlsplit(answer.headers["Location"]).query

    def order(self) -> requests.Response:
        """Send the sale to Xero."""
        return self.call("POST", "/api/xero/orders", {"transactionId": self.sale.id})

    def read(self) -> requests.Response:
        """Ask how the sale's invoice stands."""
        return self.call("GET", f"/api/xero/orders/{self.sale.id}")

    def entry(self) -> dict[str, Any]:
        """Return what is said of the connection."""
        (found,) = self.call("GET", "/api/connections").json()["connections"]
        return dict(found)


def _unpadded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
