"""What the product asks an upstream, read off the wire: which call it is, and about which user."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench import messages
from sandbox.jumio import Jumio

NOBODY = -1
_CLICK_URL = f"https://{messages.PAGE_HOST}/back/"
_TOKEN, _INITIATE = "/v1/auth/token", "/api/v4/initiate"
_GRANTS = ("/users/approve", "/users/update_permissions")
_SCAN = re.compile(r"/api/netverify/v2/scans/([^/]+)(/data)?")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a kind, such as start, result, show, update or grant; `user` is a number."""

    kind: str
    user: int

    @property
    def writes(self) -> bool:
        """Whether it changes something that lasts, and could do so late."""
        return self.kind in {"start", "update", "grant"}


def click_url(user: int, click: str) -> str:
    """Return the address that a start gives as its `successUrl`: it tells who has clicked."""
    return f"{_CLICK_URL}{user}/{click}"


def clicked(success_url: str | None) -> tuple[int, str]:
    """Return the user and the click behind a `successUrl`."""
    user, _, click = (success_url or "").removeprefix(_CLICK_URL).partition("/")
    return (int(user), click) if user.isdigit() else (NOBODY, "")


@dataclass(slots=True)
class CallReader:
    """Knows whose ids and tokens are whose; `numbers` are users' numbers by their ids."""

    jumio: Jumio
    numbers: dict[str, int] = field(default_factory=dict)
    owners: dict[str, int] = field(default_factory=dict)
    """By refresh token, the dead ones too."""

    def read(self, environ: Mapping[str, Any], body: bytes) -> Call:
        """Return what a request asks."""
        path: str = environ["PATH_INFO"]
        if path == _INITIATE:
            return Call("start", clicked(json.loads(body).get("successUrl"))[0])
        scan = _SCAN.fullmatch(path)
        if scan:
            transaction = self.jumio.transactions.get(scan[1])
            user = clicked(transaction.success_url)[0] if transaction else NOBODY
            return Call("result" if scan[2] else "status", user)
        if path == _TOKEN:
            token = parse_qs(body.decode()).get("refresh_token", [""])[0]
            return Call("token", self.owners.get(token, NOBODY))
        kind = "update" if environ["REQUEST_METHOD"] == "POST" else "show"
        if path.endswith(_GRANTS):
            kind = "grant"
        return Call(kind, self.numbers.get(self._user_id(environ, body), NOBODY))

    def _user_id(self, environ: Mapping[str, Any], body: bytes) -> str:
        if "/integration_api/" in environ["PATH_INFO"]:
            asked = parse_qs(environ.get("QUERY_STRING", "")).get("id", [""])[0]
            return asked or str(json.loads(body or b"{}").get("id", ""))
        token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")[2]
        return str(claims(token).get("user-id", ""))

    def learn(self, call: Call, answer: bytes) -> None:
        """Remember whose the new refresh token is."""
        if call.kind == "token" and call.user != NOBODY:
            self.owners[json.loads(answer).get("refresh_token", "")] = call.user


def claims(access_token: str) -> dict[str, Any]:
    """Return what an access token says, unverified."""
    try:
        payload = access_token.split(".")[1]
        found: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return found


def path_of(url: str | None) -> str:
    """Return the path of an address."""
    return urlsplit(url or "").path
