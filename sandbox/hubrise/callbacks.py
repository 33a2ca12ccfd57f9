"""Which events fall due, for which connections, and what becomes of them on a bad day.

"Callbacks", read 2026-11-20. "A client does not receive notifications for the events it
generated": only what the shop's till does causes events here, since the client has no equal.
"""

import json
import threading
from typing import Any

import requests

from sandbox.hops import HopLog
from sandbox.hubrise.connections import Connection
from sandbox.hubrise.events import Event, order_event
from sandbox.hubrise.sender import SIGNATURE_HEADER, CallbackSender, Delivery, Headers, signature
from sandbox.hubrise.tenant import Tenant

KEPT_SECONDS = 63 * 60
"""How long an event is kept that no callback acknowledges: waits of 1, 2, 4, 8, 16, 32 minutes."""
REPEATS = 3


class Callbacks:
    """Composes the events of one tenant and hands them to the sender.

    Every event is pending until it is acknowledged. What goes out depends on `tenant.callbacks`:

    - `send`: each event, at once.
    - `lose`: nothing.
    - `delay`: nothing until `release`, then oldest first.
    - `repeat`: each event three times.
    - `reorder`: nothing until `release`, then newest first.
    """

    def __init__(self, tenant: Tenant, hops: HopLog | None) -> None:
        """Share `tenant`'s switches; every attempt is logged in `hops`."""
        self._tenant = tenant
        self._sender = CallbackSender(hops)
        self._lock = threading.Lock()
        self._held: list[Delivery] = []
        self._newest_first = False
        self.wait = self._sender.wait
        self.close = self._sender.close

    def order_changed(
        self, order: dict[str, Any], previous: dict[str, Any] | None
    ) -> list[Delivery]:
        """Tell all connections that listen that the till has made or changed `order`."""
        event_type = "create" if previous is None else "update"
        location = self._tenant.location_of(order)
        due = [
            self._delivery(connection, self._event(order, previous))
            for connection in list(self._tenant.connections.values())
            if connection.hears(location, "order", event_type)
        ]
        for delivery in due:
            delivery.connection.pending[delivery.event.id] = delivery.event
        return self._dispatch([one for one in due if one.connection.callback_url])

    def release(self) -> list[Delivery]:
        """Send what has been held back, in the order of the mode that held it last."""
        with self._lock:
            held, self._held = self._held, []
            if self._newest_first:
                held.reverse()
        return [self._sender.post(delivery) for delivery in held]

    def pending(self, connection: Connection) -> dict[str, Event]:
        """Return the events that nobody has acknowledged, by id, oldest first.

        Those of an active callback are given up about an hour after they occurred.
        """
        oldest = self._tenant.clock() - KEPT_SECONDS
        for event in list(connection.pending.values()):
            if connection.callback_url and event.created_at < oldest:
                connection.pending.pop(event.id, None)
        return dict(connection.pending)

    def send_by_hand(
        self, url: str, body: bytes, secret: str | None, headers: Headers | None
    ) -> requests.Response:
        """Send `body` as a callback; `headers` replace the signature made with `secret`."""
        genuine = secret is None and headers is None
        if headers is None:
            key = self._tenant.client_secret if secret is None else secret
            headers = [(SIGNATURE_HEADER, signature(key, body))]
        caller = "HubRise" if genuine else "forger"
        return self._sender.send(
            caller, url, headers, body, self._tenant.answer_seconds, "sent by hand"
        )

    def _event(self, order: dict[str, Any], previous: dict[str, Any] | None) -> Event:
        tenant = self._tenant
        if not tenant.private_ref_in_events:
            order = {**order, "private_ref": None}
            previous = None if previous is None else {**previous, "private_ref": None}
        return order_event(
            tenant.new_id(),
            tenant.clock(),
            tenant.location_of(order),
            order,
            previous,
            tenant.event_shape,
        )

    def _delivery(self, connection: Connection, event: Event) -> Delivery:
        tenant = self._tenant
        body = encoded(event.sent)
        return Delivery(
            connection,
            event,
            body,
            [(SIGNATURE_HEADER, signature(tenant.client_secret, body))],
            tenant.retries,
            tenant.retry_delay,
            tenant.answer_seconds,
        )

    def _dispatch(self, due: list[Delivery]) -> list[Delivery]:
        mode = self._tenant.callbacks
        if mode == "lose":
            return []
        if mode in {"delay", "reorder"}:
            with self._lock:
                self._held += due
                self._newest_first = mode == "reorder"
            return []
        if mode == "repeat":
            due = [
                self._delivery(delivery.connection, delivery.event)
                for delivery in due
                for _ in range(REPEATS)
            ]
        return [self._sender.post(delivery) for delivery in due]


def encoded(document: dict[str, Any]) -> bytes:
    """Return an event as it goes over the wire: JSON in UTF-8, not in ASCII."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
