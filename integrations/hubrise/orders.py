"""HubRise orders: made of a marketplace transaction, found again by it, and their news.

Source: hubrise.com/developers, orders, callbacks and integration guide (read 2026-11). The field
`private_ref` holds the transaction's id: it is unique and visible to our client alone, which makes
HubRise keep the mapping, and a repeated order impossible.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID

from integrations.hubrise.api import HubRiseApi, Refusal
from integrations.hubrise.sale import order_document
from proxy.vendors import (Answer, CallbackUnreadable, FINAL_RANK, Grant, OrderEvent, OrderExists, OrderState, RequestHeaders, Sale, Signed, UpstreamUnavailable, display_text, read_lenient_object)

SIGNATURE_HEADER = "X-HubRise-Hmac-SHA256"
RANKS = {
    "new": 0,
    "received": 1,
    "accepted": 2,
    "in_preparation": 3,
    "awaiting_shipment": 4,
    "awaiting_collection": 4,
    "in_delivery": 5,
    "completed": FINAL_RANK,
    "rejected": FINAL_RANK,
    "cancelled": FINAL_RANK,
    "delivery_failed": FINAL_RANK,
}
_ID = re.compile(r"[0-9A-Za-z_-]{1,60}", re.ASCII)
_RESOURCE = re.compile(r"[a-z][a-z_]{0,59}", re.ASCII)
_MAX_EVENTS = 100


class HubRiseOrders:
    """HubRise as a vendor that takes orders."""

    name = "hubrise"

    def __init__(
        self,
        api: HubRiseApi,
        client_secret: str,
        service_type: str,
        sale_transitions: frozenset[str],
    ) -> None:
        self._api = api
        self.sale_transitions = sale_transitions
        self._client_secret = client_secret.encode()
        self._service_type = service_type

    def rank(self, status: str) -> int:
        """Return the rank of a status; orders need not go through all of them."""
        return RANKS.get(status, -1)

    def create_order(self, grant: Grant, sale: Sale) -> OrderState:
        """Make an order; see OrderVendor.create_order."""
        document = order_document(sale, self._service_type)
        try:
            answer = self._api.post("/location/orders", grant.secret["token"], document)
        except Refusal as refusal:
            if refusal.status == 422 and refusal.fields == ("private_ref",):
                raise OrderExists from None
            raise
        return _answered(answer, sale.id)

    def find_order(self, grant: Grant, transaction_id: UUID) -> OrderState | None:
        """Search for the order of a transaction; HubRise counts this as a heavy request."""
        query = {"private_ref": str(transaction_id)}
        for document in self._api.items("/location/orders", grant.secret["token"], query):
            state = read_state(document)
            if state is not None and state.transaction_id == transaction_id:
                return state
        return None

    def read_order(self, grant: Grant, order_id: str) -> OrderState | None:
        """Read an order by HubRise's id; see OrderVendor.read_order."""
        if not _is_id(order_id):
            return None  # what somebody wrote into the metadata; HubRise makes no such id
        path = f"/location/orders/{quote(order_id, safe='')}"
        try:
            answer = self._api.get(path, grant.secret["token"])
        except Refusal as refusal:
            if refusal.status == 404:
                return None
            raise
        return _answered(answer, None)

    def signed(self, headers: RequestHeaders, body: bytes) -> Signed | None:
        """Return HubRise's signature; its key is the client secret, and it covers no time."""
        presented = headers.get(SIGNATURE_HEADER)
        return None if presented is None else Signed(body, presented, self._client_secret)

    def read_event(self, body: bytes) -> OrderEvent | None:
        """Read a callback; see OrderVendor.read_event."""
        document = read_lenient_object(body)
        resource = document.get("resource_type")
        if not isinstance(resource, str) or not _RESOURCE.fullmatch(resource):
            raise CallbackUnreadable("The body is not a HubRise event.")
        if resource != "order":
            return None
        event = _read_event(document)
        if event is None:
            raise CallbackUnreadable("The event names no order.")
        return event

    def covers(self, grant: Grant, event: OrderEvent) -> bool:
        """Tell whether the event's location is the connected one."""
        location_id = grant.details.get("locationId")
        return location_id is not None and event.places.get("location_id") == location_id

    def pending_events(self, grant: Grant) -> Sequence[OrderEvent]:
        """Return the order events that HubRise still holds; see OrderVendor.pending_events."""
        documents = self._api.items("/callback/events", grant.secret["token"])
        events = [_read_event(d) for d in documents if d.get("resource_type") == "order"]
        return [event for event in events if event is not None and event.event_id][:_MAX_EVENTS]

    def forget_event(self, grant: Grant, event_id: str) -> None:
        """Delete a pending event; one that is gone is no error."""
        try:
            self._api.delete(f"/callback/events/{quote(event_id, safe='')}", grant.secret["token"])
        except Refusal as refusal:
            if refusal.status != 404:
                raise


def read_state(document: Mapping[str, Any]) -> OrderState | None:
    """Return how an order document stands, None for one without id or status."""
    order_id, status = document.get("id"), document.get("status")
    if not _is_id(order_id) or not isinstance(status, str):
        return None
    return OrderState(
        order_id=str(order_id),
        status=status if status in RANKS else "unknown",
        rank=RANKS.get(status, -1),
        transaction_id=_uuid(document.get("private_ref")),
        reason=_rejection(document),
    )


def _answered(answer: Answer, transaction_id: UUID | None) -> OrderState:
    """Read an order answer; `transaction_id` is known where we have just sent it."""
    state = read_state(answer.json_object())
    if state is None:
        raise UpstreamUnavailable(answer.upstream, "an order without id or status")
    if transaction_id is not None and state.transaction_id != transaction_id:
        raise UpstreamUnavailable(answer.upstream, "an order with another private_ref")
    return state


def _read_event(document: Mapping[str, Any]) -> OrderEvent | None:
    """Read an event of either shape: today's `order_id`, or the older `resource_id`."""
    order_id = document.get("order_id", document.get("resource_id"))
    if not _is_id(order_id):
        return None
    event_id = document.get("id")
    places = {n: document[n] for n in ("account_id", "location_id") if _is_id(document.get(n))}
    return OrderEvent(
        event_id=str(event_id) if _is_id(event_id) else "",
        order_id=str(order_id),
        places=places,
        state=_event_state(document.get("new_state"), str(order_id)),
    )


def _event_state(new_state: object, order_id: str) -> OrderState | None:
    """Return the state that an event tells, None where the order has to be read.

    Whether events carry `private_ref` is not documented: without it, only the order tells whose
    it is.
    """
    if not isinstance(new_state, dict) or new_state.get("private_ref") is None:
        return None
    state = read_state(new_state)
    return state if state is not None and state.order_id == order_id else None


def _rejection(document: Mapping[str, Any]) -> str | None:
    """Return why a shop did not take an order: `epos.rejection.cause` in the custom fields."""
    value: object = document.get("custom_fields")
    for key in ("epos", "rejection", "cause"):
        value = value.get(key) if isinstance(value, dict) else None
    return display_text(value)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _uuid(value: object) -> UUID | None:
    if not isinstance(value, str):
        return None
    try:
        parsed = UUID(value)
    except ValueError:
        return None
    return parsed if str(parsed) == value.lower() else None
