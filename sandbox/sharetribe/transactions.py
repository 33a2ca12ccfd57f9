"""The transactions of the simulated marketplace and how the APIs show them.

The attributes are those of sharetribe.com/api-reference, "Transactions", read 2026-11-20. Amounts
are integers in the currency's minor unit: 950 with EUR is 9.50 euros.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sandbox.sharetribe.users import User
from sandbox.transit import Keyword, TaggedValue

RELATIONSHIPS = ("customer", "provider", "listing")


@dataclass(frozen=True, slots=True)
class LineItem:
    """One line of a price.

    `include_for` says into whose total it goes; a `reversal` takes back an earlier line.
    """

    code: str
    unit_price: int
    quantity: int = 1
    include_for: tuple[str, ...] = ("customer", "provider")
    reversal: bool = False

    @property
    def line_total(self) -> int:
        """What the line adds to a total; negative for a reversal."""
        return self.unit_price * self.quantity * (-1 if self.reversal else 1)


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
    JSON values.
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

    def total_for(self, party: str) -> int:
        """Return what the `customer` pays in, or what is paid out to the `provider`."""
        return sum(line.line_total for line in self.line_items if party in line.include_for)


def identity(transaction: Transaction) -> dict[str, Any]:
    """Return the part of a resource that a write answers with when nothing more is asked for."""
    return {"id": UUID(transaction.id), "type": Keyword("transaction")}


def resource(transaction: Transaction, included: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the transaction as its parties and the operator see it.

    `relationships` holds the `included` ones and is left out where there are none, as in the
    reference's examples under "Response format".
    """
    attributes = {
        "createdAt": transaction.created_at,
        "processName": transaction.process_name,
        "processVersion": transaction.process_version,
        "lastTransition": Keyword(transaction.last_transition),
        "lastTransitionedAt": transaction.last_transitioned_at,
        "payinTotal": _money(transaction.total_for("customer"), transaction.currency),
        "payoutTotal": _money(transaction.total_for("provider"), transaction.currency),
        "lineItems": [_line(line, transaction.currency) for line in transaction.line_items],
        "protectedData": transaction.protected_data,
        "metadata": transaction.metadata,
    }
    shown = {**identity(transaction), "attributes": attributes}
    if included:
        shown["relationships"] = {name: {"data": _link(transaction, name)} for name in included}
    return shown


def listing_resource(transaction: Transaction, author: User) -> dict[str, Any]:
    """Return the listing that was sold, as anybody sees it; it names its `author` in no way."""
    attributes = {
        "title": transaction.listing_title,
        "description": f"Made by {author.display_name}.",
        "geolocation": None,
        "createdAt": datetime(2025, 3, 8, 9, 15, 0, 500_000, tzinfo=UTC),
        "price": _money(transaction.line_items[0].unit_price, transaction.currency),
        "publicData": transaction.listing_public_data,
        "metadata": {},
        "state": Keyword("published"),
        "deleted": False,
    }
    return {**_link(transaction, "listing"), "attributes": attributes}


def _link(transaction: Transaction, relationship: str) -> dict[str, Any]:
    if relationship == "listing":
        return {"id": UUID(transaction.listing_id), "type": Keyword("listing")}
    owner = transaction.customer_id if relationship == "customer" else transaction.provider_id
    return {"id": UUID(owner), "type": Keyword("user")}


def _line(line: LineItem, currency: str) -> dict[str, Any]:
    return {
        "code": Keyword(line.code),
        "unitPrice": _money(line.unit_price, currency),
        "quantity": TaggedValue("f", str(line.quantity)),
        "lineTotal": _money(line.line_total, currency),
        "reversal": line.reversal,
        "includeFor": [Keyword(party) for party in line.include_for],
    }


def _money(amount: int, currency: str) -> TaggedValue:
    return TaggedValue("mn", [amount, currency])
