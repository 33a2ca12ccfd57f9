"""The endpoints of the Marketplace API through which Sharetribe keeps users' accounts at Stripe.

Source: sharetribe.com/api-reference, "Stripe Account", "Stripe Account Links", "Stripe Customer",
"Stripe Payment Method", "Stripe Setup Intents"; read 2026-11-30. A limited session of "log in as"
changes none of it (sharetribe.com/docs, "Log in as user"). There is no Stripe here: everything
about it is made up, an account is complete at once, and the link to Stripe's form leads back.
"""

import secrets
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Flask, Response

from sandbox.sharetribe import documents
from sandbox.sharetribe import parameters as read
from sandbox.sharetribe.access import FULL_SCOPES, require_user
from sandbox.sharetribe.documents import Resource
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.resources import stripe_account, stripe_customer
from sandbox.sharetribe.users import User

_ACCOUNT: dict[str, read.Reader] = {
    "accountToken": read.text,
    "bankAccountToken": read.text,
    "businessProfileMCC": read.text,
    "businessProfileURL": read.text,
    "businessProfileProductDescription": read.text,
    "requestedCapabilities": read.several(read.text),
}
_LINK: dict[str, read.Reader] = {
    "successURL": read.text,
    "failureURL": read.text,
    "type": read.text,
    "collect": read.text,
    "collectionOptions": read.mapping,
}
_CARD = {"stripePaymentMethodId": read.text}


class PaymentApi:
    """`stripe_account`, `stripe_account_links`, `stripe_customer`, `stripe_setup_intents`."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve the users and tokens of `marketplace`."""
        self._marketplace = marketplace

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        app.add_url_rule("/v1/api/stripe_account/fetch", view_func=self.fetch_account)
        for path, view in (
            ("stripe_account/create", self.create_account),
            ("stripe_account/update", self.update_account),
            ("stripe_account_links/create", self.create_link),
            ("stripe_customer/create", self.create_customer),
            ("stripe_customer/add_payment_method", self.add_card),
            ("stripe_customer/delete_payment_method", self.delete_card),
            ("stripe_setup_intents/create", self.create_setup_intent),
        ):
            app.add_url_rule(f"/v1/api/{path}", view_func=view, methods=["POST"])

    def fetch_account(self) -> Response:
        """Answer `GET stripe_account/fetch`."""
        user = require_user(self._marketplace)
        read.read_query({})
        account = stripe_account(user)
        if account is None:
            raise ApiError(404, "not-found")
        return documents.found(account)

    def create_account(self) -> Response:
        """Answer `POST stripe_account/create`; who has one already gets no other."""
        user = self._user()
        read.read_body({"country": read.text, **_ACCOUNT}, required=("country",))
        if user.stripe_connected:
            raise ApiError(409, "conflict")
        user.stripe_connected = True
        return _written(stripe_account(user))

    def update_account(self) -> Response:
        """Answer `POST stripe_account/update`, which changes nothing here."""
        user = self._user()
        read.read_body(_ACCOUNT)
        return _written(stripe_account(user))

    def create_link(self) -> Response:
        """Answer `POST stripe_account_links/create`."""
        user = self._user()
        asked = read.read_body(_LINK, required=("successURL", "failureURL", "type"))
        if not user.stripe_connected:
            raise ApiError(409, "conflict")
        expires_at = self._marketplace.now() + timedelta(minutes=5)
        attributes: dict[str, Any] = {"url": asked["successURL"], "expiresAt": expires_at}
        return documents.written(Resource("stripeAccountLink", str(uuid4()), attributes))

    def create_customer(self) -> Response:
        """Answer `POST stripe_customer/create`."""
        user = self._user()
        asked = read.read_body({**_CARD, "stripeCustomerEmail": read.text})
        if user.is_stripe_customer:
            raise ApiError(409, "conflict")
        user.is_stripe_customer, user.card = True, asked.get("stripePaymentMethodId")
        return _written(stripe_customer(user))

    def add_card(self) -> Response:
        """Answer `POST stripe_customer/add_payment_method`; a customer has one at most."""
        user = self._user()
        asked = read.read_body(_CARD, required=tuple(_CARD))
        if user.card is not None:
            raise ApiError(409, "conflict")
        return self._carded(user, asked["stripePaymentMethodId"])

    def delete_card(self) -> Response:
        """Answer `POST stripe_customer/delete_payment_method`."""
        user = self._user()
        read.read_body({})
        return self._carded(user, None)

    def create_setup_intent(self) -> Response:
        """Answer `POST stripe_setup_intents/create`."""
        self._user()
        read.read_body({})
        intent = f"seti_{secrets.token_hex(12)}"
        secret = f"{intent}_secret_{secrets.token_hex(12)}"
        attributes = {"stripeSetupIntentId": intent, "clientSecret": secret}
        return documents.written(Resource("stripeSetupIntent", str(uuid4()), attributes))

    def _user(self) -> User:
        return require_user(self._marketplace, FULL_SCOPES)

    @staticmethod
    def _carded(user: User, card: str | None) -> Response:
        if user.is_stripe_customer:
            user.card = card
        return _written(stripe_customer(user))


def _written(resource: Resource | None) -> Response:
    if resource is None:
        raise ApiError(409, "conflict")
    return documents.written(resource)
