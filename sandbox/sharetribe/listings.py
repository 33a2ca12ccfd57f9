"""The listings of the simulated marketplace and how the Marketplace API shows them.

The attributes are those of sharetribe.com/api-reference, "Listings" and "Own listings", read
2026-11-30.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sandbox.sharetribe.files import FileAttachment
from sandbox.transit import Keyword, TaggedValue

DRAFT, PUBLISHED, CLOSED = "draft", "published", "closed"


@dataclass(frozen=True, slots=True)
class AvailabilityException:
    """How many seats there are from one moment to another, whatever the plan says."""

    start: datetime
    end: datetime
    seats: int
    id: str = field(default_factory=lambda: str(uuid4()))


@dataclass(slots=True)
class Listing:
    """What a user offers; tests and the demo page may change any field at any time.

    The ids are uuids in text form; `price` is an amount in the currency's minor unit,
    `geolocation` a latitude and a longitude. `stock` is None where it was never set. Without an
    `availability_plan` one can be booked at any time (a choice of the sandbox).
    """

    author_id: str
    title: str
    description: str = ""
    price: tuple[int, str] | None = (950, "EUR")
    state: str = PUBLISHED
    public_data: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid4()))
    created_at: datetime = datetime(2025, 3, 8, 9, 15, 0, 500_000, tzinfo=UTC)
    geolocation: tuple[float, float] | None = None
    availability_plan: dict[str, Any] | None = None
    availability_exceptions: list[AvailabilityException] = field(default_factory=list)
    private_data: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    image_ids: list[str] = field(default_factory=list)
    stock: int | None = None
    protected_files: list[FileAttachment] = field(default_factory=list)


def attributes(listing: Listing) -> dict[str, Any]:
    """Return the listing as anybody sees it who may see it."""
    place, price = listing.geolocation, listing.price
    return {
        "title": listing.title,
        "description": listing.description,
        "geolocation": None if place is None else TaggedValue("geo", list(place)),
        "createdAt": listing.created_at,
        "price": None if price is None else TaggedValue("mn", list(price)),
        "availabilityPlan": _plan(listing.availability_plan),
        "publicData": listing.public_data,
        "metadata": listing.metadata,
        "state": Keyword(listing.state),
        "deleted": False,
    }


def own_attributes(listing: Listing) -> dict[str, Any]:
    """Return the listing as its author sees it."""
    return {**attributes(listing), "privateData": listing.private_data}


def _plan(plan: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if plan is None else {**plan, "type": Keyword(plan["type"])}
