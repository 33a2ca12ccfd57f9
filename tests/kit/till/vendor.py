"""Till, an example of a connection with orders: sales of the marketplace become orders there.

It does not exist. The field `reference` of an order holds the transaction's id, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID

from proxy.vendors import (
    FINAL_RANK,
    Answer,
    CallbackUnreadable,
    ConnectionCallbacks,
    ConnectionEnded,
    ConnectionEvent,
    Grant,
    Hmac,
    Integration,
    Option,
    OrderEvent,
    OrderExists,
    Orders,
    OrderState,
    Part,
    RequestHeaders,
    Sale,
    SettingsReader,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    display_text,
    read_app,
    read_whole_object,
)
from tests.kit.plain_oauth import REVOKED, Api, PlainOAuth, read_api

_TRANSITIONS = "transition/confirm-payment,transition/accept"


class TillConnection(PlainOAuth):
    """Till as a vendor that sellers connect; `country` and `isNew` shape its consent page."""

    name = "till"
    options = (Option("country", r"[A-Z]{2}"), Option("isNew"))


class TillCallbacks(ConnectionCallbacks):
    """The hook that Till keeps for each connection, and the events that it could not deliver."""

    name = "till"
    place = "placeId"
    max_callback_url = 255

    def __init__(self, api: Api, client_secret: str) -> None:
        self._api = api
        self.proof = Hmac(("Till-Signature",), (client_secret,), encoding="base64")

    def register(self, grant: Grant, url: str | None) -> None:
        """Have events sent to `url`, or kept."""
        self._api.send("PUT", "/hook", grant, {"url": url})

    def read_callback(self, headers: RequestHeaders, body: bytes) -> ConnectionEvent | None:  # noqa: ARG002 - all is in the body
        """Read an event; see CalledBack.read_callback."""
        document = read_whole_object(body)
        event = _read_event(document)
        if event is None and not isinstance(document.get("kind"), str):
            raise CallbackUnreadable("The body is not an event of Till.")
        return event

    def pending_events(self, grant: Grant) -> Sequence[ConnectionEvent]:
        """Return the events that Till still holds."""
        held = self._api.send("GET", "/events", grant).json_object().get("events")
        documents = [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
        return [event for event in map(_read_event, documents) if event is not None]

    def forget_event(self, grant: Grant, event_id: str) -> None:
        """Delete an event; one that is gone is no error."""
        try:
            self._api.send("DELETE", f"/events/{quote(event_id, safe='')}", grant)
        except UpstreamRefused as refusal:
            if refusal.status != 404:
                raise


def _read_event(document: Mapping[str, Any]) -> ConnectionEvent | None:
    event_id, place = display_text(document.get("id")), display_text(document.get("place"))
    kind, order = document.get("kind"), document.get("order")
    if not event_id or event_id in (".", ".."):
        return None
    if kind == "closed":
        return ConnectionEnded(event_id, place, REVOKED)
    if kind == "order" and isinstance(order, dict):
        order_id = display_text(order.get("id"))
        if order_id is not None:
            return OrderEvent(event_id, place, order_id, _read_state(order))
    return None


def _read_state(order: Mapping[str, Any]) -> OrderState | None:
    order_id, status = display_text(order.get("id")), order.get("status")
    if order_id is None or not isinstance(status, str):
        return None
    known = status if status in TillOrders.ranks else "unknown"
    try:
        reference = UUID(str(order.get("reference")))
    except ValueError:
        reference = None
    rank, reason = TillOrders.ranks.get(status, -1), display_text(order.get("reason"))
    return OrderState(order_id, known, rank, reference, reason)


class TillOrders(Orders):
    """Till as a vendor that takes orders."""

    name = "till"
    ranks: Mapping[str, int] = {
        "new": 0,
        "accepted": 1,
        "ready": 2,
        "collected": FINAL_RANK,
        "refused": FINAL_RANK,
    }

    def __init__(self, api: Api, sale_transitions: frozenset[str]) -> None:
        self._api = api
        self.sale_transitions = sale_transitions

    def create_order(self, grant: Grant, sale: Sale) -> OrderState:
        """Make an order; see Orders.create_order."""
        lines = [
            {"name": display_text(line.code) or "item", "price": f"{line.total.in_units():f}"}
            for line in sale.lines
        ]
        title = display_text(sale.title) or "sale"
        document = {"reference": str(sale.id), "title": title, "lines": lines}
        try:
            return _answered(self._api.send("POST", "/orders", grant, document))
        except UpstreamRefused as refusal:
            if refusal.status == 409:
                raise OrderExists from None
            raise

    def find_order(self, grant: Grant, transaction_id: UUID) -> OrderState | None:
        """Search for the order of a transaction; see Orders.find_order."""
        answer = self._api.send("GET", f"/orders?reference={transaction_id}", grant)
        found = answer.json_object().get("orders")
        states = (
            [_read_state(one) for one in found if isinstance(one, dict)]
            if isinstance(found, list)
            else []
        )
        own = [one for one in states if one is not None and one.transaction_id == transaction_id]
        return own[0] if own else None

    def read_order(self, grant: Grant, order_id: str) -> OrderState | None:
        """Read an order; see Orders.read_order."""
        if not order_id.isascii() or not order_id.replace("-", "").isalnum():
            return None  # what somebody wrote into the metadata; Till makes no such id
        try:
            return _answered(self._api.send("GET", f"/orders/{order_id}", grant))
        except UpstreamRefused as refusal:
            if refusal.status == 404:
                return None
            raise


def _answered(answer: Answer) -> OrderState:
    state = _read_state(answer.json_object())
    if state is None:
        raise UpstreamUnavailable(answer.upstream, "an order without id or status")
    return state


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Part, ...]:
    """Return Till as the settings `TILL_…` describe it."""
    api, app = read_api(reader, upstreams, "till"), read_app(reader, "till")
    transitions = frozenset(reader.names("TILL_SALE_TRANSITIONS", _TRANSITIONS))
    orders = TillOrders(api, transitions)
    return TillConnection(app, upstreams), TillCallbacks(api, app.client_secret), orders


TILL = Integration("till", build)
