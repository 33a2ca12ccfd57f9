"""What the tests of Stripe's billing stand on: an account that sells, and forms that begin."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from sandbox.stripe import Stripe
from sandbox.stripe.billing_api import SESSIONS
from sandbox.stripe.catalog import LEAD_FEE, MEMBERSHIP
from sandbox.stripe.checkout import CheckoutSession
from sandbox.stripe.subscriptions import Subscription
from tests.clock import Clock

NOW = 1_796_000_000.0
FORM_TYPE = "application/x-www-form-urlencoded"
SUCCESS = "https://market.example/back?session={CHECKOUT_SESSION_ID}"
_LINE = {"line_items[0][quantity]": "1", "line_items[0][price]": MEMBERSHIP.id}
FORMS: dict[str, dict[str, str]] = {
    "subscription": {"mode": "subscription", "success_url": SUCCESS, **_LINE},
    "payment": {
        "mode": "payment",
        "success_url": SUCCESS,
        **_LINE,
        "line_items[0][price]": LEAD_FEE.id,
    },
    "setup": {"mode": "setup", "success_url": SUCCESS, "currency": "eur"},
}


class Shop:
    """An account that sells by a clock that tests move, and a client written from Stripe's docs."""

    def __init__(self) -> None:
        self.clock = Clock(NOW)
        self.stripe = Stripe(clock=self.clock)
        self.billing = self.stripe.billing
        self.web = self.stripe.app.test_client()

    def send(self, method: str, path: str, form: object = None, **headers: str) -> Any:
        """Send a request with the secret key; a mapping goes as a form."""
        usual = {"Authorization": f"Bearer {self.stripe.api_key}", "Content-Type": FORM_TYPE}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = urlencode(form) if isinstance(form, dict) else form
        return self.web.open(path, method=method, data=data, headers=usual | named)

    def begun(self, mode: str = "subscription", **changes: str) -> str:
        """Return the id of a session that has begun."""
        answer = self.send("POST", SESSIONS, FORMS[mode] | changes)
        assert 200 == answer.status_code, answer.text
        session_id: str = answer.get_json()["id"]
        return session_id

    def paid(self, mode: str = "subscription", outcome: str = "paid", **changes: str) -> str:
        """Return the id of a session that is complete."""
        session_id = self.begun(mode, **changes)
        self.billing.finish(session_id, outcome)
        return session_id

    def session(self, session_id: str) -> CheckoutSession:
        """Return a session."""
        return self.billing.sessions[session_id]

    def subscribed(self, outcome: str = "paid") -> str:
        """Return the id of a subscription."""
        subscription = self.session(self.paid("subscription", outcome)).subscription
        assert subscription is not None
        return subscription

    def member(self) -> Subscription:
        """Return a new subscription as the account has it."""
        subscription_id = self.subscribed()
        return self.billing.subscriptions[subscription_id]

    def shown(self, path: str, **query: str) -> dict[str, Any]:
        """Return what is answered at a path."""
        answer: dict[str, Any] = self.send("GET", f"{path}?{urlencode(query)}").get_json()
        return answer

    def subscription(self, subscription_id: str) -> dict[str, Any]:
        """Return a subscription with its latest invoice."""
        return self.shown(f"/v1/subscriptions/{subscription_id}", **{"expand[]": "latest_invoice"})

    def told(self) -> list[str]:
        """Return the types of what was told since the last time."""
        kinds = [notice.kind for notice in self.billing.told]
        self.billing.told.clear()
        return kinds
