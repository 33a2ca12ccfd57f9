"""Marketplace transactions, as far as orders need them: who sells what to whom for how much.

Source: sharetribe.com/api-reference (marketplace and integration, transactions; read 2026-11).
Amounts are in the currency's minor unit, quantities decimal numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from proxy.display_text import display_text
from proxy.sales import Line, Money, Sale

_Included = Mapping[tuple[str, str], Any]
_MAX_LINES = 50  # Sharetribe's own limit
_MAX_QUANTITY = Decimal(1_000_000)
_MAX_AMOUNT = 2**53  # beyond it the marketplace's own JavaScript has no whole numbers


class TransactionUnreadable(Exception):
    """A transaction document lacks what every transaction has; the message is for the log."""


_UNREADABLE = Money(0, "")


def read_transaction(document: Mapping[str, Any]) -> Sale:
    """Return the transaction of a `transactions/show` answer; raises TransactionUnreadable."""
    try:
        data = document["data"]
        attributes = data["attributes"]
        relationships = data["relationships"]
        included = {(item["type"], item["id"]): item for item in document.get("included", ())}
        payin, metadata = attributes.get("payinTotal"), attributes.get("metadata")
        return Sale(
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
    return display_text(_related(included, relationships, "listing").get("title")) or ""


def _buyer(included: _Included, relationships: Mapping[str, Any]) -> str:
    profile = _related(included, relationships, "customer").get("profile", {})
    return display_text(profile.get("displayName")) or ""


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
