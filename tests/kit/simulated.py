"""What the simulators of the example vendors have in common: one strict web application each."""

from __future__ import annotations

import http.client
import json
import time
from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

from sandbox.closable import Closable
from sandbox.faults import Faults
from sandbox.kit.router import HOST

_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Told:
    """What a callback was answered; `text` is the body as it came."""

    status: int
    text: str = field(repr=False)

    @property
    def body(self) -> dict[str, Any]:
        """The body's JSON object."""
        document: dict[str, Any] = json.loads(self.text)
        return document

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and problem code."""
        return self.status, self.body["code"]


class SimulatedVendor(Closable, ABC):
    """A vendor at `base_url`: serve `app`, and call `close()` at the end.

    `faults` makes it misbehave, `calls` holds every request as "METHOD /path", in order. `clock`
    gives unix seconds.
    """

    name: str

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.base_url = ""
        self.faults = Faults()
        self.calls: list[str] = []
        self.app = Flask(self.name, static_folder=None)
        self.app.before_request(self._note)
        self.app.before_request(self.faults.apply)

    def _note(self) -> None:
        self.calls.append(f"{request.method} {request.path}")

    @abstractmethod
    def settings(self, world: Any) -> Mapping[str, str]:
        """Return the app's settings for this vendor, besides its address."""

    @abstractmethod
    def secrets(self) -> Mapping[str, str]:
        """Return what must not leave the app, under names to show in its place."""

    @abstractmethod
    def start_afresh(self) -> None:
        """Forget what tests have left here."""

    def close(self) -> None:
        """Let go of requests that hang."""
        self.faults.reset()


def read_json(required: set[str], optional: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the JSON object of the current request, which has just these fields; else 400."""
    if request.mimetype != "application/json":
        abort(415)
    document = request.get_json(silent=True)
    if not isinstance(document, dict):
        abort(400)
    if not required <= set(document) <= required | optional:
        abort(422)
    return document


def read_form(*fields: str) -> dict[str, str]:
    """Return the form of the current request, which has just these fields, once; else 400."""
    if request.mimetype != "application/x-www-form-urlencoded":
        abort(415)
    if dict.fromkeys(fields, 1) != {n: len(v) for n, v in request.form.lists()}:
        abort(400)
    return request.form.to_dict()


def require_basic(user: str, password: str) -> None:
    """Refuse the current request unless it has these credentials (RFC 7617)."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic" or b64decode(value).decode() != f"{user}:{password}":
        refuse(401, "unauthorized")


def bearer_token() -> str:
    """Return the bearer token of the current request (RFC 6750), "" where there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""


def refuse(status: int, error: str) -> None:
    """End the current request with an error in JSON."""
    body = json.dumps({"error": error})
    abort(Response(body, status, content_type="application/json"))


def deliver(url: str, body: bytes, headers: Mapping[str, str], forwarded_for: str = HOST) -> Told:
    """Post a callback as a router passes it on, and return what is answered."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port, timeout=_PATIENCE_SECONDS
    )
    sent = {**headers, "X-Forwarded-For": forwarded_for, "Connection": "close"}
    try:
        connection.request("POST", address.path, body, sent)
        with connection.getresponse() as answer:
            return Told(answer.status, answer.read().decode())
    finally:
        connection.close()
