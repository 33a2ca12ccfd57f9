"""What the account sells: products with prices, and when a price's next period begins.

Source: docs.stripe.com/products-prices, and the types of `stripe` 16.1.0 for Python (read 2026-11).
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

CREATED = 1_767_225_600

Interval = Literal["month", "year"]


@dataclass(frozen=True, slots=True)
class Price:
    """A price of a product, paid once or each interval; `amount` in the smallest unit."""

    id: str
    name: str
    amount: int
    interval: Interval | None = None
    currency: str = "eur"
    is_archived: bool = False
    is_test_only: bool = False

    def next(self, moment: float) -> float:
        """Return when the period that begins at a moment ends (Unix seconds).

        The day of a month stays, as far as the next month has it.
        """
        begins = datetime.fromtimestamp(moment, UTC)
        year, month = begins.year, begins.month + 1
        if self.interval == "year":
            year, month = year + 1, begins.month
        if month > 12:
            year, month = year + 1, 1
        day = min(begins.day, calendar.monthrange(year, month)[1])
        return begins.replace(year=year, month=month, day=day).timestamp()

    def shown(self, *, is_live: bool) -> dict[str, Any]:
        """Return the price as the API shows it."""
        return {
            "id": self.id,
            "object": "price",
            "active": not self.is_archived,
            "billing_scheme": "per_unit",
            "created": CREATED,
            "currency": self.currency,
            "custom_unit_amount": None,
            "livemode": is_live,
            "lookup_key": None,
            "metadata": {},
            "nickname": None,
            "product": self.id.replace("price_", "prod_"),
            "recurring": self.interval
            and {
                "interval": self.interval,
                "interval_count": 1,
                "meter": None,
                "trial_period_days": None,
                "usage_type": "licensed",
            },
            "tax_behavior": "unspecified",
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "recurring" if self.interval else "one_time",
            "unit_amount": self.amount,
            "unit_amount_decimal": str(self.amount),
        }

    def plan(self, *, is_live: bool) -> dict[str, Any]:
        """Return a recurring price in the form that it had before there were prices."""
        return {
            "id": self.id,
            "object": "plan",
            "active": True,
            "amount": self.amount,
            "amount_decimal": str(self.amount),
            "billing_scheme": "per_unit",
            "created": CREATED,
            "currency": self.currency,
            "interval": self.interval,
            "interval_count": 1,
            "livemode": is_live,
            "metadata": {},
            "meter": None,
            "nickname": None,
            "product": self.id.replace("price_", "prod_"),
            "tiers_mode": None,
            "transform_usage": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        }


MEMBERSHIP = Price("price_1MadeUpMembership00001", "Membership", 1900, "month")
YEARLY = Price("price_1MadeUpMembership00002", "Membership, yearly", 19000, "year")
LEAD_FEE = Price("price_1MadeUpLeadFee00000003", "Lead fee", 700)
ARCHIVED = Price("price_1MadeUpArchived00000004", "Membership of 2025", 900, "month", "eur", True)
TRIED = Price("price_1MadeUpTried0000000005", "A trial of ours", 100, is_test_only=True)
PRICES = {price.id: price for price in (MEMBERSHIP, YEARLY, LEAD_FEE, ARCHIVED, TRIED)}
