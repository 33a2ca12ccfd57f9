"""Subscriptions and their invoices, and how the API shows them.

Source: docs.stripe.com/billing/subscriptions (overview, webhooks), docs.stripe.com/api
(subscriptions, invoices, invoice payments), and the types of `stripe` 16.1.0 for Python
(read 2026-11): periods stand on the items, and payments behind the invoice.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from sandbox.stripe.catalog import Price
from sandbox.stripe.payments import Customer, PaymentIntent
from sandbox.stripe.records import Record, new_id

ENDED = ("canceled", "incomplete_expired")
# Fields that they have, and that none of these has a value for.
# fmt: off
_ABSENT = (
    "application", "application_fee_percent", "billing_cycle_anchor_config",
    "billing_thresholds", "customer_account", "days_until_due", "default_payment_method",
    "default_source", "description", "next_pending_invoice_item_invoice", "on_behalf_of",
    "pending_invoice_item_interval", "pending_setup_intent", "pending_update", "schedule",
    "test_clock", "transfer_data",
)
_ABSENT_OF_INVOICES = (
    "automatically_finalizes_at", "custom_fields", "default_payment_method", "default_source",
    "description", "due_date", "footer", "from_invoice", "last_finalization_error",
    "latest_revision", "number", "on_behalf_of", "receipt_number",
)
_PAYMENT_SETTINGS = ("default_mandate", "payment_method_options", "payment_method_types")
# fmt: on
_AT_THE_END_OF_A_TRIAL = {
    "billing_cycle_anchor": None,
    "missing_payment_method": "create_invoice",
}


@dataclass(slots=True, kw_only=True)
class Invoice(Record):
    """What is to be paid for a period: `draft`, `open`, `paid`, `void` or `uncollectible`.

    `details` are the subscription's metadata, as they were. `payment` is None where nothing is to
    be paid, and while nothing was tried.
    """

    TIMES: ClassVar[tuple[str, ...]] = (
        "created",
        "next_payment_attempt",
        "finalized_at",
        "paid_at",
        "voided_at",
        "period_start",
        "period_end",
    )

    subscription: str
    customer: Customer = field(repr=False)
    amount: int
    currency: str
    billing_reason: str
    details: dict[str, str]
    period_start: float
    period_end: float
    status: str = "draft"
    payment: PaymentIntent | None = None
    attempt_count: int = 0
    next_payment_attempt: float | None = None
    finalized_at: float | None = None
    paid_at: float | None = None
    voided_at: float | None = None

    def payments(self) -> dict[str, Any]:
        """Return the list of its payments, as the API shows it."""
        data = [] if self.payment is None else [self._payment(self.payment)]
        return {
            "object": "list",
            "data": data,
            "has_more": False,
            "url": f"/v1/invoice_payments?invoice={self.id}",
        }

    def _payment(self, payment: PaymentIntent) -> dict[str, Any]:
        is_paid = payment.status == "succeeded"
        return {
            "id": self.id.replace("in_", "inpay_"),
            "object": "invoice_payment",
            "amount_paid": self.amount if is_paid else None,
            "amount_requested": self.amount,
            "created": int(payment.created),
            "currency": self.currency,
            "invoice": self.id,
            "is_default": True,
            "livemode": self.is_live,
            "payment": {"payment_intent": payment.id, "type": "payment_intent"},
            "status": "paid" if is_paid else "open",
            "status_transitions": {"canceled_at": None, "paid_at": _seconds(self.paid_at)},
        }

    def shown(self) -> dict[str, Any]:
        """Return the invoice as the API shows it."""
        paid = self.amount if self.status == "paid" else 0
        return {
            **self.named("invoice"),
            **dict.fromkeys(_ABSENT_OF_INVOICES),
            "account_country": "FI",
            "account_name": "Made-up market",
            "amount_due": self.amount,
            "amount_overpaid": 0,
            "amount_paid": paid,
            "amount_remaining": self.amount - paid,
            "amount_shipping": 0,
            "attempt_count": self.attempt_count,
            "attempted": self.attempt_count > 0,
            "auto_advance": self.status in ("draft", "open"),
            "automatic_tax": {"enabled": False, "liability": None, "status": None},
            "billing_reason": self.billing_reason,
            "collection_method": "charge_automatically",
            "currency": self.currency,
            "customer": self.customer.id,
            "customer_email": self.customer.email,
            "default_tax_rates": [],
            "discounts": [],
            "ending_balance": 0,
            "issuer": {"type": "self"},
            "lines": {
                "object": "list",
                "data": [],
                "has_more": False,
                "url": f"/v1/invoices/{self.id}/lines",
            },
            "metadata": {},
            "next_payment_attempt": _seconds(self.next_payment_attempt),
            "parent": self._parent(),
            "payment_settings": dict.fromkeys(_PAYMENT_SETTINGS),
            "period_end": int(self.period_end),
            "period_start": int(self.period_start),
            "post_payment_credit_notes_amount": 0,
            "pre_payment_credit_notes_amount": 0,
            "starting_balance": 0,
            "status": self.status,
            "status_transitions": self._transitions(),
            "subtotal": self.amount,
            "total": self.amount,
        }

    def _parent(self) -> dict[str, Any]:
        """Return what it was made of: metadata of the subscription stand here, as they were."""
        details = {"metadata": dict(self.details), "subscription": self.subscription}
        kind = "subscription_details"
        return {"quote_details": None, kind: details, "type": kind}

    def _transitions(self) -> dict[str, int | None]:
        return {
            "finalized_at": _seconds(self.finalized_at),
            "marked_uncollectible_at": None,
            "paid_at": _seconds(self.paid_at),
            "voided_at": _seconds(self.voided_at),
        }


@dataclass(slots=True, kw_only=True)
class Subscription(Record):
    """A price paid for period after period.

    `status` is one of Stripe's eight words. `latest_invoice` is None for one that was never billed.
    `is_declined`: the card that is kept does not pay.
    """

    TIMES: ClassVar[tuple[str, ...]] = (
        "created",
        "period_start",
        "period_end",
        "trial_start",
        "trial_end",
        "cancel_at",
        "canceled_at",
        "ended_at",
        "resumes_at",
    )

    customer: Customer = field(repr=False)
    price: Price
    quantity: int
    metadata: dict[str, str]
    status: str
    period_start: float
    period_end: float
    item_id: str = field(default_factory=lambda: new_id("si"))
    trial_start: float | None = None
    trial_end: float | None = None
    cancel_at: float | None = None
    cancel_at_period_end: bool = False
    canceled_at: float | None = None
    ended_at: float | None = None
    ended_for: str | None = None
    pause: str | None = None
    resumes_at: float | None = None
    latest_invoice: Invoice | None = None
    is_declined: bool = False

    @property
    def amount(self) -> int:
        """What a period costs, in the currency's smallest unit."""
        return self.price.amount * self.quantity

    @property
    def has_ended(self) -> bool:
        """Whether it never comes back."""
        return self.status in ENDED

    def shown(self) -> dict[str, Any]:
        """Return the subscription as the API shows it."""
        pause = {"behavior": self.pause, "resumes_at": _seconds(self.resumes_at)}
        return {
            **self.named("subscription"),
            **dict.fromkeys(_ABSENT),
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": int(self.trial_end or self.created),
            "billing_mode": {"flexible": None, "type": "flexible"},
            "billing_schedules": [],
            "cancel_at": _seconds(self.cancel_at),
            "cancel_at_period_end": self.cancel_at_period_end,
            "canceled_at": _seconds(self.canceled_at),
            "cancellation_details": {
                **dict.fromkeys(("comment", "feedback", "feedback_option")),
                "reason": self.ended_for,
            },
            "collection_method": "charge_automatically",
            "currency": self.price.currency,
            "customer": self.customer.id,
            "default_tax_rates": [],
            "discounts": [],
            "ended_at": _seconds(self.ended_at),
            "invoice_settings": {
                **dict.fromkeys(("account_tax_ids", "custom_fields", "description", "footer")),
                "issuer": {"type": "self"},
            },
            "items": {
                "object": "list",
                "data": [self._item()],
                "has_more": False,
                "url": f"/v1/subscription_items?subscription={self.id}",
            },
            "latest_invoice": self.latest_invoice.id if self.latest_invoice else None,
            "metadata": dict(self.metadata),
            "pause_collection": pause if self.pause else None,
            "payment_settings": {
                **dict.fromkeys(("payment_method_options", "payment_method_types")),
                "save_default_payment_method": "off",
            },
            "start_date": int(self.created),
            "status": self.status,
            "trial_end": _seconds(self.trial_end),
            "trial_settings": {"end_behavior": _AT_THE_END_OF_A_TRIAL},
            "trial_start": _seconds(self.trial_start),
        }

    def _item(self) -> dict[str, Any]:
        return {
            "id": self.item_id,
            "object": "subscription_item",
            "billing_thresholds": None,
            "created": int(self.created),
            "current_period_end": int(self.period_end),
            "current_period_start": int(self.period_start),
            "current_trial": None,
            "discounts": [],
            "metadata": {},
            "plan": self.price.plan(is_live=self.is_live),
            "price": self.price.shown(is_live=self.is_live),
            "quantity": self.quantity,
            "subscription": self.id,
            "tax_rates": [],
        }


def _seconds(moment: float | None) -> int | None:
    return None if moment is None else int(moment)
