"""HubRise orders: made of a marketplace transaction, found again by it, and their news.

Source: hubrise.com/developers, orders, callbacks and integration guide (read 2026-11). The field
`private_ref` holds the transaction's id: it is unique and visible to our client alone, which makes
HubRise keep the mapping, and a repeated order impossible.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from integrations.hubrise.api import HubRiseApi, Refusal
from integrations.hubrise.sale import order_document
from proxy.vendors import (
    FINAL_RANK,
    Answer,
    Grant,
    OrderExists,
    Orders,
    OrderState,
    Sale,
    UpstreamUnavailable,
    as_id,
    as_text,
    as_uuid,
    display_text,
)

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


class HubRiseOrders(Orders):
    """HubRise as a vendor that takes orders; they need not go through all of the statuses."""

    name = "hubrise"
    ranks = RANKS

    def __init__(
        self,
        api: HubRiseApi,
        service_type: str,
        sale_transitions: frozenset[str],
    ) -> None:
        self._api = api
        self.sale_transitions = sale_transitions
        self._service_type = service_type

    def create_order(self, grant: Grant, sale: Sale) -> OrderState:
        """Make an order; see Orders.create_order."""
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
        """Read an order by HubRise's id; see Orders.read_order."""
        if as_id(order_id) is None:
            return None  # what somebody wrote into the metadata; HubRise makes no such id
        path = f"/location/orders/{quote(order_id, safe='')}"
        try:
            answer = self._api.get(path, grant.secret["token"])
        except Refusal as refusal:
            if refusal.status == 404:
                return None
            raise
        return _answered(answer, None)


def read_state(document: Mapping[str, Any]) -> OrderState | None:
    """Return how an order document stands, None for one without id or status."""
    order_id, status = as_id(document.get("id")), as_text(document.get("status"))
    if order_id is None or status is None:
        return None
    return OrderState(
        order_id=order_id,
        status=status if status in RANKS else "unknown",
        rank=RANKS.get(status, -1),
        transaction_id=_transaction_id(document),
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


def _rejection(document: Mapping[str, Any]) -> str | None:
    """Return why a shop did not take an order: `epos.rejection.cause` in the custom fields."""
    value: object = document.get("custom_fields")
    for key in ("epos", "rejection", "cause"):
        value = value.get(key) if isinstance(value, dict) else None
    return display_text(value)


def _transaction_id(document: Mapping[str, Any]) -> UUID | None:
    """Return the transaction that an order was made of: HubRise keeps its id in `private_ref`."""
    private_ref = as_uuid(document.get("private_ref"))
    return None if private_ref is None else UUID(private_ref)
