"""Xero's sales invoices: made of a marketplace transaction, found again by it, and their news.

Source: developer.xero.com, Invoices (read 2026-11) and XeroAPI/Xero-OpenAPI (xero_accounting.yaml
16.1.0, 2026-07). The reference is the transaction's id, and so is the idempotency key, for as long
as Xero remembers one (not documented); numbers are the organisation's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from integrations.xero.connection import XeroApi
from proxy.vendors import (
    FINAL_RANK,
    AmountUnclear,
    Answer,
    Grant,
    Line,
    Money,
    Orders,
    OrderState,
    Sale,
    UpstreamUnavailable,
    as_object,
    as_text,
    as_uuid,
)

_INVOICES = "/api.xro/2.0/Invoices"
_RANKS = MappingProxyType(
    {
        "DRAFT": 0,
        "SUBMITTED": 1,
        "AUTHORISED": 2,
        "PAID": 3,  # a payment may be taken back, and the invoice be voided then
        "VOIDED": FINAL_RANK,
        "DELETED": FINAL_RANK,
    }
)
_CENT = Decimal("0.01")
_MAX_TEXT_CHARACTERS = 255


class XeroInvoices(Orders):
    """Xero as a vendor that takes sales: each becomes a sales invoice, once."""

    name = "xero"
    ranks = _RANKS

    def __init__(self, api: XeroApi, transitions: frozenset[str], usual: Mapping[str, str]) -> None:
        """`usual` has what is the same in all invoices: Status, LineAmountTypes, AccountCode."""
        self._api = api
        self.sale_transitions = transitions
        self._usual = usual

    def create_order(self, grant: Grant, sale: Sale) -> OrderState:
        """Make an invoice; see Orders.create_order. PUT creates, and never changes one."""
        headers = {**_with(grant), "Idempotency-Key": str(sale.id)}
        document = {"Invoices": [self._invoice(sale)]}
        answer = self._api.call("PUT", _INVOICES, document, headers=headers)
        for state in _states(answer):
            if state.transaction_id == sale.id:
                return state
        raise UpstreamUnavailable(answer.upstream, "an answer without the invoice")

    def _invoice(self, sale: Sale) -> dict[str, Any]:
        amounts = [money for line in sale.lines for money in (line.unit_price, line.total)]
        currencies = {money.currency for money in amounts}
        if len(currencies) != 1:
            raise AmountUnclear("The sale has no amounts, or amounts in several currencies.")
        usual = {n: self._usual[n] for n in ("Status", "LineAmountTypes")}
        account = {n: v for n, v in self._usual.items() if n == "AccountCode" and v}
        return {
            "Type": "ACCREC",
            "Contact": {"Name": (sale.buyer_name or "Marketplace")[:_MAX_TEXT_CHARACTERS]},
            "Reference": str(sale.id),
            "CurrencyCode": currencies.pop(),
            "LineItems": [{**_item(line, sale.title), **account} for line in sale.lines],
            **usual,
        }

    def find_order(self, grant: Grant, transaction_id: UUID) -> OrderState | None:
        """Search for the invoice of a sale: one that lives, else one that was voided."""
        where = f'Type=="ACCREC" AND Reference=="{transaction_id}"'
        query = {"where": where, "createdByMyApp": "true"}
        answer = self._api.call("GET", _INVOICES, query=query, headers=_with(grant))
        found = [one for one in _states(answer) if one.transaction_id == transaction_id]
        return min(found, key=lambda one: one.rank, default=None)

    def read_order(self, grant: Grant, order_id: str) -> OrderState | None:
        """Read an invoice by Xero's id; see Orders.read_order."""
        invoice_id = as_uuid(order_id)
        if invoice_id is None:
            return None
        answer = self._api.find(f"{_INVOICES}/{invoice_id}", headers=_with(grant))
        return next(iter(_states(answer)), None) if answer is not None else None


def _with(grant: Grant) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {grant.secret['token']}",
        "Xero-Tenant-Id": grant.details.get("tenantId", ""),
    }


def _states(answer: Answer) -> Iterator[OrderState]:
    """Iterate over the invoices of an answer that can be read."""
    invoices = answer.agreed_object().get("Invoices")
    for invoice in map(as_object, invoices if isinstance(invoices, list) else []):
        invoice_id, status = as_uuid(invoice.get("InvoiceID")), as_text(invoice.get("Status"))
        reference = as_uuid(invoice.get("Reference"))
        if invoice_id is not None and status is not None:
            known = status if status in _RANKS else "unknown"
            sale_id = None if reference is None else UUID(reference)
            yield OrderState(invoice_id, known, _RANKS.get(status, -1), sale_id)


def _item(line: Line, title: str) -> dict[str, Any]:
    words = line.code.rpartition("/")[2].replace("-", " ").strip().capitalize()
    is_product = bool(title) and line.code == "line-item/item"
    described = {"Description": (title if is_product else words or "Item")[:_MAX_TEXT_CHARACTERS]}
    if line.quantity * line.unit_price.amount == line.total.amount:
        return {
            **described,
            "Quantity": _number(line.quantity),
            "UnitAmount": _amount(line.unit_price),
        }
    # A percentage, or seats: only the total can be told in Xero's terms.
    return {**described, "Quantity": 1, "UnitAmount": _amount(line.total)}


def _amount(money: Money) -> float:
    units = money.in_units()
    if units != units.quantize(_CENT):
        raise AmountUnclear(f"Xero takes two decimals: {units} {money.currency} has more.")
    return _number(units)


def _number(value: Decimal) -> float:
    """Return a number that JSON writes with the very same digits; raises AmountUnclear."""
    number = float(value)
    if Decimal(repr(number)) != value:
        raise AmountUnclear(f"{value} has more digits than can be sent.")
    return number
