"""Orders at a connected vendor, the vendor's side: a signed callback about one connection.

The order of the security steps stands here, once: the signature over the raw bytes -> the reference
in the address opens -> the connection that it names still stands -> the news is about the place
that was connected -> the transaction is the seller's -> the status moves forward -> write, and only
then acknowledge.

A vendor may drop an event at the first answer below 500, so whatever a later attempt could still
bring home is answered with 503.
"""

from __future__ import annotations

from collections.abc import Callable

from crypto import Reference, ReferenceInvalid
from proxy.connection import Connection, ConnectionLost
from proxy.connection_record import ConnectionRecords, UserSlot
from proxy.connection_reference import ConnectionReferences, generation
from proxy.marketplace import Operator
from proxy.order import OrderEvent, OrderState, OrderVendor
from proxy.order_record import OrderRecords
from proxy.outcome import Outcome
from proxy.outgoing import UpstreamRefused
from proxy.problems import Problem
from proxy.signed import is_genuine
from proxy.transactions import Transaction
from proxy.translation import marketplace_callback_problems, vendor_problems
from proxy.vendor import CallbackUnreadable, RequestHeaders


class OrderCallback:
    """Takes one vendor's order callbacks."""

    def __init__(
        self,
        vendor: OrderVendor,
        connections: ConnectionRecords,
        references: ConnectionReferences,
        operator: Operator | None,
        clock: Callable[[], float],
    ) -> None:
        self._vendor = vendor
        self._connections = connections
        self._references = references
        self._operator = operator
        self._records = OrderRecords(vendor, clock)
        self._clock = clock

    def receive(self, headers: RequestHeaders, body: bytes, reference: str) -> Outcome:
        """Take a callback; `reference` is the last segment of its address.

        Answers 200 only after the write, or when there is nothing to write; raises Problem.
        """
        if not is_genuine(self._vendor.signed(headers, body), self._clock()):
            raise Problem("signature-invalid", challenge="HMAC-SHA256")
        try:
            event = self._vendor.read_event(body)
        except CallbackUnreadable as error:
            raise Problem("body-invalid", str(error)) from None
        if event is None:
            return Outcome(200, {"status": "ignored"})
        opened = self._open(reference)
        if self._operator is None:
            # Nothing can be written here; the seller's page reads the state from the vendor.
            return Outcome(200, {"status": "deferred"})
        return self._receive(self._operator, opened, event)

    def _open(self, reference: str) -> Reference:
        """Open the reference; the sender is the vendor, so one that does not open is our fault."""
        try:
            return self._references.open(reference, self._clock())
        except ReferenceInvalid:
            raise Problem(
                "reference-invalid",
                "The callback's address does not open with the keys in use.",
                status=503,
            ) from None

    def _receive(self, operator: Operator, opened: Reference, event: OrderEvent) -> Outcome:
        slot = self._slot(operator, opened)
        if slot is None or not slot.stored.exists:
            return Outcome(200, {"status": "ignored"})
        connection = slot.load()
        if connection is None:
            raise Problem(
                "needs-reconnection", "The stored connection cannot be opened.", status=503
            )
        if generation(connection) != opened.issued_at:
            return Outcome(200, {"status": "ignored"})
        if not self._vendor.covers(connection.grant, event):
            raise Problem("callback-foreign")
        state = event.state or self._asked(slot, connection, event)
        if state is None or state.transaction_id is None:
            return Outcome(200, {"status": "ignored"})
        return self._write(operator, opened, state)

    def _slot(self, operator: Operator, opened: Reference) -> UserSlot | None:
        """Return the slot of the reference's user, None where that user no longer exists."""
        access = operator.user(opened.user_id)
        with marketplace_callback_problems():
            try:
                return self._connections.slot(access, access.show())
            except UpstreamRefused as error:
                if error.status == 404:
                    return None
                raise

    def _asked(
        self, slot: UserSlot, connection: Connection, event: OrderEvent
    ) -> OrderState | None:
        """Ask how the order stands, where the event does not say it."""
        try:
            with vendor_problems():
                return self._vendor.read_order(connection.grant, event.order_id)
        except ConnectionLost as error:
            with marketplace_callback_problems():
                slot.mark(str(error))
            raise Problem("needs-reconnection", cause=str(error), status=503) from None

    def _write(self, operator: Operator, opened: Reference, state: OrderState) -> Outcome:
        with marketplace_callback_problems():
            sale = _sale(operator, state)
            if sale is None or sale.provider_id != opened.user_id:
                return Outcome(200, {"status": "ignored"})
            is_news = self._records.write(operator, sale, state)
        return Outcome(200, {"status": "stored" if is_news else "unchanged"})


def _sale(operator: Operator, state: OrderState) -> Transaction | None:
    if state.transaction_id is None:
        return None
    try:
        return operator.transaction(state.transaction_id)
    except UpstreamRefused as error:
        if error.status == 404:
            return None
        raise
