"""Which events fall due, for which connections, and what becomes of them on a bad day.

"Callbacks", read 2026-11-20. "A client does not receive notifications for the events it
generated": only what the shop's till does causes events here, since the client has no equal.
"""

import hashlib
import hmac
import json
from typing import Any

import requests

from sandbox.hops import HopLog
from sandbox.hubrise.connections import Connection
from sandbox.hubrise.events import Event, order_event
from sandbox.hubrise.tenant import Tenant
from sandbox.kit.bodies import JSON
from sandbox.kit.sender import Delivery, Headers, Sender

KEPT_SECONDS = 63 * 60
"""How long an event is kept that no callback acknowledges: waits of 1, 2, 4, 8, 16, 32 minutes."""
SIGNATURE_HEADER = "X-HubRise-Hmac-SHA256"
USER_AGENT = "HubRiseSandbox Callback/1.0"


class Callbacks:
    """Composes the events of one tenant and hands them to the sender.

    Every event is pending until it is acknowledged. Modes `delay` and `reorder` hold events back
    until `release`, which then sends the oldest or the newest first.
    """

    def __init__(self, tenant: Tenant, hops: HopLog | None) -> None:
        """Share `tenant`'s switches; every attempt is logged in `hops`."""
        self._tenant = tenant
        self._sender = Sender(hops)
        self.wait = self._sender.wait
        self.close = self._sender.close
        self.release = self._sender.release

    def order_changed(
        self, order: dict[str, Any], previous: dict[str, Any] | None
    ) -> list[Delivery]:
        """Tell all connections that listen that the till has made or changed `order`."""
        event_type = "create" if previous is None else "update"
        location = self._tenant.location_of(order)
        due = []
        for connection in list(self._tenant.connections.values()):
            if connection.hears(location, "order", event_type):
                event = self._event(order, previous)
                connection.pending[event.id] = event
                if connection.callback_url:
                    due.append(self._delivery(connection, event))
        return self._sender.dispatch(self._tenant.callbacks, due)

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
        return self._sender.send(
            Delivery(
                caller="HubRise" if genuine else "forger",
                url=lambda: url,
                headers=_with_usual(headers),
                body=body,
                note="sent by hand",
                settled=lambda _: True,
                answer_seconds=self._tenant.answer_seconds,
            )
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
        def settled(status: int | None) -> bool:
            if not acknowledges(status):
                return False
            connection.pending.pop(event.id, None)
            return True

        tenant = self._tenant
        body = encoded(event.sent)
        return Delivery(
            caller="HubRise",
            url=lambda: None if connection.dead else connection.callback_url,
            headers=_with_usual([(SIGNATURE_HEADER, signature(tenant.client_secret, body))]),
            body=body,
            note=event.name,
            settled=settled,
            retries=tenant.retries,
            retry_delay=tenant.retry_delay,
            answer_seconds=tenant.answer_seconds,
        )


def signature(secret: str, body: bytes) -> str:
    """Return the hexadecimal HMAC-SHA256 of `body`: "Event Signatures" in "Callbacks"."""
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def acknowledges(status: int | None) -> bool:
    """Return whether an answer makes the vendor delete the event: any from 200 to 499 does."""
    return status is not None and 200 <= status <= 499


def encoded(document: dict[str, Any]) -> bytes:
    """Return an event as it goes over the wire: JSON in UTF-8, not in ASCII."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _with_usual(headers: Headers) -> Headers:
    return [("Content-Type", JSON), ("User-Agent", USER_AGENT), *headers]
