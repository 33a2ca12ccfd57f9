"""Orders at a connected vendor, the seller's side: send a sale, read how it fares, catch up.

What is remembered stands in the transaction's metadata, which only the Integration API can write;
without it every answer comes from the vendor.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from proxy.connections.record import ConnectionRecords
from proxy.connections.refresh import FreshGrants
from proxy.connections.slot import Slot
from proxy.http.answers import JsonAnswer
from proxy.http.upstream_problems import marketplace_problems, vendor_problems
from proxy.kernel import Kernel
from proxy.log_lines import Line, reason_code
from proxy.logs import log_event
from proxy.orders.record import OrderRecords
from proxy.outgoing.keyed_locks import KeyedLocks
from proxy.outgoing.upstream import UpstreamRefused
from proxy.problems import Problem
from proxy.sales import AmountUnclear, Sale
from proxy.sharetribe.client import AccessForbidden, User, UserSession
from proxy.vendors.connection import ConnectionCallbacks, ConnectionLost, Grant
from proxy.vendors.orders import OrderEvent, OrderExists, Orders, OrderState

_LOCK_SECONDS = 10
# What keeps one event from being caught, and not the next one.
_ONE_EVENTS_OWN = frozenset({"vendor-refused", "marketplace-refused"})


@dataclass(frozen=True, slots=True)
class _Seller:
    """A connected user at work, and the slot of their connection, which opened."""

    user: User
    slot: Slot


class OrderTrip:
    """One vendor's orders, made and read by the sellers who connected it."""

    def __init__(
        self,
        vendor: Orders,
        callbacks: ConnectionCallbacks | None,
        orders: OrderRecords,
        grants: FreshGrants,
        kernel: Kernel,
    ) -> None:
        """`callbacks` holds what the vendor could not deliver, None where it delivers nothing."""
        self._vendor = vendor
        self._callbacks = callbacks
        self._grants = grants
        self._connections = ConnectionRecords(
            vendor.name, kernel.secret_sealer, kernel.clock, kernel.log_words
        )
        self._orders = orders
        self._operator = kernel.operator
        self._words = kernel.log_words
        self._creating = KeyedLocks()

    def create(self, session: UserSession, transaction_id: UUID) -> JsonAnswer:
        """Make an order of a transaction in which the session's user sells; once, however often.

        201 for a new order, 200 for one that was there. Raises Problem.
        """
        case = self._words.case(self._vendor.name, str(transaction_id))
        line = Line("order", trip=self._vendor.name, case=case)
        with line.telling():
            answer = self._create(self._seller(session, line), session, transaction_id)
            line.add(outcome="created" if answer.status == HTTPStatus.CREATED else "found")
            line.add(result=reason_code(str(answer.body["status"])))
        return answer

    def _create(self, seller: _Seller, session: UserSession, transaction_id: UUID) -> JsonAnswer:
        key = f"{seller.user.id} {transaction_id}"
        with self._creating.hold(key, _LOCK_SECONDS) as alone:
            if not alone:
                raise Problem("vendor-unavailable", cause="an earlier order is still waiting")
            sale = self._sale(session, seller, transaction_id)
            known = self._orders.read(sale)
            if known is not None:
                return JsonAnswer(200, described(transaction_id, known))
            state, is_new = self._made(seller, sale)
            self._remember(seller, transaction_id, state)
            return JsonAnswer(201 if is_new else 200, described(transaction_id, state))

    def _seller(self, session: UserSession, line: Line | None = None) -> _Seller:
        """Return who sells, and add to a line who that is; raises Problem."""
        with marketplace_problems():
            user = session.show()
        if line is not None:
            line.add(subject=self._words.subject(user.id))
        slot = Slot(self._connections, session, user)
        if slot.load() is not None:
            return _Seller(user, slot)
        raise Problem("needs-reconnection" if slot.stored.exists else "not-connected")

    def _sale(self, session: UserSession, seller: _Seller, transaction_id: UUID) -> Sale:
        """Return the transaction; one answer for unknown, other people's and bought ones."""
        sale = self._own_sale(session, seller, transaction_id)
        if sale is None:
            raise Problem("transaction-unknown")
        return sale

    def _own_sale(self, session: UserSession, seller: _Seller, transaction_id: UUID) -> Sale | None:
        with marketplace_problems():
            sale = _shown(session, transaction_id)
        return sale if sale is not None and sale.provider_id == seller.user.id else None

    def _made(self, seller: _Seller, sale: Sale) -> tuple[OrderState, bool]:
        """Make the order, or find the one that an earlier, unanswered attempt has made.

        The note that an attempt began costs one write and saves the search: where the vendor counts
        searches as heavy, it is only done after an attempt, or where nothing can be noted.
        """
        if self._operator is None or self._orders.is_attempted(sale):
            found = self._found(seller, sale.id)
            if found is not None:
                return found, False
        self._check_payable(sale)
        self._note_attempt(sale)
        try:
            with self._asking(seller) as grant:
                return self._vendor.create_order(grant, sale), True
        except AmountUnclear as error:
            self._forget(sale)
            raise Problem("amount-unclear", str(error)) from None
        except OrderExists:
            found = self._found(seller, sale.id)
        except Problem as problem:
            self._forget_refused(sale, problem)
            raise
        if found is None:
            raise Problem("vendor-refused", cause="an order exists and cannot be found")
        return found, False

    def _check_payable(self, sale: Sale) -> None:
        """Refuse what is not sold yet, or no longer: the shop would make it all the same."""
        if sale.last_transition not in self._vendor.sale_transitions:
            raise Problem("transaction-not-sold", cause="last transition")

    def _found(self, seller: _Seller, transaction_id: UUID) -> OrderState | None:
        with self._asking(seller) as grant:
            return self._vendor.find_order(grant, transaction_id)

    def _note_attempt(self, sale: Sale) -> None:
        if self._operator is not None:
            with marketplace_problems():
                self._orders.note_attempt(self._operator, sale)

    def _forget_refused(self, sale: Sale, problem: Problem) -> None:
        """Take back the note of an attempt that was refused; one that may have worked stays."""
        if problem.code in ("vendor-refused", "needs-reconnection"):
            self._forget(sale)

    def _forget(self, sale: Sale) -> None:
        if self._operator is not None:
            with marketplace_problems():
                self._orders.forget_attempt(self._operator, sale)

    def _remember(self, seller: _Seller, transaction_id: UUID, state: OrderState) -> None:
        if self._operator is not None:
            with marketplace_problems():
                self._orders.write(self._operator, seller.user.id, transaction_id, state)

    @contextmanager
    def _asking(self, seller: _Seller) -> Iterator[Grant]:
        """Ask the vendor with a grant that lives.

        A dead token is noted on the record, and a token that works again too. Another process may
        have renewed the grant since, which some vendors take for the end of the older token.
        """
        try:
            with vendor_problems():
                yield self._grants.of(seller.slot)
        except ConnectionLost as error:
            with marketplace_problems():
                if not seller.slot.mark(str(error)):
                    raise Problem("vendor-unavailable", cause="renewed meanwhile") from None
            raise Problem("needs-reconnection", cause=str(error)) from None
        with marketplace_problems():
            seller.slot.mark(None)

    def read(self, session: UserSession, transaction_id: UUID) -> JsonAnswer:
        """Return how the order of a transaction stands, as the vendor tells it now.

        Raises Problem.
        """
        seller = self._seller(session)
        sale = self._sale(session, seller, transaction_id)
        state = self._read(seller, sale)
        if state is None:
            raise Problem("order-unknown")
        self._remember(seller, transaction_id, state)
        return JsonAnswer(200, described(transaction_id, state))

    def _read(self, seller: _Seller, sale: Sale) -> OrderState | None:
        known = self._orders.read(sale)
        if known is not None:
            with self._asking(seller) as grant:
                return self._vendor.read_order(grant, known.order_id)
        if self._operator is not None and not self._orders.is_attempted(sale):
            return None  # nobody has tried, so there is nothing to search for
        return self._found(seller, sale.id)

    def catch_up(self, session: UserSession) -> JsonAnswer:
        """Write what the vendor could not deliver; each event is given up only after its write.

        Raises Problem. An event that cannot be dealt with stays with the vendor, and the next ones
        are caught all the same.
        """
        seller = self._seller(session)
        events, subject = self._pending(seller), self._words.subject(seller.user.id)
        caught: list[dict[str, Any]] = []
        for event in events:
            try:
                caught += self._caught(session, seller, event)
            except Problem as problem:
                if problem.code not in _ONE_EVENTS_OWN:
                    raise
                self._say_caught("skipped", subject, problem.code)
        for _ in caught:
            self._say_caught("caught", subject)
        return JsonAnswer(200, {"events": len(events), "orders": caught})

    def _say_caught(self, outcome: str, subject: str, reason: str | None = None) -> None:
        log_event(
            "catch-up", trip=self._vendor.name, outcome=outcome, reason=reason, subject=subject
        )

    def _pending(self, seller: _Seller) -> list[OrderEvent]:
        if self._callbacks is None:
            return []
        with self._asking(seller) as grant:
            events = self._callbacks.pending_events(grant)
        return [event for event in events if isinstance(event, OrderEvent)]

    def _caught(
        self, session: UserSession, seller: _Seller, event: OrderEvent
    ) -> list[dict[str, Any]]:
        """Write one event's news and give the event up; return the order if it is ours."""
        state = self._state_of(seller, event)
        sale = None
        if state is not None and state.transaction_id is not None:
            sale = self._own_sale(session, seller, state.transaction_id)
        if state is not None and sale is not None:
            self._remember(seller, sale.id, state)
        if self._callbacks is not None and self._operator is not None:
            with self._asking(seller) as grant:
                self._callbacks.forget_event(grant, event.event_id)
        return [] if state is None or sale is None else [described(sale.id, state)]

    def _state_of(self, seller: _Seller, event: OrderEvent) -> OrderState | None:
        if event.state is not None:
            return event.state
        with self._asking(seller) as grant:
            return self._vendor.read_order(grant, event.order_id)


def _shown(session: UserSession, transaction_id: UUID) -> Sale | None:
    """Return a transaction that the session's user is a party of, else None."""
    try:
        return session.transaction(transaction_id)
    except AccessForbidden:
        return None
    except UpstreamRefused as error:
        if error.status == 404:
            return None
        raise


def described(transaction_id: UUID, state: OrderState) -> dict[str, Any]:
    """Return an order as the frontend sees it."""
    answer = {
        "transactionId": str(transaction_id),
        "orderId": state.order_id,
        "status": state.status,
    }
    return answer if state.reason is None else {**answer, "reason": state.reason}
