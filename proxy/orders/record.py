"""An order in the metadata of its marketplace transaction, and its order in time.

Transaction metadata is written by the operator only, so it needs no checksum; buyer and seller can
both read it. A status moves forward only: news arrives repeated and out of order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal
from uuid import UUID

from proxy.outgoing.keyed_locks import KeyedLocks
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.sales import Sale
from proxy.sharetribe.operator import Operator
from proxy.timestamps import format_utc
from proxy.vendors.orders import FINAL_RANK, Orders, OrderState

# What became of news: written, no news, or about no sale of this seller.
Written = Literal["stored", "unchanged", "ignored"]
_ATTEMPTED = "sending"
_LOCK_SECONDS = 10


class OrderRecords:
    """Reads and writes the orders of one vendor; keeps nothing."""

    def __init__(self, vendor: Orders, clock: Callable[[], float]) -> None:
        self._vendor = vendor
        self._key = f"{vendor.name}Order"
        self._clock = clock
        self._writing = KeyedLocks()

    def read(self, sale: Sale) -> OrderState | None:
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

    def is_attempted(self, sale: Sale) -> bool:
        """Tell whether an attempt to make the order began, and may have made it."""
        return self._record(sale).get("status") == _ATTEMPTED

    def _record(self, sale: Sale) -> Mapping[str, Any]:
        record = sale.metadata.get(self._key)
        return record if isinstance(record, dict) else {}

    def note_attempt(self, operator: Operator, sale: Sale) -> None:
        """Write that an attempt begins; raises what the operator raises."""
        self._put(operator, sale, {"status": _ATTEMPTED})

    def forget_attempt(self, operator: Operator, sale: Sale) -> None:
        """Take the note back: the vendor refused, so nothing was made."""
        operator.update_transaction(sale.id, {self._key: None})

    def write(
        self, operator: Operator, seller_id: UUID, sale_id: UUID, state: OrderState
    ) -> Written:
        """Write how the order of a seller's sale stands, if that is news.

        What stands there is read again, with no other write of this process in between: the
        marketplace has no conditional write. Raises what the operator raises, UpstreamUnavailable
        too while earlier news of the same order is still being written.
        """
        with self._alone(sale_id):
            sale = _sale(operator, sale_id)
            if sale is None or sale.provider_id != seller_id:
                return "ignored"
            known = self.read(sale)
            if known is not None and not is_news(known, state):
                return "unchanged"
            record = {"orderId": state.order_id, "status": state.status}
            if state.reason is not None:
                record["reason"] = state.reason
            self._put(operator, sale, record)
            return "stored"

    @contextmanager
    def _alone(self, sale_id: UUID) -> Iterator[None]:
        with self._writing.hold(sale_id.hex, _LOCK_SECONDS) as alone:
            if not alone:
                raise UpstreamUnavailable("sharetribe", "earlier news is still being written")
            yield

    def _put(self, operator: Operator, sale: Sale, record: Mapping[str, str]) -> None:
        stamped = {**record, "updatedAt": format_utc(self._clock())}
        operator.update_transaction(sale.id, {self._key: stamped})


def _sale(operator: Operator, sale_id: UUID) -> Sale | None:
    try:
        return operator.transaction(sale_id)
    except UpstreamRefused as error:
        if error.status == 404:
            return None
        raise


def is_news(known: OrderState, state: OrderState) -> bool:
    """Tell whether a state is newer than what is known of the same order.

    A rank never falls; an order that has ended stays as it ended.
    """
    if known.order_id != state.order_id or known.rank >= FINAL_RANK:
        return False
    return state.rank > known.rank
