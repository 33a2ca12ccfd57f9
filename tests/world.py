"""A world for tests: the real app and the simulated outside systems, over loopback HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote
from uuid import UUID

import requests

from app import create_app
from integrations import ALL
from proxy.wire.limits import Limits
from sandbox.discovery import simulators
from sandbox.hops import HopLog
from sandbox.server import Server
from sandbox.sharetribe import Sharetribe, User
from sandbox.sharetribe.tokens import Rotation
from sandbox.simulator import Place
from tests.installed import INSTALLED
from tests.served_app import ServedApp, listen

MARKETPLACE_ORIGIN = "https://market.example"
RETURN_PAGE = f"{MARKETPLACE_ORIGIN}/account/connections"


class World:
    """The app with its surroundings; `url` is where it listens.

    A simulated vendor is an attribute by its integration's name: the first of the integrations, and
    those that INTEGRATIONS lists, unless a setting already says where else they are. Nobody calls
    the others, and serving them would slow every test down.
    """

    def __init__(
        self,
        *,
        rotation: Rotation = "none",
        integration_api: bool = False,
        clock: Callable[[], float] = time.time,
        limits: Limits | None = None,
        **settings: str | None,
    ) -> None:
        self._stack = ExitStack()
        self.hops = HopLog()
        self.sharetribe = Sharetribe(hops=self.hops)
        self.sharetribe.rotation = rotation
        self._sharetribe_url = self._stack.enter_context(Server(self.sharetribe.app)).url
        self._vendors: dict[str, Any] = {}
        self.checksum_key = secrets.token_bytes(32)
        defaults = self._settings(integration_api=integration_api)
        listed = [name for name in (settings.get("INTEGRATIONS") or "").split(",") if name]
        if listed:
            # Without what somebody has deleted: the rest goes on.
            settings["INTEGRATIONS"] = ",".join(name for name in listed if name in INSTALLED)
        given = {name: value for name, value in settings.items() if value is not None}
        api = given.get("API_PREFIX", "/api")
        api_url = given.get("PUBLIC_URL", defaults["PUBLIC_URL"]) + api
        place = Place(self.sharetribe, api_url, given)
        for simulator in simulators():
            is_first = simulator.name == ALL[0].name
            if is_first or (simulator.name in listed and simulator.address not in given):
                vendor = simulator.start(self._stack, self.hops, clock)
                self._vendors[simulator.name] = vendor
                defaults |= simulator.environment(vendor, place)
        merged = {**defaults, **settings}
        self.settings = {name: value for name, value in merged.items() if value is not None}
        self.app = create_app(self.settings, clock)
        self._served = ServedApp(self.app, self._listener, limits)
        self.url = self._served.url
        self.port = self._served.port

    def __getattr__(self, name: str) -> Any:
        """Return the simulated vendor of an integration."""
        try:
            return self.__dict__["_vendors"][name]
        except KeyError:
            raise AttributeError(f"no vendor {name!r} is simulated here") from None

    def has(self, name: str) -> bool:
        """Tell whether a vendor is served."""
        return name in self._vendors

    @property
    def simulated(self) -> tuple[Any, ...]:
        """The simulated vendors."""
        return tuple(self._vendors.values())

    def _settings(self, *, integration_api: bool) -> dict[str, str]:
        # The app must know its own address before it is served.
        self._listener = listen()
        port = self._listener.getsockname()[1]
        settings = {
            "CONNECTIONS_RETURN_URL": RETURN_PAGE,
            "PORT": str(port),
            "SHARETRIBE_CLIENT_ID": self.sharetribe.client_id,
            "SHARETRIBE_BASE_URL": self._sharetribe_url,
            "MARKETPLACE_ORIGINS": MARKETPLACE_ORIGIN,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SEAL_KEYS": f"1:{_unpadded(secrets.token_bytes(64))}",
            "CHECKSUM_KEYS": f"1:{_unpadded(self.checksum_key)}",
            "TRUSTED_PROXY_HOPS": "0",
            "COOKIE_SECURE": "false",
            "INTEGRATIONS": ALL[0].name,
        }
        if integration_api:
            settings |= {
                "SHARETRIBE_INTEGRATION_CLIENT_ID": self.sharetribe.integration_client_id,
                "SHARETRIBE_INTEGRATION_CLIENT_SECRET": self.sharetribe.integration_client_secret,
                "SHARETRIBE_INTEGRATION_BASE_URL": self._sharetribe_url,
            }
        return settings

    @property
    def taken(self) -> dict[str, int]:
        """What is under way in the app's server, by its kind; what is not is left out."""
        return {kind: count for kind, count in self._served.server.taken.items() if count}

    def close(self) -> None:
        """Stop everything, requests that hang included."""
        self.sharetribe.faults.reset()
        for vendor in self._vendors.values():
            vendor.close()
        self._served.close()
        self._stack.close()

    @property
    def user(self) -> User:
        """The first of the two users."""
        return next(iter(self.sharetribe.users.values()))

    @property
    def other_user(self) -> User:
        """The second of the two users."""
        return list(self.sharetribe.users.values())[1]

    def browser(self, user: User | None = None) -> Browser:
        """Return a browser in which `user` (the first one) has logged in."""
        return Browser(self, self.sharetribe.log_in((user or self.user).id))

    def verification(self, user: User | None = None) -> dict[str, Any] | None:
        """Return what Sharetribe holds of a user's verification."""
        found = (user or self.user).private_data.get("idVerification")
        return found if isinstance(found, dict) else None

    def checksum_holds(self, user: User | None = None, key: str = "idVerification") -> bool:
        """Judge the checksum of what is stored under `key` independently of the app's code."""
        owner = user or self.user
        value = owner.private_data[key]
        canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        parts = [key, self.sharetribe.client_id, str(UUID(owner.id)), canonical]
        digest = hmac.new(self.checksum_key, "\0".join(parts).encode(), hashlib.sha256).digest()
        return bool(owner.private_data[f"{key}Checksum"] == f"1.{_unpadded(digest)}")


class Browser:
    """A browser on the marketplace's page: it holds a session cookie and calls the app."""

    def __init__(self, world: World, token: Mapping[str, Any] | None) -> None:
        self._world = world
        self._name = f"st-{world.sharetribe.client_id}-token"
        self.cookie = None if token is None else encode_cookie(token)

    def call(
        self,
        method: str,
        path: str = "/api/id-verification",
        *,
        json_body: object = None,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send a request as a page of the marketplace's origin would; keep a renewed cookie.

        `cookies` are sent besides the session's.
        """
        sent = {"Sec-Fetch-Site": "same-origin", **(headers or {})}
        session_cookie = {} if self.cookie is None else {self._name: self.cookie}
        pairs = {**session_cookie, **(cookies or {})}
        if pairs:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in pairs.items())
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method,
                self._world.url + path,
                headers=sent,
                json=json_body,
                data=data,
                timeout=30,
                allow_redirects=False,
            )
        if self._name in answer.cookies:
            self.cookie = answer.cookies[self._name]
        return answer

    def start(self, **body: object) -> requests.Response:
        """Press "verify my identity"."""
        return self.call("POST", json_body=body or None)

    def read(self) -> requests.Response:
        """Ask how the verification stands."""
        return self.call("GET")


def encode_cookie(token: Mapping[str, Any]) -> str:
    """Return a token object as JavaScript's encodeURIComponent writes it."""
    return quote(json.dumps(token, separators=(",", ":")), safe="!'()*~-._")


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
