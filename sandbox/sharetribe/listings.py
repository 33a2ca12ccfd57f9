"""The listings of the simulated marketplace and how the Marketplace API shows them.

The attributes are those of sharetribe.com/api-reference, "Listings", read 2026-11-29; images,
locations and availability are left out.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sandbox.transit import Keyword, TaggedValue

DRAFT, PUBLISHED, CLOSED = "draft", "published", "closed"


@dataclass(slots=True)
class Listing:
    """What a user offers; tests and the demo page may change any field at any time.

    The ids are uuids in text form; `price` is an amount in the currency's minor unit.
    """

    author_id: str
    title: str
    description: str = ""
    price: tuple[int, str] | None = (950, "EUR")
    state: str = PUBLISHED
    public_data: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid4()))
    created_at: datetime = datetime(2025, 3, 8, 9, 15, 0, 500_000, tzinfo=UTC)


def identity(listing: Listing, kind: str) -> dict[str, Any]:
    """Return what names a listing; `kind` is `listing` or, for its author, `ownListing`."""
    return {"id": UUID(listing.id), "type": Keyword(kind)}


def resource(listing: Listing, kind: str, *, with_author: bool = False) -> dict[str, Any]:
    """Return the listing; anybody who may see it sees all of it."""
    attributes = {
        "title": listing.title,
        "description": listing.description,
        "geolocation": None,
        "createdAt": listing.created_at,
        "price": None if listing.price is None else TaggedValue("mn", list(listing.price)),
        "publicData": listing.public_data,
        "metadata": {},
        "state": Keyword(listing.state),
        "deleted": False,
    }
    shown = {**identity(listing, kind), "attributes": attributes}
    if with_author:
        author = {"id": UUID(listing.author_id), "type": Keyword("user")}
        shown["relationships"] = {"author": {"data": author}}
    return shown
