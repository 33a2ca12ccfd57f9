"""Real processes of the app between the simulated marketplace and the simulated bookkeeper."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

import requests

from crypto import KeyRing, SecretSealer
from proxy.connections.record import ConnectionRecords
from proxy.sharetribe.client import User
from proxy.vendors.connection import UserConnection
from sandbox.ports import free_port
from sandbox.server import Server
from sandbox.sharetribe import Sharetribe
from tests.kit.rotating_oauth_simulator import SimulatedRotating
from tests.serving.gunicorn_process import WebProcess
from tests.world import encode_cookie

SHOW = "/v1/api/current_user/show"
WRITES = frozenset(
    {"/v1/api/current_user/update_profile", "/v1/integration_api/users/update_profile"}
)


class RotatingWorld:
    """Two simulated services, and as many processes of the app as are started; all are alike."""

    def __init__(self) -> None:
        self.sharetribe, self.vendor = Sharetribe(), SimulatedRotating()
        self._servers = [Server(self.sharetribe.app), Server(self.vendor.app)]
        self.vendor.base_url = self._servers[1].url
        self._key = secrets.token_bytes(64)
        self._processes: list[WebProcess] = []
        self.settings = {
            "SHARETRIBE_CLIENT_ID": self.sharetribe.client_id,
            "SHARETRIBE_BASE_URL": self._servers[0].url,
            "SHARETRIBE_INTEGRATION_CLIENT_ID": self.sharetribe.integration_client_id,
            "SHARETRIBE_INTEGRATION_CLIENT_SECRET": self.sharetribe.integration_client_secret,
            "SHARETRIBE_INTEGRATION_BASE_URL": self._servers[0].url,
            "MARKETPLACE_ORIGINS": "https://market.example",
            "PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
            "SEAL_KEYS": f"1:{_unpadded(self._key)}",
            "CHECKSUM_KEYS": f"1:{_unpadded(secrets.token_bytes(32))}",
            "TRUSTED_PROXY_HOPS": "0",
            "COOKIE_SECURE": "false",
            "WEB_CONCURRENCY": "1",
            "INTEGRATIONS": "tests.kit.rotating_oauth:ROTATING",
            "ROTATING_CLIENT_ID": self.vendor.client_id,
            "ROTATING_CLIENT_SECRET": self.vendor.client_secret,
            "ROTATING_BASE_URL": self.vendor.base_url,
        }

    def start(self) -> WebProcess:
        """Start a process of the app."""
        process = WebProcess({**self.settings, "PORT": str(free_port())})
        self._processes.append(process)
        process.wait_until_it_answers()
        return process

    def close(self) -> None:
        """Stop everything."""
        self.sharetribe.faults.reset()
        self.vendor.faults.reset()
        for process in self._processes:
            process.close()
        for server in self._servers:
            server.close()

    def start_afresh(self) -> None:
        """Forget what tests have left."""
        self.sharetribe.faults.reset()
        self.vendor.start_afresh()
        for user in self.sharetribe.users.values():
            user.private_data.clear()
        for sale in self.sharetribe.transactions.values():
            sale.metadata.clear()

    @property
    def stored(self) -> UserConnection:
        """What is sealed in the seller's record."""
        found = self._records.read(self.show()).connection
        assert found is not None
        return found

    @property
    def _records(self) -> ConnectionRecords:
        sealer = SecretSealer(KeyRing(((1, self._key),)), self.sharetribe.client_id)
        return ConnectionRecords("rotating", sealer, lambda: 0.0)

    def show(self) -> User:
        """Return the seller as the marketplace shows them."""
        seller = next(iter(self.sharetribe.users.values()))
        return User(UUID(seller.id), seller.private_data)

    def update_private_data(self, changes: Mapping[str, Any]) -> None:
        """Write into the seller's private data."""
        next(iter(self.sharetribe.users.values())).private_data.update(changes)

    def amend(self, **changes: Any) -> None:
        """Change what is sealed in the record, as another process would."""
        known = self.stored
        renewals = known.renewals + ("grant" in changes)
        changed = replace(known, renewals=renewals, **changes)
        self.update_private_data(self._records.written(self.show(), changed))


class Seller:
    """The marketplace's first user in a browser, who has just sold something."""

    def __init__(self, world: RotatingWorld, process: WebProcess) -> None:
        sharetribe = world.sharetribe
        self._world = world
        self._cookies: dict[str, str] = {}
        user = next(iter(sharetribe.users.values()))
        self.sale = next(iter(sharetribe.transactions.values()))
        session = encode_cookie(sharetribe.log_in(user.id))
        self._cookies[f"st-{sharetribe.client_id}-token"] = session
        self.process = process

    def call(self, method: str, path: str, body: object = None) -> requests.Response:
        """Send a request from a page of the marketplace to the seller's process."""
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Sec-Fetch-Site": "same-origin", "Cookie": cookie}
        answer = requests.request(
            method,
            self.process.url + path,
            headers=headers,
            json=body,
            timeout=40,
            allow_redirects=False,
        )
        self._cookies |= answer.cookies.get_dict()
        return answer

    def connect(self, returns_to: WebProcess | None = None) -> str:
        """Connect, and return how that ended; the return may arrive at another process."""
        address = urlsplit(self._world.vendor.authorize(self.begin()))
        self.process = returns_to or self.process
        query = dict(parse_qsl(address.query))
        return self.come_back(query["code"], query["state"])

    def begin(self) -> str:
        """Press "connect", and return the consent page's address."""
        return str(self.call("POST", "/api/connections/rotating").json()["authorizeUrl"])

    def come_back(self, code: str, state: str) -> str:
        """Come back from the consent page, and return how that ended."""
        query = urlencode({"code": code, "state": state})
        answer = self.call("GET", f"/api/connections/rotating/return?{query}")
        return urlsplit(answer.headers["Location"]).query

    def order(self) -> requests.Response:
        """Send the sale to the bookkeeper."""
        body = {"transactionId": self.sale.id}
        return self.call("POST", "/api/rotating/orders", body)

    def read(self) -> requests.Response:
        """Ask how the sale's entry stands, which asks the bookkeeper."""
        return self.call("GET", f"/api/rotating/orders/{self.sale.id}")

    def entry(self) -> dict[str, Any]:
        """Return what is said of the connection."""
        (found,) = self.call("GET", "/api/connections").json()["connections"]
        return dict(found)


def _unpadded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
