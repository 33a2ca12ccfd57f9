"""What a vendor that takes orders is asked, and what it answers.

Orders belong to connections: a seller who has connected a till sends it the sales of the
marketplace and learns how they fare. `proxy.orders.trip` asks in its own order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from proxy.sales import Sale
from proxy.vendors.connection import ConnectionEvent, Grant
from proxy.vendors.part import Part

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
class OrderEvent(ConnectionEvent):
    """News of one order; `state` is None where the news does not say how it stands."""

    order_id: str = ""
    state: OrderState | None = None


class OrderExists(Exception):
    """The vendor has an order of this transaction already."""


class Orders(Part, ABC):
    """A vendor to whose connections orders can be sent.

    `sale_transitions` are the marketplace transitions after which a transaction is sold, and not
    yet undone. `ranks` has the rank of each of the vendor's status words.
    Every method that sends raises ConnectionLost, UpstreamUnavailable, UpstreamRefused.
    """

    sale_transitions: frozenset[str]
    ranks: Mapping[str, int]

    def rank(self, status: str) -> int:
        """Return the rank of a status; -1 for a word that is not one."""
        return self.ranks.get(status, -1)

    @abstractmethod
    def create_order(self, grant: Grant, sale: Sale) -> OrderState:
        """Make an order of a marketplace transaction.

        Raises OrderExists besides, and AmountUnclear before anything is sent.
        """

    @abstractmethod
    def find_order(self, grant: Grant, transaction_id: UUID) -> OrderState | None:
        """Return the order that was made of a transaction, else None."""

    @abstractmethod
    def read_order(self, grant: Grant, order_id: str) -> OrderState | None:
        """Return an order by the vendor's own id; None where there is no such order."""
