"""What is offered in a hosted marketplace, of the template's own listing types."""

from sandbox.sharetribe import Sharetribe

BOOKING_ID = "e0c5ea10-0000-4000-8000-000000000021"
PURCHASE_ID = "e0c5ea10-0000-4000-8000-000000000022"


def add_offers(sharetribe: Sharetribe) -> None:
    """Have the first user offer a boat by the day, and something to buy."""
    robin = next(iter(sharetribe.users))
    sharetribe.add_listing(
        robin,
        "Sea kayak for a day",
        id=BOOKING_ID,
        description="A stable one, with two dry bags.",
        price=(4500, "EUR"),
        public_data=_public("daily-booking", "default-booking", "day"),
    )
    sharetribe.add_listing(
        robin,
        "Wooden paddle",
        id=PURCHASE_ID,
        description="Ash, 210 cm, as good as new.",
        price=(6000, "EUR"),
        public_data=_public("product-selling", "default-purchase", "item")
        | {"pickupEnabled": True, "shippingEnabled": False},
    )


def _public(listing_type: str, process: str, unit: str) -> dict[str, object]:
    return {
        "listingType": listing_type,
        "transactionProcessAlias": f"{process}/release-1",
        "unitType": unit,
        "location": {"address": "Harbour 1", "building": ""},
    }
