"""A client of the simulated HubRise that knows its documented ways, and a receiver of callbacks."""

import json
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.hubrise import Connection, HubRise
from sandbox.server import Server

PATIENCE = 5.0
"""How many seconds a test waits for what should happen at once."""
NOON = 1_800_014_400.0
REDIRECT_URI = "http://shop.example/return"
SCOPE = "location[orders.write,customer_list.read,catalog.read]"
FORM = "application/x-www-form-urlencoded"
HERE = "k7w2p-1"
ELSEWHERE = "v9n4t-1"
MONEY = "12.50 EUR"


def query_of(url: str) -> dict[str, str]:
    """Return the query of a URL."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


class Clock:
    """A clock that tests move; it starts at a round minute and hour."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


class Client:
    """The marketplace's client with the right credentials, unless told otherwise."""

    def __init__(self, hubrise: HubRise) -> None:
        self.hubrise = hubrise
        self.http: FlaskClient = hubrise.app.test_client()

    def authorize_url(self, **parameters: str) -> str:
        usual = {
            "redirect_uri": REDIRECT_URI,
            "client_id": self.hubrise.client_id,
            "scope": SCOPE,
        }
        query = urlencode({**usual, **parameters})
        return f"{self.hubrise.base_url}/oauth2/v1/authorize?{query}"

    def page(self, **parameters: str) -> TestResponse:
        return self.http.get(self.authorize_url(**parameters))

    def code(self, location_id: str | None = None, **parameters: str) -> str:
        back = self.hubrise.authorize(self.authorize_url(**parameters), location_id)
        return query_of(back)["code"]

    def exchange(
        self, code: str, auth: tuple[str, str] | None = None, **extra: str
    ) -> TestResponse:
        credentials = auth or (self.hubrise.client_id, self.hubrise.client_secret)
        body = urlencode({"code": code, **extra})
        return self.http.post("/oauth2/v1/token", data=body, content_type=FORM, auth=credentials)

    def connect(self, location_id: str = HERE, **parameters: str) -> Connection:
        answer = self.exchange(self.code(location_id, **parameters))
        assert 200 == answer.status_code
        return self.hubrise.connections[answer.get_json()["access_token"]]

    def revoke(self, token: str) -> TestResponse:
        credentials = (self.hubrise.client_id, self.hubrise.client_secret)
        return self.http.post(
            "/oauth2/v1/revoke",
            data=urlencode({"token": token}),
            content_type=FORM,
            auth=credentials,
        )

    def call(
        self, connection: Connection, method: str, path: str, body: object = None
    ) -> TestResponse:
        data = None if body is None else json.dumps(body)
        return self.http.open(
            f"/v1{path}",
            method=method,
            headers={"X-Access-Token": connection.token},
            data=data,
            content_type=None if body is None else "application/json",
        )

    def refusal(
        self, connection: Connection, method: str, path: str, body: object
    ) -> list[tuple[str, str]]:
        """Return the fields and messages of a request that must be answered 422."""
        answer = self.call(connection, method, path, body)
        document = answer.get_json()
        assert (422, "unprocessable_entity") == (answer.status_code, document["error_type"])
        return [(error["field"], error["message"]) for error in document["errors"]]

    def order(self, connection: Connection, **fields: object) -> dict[str, Any]:
        answer = self.call(connection, "POST", "/location/orders", {"status": "new", **fields})
        assert (200, None) == (answer.status_code, answer.get_json().get("errors"))
        order: dict[str, Any] = answer.get_json()
        return order

    def listen(self, connection: Connection, url: str | None, *events: str) -> None:
        wanted = {"order": list(events or ("create", "update"))}
        answer = self.call(connection, "POST", "/callback", {"url": url, "events": wanted})
        assert (200, {"url": url, "events": wanted}) == (answer.status_code, answer.get_json())


@dataclass(frozen=True, slots=True)
class Received:
    """One callback as the receiver saw it."""

    path: str
    headers: dict[str, str]
    body: bytes

    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event

    def status(self) -> str:
        return str(self.event()["new_state"]["status"])


class Receiver:
    """Answers callbacks with `statuses`, one after another, then with 200."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.statuses: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Event()
        app = Flask("receiver")
        app.add_url_rule("/api/callbacks/hubrise/<reference>", "take", self._take, methods=["POST"])
        self.server = Server(app)
        self.url = f"{self.server.url}/api/callbacks/hubrise/secret-segment"

    def _take(self, reference: str) -> Response:
        self.arrived.set()
        self.gate.wait(PATIENCE)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(request.path, headers, request.get_data()))
        status = self.statuses.pop(0) if self.statuses else 200
        return Response(f"seen {len(reference)}", status, {"Location": f"{self.server.url}/away"})

    def close(self) -> None:
        self.gate.set()
        self.server.close()
