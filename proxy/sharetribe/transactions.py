"""Marketplace transactions, as far as orders need them: who sells what to whom for how much.

Source: sharetribe.com/api-reference (marketplace and integration, transactions; read 2026-11).
Amounts are in the currency's minor unit, quantities decimal numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from iso4217 import Currency

from proxy.display_text import readable

_Included = Mapping[tuple[str, str], Any]
_MAX_LINES = 50  # Sharetribe's own limit
_MAX_QUANTITY = Decimal(1_000_000)
_MAX_AMOUNT = 2**53  # beyond it the marketplace's own JavaScript has no whole numbers
# Sharetribe's template counts Jordanian dinars in hundredths (src/config/settingsCurrency.js, read
# 2026-11), ISO 4217 and Stripe in thousandths: an amount alone does not tell which.
_AMBIGUOUS = frozenset({"JOD"})


class TransactionUnreadable(Exception):
    """A transaction document lacks what every transaction has; the message is for the log."""


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


_UNREADABLE = Money(0, "")


@dataclass(frozen=True, slots=True)
class Line:
    """A line item of a transaction as the buyer sees it; `total` may be negative."""

    code: str
    quantity: Decimal
    unit_price: Money
    total: Money


@dataclass(frozen=True, slots=True)
class Transaction:
    """A marketplace transaction; `metadata` is written by the operator only, and by us."""

    id: UUID
    provider_id: UUID
    title: str
    buyer_name: str
    last_transition: str
    lines: tuple[Line, ...]
    total: Money | None
    metadata: Mapping[str, Any] = field(repr=False)


def read_transaction(document: Mapping[str, Any]) -> Transaction:
    """Return the transaction of a `transactions/show` answer; raises TransactionUnreadable."""
    try:
        data = document["data"]
        attributes = data["attributes"]
        relationships = data["relationships"]
        included = {(item["type"], item["id"]): item for item in document.get("included", ())}
        payin, metadata = attributes.get("payinTotal"), attributes.get("metadata")
        return Transaction(
            id=UUID(data["id"]),
            provider_id=UUID(relationships["provider"]["data"]["id"]),
            title=_title(included, relationships),
            buyer_name=_buyer(included, relationships),
            last_transition=_text(attributes.get("lastTransition")),
            lines=tuple(
                _line(item)
                for item in (attributes.get("lineItems") or ())[:_MAX_LINES]
                if "customer" in item["includeFor"] and not item.get("reversal")
            ),
            total=None if payin is None else _money(payin),
            metadata=metadata if isinstance(metadata, dict) else {},
        )
    except (LookupError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise TransactionUnreadable(f"a transaction with {type(error).__name__}") from None


def _title(included: _Included, relationships: Mapping[str, Any]) -> str:
    return readable(_related(included, relationships, "listing").get("title")) or ""


def _buyer(included: _Included, relationships: Mapping[str, Any]) -> str:
    profile = _related(included, relationships, "customer").get("profile", {})
    return readable(profile.get("displayName")) or ""


def _related(included: _Included, relationships: Mapping[str, Any], name: str) -> Any:
    """Return the attributes of a related resource, none where it was not included."""
    identity = (relationships.get(name) or {}).get("data") or {}
    resource = included.get((identity.get("type", ""), identity.get("id", "")), {})
    return resource.get("attributes", {})


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _line(item: Mapping[str, Any]) -> Line:
    quantity = Decimal(str(item["quantity"])) if item.get("quantity") is not None else Decimal(1)
    if not quantity.is_finite() or abs(quantity) > _MAX_QUANTITY:
        raise ValueError("quantity")
    code = item["code"]
    if not isinstance(code, str):
        raise TypeError("code")
    return Line(code, quantity, _money(item["unitPrice"]), _money(item["lineTotal"]))


def _money(value: Mapping[str, Any]) -> Money:
    """Read an amount; one that cannot be read is unclear, and the rest of the sale is not."""
    amount, currency = value["amount"], value["currency"]
    if not isinstance(amount, int) or isinstance(amount, bool) or abs(amount) > _MAX_AMOUNT:
        return _UNREADABLE
    if not isinstance(currency, str) or not (currency.isascii() and currency.isalpha()):
        return _UNREADABLE
    return Money(amount, currency)
