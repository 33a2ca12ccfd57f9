"""The API of billing: who may ask, which fields there are, and what is answered.

Source: docs.stripe.com/api (Checkout Sessions, subscriptions, invoices, invoice payments, payment
intents, charges, refunds, disputes, customer portal), and the types of `stripe` 16.1.0 for Python
(read 2026-11). What only an operator needs is here as far as it is needed beside the Dashboard.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, jsonify

from sandbox.stripe import checkout, portal
from sandbox.stripe.api import (
    METADATA,
    Field,
    Fields,
    Key,
    boolean,
    expanded,
    metadata,
    number,
    one_of,
    presented,
    read_form,
    read_query,
    refuse,
    text,
)
from sandbox.stripe.billing import Billing
from sandbox.stripe.catalog import PRICES
from sandbox.stripe.checkout import CheckoutSession
from sandbox.stripe.expansion import EXPAND, expand
from sandbox.stripe.payments import Charge, Customer, Dispute, PaymentIntent
from sandbox.stripe.records import Record
from sandbox.stripe.subscriptions import Invoice, Subscription

SESSIONS = "/v1/checkout/sessions"
SUBSCRIPTIONS = "/v1/subscriptions"
PORTAL = "/v1/billing_portal/sessions"
# What can be retrieved by its id: where, and what it is called when it is not there.
RETRIEVED: dict[str, tuple[type[Record], str]] = {
    SESSIONS: (CheckoutSession, "checkout.session"),
    SUBSCRIPTIONS: (Subscription, "subscription"),
    "/v1/payment_intents": (PaymentIntent, "payment_intent"),
    "/v1/charges": (Charge, "charge"),
    "/v1/disputes": (Dispute, "dispute"),
    "/v1/invoices": (Invoice, "invoice"),
    "/v1/customers": (Customer, "customer"),
}
_LIMIT = number("limit", 1, 100)
_PAYMENT = r"payment\[(payment_intent|type)\]"
CHANGED = (
    boolean("cancel_at_period_end"),
    one_of(r"pause_collection\[behavior\]", "void", "keep_as_draft", "mark_uncollectible"),
    METADATA,
    EXPAND,
)


class BillingApi:
    """The routes of billing."""

    def __init__(self, billing: Billing) -> None:
        """Answer for `billing`."""
        self._billing = billing
        self._records = billing.records

    def add_to(self, app: Flask) -> None:
        """Add the routes."""
        for path, (kind, word) in RETRIEVED.items():
            app.add_url_rule(
                f"{path}/<record_id>", f"retrieve {word}", self._retrieving(kind, word)
            )
        app.post(SESSIONS)(self._open_session)
        app.get(SESSIONS)(self._list_sessions)
        app.post(f"{SESSIONS}/<session_id>/expire")(self._expire_session)
        app.post(f"{SUBSCRIPTIONS}/<subscription_id>")(self._change_subscription)
        app.delete(f"{SUBSCRIPTIONS}/<subscription_id>")(self._cancel_subscription)
        app.get("/v1/prices/<price_id>")(self._show_price)
        app.get("/v1/invoice_payments")(self._list_invoice_payments)
        app.get("/v1/disputes")(self._list_disputes)
        app.post("/v1/refunds")(self._refund)
        app.post(PORTAL)(self._open_portal)

    def _retrieving(self, kind: type[Record], word: str) -> Callable[[str], Response]:
        def retrieve(record_id: str) -> Response:
            key, fields = self._asked(EXPAND)
            with self._billing.changing():
                record = self._records.asked(kind, record_id, key, word)
                return jsonify(self._shown(record, fields))

        return retrieve

    # Checkout

    def _open_session(self) -> Response:
        key = self._key()
        fields = read_form(*checkout.ASKED)
        price, quantity = checkout.check(fields, self._billing.life.now)
        customer = fields.get("customer")
        if customer is not None:
            self._records.asked(Customer, customer, key, "customer")

        def make() -> Response:
            with self._billing.changing():
                session = self._billing.open_session(fields, price, quantity, key)
                return jsonify(self._shown(session, fields))

        return self._billing.account.make_once(fields, make)

    def _list_sessions(self) -> Response:
        named = ("payment_intent", "subscription", "customer")
        fields_known = [text(name, 255) for name in named]
        statuses = one_of("status", "open", "complete", "expired")
        begins = number(r"created\[gte\]", 0, 10**11)
        key, fields = self._asked(*fields_known, statuses, begins, _LIMIT, EXPAND)
        with self._billing.changing():
            found = [
                session
                for session in reversed(self._records.of(CheckoutSession))
                if session.is_live is key.is_live
                and session.begun_at >= int(fields.get("created[gte]", "0"))
                and all(
                    getattr(session, name) == fields[name]
                    for name in (*named, "status")
                    if name in fields
                )
            ]
            return self._listed(SESSIONS, [one.shown() for one in found], fields)

    def _show_price(self, price_id: str) -> Response:
        """Show a price of the key's mode: the one of the other mode is named in the refusal."""
        key, fields = self._asked(EXPAND)
        price = PRICES.get(price_id)
        if price is None:
            refuse(404, f"No such price: '{price_id[:80]}'", "resource_missing", "price")
        if key.is_live and price.is_test_only:
            told = "a similar object exists in test mode, but a live mode key was used"
            missing = f"No such price: '{price_id[:80]}'; {told} to make this request."
            refuse(404, missing, "resource_missing", "price")
        return jsonify(expand(price.shown(is_live=key.is_live), expanded(fields), self._find))

    def _expire_session(self, session_id: str) -> Response:
        key = self._key()
        fields = read_form(EXPAND)
        with self._billing.changing():
            session = self._records.asked(CheckoutSession, session_id, key, "checkout.session")
            if session.status != "open":
                refuse(400, "Only Checkout Sessions with a status of `open` can be expired.")
            self._billing.life.expire(session)
            return jsonify(self._shown(session, fields))

    # Subscriptions

    def _change_subscription(self, subscription_id: str) -> Response:
        key = self._key()
        fields = read_form(*CHANGED)
        with self._billing.changing():
            one = self._living(subscription_id, key)
            if "cancel_at_period_end" in fields:
                ends = fields["cancel_at_period_end"] == "true"
                self._billing.operations.plan_end(one, ends=ends)
            if "pause_collection[behavior]" in fields:
                one.pause = fields["pause_collection[behavior]"]
            one.metadata |= metadata(fields)
            return jsonify(self._shown(one, fields))

    def _cancel_subscription(self, subscription_id: str) -> Response:
        key, fields = self._asked(EXPAND)
        with self._billing.changing():
            one = self._living(subscription_id, key)
            self._billing.life.end(one, "cancellation_requested")
            return jsonify(self._shown(one, fields))

    def _living(self, subscription_id: str, key: Key) -> Subscription:
        one = self._records.asked(Subscription, subscription_id, key, "subscription")
        if one.has_ended:
            refuse(404, f"No such subscription: '{one.id}'", "resource_missing", "id")
        return one

    # Payments

    def _list_invoice_payments(self) -> Response:
        payment = text(_PAYMENT, 255)
        states = one_of("status", "open", "paid", "canceled")
        key, fields = self._asked(text("invoice", 255), payment, states, _LIMIT, EXPAND)
        if "payment[payment_intent]" in fields and fields.get("payment[type]") != "payment_intent":
            refuse(400, "The type of a payment is needed", "parameter_missing", "payment[type]")
        with self._billing.changing():
            found = [
                shown
                for invoice in reversed(self._records.of(Invoice))
                if invoice.is_live is key.is_live and fields.get("invoice") in (None, invoice.id)
                for shown in invoice.payments()["data"]
                if fields.get("status") in (None, shown["status"])
                and fields.get("payment[payment_intent]")
                in (None, shown["payment"]["payment_intent"])
            ]
            return self._listed("/v1/invoice_payments", found, fields)

    def _list_disputes(self) -> Response:
        key, fields = self._asked(text("charge", 255), text("payment_intent", 255), _LIMIT, EXPAND)
        with self._billing.changing():
            shown = [one.shown() for one in reversed(self._records.of(Dispute))]
            found = [
                one
                for one in shown
                if one["livemode"] is key.is_live
                and fields.get("charge") in (None, one["charge"])
                and fields.get("payment_intent") in (None, one["payment_intent"])
            ]
            return self._listed("/v1/disputes", found, fields)

    def _refund(self) -> Response:
        key = self._key()
        amount = number("amount", 1, 10**8)
        fields = read_form(text("charge", 255), text("payment_intent", 255), amount, EXPAND)
        if ("charge" in fields) is ("payment_intent" in fields):
            refuse(400, "One of charge and payment_intent is needed", "parameter_missing", "charge")
        with self._billing.changing():
            operations = self._billing.operations
            if "charge" in fields:
                charge = self._records.asked(Charge, fields["charge"], key, "charge")
            else:
                asked = fields["payment_intent"]
                payment = self._records.asked(PaymentIntent, asked, key, "payment_intent")
                charge = operations.charge_of(payment.id)
            try:
                refund = operations.refund(charge, _amount(fields))
            except ValueError as refusal:
                refuse(400, str(refusal), "charge_already_refunded", "amount")
            return jsonify(refund.shown())

    # The customer portal

    def _open_portal(self) -> Response:
        key = self._key()
        fields = read_form(*portal.ASKED)
        if "customer" not in fields:
            refuse(400, "Missing required param: customer.", "parameter_missing", "customer")
        if fields.get("configuration", portal.CONFIGURATION) != portal.CONFIGURATION:
            refuse(400, "No such configuration", "resource_missing", "configuration")
        if not self._billing.portal_is_configured:
            refuse(400, "Save your customer portal settings in the Dashboard first.")
        with self._billing.changing():
            customer = self._records.asked(Customer, fields["customer"], key, "customer")
            session = self._billing.open_portal(customer.id, fields.get("return_url"), key)
            return jsonify(session.shown())

    # What all of them do

    def _key(self) -> Key:
        return presented(self._billing.account.keys)

    def _asked(self, *fields: Field) -> tuple[Key, Fields]:
        return self._key(), read_query(*fields)

    def _shown(self, record: Record, fields: Fields) -> dict[str, Any]:
        return expand(record.shown(), expanded(fields), self._find)

    def _find(self, record_id: str) -> dict[str, Any]:
        """Return an object by its id, or what is included in an invoice on request."""
        invoice_id, _, included = record_id.partition("/")
        if included:
            return self._records.get(Invoice, invoice_id).payments()
        return self._records.shown(record_id)

    def _listed(self, url: str, found: list[dict[str, Any]], fields: Fields) -> Response:
        limit = int(fields.get("limit", "10"))
        listed = {"object": "list", "url": url, "has_more": len(found) > limit}
        document = listed | {"data": found[:limit]}
        return jsonify(expand(document, expanded(fields), self._find))


def _amount(fields: Fields) -> int | None:
    return int(fields["amount"]) if "amount" in fields else None
