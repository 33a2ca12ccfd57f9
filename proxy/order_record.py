"""An order in the metadata of its marketplace transaction, and its order in time.

Transaction metadata is written by the operator only, so it needs no checksum; buyer and seller can
both read it. A status moves forward only: news arrives repeated and out of order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from proxy.marketplace import Operator
from proxy.order import FINAL_RANK, OrderState, OrderVendor
from proxy.timestamps import format_utc
from proxy.transactions import Transaction

_ATTEMPTED = "sending"


class OrderRecords:
    """Reads and writes the orders of one vendor; keeps nothing."""

    def __init__(self, vendor: OrderVendor, clock: Callable[[], float]) -> None:
        self._vendor = vendor
        self._key = f"{vendor.name}Order"
        self._clock = clock

    def read(self, sale: Transaction) -> OrderState | None:
        """Return the order that a transaction's metadata names, None where there is none yet."""
        record = self._record(sale)
        order_id, status = record.get("orderId"), record.get("status")
        if not isinstance(order_id, str) or not isinstance(status, str):
            return None
        reason = record.get("reason")
        return OrderState(
            order_id=order_id,
            status=status,
            rank=self._vendor.rank(status),
            transaction_id=sale.id,
            reason=reason if isinstance(reason, str) else None,
        )

    def is_attempted(self, sale: Transaction) -> bool:
        """Tell whether an attempt to make the order began, and may have made it."""
        return self._record(sale).get("status") == _ATTEMPTED

    def _record(self, sale: Transaction) -> Mapping[str, Any]:
        record = sale.metadata.get(self._key)
        return record if isinstance(record, dict) else {}

    def note_attempt(self, operator: Operator, sale: Transaction) -> None:
        """Write that an attempt begins; raises what the operator raises."""
        self._put(operator, sale, {"status": _ATTEMPTED})

    def write(self, operator: Operator, sale: Transaction, state: OrderState) -> bool:
        """Write how an order stands if that is news, and tell whether it was.

        Raises what the operator raises.
        """
        known = self.read(sale)
        if known is not None and not supersedes(known, state):
            return False
        record = {"orderId": state.order_id, "status": state.status}
        if state.reason is not None:
            record["reason"] = state.reason
        self._put(operator, sale, record)
        return True

    def _put(self, operator: Operator, sale: Transaction, record: Mapping[str, str]) -> None:
        stamped = {**record, "updatedAt": format_utc(self._clock())}
        operator.update_transaction(sale.id, {self._key: stamped})


def supersedes(known: OrderState, state: OrderState) -> bool:
    """Tell whether a state is newer than what is known of the same order.

    A rank never falls; an order that has ended stays as it ended.
    """
    if known.order_id != state.order_id or known.rank >= FINAL_RANK:
        return False
    return state.rank > known.rank
