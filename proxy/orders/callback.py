"""Orders at a connected vendor, the vendor's side: news of one order.

What comes here is proven, and about the place that its user has connected
(`proxy.connections.callback`). Then: the transaction is that user's sale -> the status moves
forward -> write, and only then acknowledge.
"""

from __future__ import annotations

from crypto import LogWords
from proxy.callbacks import Acknowledgement
from proxy.connections.callback import CalledConnection
from proxy.connections.refresh import FreshGrants
from proxy.http.upstream_problems import marketplace_callback_problems, vendor_problems
from proxy.log_lines import reason_code
from proxy.orders.record import OrderRecords
from proxy.problems import Problem
from proxy.vendors.connection import ConnectionEvent, ConnectionLost
from proxy.vendors.orders import OrderEvent, Orders, OrderState


class OrderNews:
    """Takes the news of one vendor's orders."""

    def __init__(
        self, vendor: Orders, records: OrderRecords, grants: FreshGrants, words: LogWords
    ) -> None:
        """`words` name orders in logs."""
        self._vendor = vendor
        self._records = records
        self._grants = grants
        self._words = words

    def take(self, called: CalledConnection, event: ConnectionEvent) -> Acknowledgement:
        """Take one event, as `proxy.connections.callback.TakeNews`."""
        if not isinstance(event, OrderEvent):
            return _ignored(called, "it is of a kind that is not acted upon")
        state = event.state or self._asked(called, event)
        if state is None or state.transaction_id is None:
            return _ignored(called, "it is of no order that was made here")
        case = self._words.case(self._vendor.name, str(state.transaction_id))
        called.line.add(case=case, result=reason_code(state.status))
        with marketplace_callback_problems():
            written = self._records.write(
                called.operator, called.user_id, state.transaction_id, state
            )
        return Acknowledgement(written)

    def _asked(self, called: CalledConnection, event: OrderEvent) -> OrderState | None:
        """Ask how the order stands, where the event does not say it."""
        try:
            with vendor_problems():
                return self._vendor.read_order(self._grants.of(called.slot), event.order_id)
        except ConnectionLost as error:
            with marketplace_callback_problems():
                called.slot.mark(str(error))
            raise Problem("needs-reconnection", cause=str(error), status=503) from None


def _ignored(called: CalledConnection, cause: str) -> Acknowledgement:
    called.line.add(cause=cause)
    return Acknowledgement("ignored")
