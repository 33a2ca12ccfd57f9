"""Orders at a connected vendor, the seller's side: send a sale, read how it fares, catch up.

What is remembered stands in the transaction's metadata, which only the Integration API can write;
without it every answer comes from the vendor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from proxy.connection import Connection, ConnectionLost
from proxy.connection_record import ConnectionRecords, UserSlot
from proxy.logs import log_event
from proxy.marketplace import AccessForbidden, Operator, User, UserSession
from proxy.order import OrderEvent, OrderExists, OrderState, OrderVendor
from proxy.order_record import OrderRecords
from proxy.outcome import Outcome
from proxy.outgoing import UpstreamRefused
from proxy.problems import Problem
from proxy.single_flight import KeyedLocks
from proxy.transactions import Transaction
from proxy.translation import marketplace_problems, vendor_problems

_LOCK_SECONDS = 10


@dataclass(frozen=True, slots=True)
class _Seller:
    """A connected user at work: the slot to mark, and the connection that opened."""

    user: User
    slot: UserSlot
    connection: Connection


class OrderTrip:
    """One vendor's orders, made and read by the sellers who connected it."""

    def __init__(
        self,
        vendor: OrderVendor,
        connections: ConnectionRecords,
        operator: Operator | None,
        clock: Callable[[], float],
    ) -> None:
        self._vendor = vendor
        self._connections = connections
        self._operator = operator
        self._records = OrderRecords(vendor, clock)
        self._creating = KeyedLocks()

    def create(self, session: UserSession, transaction_id: UUID) -> Outcome:
        """Make an order of a transaction in which the session's user sells; once, however often.

        201 for a new order, 200 for one that was there. Raises Problem.
        """
        key = f"{session.token.refresh_token or session.token.access_token} {transaction_id}"
        with self._creating.hold(key, _LOCK_SECONDS) as alone:
            if not alone:
                raise Problem("vendor-unavailable", cause="an earlier order is still waiting")
            seller = self._seller(session)
            sale = self._sale(session, seller, transaction_id)
            known = self._records.read(sale)
            if known is not None:
                return Outcome(200, described(transaction_id, known))
            state, is_new = self._made(seller, sale)
            self._remember(sale, state)
            return Outcome(201 if is_new else 200, described(transaction_id, state))

    def _seller(self, session: UserSession) -> _Seller:
        with marketplace_problems():
            user = session.show()
        slot = self._connections.slot(session, user)
        connection = slot.load()
        if connection is not None:
            return _Seller(user, slot, connection)
        raise Problem("needs-reconnection" if slot.stored.exists else "not-connected")

    def _sale(self, session: UserSession, seller: _Seller, transaction_id: UUID) -> Transaction:
        """Return the transaction; one answer for unknown, other people's and bought ones."""
        sale = self._own_sale(session, seller, transaction_id)
        if sale is None:
            raise Problem("transaction-unknown")
        return sale

    def _own_sale(
        self, session: UserSession, seller: _Seller, transaction_id: UUID
    ) -> Transaction | None:
        with marketplace_problems():
            sale = self._shown(session, transaction_id)
        return sale if sale is not None and sale.provider_id == seller.user.id else None

    def _shown(self, session: UserSession, transaction_id: UUID) -> Transaction | None:
        try:
            return session.transaction(transaction_id)
        except AccessForbidden:
            return None
        except UpstreamRefused as error:
            if error.status == 404:
                return None
            raise

    def _made(self, seller: _Seller, sale: Transaction) -> tuple[OrderState, bool]:
        """Make the order, or find the one that an earlier, unanswered attempt has made.

        The note that an attempt began costs one write and saves the search: where the vendor counts
        searches as heavy, it is only done after an attempt, or where nothing can be noted.
        """
        attempted = self._operator is None or self._records.is_attempted(sale)
        if attempted:
            found = self._found(seller, sale.id)
            if found is not None:
                return found, False
        else:
            self._note_attempt(sale)
        try:
            with self._asking(seller):
                return self._vendor.create_order(seller.connection.grant, sale), True
        except OrderExists:
            found = self._found(seller, sale.id)
        if found is None:
            raise Problem("vendor-refused", cause="an order exists and cannot be found")
        return found, False

    def _found(self, seller: _Seller, transaction_id: UUID) -> OrderState | None:
        with self._asking(seller):
            return self._vendor.find_order(seller.connection.grant, transaction_id)

    def _note_attempt(self, sale: Transaction) -> None:
        if self._operator is not None:
            with marketplace_problems():
                self._records.note_attempt(self._operator, sale)

    def _remember(self, sale: Transaction, state: OrderState) -> None:
        if self._operator is not None:
            with marketplace_problems():
                self._records.write(self._operator, sale, state)

    @contextmanager
    def _asking(self, seller: _Seller) -> Iterator[None]:
        """Ask the vendor: a dead token is noted on the record, and a token that works again too."""
        try:
            with vendor_problems():
                yield
        except ConnectionLost as error:
            with marketplace_problems():
                seller.slot.mark(str(error))
            raise Problem("needs-reconnection", cause=str(error)) from None
        with marketplace_problems():
            seller.slot.mark(None)

    def read(self, session: UserSession, transaction_id: UUID) -> Outcome:
        """Return how the order of a transaction stands, as the vendor tells it now.

        Raises Problem.
        """
        seller = self._seller(session)
        sale = self._sale(session, seller, transaction_id)
        known = self._records.read(sale)
        with self._asking(seller):
            if known is None:
                state = self._vendor.find_order(seller.connection.grant, transaction_id)
            else:
                state = self._vendor.read_order(seller.connection.grant, known.order_id)
        if state is None:
            raise Problem("order-unknown")
        self._remember(sale, state)
        return Outcome(200, described(transaction_id, state))

    def catch_up(self, session: UserSession) -> Outcome:
        """Write what the vendor could not deliver; each event is given up only after its write.

        Raises Problem.
        """
        seller = self._seller(session)
        grant = seller.connection.grant
        with self._asking(seller):
            events = self._vendor.pending_events(grant)
        caught: list[dict[str, Any]] = []
        for event in events:
            state = self._state_of(seller, event)
            if state is not None and state.transaction_id is not None:
                sale = self._own_sale(session, seller, state.transaction_id)
                if sale is not None:
                    self._remember(sale, state)
                    caught.append(described(sale.id, state))
            if self._operator is not None:
                with self._asking(seller):
                    self._vendor.forget_event(grant, event.event_id)
        log_event("catch-up", trip=self._vendor.name, outcome=str(len(caught)))
        return Outcome(200, {"events": len(events), "orders": caught})

    def _state_of(self, seller: _Seller, event: OrderEvent) -> OrderState | None:
        if event.state is not None:
            return event.state
        with self._asking(seller):
            return self._vendor.read_order(seller.connection.grant, event.order_id)


def described(transaction_id: UUID, state: OrderState) -> dict[str, Any]:
    """Return an order as the frontend sees it."""
    answer = {
        "transactionId": str(transaction_id),
        "orderId": state.order_id,
        "status": state.status,
    }
    return answer if state.reason is None else {**answer, "reason": state.reason}
