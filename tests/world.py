"""A world for tests: the real app and the simulated outside systems, over loopback HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID

import requests

from app import create_app
from proxy.wire.limits import Limits
from sandbox.hops import HopLog
from sandbox.jumio import Jumio
from sandbox.server import Server
from sandbox.sharetribe import Sharetribe, User
from sandbox.sharetribe.tokens import Rotation
from tests.installed import INSTALLED
from tests.served_app import ServedApp, listen

if TYPE_CHECKING:
    from sandbox.hubrise import HubRise
    from sandbox.kaizala import Kaizala
    from sandbox.pumble import Pumble

MARKETPLACE_ORIGIN = "https://market.example"
RETURN_PAGE = f"{MARKETPLACE_ORIGIN}/account/connections"


class World:
    """The app with its surroundings; `url` is where it listens.

    HubRise, Pumble and Kaizala are there when INTEGRATIONS lists them: else nobody calls them, and
    serving them would slow every test down.
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
        self.hops = HopLog()
        self.sharetribe = Sharetribe(hops=self.hops)
        self.sharetribe.rotation = rotation
        self.jumio = Jumio(hops=self.hops)
        self._servers = [Server(self.sharetribe.app), Server(self.jumio.app)]
        self.jumio.base_url = self._servers[1].url
        self._vendors: dict[str, Any] = {}
        self.checksum_key = secrets.token_bytes(32)
        defaults = self._settings(integration_api=integration_api)
        if settings.get("JUMIO_API") == "kyx":
            defaults["JUMIO_WORKFLOW"] = self.jumio.workflow_key
        listed = [name for name in (settings.get("INTEGRATIONS") or "").split(",") if name]
        for name in _OPTIONAL.keys() & listed & INSTALLED:
            defaults |= self._add(name, clock)
        if listed:
            # Without what somebody has deleted: the rest goes on.
            settings["INTEGRATIONS"] = ",".join(name for name in listed if name in INSTALLED)
        merged = {**defaults, **settings}
        self.settings = {name: value for name, value in merged.items() if value is not None}
        self._register_app()
        self.app = create_app(self.settings, clock)
        self._served = ServedApp(self.app, self._listener, limits)
        self.url = self._served.url
        self.port = self._served.port

    def _add(self, name: str, clock: Callable[[], float]) -> dict[str, str]:
        """Serve a vendor and return the app's settings for it.

        It is imported here: without its simulator, the tests that never name it go on.
        """
        class_name, settings_of = _OPTIONAL[name]
        vendor = getattr(import_module(f"sandbox.{name}"), class_name)(hops=self.hops, clock=clock)
        self._vendors[name] = vendor
        self._servers.append(Server(vendor.app))
        vendor.base_url = self._servers[-1].url
        return settings_of(vendor, self)

    def has(self, name: str) -> bool:
        """Tell whether a vendor is served."""
        return name in self._vendors

    @property
    def listed_vendors(self) -> tuple[Any, ...]:
        """The simulated vendors that INTEGRATIONS lists, Jumio aside."""
        return tuple(self._vendors.values())

    @property
    def hubrise(self) -> HubRise:
        """The simulated HubRise; KeyError where INTEGRATIONS does not list it."""
        found: HubRise = self._vendors["hubrise"]
        return found

    @property
    def pumble(self) -> Pumble:
        """The simulated Pumble; KeyError where INTEGRATIONS does not list it."""
        found: Pumble = self._vendors["pumble"]
        return found

    @property
    def kaizala(self) -> Kaizala:
        """The simulated Kaizala; KeyError where INTEGRATIONS does not list it."""
        found: Kaizala = self._vendors["kaizala"]
        return found

    def _register_app(self) -> None:
        """Do what an operator does in Pumble: say in the app's manifest where the proxy is."""
        if self.has("pumble"):
            api = self.settings["PUBLIC_URL"] + self.settings.get("API_PREFIX", "/api")
            self.pumble.manifest.redirect_urls = [f"{api}/connections/pumble/return"]
            self.pumble.manifest.hook_url = f"{api}/callbacks/pumble"

    def _settings(self, *, integration_api: bool) -> dict[str, str]:
        # The app must know its own address before it is served.
        self._listener = listen()
        port = self._listener.getsockname()[1]
        settings = {
            "CONNECTIONS_RETURN_URL": RETURN_PAGE,
            "PORT": str(port),
            "SHARETRIBE_CLIENT_ID": self.sharetribe.client_id,
            "SHARETRIBE_BASE_URL": self._servers[0].url,
            "MARKETPLACE_ORIGINS": MARKETPLACE_ORIGIN,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SEAL_KEYS": f"1:{_unpadded(secrets.token_bytes(64))}",
            "CHECKSUM_KEYS": f"1:{_unpadded(self.checksum_key)}",
            "TRUSTED_PROXY_HOPS": "0",
            "COOKIE_SECURE": "false",
            "INTEGRATIONS": "jumio",
            "JUMIO_API": "netverify",
            "JUMIO_API_TOKEN": self.jumio.api_token,
            "JUMIO_API_SECRET": self.jumio.api_secret,
            "JUMIO_BASE_URL": self.jumio.base_url,
            "JUMIO_CALLBACK_IPS": self.jumio.callback_address,
            "JUMIO_WORKFLOW": "200",
        }
        if integration_api:
            settings |= {
                "SHARETRIBE_INTEGRATION_CLIENT_ID": self.sharetribe.integration_client_id,
                "SHARETRIBE_INTEGRATION_CLIENT_SECRET": self.sharetribe.integration_client_secret,
                "SHARETRIBE_INTEGRATION_BASE_URL": self._servers[0].url,
            }
        return settings

    @property
    def taken(self) -> dict[str, int]:
        """What is under way in the app's server, by its kind; what is not is left out."""
        return {kind: count for kind, count in self._served.server.taken.items() if count}

    def close(self) -> None:
        """Stop everything, requests that hang included."""
        self.sharetribe.faults.reset()
        for vendor in (self.jumio, *self._vendors.values()):
            vendor.close()
        self._served.close()
        for server in reversed(self._servers):
            server.close()

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


def _hubrise_settings(hubrise: HubRise, _: World) -> dict[str, str]:
    return {
        "HUBRISE_CLIENT_ID": hubrise.client_id,
        "HUBRISE_CLIENT_SECRET": hubrise.client_secret,
        "HUBRISE_BASE_URL": hubrise.base_url,
    }


def _pumble_settings(pumble: Pumble, world: World) -> dict[str, str]:
    workspace = next(iter(pumble.workspaces.values()))
    return {
        "PUMBLE_APP_ID": pumble.app_id,
        "PUMBLE_APP_KEY": pumble.app_key,
        "PUMBLE_APP_CLIENT_SECRET": pumble.client_secret,
        "PUMBLE_APP_SIGNING_SECRET": pumble.signing_secret,
        "PUMBLE_BASE_URL": pumble.base_url,
        "PUMBLE_OPERATOR_USER_ID": world.user.id,
        "PUMBLE_CHANNEL_ID": workspace.channels[0].id,
    }


def _kaizala_settings(kaizala: Kaizala, _: World) -> dict[str, str]:
    package = import_module("sandbox.kaizala").ACTION_PACKAGE
    return {"KAIZALA_BASE_URL": kaizala.base_url, "KAIZALA_ACTION_PACKAGES": package}


# Class and settings of the vendors that a world has only when it is asked for them.
_OPTIONAL: dict[str, tuple[str, Callable[[Any, World], dict[str, str]]]] = {
    "hubrise": ("HubRise", _hubrise_settings),
    "pumble": ("Pumble", _pumble_settings),
    "kaizala": ("Kaizala", _kaizala_settings),
}


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
