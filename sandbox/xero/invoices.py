"""Xero's invoices: what is taken, kept and found.

Fields and their limits are those of "Invoices" and of the schemas Invoice and LineItem. Of these
the simulator knows what a sale may need, and refuses every other one, which Xero passes over.
Numbers come as JSON numbers. A key that comes again with another body is refused; how long a key is
remembered is not documented, so here it is for ever.
"""

import itertools
import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import uuid4

STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")
_CREATABLE = ("DRAFT", "SUBMITTED", "AUTHORISED")
_LINE_AMOUNTS = ("Exclusive", "Inclusive", "NoTax")
_KNOWN = {"Type", "Contact", "LineItems", "Reference", "CurrencyCode", "Status", "LineAmountTypes"}
# Read-only, and sent all the same by xero-python 15.2.0.
_SENT_BY_SDKS = {"HasAttachments", "HasErrors", "HasValidationErrors"}
_LINE_KNOWN = {"Description", "Quantity", "UnitAmount", "AccountCode"}
_WHERE = re.compile(r'Type=="(ACCREC|ACCPAY)" AND Reference=="([^"]*)"')
MAX_KEY_CHARACTERS = 128
_CENT = Decimal("0.01")


class ValidationError(Exception):
    """Xero refuses what was sent; the message is one of its validation errors."""


@dataclass(slots=True)
class Ledger:
    """One organisation's invoices, by their ids, and the answers to idempotency keys."""

    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    answered: dict[str, tuple[str, list[dict[str, Any]]]] = field(default_factory=dict)
    currencies: tuple[str, ...] = ("EUR", "USD", "NZD", "GBP")
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def create(self, body: Any, key: str | None) -> list[dict[str, Any]]:
        """Make the invoices of a request and return them.

        Raises ValidationError, and then nothing was made.
        """
        text = json.dumps(body, sort_keys=True)
        if key is not None and key in self.answered:
            known, answer = self.answered[key]
            if known != text:
                raise ValidationError("The idempotency key was used for another request")
            return answer
        if not isinstance(body, dict) or body.keys() != {"Invoices"}:
            raise ValidationError("The body has Invoices and nothing else")
        made = [self._made(invoice) for invoice in body["Invoices"]]
        for invoice in made:
            self.invoices[invoice["InvoiceID"]] = invoice
        if key is not None:
            self.answered[key] = (text, made)
        return made

    def _made(self, invoice: dict[str, Any]) -> dict[str, Any]:
        self._check(invoice)
        lines = [self._line(line) for line in invoice["LineItems"]]
        return {
            **invoice,
            "InvoiceID": str(uuid4()),
            "InvoiceNumber": f"INV-{next(self._numbers):04}",
            "LineItems": lines,
            "Total": float(sum(Decimal(str(line["LineAmount"])) for line in lines)),
        }

    def _check(self, invoice: dict[str, Any]) -> None:
        unknown = sorted(set(invoice) - _KNOWN - _SENT_BY_SDKS)
        if unknown:
            raise ValidationError(f"Unknown elements: {', '.join(unknown)}")
        if invoice.get("Type") not in ("ACCREC", "ACCPAY"):
            raise ValidationError("Type is ACCREC or ACCPAY")
        contact = invoice.get("Contact")
        if not isinstance(contact, dict) or set(contact) - _SENT_BY_SDKS != {"Name"}:
            raise ValidationError("A Contact must be specified for this type of transaction")
        if not 0 < len(contact["Name"]) <= 255:
            raise ValidationError("The contact name has 1 to 255 characters.")
        if not isinstance(invoice.get("LineItems"), list) or not invoice["LineItems"]:
            raise ValidationError("One or more line items must be specified")
        if invoice.get("CurrencyCode", self.currencies[0]) not in self.currencies:
            raise ValidationError("Organisation is not subscribed to currency")
        if invoice.get("Status", "DRAFT") not in _CREATABLE:
            raise ValidationError("Invoice not of valid status for creation")
        if invoice.get("LineAmountTypes", "Exclusive") not in _LINE_AMOUNTS:
            raise ValidationError("LineAmountTypes is unknown")
        invoice.setdefault("Status", "DRAFT")

    def _line(self, line: dict[str, Any]) -> dict[str, Any]:
        if not line.get("Description") or set(line) - _LINE_KNOWN:
            raise ValidationError("Description needs to be at least 1 char long; it has more")
        amounts = [line.get(name) for name in ("Quantity", "UnitAmount")]
        if not all(type(amount) in (int, float) for amount in amounts):
            raise ValidationError("Quantity and UnitAmount are numbers")
        quantity, unit = (Decimal(str(amount)) for amount in amounts)
        if quantity < 0 or unit != unit.quantize(_CENT):
            raise ValidationError("Quantity is positive, UnitAmount has two decimals")
        return {**line, "LineAmount": float((quantity * unit).quantize(_CENT))}

    def find(self, where: str | None) -> list[dict[str, Any]]:
        """Return the invoices for which `where` holds, all of them without it.

        Of the grammar of `where` two comparisons are known. Raises ValidationError for any other.
        """
        if where is None:
            return list(self.invoices.values())
        match = _WHERE.fullmatch(where)
        if match is None:
            raise ValidationError(f"Expression cannot be read: {where[:80]}")
        return [
            invoice
            for invoice in self.invoices.values()
            if (invoice["Type"], invoice.get("Reference")) == match.groups()
        ]
