"""What people see: Stripe's page of a Checkout Session, and the customer portal.

Source: docs.stripe.com/payments/checkout/how-checkout-works, docs.stripe.com/customer-management
(read 2026-11). Whoever has paid is sent back at once; whoever is declined may try again.
"""

from itertools import groupby
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from sandbox.kit.checks import Outcome
from sandbox.kit.pages import add_templates, leave, page
from sandbox.stripe import portal
from sandbox.stripe.billing import CHECKOUT_PAGE, PORTAL_PAGE, Billing
from sandbox.stripe.checkout import CheckoutSession
from sandbox.stripe.operations import outcomes
from sandbox.stripe.portal import PortalSession

TEMPLATES = Path(__file__).parent / "templates"
PAGES = (CHECKOUT_PAGE, PORTAL_PAGE)


class BillingPages:
    """The pages; what a person decides there happens at once."""

    def __init__(self, billing: Billing) -> None:
        """Show the sessions of `billing`."""
        self._billing = billing

    def add_to(self, app: Flask) -> None:
        """Add the routes."""
        add_templates(app, TEMPLATES)
        app.add_url_rule(CHECKOUT_PAGE, view_func=self._checkout, methods=["GET", "POST"])
        app.add_url_rule(PORTAL_PAGE, view_func=self._portal, methods=["GET", "POST"])

    def _checkout(self) -> Response:
        with self._billing.changing():
            session = self._billing.sessions.get(request.values.get("session", ""))
            if session is None or session.status == "expired":
                return page("checkout.html", 404, session=None)
            if session.status == "complete":
                return leave(session.success_url)
            if request.method == "GET":
                return self._open(session)
            word = request.form.get("outcome", "")
            try:
                self._billing.operations.decide(session, word)
            except ValueError as refusal:
                return self._open(session, str(refusal), 400)
            if session.status == "complete":
                return leave(session.success_url)
            if session.status == "expired":
                return page("checkout.html", session=None)
            return self._open(session, "Your card was declined. Try another one.")

    def _open(self, session: CheckoutSession, told: str = "", status: int = 200) -> Response:
        groups = _grouped(outcomes(session.mode))
        return page("checkout.html", status, session=session, told=told, groups=groups)

    def _portal(self) -> Response:
        with self._billing.changing():
            session = self._visited(request.values.get("key", ""))
            if session is None:
                return page("portal.html", 404, session=None)
            told = ""
            if request.method == "POST":
                told = self._act(request.form)
            owned = [
                one
                for one in self._billing.subscriptions.values()
                if one.customer.id == session.customer and not one.has_ended
            ]
            groups = _grouped(portal.CHOICES)
            return page("portal.html", session=session, owned=owned, groups=groups, told=told)

    def _visited(self, key: str) -> PortalSession | None:
        now = self._billing.life.now
        for session in self._billing.records.of(PortalSession):
            if session.key == key and session.opens(now):
                return session
        return None

    def _act(self, form: Any) -> str:
        """Do what somebody has chosen about a subscription; return what to tell."""
        subscription, _, word = form.get("choice", "").partition(" ")
        if word not in {choice.word for choice in portal.CHOICES}:
            return "That cannot be done here."
        try:
            self._billing.operations.actions[word](subscription)
        except (KeyError, ValueError):
            return "That subscription has ended."
        return "Done."


def _grouped(choices: Any) -> list[tuple[str, list[Outcome]]]:
    grouped = groupby(choices, lambda outcome: outcome.group)
    return [(group, list(members)) for group, members in grouped]
