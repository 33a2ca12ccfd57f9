"""What a vendor that takes orders is asked, and what it answers.

Orders belong to connections: a seller who has connected a till sends it the sales of the
marketplace and learns how they fare. `proxy.orders.trip` asks in its own order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from proxy.vendors.connection import Grant
from proxy.vendors.proof import Signed
from proxy.vendors.reference import RequestHeaders
from proxy.vendors.sales import Sale

FINAL_RANK = 100


@dataclass(frozen=True, slots=True)
class OrderState:
    """How an order stands, in the vendor's status words.

    `rank` grows along an order's life; FINAL_RANK is the end. `transaction_id` is the marketplace
    transaction that the order was made for, None for an order that is not ours. `reason` says why
    an order was not taken, in the words of the shop.
    """

    order_id: str
    status: str
    rank: int
    transaction_id: UUID | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """News of one order; `state` is None where the news does not say how it stands.

    `places` are the ids that tell where the order was made, to be compared with the connection's.
    """

    event_id: str
    order_id: str
    places: Mapping[str, str]
    state: OrderState | None = None


class OrderExists(Exception):
    """The vendor has an order of this transaction already."""


class OrderVendor(Protocol):
    """A vendor to whose connections orders can be sent.

    Every method that sends raises ConnectionLost, UpstreamUnavailable, UpstreamRefused.
    """

    @property
    def name(self) -> str:
        """The vendor's name in routes and records."""

    @property
    def sale_transitions(self) -> frozenset[str]:
        """The marketplace transitions after which a transaction is sold, and not yet undone."""

    def rank(self, status: str) -> int:
        """Return the rank of a status; -1 for a word that is not one."""

    def create_order(self, grant: Grant, sale: Sale) -> OrderState:
        """Make an order of a marketplace transaction.

        Raises OrderExists besides, and AmountUnclear before anything is sent.
        """

    def find_order(self, grant: Grant, transaction_id: UUID) -> OrderState | None:
        """Return the order that was made of a transaction, else None."""

    def read_order(self, grant: Grant, order_id: str) -> OrderState | None:
        """Return an order by the vendor's own id; None where there is no such order."""

    def signed(self, headers: RequestHeaders, body: bytes) -> Signed | None:
        """Return the signature that a callback presents; None where it presents none."""

    def read_event(self, body: bytes) -> OrderEvent | None:
        """Read a signed callback; None for a kind that needs nothing done.

        A byte order mark has been taken away after the signature was judged. Raises
        CallbackUnreadable, also for a body whose kind cannot be told.
        """

    def covers(self, grant: Grant, event: OrderEvent) -> bool:
        """Tell whether an event is about the place that was connected."""

    def pending_events(self, grant: Grant) -> Sequence[OrderEvent]:
        """Return the events that the vendor still holds, oldest first."""

    def forget_event(self, grant: Grant, event_id: str) -> None:
        """Tell the vendor that an event is dealt with."""
