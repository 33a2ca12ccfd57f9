"""Stripe Billing: a Checkout Session for each start, and what goes on after it.

Source: docs.stripe.com/payments/checkout, docs.stripe.com/api (Checkout Sessions, subscriptions,
customer portal, metadata, expanding objects), and `stripe` 16.1.0 for Python, which is made from
Stripe's description (all read 2026-11).

A session lives for a day: its metadata hold the sealed reference, and travel nowhere. What it makes
goes on, a subscription for years and a payment until it is given back, and names its owner in
plain (`integrations.stripe.owner`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from integrations.stripe.api import StripeApi
from integrations.stripe.doorbells import as_stripe_id, read_event
from integrations.stripe.lease import judge
from integrations.stripe.owner import as_metadata, read_owner
from integrations.stripe.payments import Payments, subscription_of
from integrations.stripe.probes import of_billing
from proxy.vendors import (
    Answer,
    Billing,
    Callback,
    Case,
    Hmac,
    Limits,
    Plan,
    Probe,
    Reason,
    RequestHeaders,
    Result,
    Started,
    StartRequest,
    Status,
    UpstreamUnavailable,
    Waiting,
    as_object,
    as_text,
    as_unix_time,
    as_url,
    as_word,
)

_SESSIONS, _PORTAL = "/v1/checkout/sessions", "/v1/billing_portal/sessions"
_CUSTOMER = "customerId"
# The data of what a session makes, by its mode.
_MADE = {
    "payment": "payment_intent_data",
    "setup": "setup_intent_data",
    "subscription": "subscription_data",
}
# docs.stripe.com/api/checkout/sessions, `locale` (read 2026-11); Taiwan's before Hong Kong's, for
# whoever says no region.
# fmt: off
_LOCALES = (
    "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA",
    "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR",
    "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-TW", "zh-HK",
)
# fmt: on
_OTHER_MODE = Waiting(
    Reason("livemode", "It is of Stripe's other mode (test or live), so it does not count.")
)
# Of somebody else at the same account: it names none of our users, so it counts for nobody.
_NOBODYS = Result(Status.FAILED, reason=Reason("unknown", "It was not begun here."))


class StripeBilling(Billing):
    """Stripe as a vendor of payments; the carrier is `metadata[reference]` of the session."""

    name = "stripe"
    limits = Limits(reference=500, callback_url=None, success_url=5000, error_url=5000)
    locales = _LOCALES
    return_url: str
    case_ids = (_CUSTOMER,)
    # Checkout holds people back until an event is answered; for how long is not published.
    answer_seconds = 9.0

    def __init__(
        self,
        api: StripeApi,
        proof: Hmac,
        plans: Mapping[str, Plan],
        *,
        return_url: str,
        currency: str = "",
    ) -> None:
        """`return_url` is as Reference has it: a session cannot be without one.

        A `currency` decides by which ways to pay a card can be saved; without it, cards alone.
        """
        self._api = api
        self._plans = dict(plans)
        self._payments = Payments(api)
        self.return_url = return_url
        self._currency = currency
        # What was paid for in one mode does not count in the other.
        self._mode = "live" if api.is_live else "test"
        self.subjects = dict.fromkeys(plans, self._mode)
        self.proof = proof
        self.upstreams = (api.upstream,)

    def probes(self) -> Sequence[Probe]:
        """Return those of the key and of what is configured; see Part.probes."""
        return tuple(of_billing(self._api, self._plans))

    def start(self, request: StartRequest) -> Started:
        """Begin a session; see Reference.start.

        The key is one of the body, so that the same click sent twice begins one session. Another
        one, a second later, costs nothing: nobody pays twice without going to a second page.
        """
        form = self._form(request)
        key = sha256(urlencode(form).encode()).hexdigest()
        answer = self._api.make(_SESSIONS, form, key)
        session = answer.json_object()
        session_id = as_stripe_id(session.get("id"), "cs_test", "cs_live")
        url = as_url(session.get("url"))
        begins, ends = (as_unix_time(session.get(name)) for name in ("created", "expires_at"))
        if session_id is None or url is None or begins is None or ends is None:
            raise UpstreamUnavailable(answer.upstream, "a session without id, url or times")
        return Started(Case(session_id), url, int((ends - begins).total_seconds()))

    def _form(self, request: StartRequest) -> dict[str, str]:
        if request.person is None or request.owner is None:
            raise ValueError("a payment is somebody's")
        plan = self._plans[request.subject]
        form = {
            "mode": plan.mode,
            "success_url": request.success_url or self.return_url,
            "client_reference_id": request.pseudonym,
            "customer_email": request.person.email,
            "metadata[reference]": request.reference,
        }
        if request.error_url:
            form["cancel_url"] = request.error_url
        if request.locale:
            form["locale"] = request.locale
        if plan.mode != "subscription":
            # Only a customer can go to the portal, and have a card kept there.
            form["customer_creation"] = "always"
        if plan.mode != "setup":
            form |= {"line_items[0][price]": plan.price, "line_items[0][quantity]": "1"}
        elif self._currency:
            form["currency"] = self._currency
        else:
            form["allowed_payment_method_types[0]"] = "card"
        for name, value in as_metadata(request.owner).items():
            form[f"{_MADE[plan.mode]}[metadata][{name}]"] = value
        return form

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:  # noqa: ARG002 - all is in the body
        """Read an event, with a snapshot or thin; see CalledBack.read_callback."""
        return read_event(self.name, body, is_live=self._api.is_live)

    def fetch_result(self, case: Case, *, finished: bool) -> Result | Waiting | None:  # noqa: ARG002 - the same requests either way
        """Retrieve what a case names: a session, or what goes on; see Reference.fetch_result.

        An event may also name what leads there: an invoice, a charge, a dispute.
        """
        kind = case.reference.partition("_")[0]
        asked = _ASKED.get(kind)
        result = None if asked is None else asked(self, case.reference)
        return replace(result, version=self._mode) if isinstance(result, Result) else result

    def _of_session(self, session_id: str) -> Result | Waiting | None:
        found = self._found(
            f"{_SESSIONS}/",
            session_id,
            "subscription.latest_invoice",
            "payment_intent.latest_charge",
        )
        if not isinstance(found, tuple):
            return found
        session, now = found
        result = self._judged(session, now)
        if not isinstance(result, Result):
            return result
        reference = as_text(as_object(session.get("metadata")).get("reference"))
        return replace(result, echoed_reference=reference)

    def _judged(self, session: Mapping[str, Any], now: datetime) -> Result | Waiting | None:
        status, mode = as_text(session.get("status")), as_text(session.get("mode"))
        if status in (None, "open"):
            return None
        if status == "expired":
            reason = Reason("expired", "Nobody has paid in time.")
            return Result(Status.EXPIRED, reason=reason, details=_details(mode, session))
        if status != "complete" or mode not in _MADE:
            return Waiting(Reason(as_word(status), "The session is in a state that is not known."))
        if mode == "subscription":
            return self._of_subscription_in(as_object(session.get("subscription")), now)
        if mode == "setup":
            details = _details(mode, session, setupIntentId=session.get("setup_intent"))
            return Result(Status.SAVED, details=details)
        if session.get("payment_status") == "no_payment_required":
            return Result(Status.PAID, details=_details(mode, session))
        return self._of_payment_in(as_object(session.get("payment_intent")))

    def _of_payment(self, payment_id: str) -> Result | Waiting | None:
        found = self._found("/v1/payment_intents/", payment_id, "latest_charge")
        if not isinstance(found, tuple):
            return found
        payment, _ = found
        if read_owner(payment) is None:
            # Metadata do not travel to the payments of a subscription.
            subscription_id = self._payments.subscription_of(payment_id)
            if subscription_id is not None:
                return self._of_subscription(subscription_id)
        return self._of_payment_in(payment)

    def _of_payment_in(self, payment: Mapping[str, Any]) -> Result | Waiting:
        """Return how an expanded payment stands; once it is made, it goes on under its own id."""
        result = self._payments.judge(payment)
        payment_id = as_stripe_id(payment.get("id"), "pi")
        if isinstance(result, Waiting) or payment_id is None:
            return result
        details = _details("payment", payment, paymentIntentId=payment_id)
        return replace(result, details=details, case=Case(payment_id), owner=read_owner(payment))

    def _of_subscription(self, subscription_id: str) -> Result | Waiting | None:
        found = self._found("/v1/subscriptions/", subscription_id, "latest_invoice")
        return self._of_subscription_in(*found) if isinstance(found, tuple) else found

    def _of_subscription_in(
        self, subscription: Mapping[str, Any], now: datetime
    ) -> Result | Waiting:
        invoice, taken_back = as_object(subscription.get("latest_invoice")), None
        if subscription.get("status") == "active":
            taken_back = self._payments.taken_back_of(invoice)
        result = judge(subscription, taken_back, now)
        subscription_id = as_stripe_id(subscription.get("id"), "sub")
        if isinstance(result, Waiting) or subscription_id is None:
            return result
        details = _details("subscription", subscription, subscriptionId=subscription_id)
        ids = {name: details[name] for name in self.case_ids if name in details}
        return replace(
            result,
            details=details,
            case=Case(subscription_id, ids),
            owner=read_owner(subscription),
        )

    def _of_invoice(self, invoice_id: str) -> Result | Waiting | None:
        found = self._found("/v1/invoices/", invoice_id)
        if not isinstance(found, tuple):
            return found
        subscription_id = subscription_of(found[0])
        return _NOBODYS if subscription_id is None else self._of_subscription(subscription_id)

    def _of_charge(self, charge_id: str) -> Result | Waiting | None:
        return self._of_its_payment("/v1/charges/", charge_id)

    def _of_dispute(self, dispute_id: str) -> Result | Waiting | None:
        return self._of_its_payment("/v1/disputes/", dispute_id)

    def _of_its_payment(self, place: str, object_id: str) -> Result | Waiting | None:
        found = self._found(place, object_id)
        if not isinstance(found, tuple):
            return found
        payment_id = as_stripe_id(found[0].get("payment_intent"), "pi")
        return _NOBODYS if payment_id is None else self._of_payment(payment_id)

    def _found(
        self, place: str, object_id: str, *expanded: str
    ) -> tuple[dict[str, Any], datetime] | Waiting | None:
        """Return an object and the time at Stripe; None where it is not there."""
        query = {f"expand[{number}]": name for number, name in enumerate(expanded)}
        answer = self._api.find(f"{place}{quote(object_id, safe='')}", query=query or None)
        if answer is None:
            return None
        found = answer.agreed_object()
        if found.get("livemode") is not self._api.is_live:
            return _OTHER_MODE
        return found, _time_of(answer)

    def portal(self, case: Case, return_url: str | None) -> str:
        """Return a page of the customer portal; see Billing.portal."""
        customer = as_stripe_id(case.ids.get(_CUSTOMER), "cus")
        if customer is None:
            raise UpstreamUnavailable(self.name, "no customer is known")
        form = {"customer": customer, "return_url": return_url or self.return_url}
        answer = self._api.call("POST", _PORTAL, form=form)
        url = as_url(answer.json_object().get("url"))
        if url is None:
            raise UpstreamUnavailable(answer.upstream, "a portal session without url")
        return url


_Asked = Callable[[StripeBilling, str], Result | Waiting | None]
# How the object of an id is asked about, by what ids of its kind begin with.
_ASKED: Mapping[str, _Asked] = {
    "cs": StripeBilling._of_session,
    "sub": StripeBilling._of_subscription,
    "pi": StripeBilling._of_payment,
    "in": StripeBilling._of_invoice,
    "ch": StripeBilling._of_charge,
    "py": StripeBilling._of_charge,
    "du": StripeBilling._of_dispute,
    "dp": StripeBilling._of_dispute,
}


def _details(mode: str | None, told: Mapping[str, Any], **ids: object) -> dict[str, str]:
    """Return what is kept of an object besides how it stands: ids, which its operator looks up."""
    known = {_CUSTOMER: as_stripe_id(told.get("customer"), "cus")}
    known |= {name: as_stripe_id(value) for name, value in ids.items()}
    return {"mode": mode or "", **{name: value for name, value in known.items() if value}}


def _time_of(answer: Answer) -> datetime:
    """Return when an answer was given: by its own clock (RFC 9110, 6.6.1), else by ours."""
    try:
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return datetime.fromtimestamp(time.time(), UTC)
    return told if told.tzinfo else told.replace(tzinfo=UTC)
