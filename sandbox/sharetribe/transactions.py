"""The transactions of the simulated marketplace and how the APIs show them.

The attributes are those of sharetribe.com/api-reference, "Transactions", "Bookings" and "Stock
reservations", read 2026-11-30. Amounts are integers in the currency's minor unit: 950 with EUR is
9.50 euros.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sandbox.sharetribe.files import FileAttachment
from sandbox.sharetribe.line_items import LineItem
from sandbox.sharetribe.processes import state_of, transition_of
from sandbox.sharetribe.processes.graph import CUSTOMER
from sandbox.sharetribe.reviews import Review
from sandbox.transit import Keyword, TaggedValue

PENDING, ACCEPTED, DECLINED, CANCELLED = "pending", "accepted", "declined", "cancelled"
HELD = (PENDING, ACCEPTED)
"""The states of a booking, or of a reservation of stock, in which it takes from what there is."""


@dataclass(slots=True)
class Booking:
    """Time of a listing that somebody has; the display times are for the eye alone."""

    start: datetime
    end: datetime
    display_start: datetime
    display_end: datetime
    seats: int = 1
    state: str = PENDING
    id: str = field(default_factory=lambda: str(uuid4()))

    def attributes(self) -> dict[str, Any]:
        """Return the booking as the parties of its transaction see it."""
        return {
            "start": self.start,
            "end": self.end,
            "displayStart": self.display_start,
            "displayEnd": self.display_end,
            "seats": self.seats,
            "state": Keyword(self.state),
        }


@dataclass(slots=True)
class StockReservation:
    """Pieces of a listing that somebody has."""

    quantity: int
    state: str = PENDING
    id: str = field(default_factory=lambda: str(uuid4()))

    def attributes(self) -> dict[str, Any]:
        """Return the reservation as the parties of its transaction see it."""
        return {"quantity": self.quantity, "state": Keyword(self.state)}


@dataclass(frozen=True, slots=True)
class Step:
    """A transition that was taken, by whom, and when."""

    transition: str
    by: str
    created_at: datetime


def two_pizzas() -> tuple[LineItem, ...]:
    """Return two pizzas, and a service fee that the customer pays to the marketplace."""
    return (
        LineItem("line-item/item", unit_price=950, quantity=2),
        LineItem("line-item/service-fee", unit_price=120, include_for=("customer",)),
    )


@dataclass(slots=True)
class Transaction:
    """A paid order; tests and the demo page may change any field at any time.

    The ids are uuids in text form. `protected_data`, `metadata` and `listing_public_data` hold
    JSON values. `steps` is empty where it was not begun through an API: such a transaction stays
    as it is, whatever time it gets. `payment` is `created`, `confirmed`, `captured`, `refunded` or
    `paid-out`, empty before there is one. `protected_files` are those that were revealed in it.
    """

    customer_id: str
    provider_id: str
    listing_title: str = "Pizza Margherita"
    line_items: tuple[LineItem, ...] = field(default_factory=two_pizzas)
    currency: str = "EUR"
    id: str = field(default_factory=lambda: str(uuid4()))
    listing_id: str = field(default_factory=lambda: str(uuid4()))
    listing_public_data: dict[str, Any] = field(default_factory=dict)
    process_name: str = "default-purchase"
    process_version: int = 1
    last_transition: str = "transition/confirm-payment"
    created_at: datetime = datetime(2026, 11, 19, 18, 2, 40, 125_000, tzinfo=UTC)
    last_transitioned_at: datetime = datetime(2026, 11, 19, 18, 3, 5, 750_000, tzinfo=UTC)
    protected_data: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    payment: str = "captured"
    booking: Booking | None = None
    stock_reservation: StockReservation | None = None
    reviews: list[Review] = field(default_factory=list)
    protected_files: list[FileAttachment] = field(default_factory=list)

    @property
    def author_id(self) -> str:
        """Whose listing it is about: the provider's, or the customer's if the provider began."""
        began = self.steps[0].by if self.steps else CUSTOMER
        return self.provider_id if began == CUSTOMER else self.customer_id

    @property
    def state(self) -> str | None:
        """The state that it is in, without `state/`; None where its process is not known."""
        return state_of(self.process_name, self.last_transition)

    def total_for(self, party: str) -> int:
        """Return what the `customer` pays in, or what is paid out to the `provider`."""
        return sum(line.line_total for line in self.line_items if party in line.include_for)


def attributes(transaction: Transaction) -> dict[str, Any]:
    """Return the transaction as its parties and the operator see it."""
    state, currency = transaction.state, transaction.currency
    totals = {
        name: TaggedValue("mn", [transaction.total_for(party), currency])
        for name, party in (("payinTotal", "customer"), ("payoutTotal", "provider"))
    }
    return {
        "createdAt": transaction.created_at,
        "processName": transaction.process_name,
        "processVersion": transaction.process_version,
        **({"state": Keyword(f"state/{state}")} if state else {}),
        "lastTransition": Keyword(transaction.last_transition),
        "lastTransitionedAt": transaction.last_transitioned_at,
        **(totals if transaction.line_items else dict.fromkeys(totals)),
        "lineItems": [line.shown(currency) for line in transaction.line_items],
        "transitions": [_step(step) for step in transaction.steps or [_last_step(transaction)]],
        "protectedData": transaction.protected_data,
        "metadata": transaction.metadata,
    }


def listing_attributes(transaction: Transaction, author_name: str) -> dict[str, Any]:
    """Return the listing that was sold, where it is gone, as anybody sees it."""
    price = transaction.line_items[0].unit_price if transaction.line_items else 0
    return {
        "title": transaction.listing_title,
        "description": f"Made by {author_name}.",
        "geolocation": None,
        "createdAt": datetime(2025, 3, 8, 9, 15, 0, 500_000, tzinfo=UTC),
        "price": TaggedValue("mn", [price, transaction.currency]),
        "availabilityPlan": None,
        "publicData": transaction.listing_public_data,
        "metadata": {},
        "state": Keyword("published"),
        "deleted": False,
    }


def _last_step(transaction: Transaction) -> Step:
    known = transition_of(transaction.process_name, transaction.last_transition)
    by = known.by if known else CUSTOMER
    return Step(transaction.last_transition, by, transaction.last_transitioned_at)


def _step(step: Step) -> dict[str, Any]:
    return {
        "transition": Keyword(step.transition),
        "createdAt": step.created_at,
        "by": Keyword(step.by),
    }
