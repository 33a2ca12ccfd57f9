"""The shops of the sandbox: two accounts with one location each.

They lie where clocks never change, so that a fixed offset is their time zone, and far from UTC, so
that a forgotten offset shows.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any


@dataclass(frozen=True, slots=True)
class Location:
    """A shop, its account, and the catalog and customer list that users can connect with it."""

    id: str
    name: str
    account_id: str
    account_name: str
    currency: str
    catalog_id: str
    catalog_name: str
    customer_list_id: str
    customer_list_name: str
    address: str
    postal_code: str
    country: str
    timezone_name: str
    utc_offset_hours: int

    def written(self, at: datetime) -> str:
        """Return a time (with an offset of its own) in ISO 8601 with the location's offset."""
        zone = timezone(timedelta(hours=self.utc_offset_hours))
        return at.astimezone(zone).isoformat(timespec="seconds")

    def written_unix(self, at: float) -> str:
        """Return Unix seconds as `written` does."""
        return self.written(datetime.fromtimestamp(at, UTC))

    def document(self) -> dict[str, Any]:
        """Return the answer to "Retrieve Location" ("Locations, Accounts and Users")."""
        return {
            "id": self.id,
            "name": self.name,
            "account": {
                "id": self.account_id,
                "name": self.account_name,
                "currency": self.currency,
            },
            "address": self.address,
            "postal_code": self.postal_code,
            "city": self.name,
            "country": self.country,
            "timezone": {"name": self.timezone_name, "offset": self.utc_offset_hours * 3600},
            "cutoff_time": "06:00",
            "opening_hours": None,
            "preparation_time": 20,
            "order_acceptance": {"mode": "online"},
            "custom_fields": {},
        }


def first_locations() -> tuple[Location, ...]:
    """Return the locations that a sandbox starts with."""
    return (
        Location(
            id="k7w2p-1",
            name="Saint-Denis",
            account_id="k7w2p",
            account_name="Pizzeria Vanille",
            currency="EUR",
            catalog_id="h2x8c",
            catalog_name="Pizze",
            customer_list_id="m5q1z",
            customer_list_name="Regulars",
            address="4 rue des Filaos",
            postal_code="97400",
            country="RE",
            timezone_name="Indian/Reunion",
            utc_offset_hours=4,
        ),
        Location(
            id="v9n4t-1",
            name="Fort-de-France",
            account_id="v9n4t",
            account_name="Boulangerie Caravelle",
            currency="EUR",
            catalog_id="b6y3d",
            catalog_name="Breads",
            customer_list_id="t8r0g",
            customer_list_name="Neighbours",
            address="21 rue du Quai",
            postal_code="97200",
            country="MQ",
            timezone_name="America/Martinique",
            utc_offset_hours=-4,
        ),
    )
