"""Tollgate, simulated: orders and the contracts that come of them, and what it tells of changes."""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flask import Response, abort, jsonify

from tests.kit.simulated import SimulatedVendor, Told, bearer_token, deliver, read_json, refuse

REQUIRED = {"price", "mode", "reference", "email", "owner"}
OPTIONAL = frozenset({"returnUrl"})
# How an order of a payment, or of a card to keep, can end, and one that is under way for days.
WORDS = ("paid", "kept", "lapsed", "failed", "refunded", "in-flight")
STATES = ("running", "late", "stopped", "ended")
MONTH_SECONDS = 30 * 24 * 60 * 60


@dataclass(slots=True)
class Contract:
    """What goes on after an order; times are unix seconds."""

    id: str
    customer: str
    owner: dict[str, str] = field(repr=False)
    paid_until: float
    status: str = "running"
    ends_at: float | None = None

    def shown(self) -> dict[str, Any]:
        """Return the contract as the API shows it."""
        times = {"paidUntil": self.paid_until, "endsAt": self.ends_at}
        return {
            "id": self.id,
            "kind": "contract",
            "mode": "subscription",
            "customer": self.customer,
            "owner": self.owner,
            "status": self.status,
            **{name: _text(time) for name, time in times.items() if time is not None},
        }


@dataclass(slots=True)
class Order:
    """What was asked for, and how it stands."""

    id: str
    asked: dict[str, Any] = field(repr=False)
    reference: str = field(repr=False)
    customer: str
    status: str = "open"
    contract: Contract | None = None

    @property
    def is_subscription(self) -> bool:
        """Whether a contract comes of it."""
        return bool(self.asked["mode"] == "subscription")

    def shown(self) -> dict[str, Any]:
        """Return the order as the API shows it."""
        return {
            "id": self.id,
            "kind": "order",
            "mode": self.asked["mode"],
            "reference": self.reference,
            "owner": self.asked["owner"],
            "status": self.status,
            "customer": self.customer if self.status != "open" else None,
            "contract": self.contract.shown() if self.contract else None,
        }


class SimulatedTollgate(SimulatedVendor):
    """Tollgate; `clock` is its own as well."""

    name = "tollgate"

    def __init__(self, *arguments: Any) -> None:
        """Start without orders; arguments as for SimulatedVendor."""
        super().__init__(*arguments)
        self.api_key = secrets.token_hex(16)
        self.signing_secret = secrets.token_hex(16)
        self.callback_url = ""
        self.transactions: dict[str, Order] = {}
        self.doors: list[str | None] = []
        self.app.before_request(self._admit)
        self.app.post("/orders")(self._order)
        self.app.get("/things/<thing_id>")(self._show)
        self.app.post("/doors")(self._door)

    def settings(self, world: Any) -> dict[str, str]:
        """Return the app's settings."""
        self.callback_url = f"{world.api_url}/callbacks/{self.name}"
        return {
            "TOLLGATE_API_KEY": self.api_key,
            "TOLLGATE_SIGNING_SECRETS": self.signing_secret,
            "BILLING_PLANS": (
                "membership:price_1:subscription,lead-fee:price_2:payment,card-on-file::setup"
            ),
        }

    def _admit(self) -> None:
        if bearer_token() != self.api_key:
            refuse(401, "unauthorized")

    def _order(self) -> tuple[Response, int]:
        asked = read_json(REQUIRED, OPTIONAL)
        if set(asked["owner"]) != {"user", "client", "plan"} or len(asked["reference"]) > 500:
            abort(422)
        if (asked["mode"] == "setup") != (asked["price"] == ""):
            abort(422)
        order = Order(str(uuid4()), asked, asked["reference"], f"cus_{secrets.token_hex(6)}")
        self.transactions[order.id] = order
        return jsonify(id=order.id, url=f"{self.base_url}/pay/{secrets.token_hex(16)}"), 201

    def _show(self, thing_id: str) -> Response:
        for order in self.transactions.values():
            if order.id == thing_id:
                return jsonify(order.shown())
            contract = order.contract
            if contract is not None and thing_id in (contract.id, f"bill-{contract.id}"):
                return jsonify(contract.shown())
        return abort(404)

    def _door(self) -> tuple[Response, int]:
        asked = read_json({"customer", "returnUrl"})
        if asked["customer"] not in {one.customer for one in self.transactions.values()}:
            abort(404)
        self.doors.append(asked["returnUrl"])
        return jsonify(url=f"{self.base_url}/door/{secrets.token_hex(16)}"), 201

    def finish(self, order_id: str, word: str, *, told: bool = True) -> list[int]:
        """End an order in one of WORDS, or begin its contract, in one of STATES.

        Returns the statuses that answered what was told of it.
        """
        order = self.transactions[order_id]
        if word in STATES:
            return self.change(order_id, word, told=told)
        order.status = word
        return [self.tell(order).status] if told else []

    def change(
        self,
        order_id: str,
        state: str = "running",
        *,
        paid_until: float | None = None,
        ends_at: float | None = None,
        told: bool = True,
    ) -> list[int]:
        """Put an order's contract into a state, beginning it where there is none."""
        order = self.transactions[order_id]
        contract, is_new = order.contract, order.contract is None
        if contract is None:
            until = self.clock() + MONTH_SECONDS
            owner = order.asked["owner"]
            contract = order.contract = Contract(str(uuid4()), order.customer, owner, until)
            order.status = "paid"
        contract.status, contract.ends_at = state, ends_at
        if paid_until is not None:
            contract.paid_until = paid_until
        if not told:
            return []
        return [self.tell(order).status if is_new else self.tell_of_contract(contract).status]

    def tell(self, order: Order, secret: str = "", **changed: Any) -> Told:
        """Tell of an order; `changed` stands in the event instead."""
        return self._told({"id": order.id, "reference": order.reference, **changed}, secret)

    def tell_of_contract(self, contract: Contract, secret: str = "", **changed: Any) -> Told:
        """Tell of a contract; `owner=None` makes it a bare bell, `id` may be that of its bill."""
        return self._told({"id": contract.id, "owner": contract.owner, **changed}, secret)

    def _told(self, event: dict[str, Any], secret: str) -> Told:
        body = json.dumps({"type": "changed", **event}).encode()
        time, key = int(self.clock()), (secret or self.signing_secret).encode()
        digest = hmac.digest(key, f"{time}.".encode() + body, "sha256").hex()
        headers = {
            "Content-Type": "application/json",
            "Tollgate-Signature": f"t={time},v1={digest}",
        }
        return deliver(self.callback_url, body, headers)

    def secrets(self) -> dict[str, str]:
        """Return what must not leave the app: keys, carriers, and who pays."""
        found = {"API key": self.api_key, "signing secret": self.signing_secret}
        for number, order in enumerate(self.transactions.values()):
            found |= {
                f"reference {number}": order.reference,
                f"e-mail {number}": order.asked["email"],
            }
        return found

    def start_afresh(self) -> None:
        """Forget every order."""
        self.faults.reset()
        self.transactions.clear()
        self.calls.clear()


def _text(time: float) -> str:
    moment = datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")
