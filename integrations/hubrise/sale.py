"""A marketplace transaction as a HubRise order.

Source: hubrise.com/developers, orders (read 2026-11): money is text with two decimals and the
currency, quantities are text, prices are per unit, and payments should sum up to the total.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from proxy.vendors import AmountUnclear, Line, Money, Sale

_FEE_ENDINGS = ("-fee", "-commission", "-tax", "-tip")
_REF_CHARACTERS = 8
_MAX_TEXT_CHARACTERS = 120
_CENT = Decimal("0.01")


def order_document(sale: Sale, service_type: str) -> dict[str, Any]:
    """Return the order to create of a transaction, as its buyer sees and pays it.

    The buyer is a guest: HubRise learns the name that the marketplace shows, and nothing else.
    Raises AmountUnclear where an amount cannot be told without changing it.
    """
    _check_currency(sale)
    items = [_item(line, sale.title) for line in sale.lines if not _is_extra(line)]
    charges = [_charge(line) for line in sale.lines if _is_extra(line) and line.total.amount >= 0]
    discounts = [_discount(line) for line in sale.lines if line.total.amount < 0]
    order: dict[str, Any] = {
        "ref": str(sale.id)[:_REF_CHARACTERS].upper(),
        "private_ref": str(sale.id),
        "status": "new",
        "service_type": service_type,
        "items": items,
        "charges": charges,
        "discounts": discounts,
    }
    if sale.total is not None:
        order["payments"] = [{"name": "Marketplace", "amount": money(sale.total)}]
    if sale.buyer_name:
        order["customer"] = {"first_name": sale.buyer_name[:_MAX_TEXT_CHARACTERS]}
    return order


def _check_currency(sale: Sale) -> None:
    """Refuse a sale in several currencies: its amounts cannot sum up. Raises AmountUnclear."""
    amounts = [money for line in sale.lines for money in (line.unit_price, line.total)]
    amounts += [sale.total] if sale.total is not None else []
    if len({money.currency for money in amounts}) > 1:
        raise AmountUnclear("The sale has amounts in several currencies.")


def _is_extra(line: Line) -> bool:
    return line.total.amount < 0 or line.code.endswith(_FEE_ENDINGS)


def _item(line: Line, title: str) -> dict[str, str]:
    name = title or _name(line)
    if line.quantity * line.unit_price.amount == line.total.amount:
        return _described_item(name, line.unit_price, line.quantity)
    # A percentage, or seats: only the total can be told in HubRise's terms.
    return _described_item(name, line.total, Decimal(1))


def _described_item(name: str, price: Money, quantity: Decimal) -> dict[str, str]:
    return {
        "product_name": name[:_MAX_TEXT_CHARACTERS],
        "price": money(price),
        "quantity": f"{quantity.normalize():f}",
    }


def _charge(line: Line) -> dict[str, str]:
    return {"name": _name(line), "price": money(line.total)}


def _discount(line: Line) -> dict[str, str]:
    positive = Money(-line.total.amount, line.total.currency)
    return {"name": _name(line), "price_off": money(positive)}


def _name(line: Line) -> str:
    """Return a line item's code as words: `line-item/service-fee` is "Service fee"."""
    words = line.code.rpartition("/")[2].replace("-", " ").replace("_", " ").strip()
    return (words.capitalize() or "Item")[:_MAX_TEXT_CHARACTERS]


def money(value: Money) -> str:
    """Return an amount as HubRise writes it, `8.90 EUR`; raises AmountUnclear."""
    units = value.in_units()
    cents = units.quantize(_CENT)
    if cents != units:
        raise AmountUnclear(f"HubRise takes two decimals: {units} {value.currency} has more.")
    return f"{cents} {value.currency}"
