"""HubRise calls each connection back about its orders, or keeps the events for us to fetch.

Source: hubrise.com/developers, callbacks (read 2026-11). The signature's key is the client secret;
it covers the body, and no time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from integrations.hubrise.api import HubRiseApi, Refusal
from integrations.hubrise.orders import read_state
from proxy.vendors import (
    CallbackUnreadable,
    ConnectionCallbacks,
    Grant,
    Hmac,
    OrderEvent,
    OrderState,
    RequestHeaders,
    as_id,
    read_lenient_object,
)

SIGNATURE_HEADER = "X-HubRise-Hmac-SHA256"
_RESOURCE = re.compile(r"[a-z][a-z_]{0,59}", re.ASCII)
_MAX_EVENTS = 100


class HubRiseCallbacks(ConnectionCallbacks):
    """The callback that HubRise keeps for each connection."""

    name = "hubrise"
    place = "locationId"
    max_callback_url = 255  # not documented; what a column of HubRise's framework holds by default
    # An event carries an order twice, as it was and as it is. One that is refused for its size
    # would be lost: HubRise drops what is answered below 500.
    max_callback_bytes = 1024 * 1024

    def __init__(self, api: HubRiseApi, client_secret: str) -> None:
        self._api = api
        self.proof = Hmac((SIGNATURE_HEADER,), (client_secret,))

    def register(self, grant: Grant, url: str | None) -> None:
        """Have order updates sent to `url`, or kept for us to fetch (a passive callback).

        A connection has one callback, and setting it again replaces it.
        """
        document = {"url": url, "events": {"order": ["update"]}}
        self._api.post("/callback", grant.secret["token"], document)

    def read_callback(self, headers: RequestHeaders, body: bytes) -> OrderEvent | None:  # noqa: ARG002 - all is in the body
        """Read an event; see CalledBack.read_callback."""
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

    def pending_events(self, grant: Grant) -> Sequence[OrderEvent]:
        """Return the order events that HubRise still holds."""
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


def _read_event(document: Mapping[str, Any]) -> OrderEvent | None:
    """Read an event of either shape: today's `order_id`, or the older `resource_id`."""
    order_id = as_id(document.get("order_id", document.get("resource_id")))
    if order_id is None:
        return None
    return OrderEvent(
        event_id=as_id(document.get("id")) or "",
        order_id=order_id,
        place=as_id(document.get("location_id")),
        state=_event_state(document.get("new_state"), order_id),
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
