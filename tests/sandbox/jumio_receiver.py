"""A receiver of callbacks, and a simulated Jumio with shortcuts to start checks."""

import json
import threading
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import Flask, Response, request

from sandbox.jumio import Jumio
from sandbox.server import Server
from tests.sandbox.jumio_callers import KYX_BODY, KyxCaller, NetverifyCaller

PATIENCE = 5.0
"""How many seconds a test waits for what should happen at once."""


@dataclass(frozen=True, slots=True)
class Received:
    """One callback as the receiver saw it; `address` is what the router tells of its sender."""

    path: str
    address: str
    content_type: str
    user_agent: str
    body: str

    def form(self) -> dict[str, str]:
        pairs = parse_qsl(self.body, keep_blank_values=True, strict_parsing=True)
        assert len(pairs) == len(dict(pairs))
        return dict(pairs)


class Receiver:
    """Answers callbacks with `statuses`, one after another, then with 200."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.statuses: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Event()
        app = Flask("receiver")
        app.add_url_rule("/api/callbacks/jumio", "plain", self._take, methods=["POST"])
        app.add_url_rule("/api/callbacks/jumio/<path:rest>", "rest", self._take, methods=["POST"])
        self.server = Server(app)
        self.url = f"{self.server.url}/api/callbacks/jumio"

    def _take(self, rest: str = "") -> Response:
        self.arrived.set()
        self.gate.wait(PATIENCE)
        self.received.append(
            Received(
                request.path,
                request.headers["X-Forwarded-For"],
                request.headers["Content-Type"],
                request.headers["User-Agent"],
                request.get_data(as_text=True),
            )
        )
        status = self.statuses.pop(0) if self.statuses else 200
        return Response(f"seen {len(rest)}", status, {"Location": f"{self.server.url}/elsewhere"})

    def kinds(self) -> list[str]:
        """Return the statuses in the callbacks received, in order."""
        return [_kind(callback) for callback in self.received]


def _kind(callback: Received) -> str:
    if callback.content_type == "application/json":
        return str(json.loads(callback.body)["workflowExecution"]["status"])
    return callback.form()["verificationStatus"]


class Vendor(Jumio):
    """The simulated vendor, with shortcuts to start a check on either API."""

    def netverify(self, **fields: object) -> str:
        """Start a Netverify check and return its reference."""
        return NetverifyCaller(self).start(userReference="sealed-1", **fields)

    def kyx(self, **fields: object) -> str:
        """Start a KYX check, without a userReference unless given, and return its reference."""
        body = {name: value for name, value in KYX_BODY.items() if name != "userReference"}
        answer = KyxCaller(self).create(body | fields)
        assert 200 == answer.status_code
        return str(answer.get_json()["workflowExecution"]["id"])
