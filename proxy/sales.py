"""A marketplace transaction as vendors see it: who sells what to whom for how much.

Amounts are in the currency's minor unit (ISO 4217), quantities decimal numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from iso4217 import Currency

# Sharetribe's template counts Jordanian dinars in hundredths (src/config/settingsCurrency.js, read
# 2026-11), ISO 4217 and Stripe in thousandths: an amount alone does not tell which.
_AMBIGUOUS = frozenset({"JOD"})


class AmountUnclear(Exception):
    """An amount has no sure value in its currency's own unit; the message may be shown."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency's minor unit (ISO 4217)."""

    amount: int
    currency: str

    def in_units(self) -> Decimal:
        """Return the amount in the currency's own unit: 1250 fils are 1.250 dinars.

        Raises AmountUnclear for what ISO 4217 does not list with a minor unit, and for currencies
        that marketplaces count differently.
        """
        try:
            digits = Currency(self.currency).exponent
        except ValueError:
            digits = None
        if digits is None or self.currency in _AMBIGUOUS:
            named = self.currency or "no currency"
            raise AmountUnclear(f"What an amount in {named} is worth is not sure.")
        return Decimal(self.amount).scaleb(-digits)


@dataclass(frozen=True, slots=True)
class Line:
    """A line item of a transaction as the buyer sees it; `total` may be negative."""

    code: str
    quantity: Decimal
    unit_price: Money
    total: Money


@dataclass(frozen=True, slots=True)
class Sale:
    """A marketplace transaction; `metadata` is written by the operator only, and by us."""

    id: UUID
    provider_id: UUID
    title: str
    buyer_name: str
    last_transition: str
    lines: tuple[Line, ...]
    total: Money | None
    metadata: Mapping[str, Any] = field(repr=False)
