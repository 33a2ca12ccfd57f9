"""Orders at a connected vendor, the vendor's side: a signed callback about one connection.

The order of the security steps stands here, once: the signature over the raw bytes -> the reference
in the address opens -> the news is about the place that its user has connected -> the transaction
is that user's sale -> the status moves forward -> write, and only then acknowledge.

A vendor may drop an event at the first answer below 500, so whatever a later attempt could still
bring home is answered with 503.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from crypto import ReferenceInvalid
from proxy.connections.callback_reference import ConnectionReferences
from proxy.connections.record import ConnectionRecords, Slot
from proxy.http.answers import JsonAnswer
from proxy.http.bodies import without_mark
from proxy.http.upstream_problems import marketplace_callback_problems, vendor_problems
from proxy.orders.record import OrderRecords
from proxy.outgoing.upstream import UpstreamRefused
from proxy.problems import Problem
from proxy.sharetribe.client import Operator
from proxy.vendors.connection import Connection, ConnectionLost
from proxy.vendors.orders import OrderEvent, OrderState, OrderVendor
from proxy.vendors.proof import is_genuine
from proxy.vendors.reference import CallbackUnreadable, RequestHeaders


class OrderCallback:
    """Takes one vendor's order callbacks."""

    def __init__(
        self,
        vendor: OrderVendor,
        connections: ConnectionRecords,
        references: ConnectionReferences,
        orders: OrderRecords,
        operator: Operator | None,
        clock: Callable[[], float],
    ) -> None:
        self._vendor = vendor
        self._connections = connections
        self._references = references
        self._orders = orders
        self._operator = operator
        self._clock = clock

    def receive(self, headers: RequestHeaders, body: bytes, reference: str) -> JsonAnswer:
        """Take a callback; `reference` is the last segment of its address.

        Answers 200 only after the write, or when there is nothing to write; raises Problem.
        """
        if not is_genuine(self._vendor.signed(headers, body), self._clock()):
            raise Problem("signature-invalid", challenge="HMAC-SHA256")
        try:
            event = self._vendor.read_event(without_mark(body))
        except CallbackUnreadable as error:
            raise Problem("body-invalid", str(error)) from None
        if event is None:
            return JsonAnswer(200, {"status": "ignored"})
        user_id = self._open(reference)
        if self._operator is None:
            # Nothing can be written here; the seller's page reads the state from the vendor.
            return JsonAnswer(200, {"status": "deferred"})
        return self._receive(self._operator, user_id, event)

    def _open(self, reference: str) -> UUID:
        """Open the reference; the sender is the vendor, so one that does not open is our fault."""
        try:
            return self._references.open(reference)
        except ReferenceInvalid:
            raise Problem(
                "reference-invalid",
                "The callback's address does not open with the keys in use.",
                status=503,
            ) from None

    def _receive(self, operator: Operator, user_id: UUID, event: OrderEvent) -> JsonAnswer:
        slot = self._slot(operator, user_id)
        if slot is None or not slot.stored.exists:
            return JsonAnswer(200, {"status": "ignored"})
        connection = slot.load()
        if connection is None:
            raise Problem(
                "needs-reconnection", "The stored connection cannot be opened.", status=503
            )
        if not self._vendor.covers(connection.grant, event):
            raise Problem("callback-foreign")
        state = event.state or self._asked(slot, connection, event)
        if state is None or state.transaction_id is None:
            return JsonAnswer(200, {"status": "ignored"})
        with marketplace_callback_problems():
            written = self._orders.write(operator, user_id, state.transaction_id, state)
        return JsonAnswer(200, {"status": written})

    def _slot(self, operator: Operator, user_id: UUID) -> Slot | None:
        """Return the slot of the reference's user, None where that user no longer exists."""
        access = operator.user(user_id)
        with marketplace_callback_problems():
            try:
                return self._connections.slot(access, access.show())
            except UpstreamRefused as error:
                if error.status == 404:
                    return None
                raise

    def _asked(self, slot: Slot, connection: Connection, event: OrderEvent) -> OrderState | None:
        """Ask how the order stands, where the event does not say it."""
        try:
            with vendor_problems():
                return self._vendor.read_order(connection.grant, event.order_id)
        except ConnectionLost as error:
            with marketplace_callback_problems():
                slot.mark(str(error))
            raise Problem("needs-reconnection", cause=str(error), status=503) from None
