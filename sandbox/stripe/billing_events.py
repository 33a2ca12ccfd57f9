"""What Stripe tells of billing: events with a snapshot of their object, and thin ones.

Source: docs.stripe.com/webhooks, docs.stripe.com/event-destinations (thin events, for objects of v1
too since 2026-09-30), and `stripe.v2.core` in `stripe` 16.1.0 for Python (read 2026-11).
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sandbox.stripe.api import VERSION
from sandbox.stripe.endpoints import Form
from sandbox.stripe.records import Record, new_id

CONTENT_TYPE = "application/json; charset=utf-8"
# Where the objects of an event are, by the `object` of each.
PLACES = {
    "charge": "/v1/charges/",
    "checkout.session": "/v1/checkout/sessions/",
    "dispute": "/v1/disputes/",
    "invoice": "/v1/invoices/",
    "subscription": "/v1/subscriptions/",
}
WANTED = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "invoice.paid",
    "invoice.payment_failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.closed",
)


@dataclass(frozen=True, slots=True)
class Notice:
    """An event that has happened: its type, and the object as it was at that moment."""

    kind: str
    shown: dict[str, Any] = field(repr=False)
    at: float
    id: str = field(default_factory=lambda: new_id("evt"))

    def body(self, form: Form) -> bytes:
        """Return the event as an endpoint gets it."""
        return json.dumps(self._thin() if form == "thin" else self._snapshot(), indent=2).encode()

    def _snapshot(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "event",
            "api_version": VERSION,
            "created": int(self.at),
            "data": {"object": self.shown},
            "livemode": self.shown["livemode"],
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": self.kind,
        }

    def _thin(self) -> dict[str, Any]:
        happened = datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds")
        kind, object_id = self.shown["object"], self.shown["id"]
        return {
            "id": self.id.replace("evt_", "evt_test_65"),
            "object": "v2.core.event",
            "context": None,
            "created": happened.replace("+00:00", "Z"),
            "livemode": self.shown["livemode"],
            "reason": None,
            "related_object": {
                "id": object_id,
                "type": kind,
                "url": f"{PLACES[kind]}{quote(object_id, safe='')}",
            },
            "snapshot_event": self.id,
            "type": f"v1.{self.kind}",
        }


def notice(kind: str, record: Record, at: float) -> Notice:
    """Return the notice of what has happened to an object."""
    return Notice(kind, record.shown(), at)
