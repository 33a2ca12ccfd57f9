"""What an event says: "Retrieve Event" in "Callbacks", read 2026-11-20."""

import copy
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.hubrise.locations import Location

EventShape = Literal["full", "ids-only", "old"]
Document = dict[str, Any]

STATES = ("previous_state", "new_state")
ALLOWED_EVENTS = frozenset(
    {
        "catalog.create",
        "catalog.delete",
        "catalog.update",
        "customer.create",
        "customer.update",
        "delivery.create",
        "delivery.update",
        "inventory.patch",
        "inventory.update",
        "location.update",
        "order.create",
        "order.update",
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """A change that one connection hears of; `created_at` is in Unix seconds.

    `document` is the answer to "Retrieve Event", `sent` the body of the callback: the same, except
    in the old shape.
    """

    id: str
    name: str
    created_at: float
    document: Document
    sent: Document

    def summary(self) -> Document:
        """Return the event as "List Events" shows it: without states."""
        return {name: value for name, value in self.document.items() if name not in STATES}


def order_event(
    event_id: str,
    at: float,
    location: Location,
    order: Document,
    previous: Document | None,
    shape: EventShape,
) -> Event:
    """Return the event that `order` was created, or changed from `previous`.

    - `full`: as documented today, with the states.
    - `ids-only`: without the states.
    - `old`: `resource_id` stands for `order_id`, and the callback has neither id nor time; such
      bodies are still found in integrations that were written against older documentation.
    """
    event_type = "create" if previous is None else "update"
    head = {"id": event_id, "created_at": location.written_unix(at)}
    kind = {"resource_type": "order", "event_type": event_type}
    parents = {"account_id": location.account_id, "location_id": location.id}
    own_id = "resource_id" if shape == "old" else "order_id"
    body = {**kind, **parents, own_id: order["id"]}
    if shape != "ids-only":
        body |= {"previous_state": copy.deepcopy(previous)} if previous is not None else {}
        body["new_state"] = copy.deepcopy(order)
    document = {**head, **body}
    sent = body if shape == "old" else document
    return Event(event_id, f"order.{event_type} {order['status']}", at, document, sent)
