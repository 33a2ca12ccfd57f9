"""Beacon, simulated: an example of what the kit of checks makes of a few lines."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask, Response, jsonify, request

from sandbox.hops import HopLog
from sandbox.kit.checks import CheckVendor, Event, Outcome, Session
from sandbox.kit.sender import Headers
from sandbox.simulator import Place, Simulator, served


class SimulatedBeacon(CheckVendor):
    """Beacon: its links work once, and its word for an approval is `clear`."""

    title = "Beacon"
    outcomes = (
        Outcome("clear", "Clear", "It ends"),
        Outcome("refused", "Refuse", "It ends"),
        Outcome("another_photo", "Ask for another photo", "It goes on", ends=False),
    )
    has_single_use_links = True

    def __init__(self, hops: HopLog | None = None, clock: Callable[[], float] = time.time) -> None:
        """Make a secret; arguments as for CheckVendor."""
        super().__init__(hops, clock)
        self.secret = secrets.token_hex(16)

    def add_api(self, app: Flask) -> None:
        """Add the three routes; see CheckVendor.add_api."""
        app.post("/sessions")(self._begin)
        app.post("/sessions/<session_id>/links")(self._renew)
        app.get("/sessions/<session_id>")(self._show)

    def _begin(self) -> Response:
        asked: dict[str, Any] = request.get_json()
        session = Session(
            id=uuid4().hex,
            reference=asked["reference"],
            carrier="reference",
            begun_at=self.clock(),
            callback_url=asked["callbackUrl"],
        )
        return jsonify(id=session.id, url=self.begin(session))

    def _renew(self, session_id: str) -> Response:
        return jsonify(url=self.link(self.transactions[session_id]))

    def _show(self, session_id: str) -> Response:
        session = self.transactions[session_id]
        return jsonify(status=session.status, reference=session.reference)

    def events(self, session: Session) -> list[Event]:
        """Tell what was decided; see CheckVendor.events."""
        told = {"id": session.id, "reference": session.reference, "status": session.status}
        return [Event(json.dumps(told).encode(), session.status)]

    def signed(self, body: bytes, secret: str | None = None) -> Headers:
        """Sign a body; see CheckVendor.signed."""
        digest = hmac.new((secret or self.secret).encode(), body, hashlib.sha256).hexdigest()
        return [("Beacon-Signature", digest)]


def _settings(beacon: SimulatedBeacon, _: Place) -> Mapping[str, str]:
    return {"BEACON_SECRET": beacon.secret}


SIMULATOR = Simulator(
    name="beacon",
    title="Beacon",
    rank=95,
    listed="tests.sandbox.beacon:BEACON",
    start=served(SimulatedBeacon),
    address="BEACON_BASE_URL",
    settings=_settings,
    checks=True,
    card=Path(__file__).parent / "beacon_card",
)
