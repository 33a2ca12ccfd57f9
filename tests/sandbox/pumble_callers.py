"""An app of the simulated Pumble: what it asks for, exchanges, calls and is told by hooks."""

import json
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.pumble import Pumble
from sandbox.server import Server

REDIRECT_URL = "https://shop.example/api/connections/pumble/return"
PATIENCE = 5.0
"""How many seconds a test waits for what should happen at once."""


class PumbleApp:
    """The app's side of consent, exchange and API, without a network."""

    def __init__(self, pumble: Pumble) -> None:
        """Register one redirect URL and know all credentials."""
        pumble.manifest.redirect_urls = [REDIRECT_URL]
        self.pumble = pumble
        self.http: FlaskClient = pumble.app.test_client()

    def url(self, **changed: str | None) -> str:
        """Return the consent page's address; None takes a usual parameter away."""
        usual: dict[str, str | None] = {
            "redirectUrl": REDIRECT_URL,
            "clientId": self.pumble.app_id,
            "scopes": "messages:read,channels:list,bot:messages:write",
            "state": "sealed-state~1",
        }
        given = {name: value for name, value in (usual | changed).items() if value is not None}
        return f"{self.pumble.base_url}/access-request?{urlencode(given)}"

    def code(
        self,
        workspace_id: str | None = None,
        user_id: str | None = None,
        **changed: str | None,
    ) -> str:
        """Return the code that a user's consent brings."""
        address = self.pumble.authorize(self.url(**changed), workspace_id, user_id)
        return query_of(address)["code"]

    def exchange(self, code: str, **changed: object) -> TestResponse:
        """Exchange a code as documented; `changed` are other arguments of the request."""
        form: dict[str, object] = {
            "client-id": self.pumble.app_id,
            "client-secret": self.pumble.client_secret,
            "code": code,
        }
        usual: dict[str, Any] = {"data": form, "content_type": "multipart/form-data"}
        return self.http.post("/oauth2/access", **(usual | changed))

    def tokens(
        self,
        workspace_id: str | None = None,
        user_id: str | None = None,
        **changed: str | None,
    ) -> Any:
        """Return the body of a whole authorization's exchange."""
        return self.exchange(self.code(workspace_id, user_id, **changed)).get_json()

    def call(self, method: str, path: str, token: str, body: object = None) -> TestResponse:
        """Call the API with a token and the app's key."""
        headers = {"token": token, "x-app-token": self.pumble.app_key}
        if body is None:
            return self.http.open(path, method=method, headers=headers)
        return self.http.open(path, method=method, headers=headers, json=body)

    def is_alive(self, token: str) -> bool:
        """Return whether a token is accepted."""
        return self.call("GET", "/oauth2/me", token).status_code == 200


@dataclass(frozen=True, slots=True)
class Received:
    """One hook as the receiver saw it; `chunked` is whether its body came in pieces."""

    headers: list[tuple[str, str]]
    body: bytes
    chunked: bool

    def header(self, name: str) -> str:
        [value] = [value for known, value in self.headers if known.lower() == name]
        return value

    def payload(self) -> Any:
        return json.loads(self.body)


class HookReceiver:
    """Answers hooks with `status` and a message as soon as its gate is open."""

    def __init__(self) -> None:
        """Listen on loopback."""
        self.received: list[Received] = []
        self.status = 200
        self.gate = threading.Event()
        self.gate.set()
        app = Flask("hook-receiver")
        app.add_url_rule("/api/callbacks/pumble", "hook", self._take, methods=["POST"])
        self.server = Server(app)
        self.url = f"{self.server.url}/api/callbacks/pumble"

    def only(self) -> Received:
        """Return the one hook that came."""
        [received] = self.received
        return received

    def close(self) -> None:
        """Answer what is waiting and stop listening."""
        self.gate.set()
        self.server.close()

    def _take(self) -> Response:
        self.gate.wait(PATIENCE)
        chunked = request.headers.get("Transfer-Encoding") == "chunked"
        self.received.append(Received(list(request.headers), request.get_data(), chunked))
        return Response('{"message":"seen"}', self.status, content_type="application/json")


def query_of(address: str) -> dict[str, str]:
    """Return the query parameters of an address, each of which must occur once."""
    pairs = parse_qs(urlsplit(address).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in pairs.values())
    return {name: values[0] for name, values in pairs.items()}
