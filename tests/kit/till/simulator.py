"""Till, simulated: orders, and an event for each change of one."""

from __future__ import annotations

import hmac
from base64 import b64encode
from typing import Any
from uuid import uuid4

from flask import Response, abort, jsonify, request

from tests.kit.consent import SimulatedConsent
from tests.kit.simulated import read_json

STATUSES = ("new", "accepted", "ready", "collected", "refused")


class SimulatedTill(SimulatedConsent):
    """Till. `orders` holds them by id; `tells_states`: an event says how its order stands."""

    name = "till"
    options = ("country", "isNew")

    def __init__(self, *arguments: Any) -> None:
        """Start without orders; arguments as for SimulatedVendor."""
        super().__init__(*arguments)
        self.orders: dict[str, dict[str, Any]] = {}
        self.tells_states = True
        self.app.post("/orders")(self._create)
        self.app.get("/orders")(self._search)
        self.app.get("/orders/<order_id>")(self._read)

    def _create(self) -> tuple[Response, int]:
        place = self.bearer().place
        asked = read_json({"reference", "title", "lines"})
        for line in asked["lines"]:
            if set(line) != {"name", "price"} or not float(line["price"]) < 1e9:
                abort(422)
        if any(order["reference"] == asked["reference"] for order in self.orders.values()):
            abort(409)
        order_id = str(uuid4())
        order = {"id": order_id, "place": place, "status": "new", **asked}
        self.orders[order_id] = order
        return jsonify(order), 201

    def _search(self) -> Response:
        place, reference = self.bearer().place, request.args["reference"]
        found = [
            o for o in self.orders.values() if (o["place"], o["reference"]) == (place, reference)
        ]
        return jsonify(orders=found)

    def _read(self, order_id: str) -> Response:
        place, order = self.bearer().place, self.orders.get(order_id)
        if order is None or order["place"] != place:
            abort(404)
        return jsonify(order)

    @property
    def order(self) -> dict[str, Any]:
        """The only order."""
        (order,) = self.orders.values()
        return order

    def set_status(self, status: str, reason: str | None = None) -> list[int | None]:
        """Change the only order at the till; return what each connection's callback got."""
        if status not in STATUSES:
            raise ValueError(status)
        order = self.order
        order["status"] = status
        if reason is not None:
            order["reason"] = reason
        shown = order if self.tells_states else {"id": order["id"]}
        held = [one for one in self.consented.values() if one.lives and one.place == order["place"]]
        return [self.happen(known, kind="order", order=dict(shown)) for known in held]

    def signed(self, body: bytes, secret: str = "") -> dict[str, str]:
        """Return the signature of a body, in base64."""
        key = (secret or self.client_secret).encode()
        return {"Till-Signature": b64encode(hmac.digest(key, body, "sha256")).decode()}

    def start_afresh(self) -> None:
        """Forget tokens and orders."""
        super().start_afresh()
        self.orders.clear()
        self.tells_states = True
