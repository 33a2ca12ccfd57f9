"""An order in the metadata of its marketplace transaction, and its order in time.

Transaction metadata is written by the operator only, so it needs no checksum; buyer and seller can
both read it. The marketplace merges it by top-level key, has no conditional write, and may apply a
write late, twice or never. So each status that was told has a key of its own, and the furthest one
counts: a write takes away only what it has seen and is past, so every order of the writes ends at
the same one. `<vendor>Order`, which frontends read, is a copy of what counts; one that a late
write has put back is put right at the next look (docs/adr/0023-writes-that-commute.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from secrets import token_hex
from typing import Any, Literal
from uuid import UUID

from proxy.display_text import display_text
from proxy.outgoing.keyed_locks import KeyedLocks
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.sales import Sale
from proxy.sharetribe.operator import Operator
from proxy.timestamps import format_utc, parse_utc
from proxy.vendors.orders import FINAL_RANK, Orders, OrderState

# What became of news: written, no news, or about no sale of this seller.
Written = Literal["stored", "unchanged", "ignored"]
_ATTEMPTED = "sending"
# No attempt is under way for so long: a request lasts 28 s, and clocks differ by 5 minutes.
_ATTEMPT_SECONDS = 600.0
_LOCK_SECONDS = 10
_DIGEST_CHARACTERS = 8


class OrderRecords:
    """Reads and writes the orders of one vendor; keeps nothing of them."""

    def __init__(self, vendor: Orders, clock: Callable[[], float]) -> None:
        self._vendor = vendor
        self._key = f"{vendor.name}Order"
        # Of one process: its attempts of one sale take turns, so one note of its own will do.
        self._attempt = f"{self._key}-{_ATTEMPTED}-{token_hex(4)}"
        self._clock = clock
        self._writing = KeyedLocks()

    def read(self, sale: Sale) -> OrderState | None:
        """Return the order that a transaction's metadata names, None where there is none yet.

        The furthest of all that was told; of two that are as far, and of two orders, the same one
        in whatever order they were written.
        """
        told = [*self._told(sale).values(), self._state(sale, sale.metadata.get(self._key))]
        states = [state for state in told if state is not None]
        order_id = min((state.order_id for state in states), default=None)
        own = (state for state in states if state.order_id == order_id)
        return max(own, key=lambda state: (state.rank, state.status), default=None)

    def _told(self, sale: Sale) -> dict[str, OrderState]:
        """Return what was told under keys of their own, by key."""
        told = ((key, self._state(sale, record)) for key, record in sale.metadata.items())
        return {key: state for key, state in told if state and key == self._key_of(state)}

    def _key_of(self, state: OrderState) -> str:
        """Return the key of one status of one order; all words that are no status share one."""
        order = sha256(state.order_id.encode("utf-8", "surrogatepass")).hexdigest()
        word = state.status if state.rank >= 0 else "unknown"
        return f"{self._key}-{order[:_DIGEST_CHARACTERS]}-{word}"

    def _state(self, sale: Sale, record: object) -> OrderState | None:
        if not isinstance(record, dict):
            return None
        order_id, status = _plain(record.get("orderId")), _plain(record.get("status"))
        if order_id is None or status is None:
            return None
        return OrderState(
            order_id=order_id,
            status=status,
            rank=self._vendor.rank(status),
            transaction_id=sale.id,
            reason=display_text(record.get("reason")),
        )

    def is_attempted(self, sale: Sale) -> bool:
        """Tell whether an attempt to make the order began, and may have made it."""
        return bool(self._attempts(sale)) or self._has_older_note(sale)

    def _attempts(self, sale: Sale) -> dict[str, Any]:
        start = f"{self._key}-{_ATTEMPTED}-"
        return {key: note for key, note in sale.metadata.items() if key.startswith(start)}

    def _has_older_note(self, sale: Sale) -> bool:
        """Tell whether an earlier version noted an attempt, where the order itself stands now."""
        record = sale.metadata.get(self._key)
        return isinstance(record, dict) and record.get("status") == _ATTEMPTED

    def note_attempt(self, operator: Operator, sale: Sale) -> None:
        """Write that an attempt of this process begins; raises what the operator raises.

        Others' notes are left to them, for as long as their attempts may last.
        """
        now = self._clock()
        ended = (key for key, note in self._attempts(sale).items() if not _may_last(note, now))
        note = {"updatedAt": format_utc(now)}
        operator.update_transaction(sale.id, {**dict.fromkeys(ended), self._attempt: note})

    def forget_attempt(self, operator: Operator, sale: Sale) -> None:
        """Take this process's note back: the vendor refused, so nothing was made."""
        older = {self._key: None} if self._has_older_note(sale) else {}
        operator.update_transaction(sale.id, {**older, self._attempt: None})

    def write(
        self, operator: Operator, seller_id: UUID, sale_id: UUID, state: OrderState
    ) -> Written:
        """Write how the order of a seller's sale stands, if that is news.

        What stands there is read again, with no other write of this process in between; what
        another process writes meanwhile stands beside it. Where it is no news, a copy that a late
        write has left wrong is put right. Raises what the operator raises, UpstreamUnavailable too
        while earlier news of the same order is still being written.
        """
        with self._alone(sale_id):
            sale = _sale(operator, sale_id)
            if sale is None or sale.provider_id != seller_id:
                return "ignored"
            known = self.read(sale)
            counts = state if known is None or is_news(known, state) else known
            changes = self._due(sale, counts)
            if changes:
                operator.update_transaction(sale.id, changes)
            return "stored" if counts is state else "unchanged"

    @contextmanager
    def _alone(self, sale_id: UUID) -> Iterator[None]:
        with self._writing.hold(sale_id.hex, _LOCK_SECONDS) as alone:
            if not alone:
                raise UpstreamUnavailable("sharetribe", "earlier news is still being written")
            yield

    def _due(self, sale: Sale, counts: OrderState) -> dict[str, Any]:
        """Return what must be written for this state to count, and to be what frontends read.

        With it goes what has been read here and does not count. Nothing where all is well.
        """
        told, own = self._told(sale), self._key_of(counts)
        known = sale.metadata.get(own if own in told else self._key)
        is_same = self._state(sale, known) == counts
        record = self._record_of(counts, known if is_same and isinstance(known, dict) else {})
        wanted = {own: record, self._key: record}
        if all(sale.metadata.get(key) == new for key, new in wanted.items()):
            return {}
        return {**dict.fromkeys([*told, *self._attempts(sale)]), **wanted}

    def _record_of(self, state: OrderState, known: Mapping[str, Any]) -> dict[str, str]:
        """Return the record of a state; when it was first written stands in the `known` one."""
        reason = {} if state.reason is None else {"reason": state.reason}
        stamp = parse_utc(known.get("updatedAt")) or self._clock()
        record = {"orderId": state.order_id, "status": state.status, **reason}
        return {**record, "updatedAt": format_utc(stamp)}


def _plain(value: object) -> str | None:
    """Return a text that can be written back as it is, else None."""
    return value if isinstance(value, str) and display_text(value, len(value)) == value else None


def _may_last(note: object, now: float) -> bool:
    """Tell whether the attempt of a note may still be under way."""
    began = parse_utc(note.get("updatedAt")) if isinstance(note, dict) else None
    return began is not None and abs(now - began.timestamp()) < _ATTEMPT_SECONDS


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
