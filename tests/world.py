"""What every world of the tests has: the real app, a simulated marketplace, and browsers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

import requests
from flask import Flask

from sandbox.hops import HopLog
from sandbox.sharetribe import Sharetribe, User
from tests.served_app import ServedApp

MARKETPLACE_ORIGIN = "https://market.example"
RETURN_PAGE = f"{MARKETPLACE_ORIGIN}/account/connections"


class World:
    """The app with its surroundings; `url` is where it listens (`tests.kit.world.KitWorld`)."""

    sharetribe: Sharetribe
    hops: HopLog
    app: Flask
    settings: dict[str, str]
    checksum_key: bytes
    url: str
    port: int
    _served: ServedApp

    @property
    def taken(self) -> dict[str, int]:
        """What is under way in the app's server, by its kind; what is not is left out."""
        return {kind: count for kind, count in self._served.server.taken.items() if count}

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

    @property
    def cookie_header(self) -> str:
        """The `Cookie` field with the session."""
        return f"{self._name}={self.cookie}"

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
