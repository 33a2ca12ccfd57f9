"""Customers, their payments, and what takes a payment back: refunds and disputes.

Source: docs.stripe.com (how PaymentIntents work, refunds, how disputes work), and the types of
`stripe` 16.1.0 for Python (read 2026-11).
"""

from dataclasses import dataclass, field
from typing import Any

from sandbox.stripe.records import Record, new_id

# Fields that objects have, and that none of these has a value for.
# fmt: off
_ABSENT = {
    "customer": (
        "address", "currency", "default_source", "description", "phone", "shipping",
    ),
    "payment_intent": (
        "application", "application_fee_amount", "automatic_payment_methods", "canceled_at",
        "cancellation_reason", "customer_account", "description", "next_action", "on_behalf_of",
        "processing", "receipt_email", "review", "setup_future_usage", "shipping", "source",
        "statement_descriptor", "statement_descriptor_suffix", "transfer_data",
    ),
    "charge": (
        "application", "application_fee", "application_fee_amount", "balance_transaction",
        "description", "failure_balance_transaction", "on_behalf_of", "outcome",
        "payment_method_details", "receipt_email", "receipt_number", "receipt_url", "review",
        "shipping", "source_transfer", "statement_descriptor", "statement_descriptor_suffix",
        "transfer_data",
    ),
    "setup_intent": (
        "application", "automatic_payment_methods", "cancellation_reason", "customer_account",
        "description", "flow_directions", "last_setup_error", "latest_attempt", "mandate",
        "next_action", "on_behalf_of", "single_use_mandate",
    ),
}
# fmt: on


@dataclass(slots=True, kw_only=True)
class Customer(Record):
    """Somebody who pays."""

    email: str | None = field(repr=False)

    def shown(self) -> dict[str, Any]:
        """Return the customer as the API shows them."""
        return {
            **self.named("customer"),
            **dict.fromkeys(_ABSENT["customer"]),
            "balance": 0,
            "delinquent": False,
            "email": self.email,
            "invoice_prefix": self.id[-8:].upper(),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "metadata": {},
            "name": "Specimena Stripeson",
            "next_invoice_sequence": 1,
            "preferred_locales": [],
            "tax_exempt": "none",
            "test_clock": None,
        }


@dataclass(slots=True, kw_only=True)
class PaymentIntent(Record):
    """A payment with its tries: `charges`, the latest last.

    `status` is Stripe's: `requires_payment_method` before a try and after one that has failed,
    `processing` while a bank is asked, `succeeded`, `canceled`.
    """

    amount: int
    currency: str
    customer: str | None
    metadata: dict[str, str] = field(default_factory=dict)
    status: str = "requires_payment_method"
    charges: list["Charge"] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """Return the payment as the API shows it."""
        failed = self.status == "requires_payment_method" and self.charges
        error = {"type": "card_error", "code": "card_declined", "message": "It was declined."}
        return {
            **self.named("payment_intent"),
            **dict.fromkeys(_ABSENT["payment_intent"]),
            "amount": self.amount,
            "amount_capturable": 0,
            "amount_received": self.amount if self.status == "succeeded" else 0,
            "capture_method": "automatic_async",
            "client_secret": f"{self.id}_secret_{new_id('', 24)[1:]}",
            "confirmation_method": "automatic",
            "currency": self.currency,
            "customer": self.customer,
            "last_payment_error": error if failed else None,
            "latest_charge": self.charges[-1].id if self.charges else None,
            "metadata": dict(self.metadata),
            "payment_method": new_id("pm") if self.charges else None,
            "payment_method_options": {},
            "payment_method_types": ["card", "sepa_debit"],
            "status": self.status,
            "transfer_group": None,
        }


@dataclass(slots=True, kw_only=True)
class Charge(Record):
    """A try of a payment: `pending`, `succeeded` or `failed`. Its metadata were copied once.

    `was_disputed` stays as it is, however the dispute ends.
    """

    payment: PaymentIntent = field(repr=False)
    status: str
    metadata: dict[str, str]
    amount_refunded: int = 0
    was_disputed: bool = False

    def shown(self) -> dict[str, Any]:
        """Return the try as the API shows it."""
        amount = self.payment.amount
        has_failed = self.status == "failed"
        return {
            **self.named("charge"),
            **dict.fromkeys(_ABSENT["charge"]),
            "amount": amount,
            "amount_captured": amount if self.status == "succeeded" else 0,
            "amount_refunded": self.amount_refunded,
            "billing_details": {
                "address": None,
                "email": None,
                "name": None,
                "phone": None,
                "tax_id": None,
            },
            "calculated_statement_descriptor": "MADE UP MARKET",
            "captured": self.status == "succeeded",
            "currency": self.payment.currency,
            "customer": self.payment.customer,
            "disputed": self.was_disputed,
            "failure_code": "card_declined" if has_failed else None,
            "failure_message": "It was declined." if has_failed else None,
            "fraud_details": {},
            "metadata": dict(self.metadata),
            "paid": self.status == "succeeded",
            "payment_intent": self.payment.id,
            "payment_method": new_id("pm"),
            "refunded": 0 < amount == self.amount_refunded,
            "status": self.status,
            "transfer_group": None,
        }


@dataclass(slots=True, kw_only=True)
class Dispute(Record):
    """A payment that its payer takes back: `needs_response`, in the end `won` or `lost`."""

    charge: Charge = field(repr=False)
    status: str = "needs_response"

    def shown(self) -> dict[str, Any]:
        """Return the dispute as the API shows it."""
        return {
            **self.named("dispute"),
            "amount": self.charge.payment.amount,
            "balance_transactions": [],
            "charge": self.charge.id,
            "currency": self.charge.payment.currency,
            "enhanced_eligibility_types": [],
            "evidence": {"enhanced_evidence": {}},
            "evidence_details": {
                "due_by": None,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
                "submission_method": "not_submitted",
            },
            "is_charge_refundable": False,
            "metadata": {},
            "payment_intent": self.charge.payment.id,
            "reason": "fraudulent",
            "status": self.status,
        }


@dataclass(slots=True, kw_only=True)
class SetupIntent(Record):
    """A way to pay that is kept for later."""

    customer: str
    metadata: dict[str, str]

    def shown(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {
            **self.named("setup_intent"),
            **dict.fromkeys(_ABSENT["setup_intent"]),
            "client_secret": f"{self.id}_secret_{new_id('', 24)[1:]}",
            "customer": self.customer,
            "metadata": dict(self.metadata),
            "payment_method": new_id("pm"),
            "payment_method_options": {},
            "payment_method_types": ["card"],
            "status": "succeeded",
            "usage": "off_session",
        }


@dataclass(slots=True, kw_only=True)
class Refund(Record):
    """What was given back of a payment."""

    charge: Charge = field(repr=False)
    amount: int

    def shown(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        shown = self.named("refund")
        del shown["livemode"]
        return {
            **shown,
            "amount": self.amount,
            "balance_transaction": None,
            "charge": self.charge.id,
            "currency": self.charge.payment.currency,
            "destination_details": None,
            "metadata": {},
            "payment_intent": self.charge.payment.id,
            "reason": None,
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "succeeded",
            "transfer_reversal": None,
        }
