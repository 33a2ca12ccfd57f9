"""Payments at Stripe: whether one was made, and whether it was taken back since.

Source: docs.stripe.com (how PaymentIntents work, refunds, how disputes work), docs.stripe.com/api
(payment intents, charges, disputes, invoice payments; read 2026-11). A session that was paid for
goes on saying `paid` when all of it is given back, and an invoice too: only the charge tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.stripe.api import StripeApi
from integrations.stripe.doorbells import as_stripe_id
from proxy.vendors import (
    Reason,
    Result,
    Status,
    UpstreamUnavailable,
    Waiting,
    as_integer,
    as_object,
    as_text,
    as_word,
)

_DISPUTES, _INVOICE_PAYMENTS = "/v1/disputes", "/v1/invoice_payments"
_REFUNDED = Reason("refunded", "The payment was given back.")
_DISPUTED = Reason("disputed", "Whoever paid has disputed it.")
# Of a dispute: it was decided for the operator, or is an inquiry, which takes no money.
_HARMLESS = frozenset(
    {"won", "prevented", "warning_closed", "warning_needs_response", "warning_under_review"}
)
_FAILED = ("requires_payment_method", "canceled")


class Payments:
    """Asks about payments; everything here raises UpstreamUnavailable and UpstreamRefused."""

    def __init__(self, api: StripeApi) -> None:
        self._api = api

    def judge(self, payment: Mapping[str, Any]) -> Result | Waiting:
        """Return how a payment intent stands; its latest charge is expanded."""
        word = as_text(payment.get("status"))
        if word in _FAILED:
            error = as_object(payment.get("last_payment_error"))
            code = as_text(error.get("decline_code")) or as_text(error.get("code")) or word
            return Result(Status.FAILED, reason=Reason(as_word(code), "The payment has failed."))
        if word != "succeeded":
            return Waiting(Reason(as_word(word), "The payment is on its way."))
        reason = self._taken_back(payment)
        return Result(Status.FAILED if reason else Status.PAID, reason=reason)

    def taken_back_of(self, invoice: Mapping[str, Any]) -> Reason | None:
        """Return why what was paid of an invoice does not count, None where all of it does."""
        if invoice.get("status") != "paid" or as_integer(invoice.get("amount_paid")) == 0:
            return None
        invoice_id = as_stripe_id(invoice.get("id"), "in")
        if invoice_id is None:
            raise UpstreamUnavailable(self._api.upstream.name, "an invoice without an id")
        query = {
            "invoice": invoice_id,
            "status": "paid",
            "expand[0]": "data.payment.payment_intent.latest_charge",
        }
        for one in self._listed(_INVOICE_PAYMENTS, query):
            payment = as_object(one.get("payment"))
            # What was paid elsewhere is not given back here.
            if payment.get("type") == "payment_intent":
                reason = self._taken_back(as_object(payment.get("payment_intent")))
                if reason is not None:
                    return reason
        return None

    def subscription_of(self, payment_id: str) -> str | None:
        """Return the id of the subscription that a payment was for, None where it was for none."""
        query = {
            "payment[type]": "payment_intent",
            "payment[payment_intent]": payment_id,
            "expand[0]": "data.invoice",
        }
        for one in self._listed(_INVOICE_PAYMENTS, query):
            found = subscription_of(as_object(one.get("invoice")))
            if found is not None:
                return found
        return None

    def _taken_back(self, payment: Mapping[str, Any]) -> Reason | None:
        charge = as_object(payment.get("latest_charge"))
        refunded, disputed = charge.get("refunded"), charge.get("disputed")
        if not isinstance(refunded, bool) or not isinstance(disputed, bool):
            raise UpstreamUnavailable(self._api.upstream.name, "a payment without a charge")
        if refunded:
            return _REFUNDED
        return _DISPUTED if disputed and self._is_disputed(payment) else None

    def _is_disputed(self, payment: Mapping[str, Any]) -> bool:
        """Tell whether a dispute is open or lost: the charge says no more than that there was one.

        One that is not listed yet is open.
        """
        payment_id = as_stripe_id(payment.get("id"), "pi")
        if payment_id is None:
            raise UpstreamUnavailable(self._api.upstream.name, "a payment without an id")
        query = {"payment_intent": payment_id, "limit": "100"}
        statuses = [as_text(one.get("status")) for one in self._listed(_DISPUTES, query)]
        return not statuses or any(status not in _HARMLESS for status in statuses)

    def _listed(self, path: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        answer = self._api.call("GET", path, query=query)
        data = answer.agreed_object().get("data")
        if not isinstance(data, list):
            raise UpstreamUnavailable(answer.upstream, "a list without data")
        return map(as_object, data)


def subscription_of(invoice: Mapping[str, Any]) -> str | None:
    """Return the id of the subscription that an invoice is of, None where it is of none."""
    parent = as_object(as_object(invoice.get("parent")).get("subscription_details"))
    return as_stripe_id(parent.get("subscription"), "sub")
