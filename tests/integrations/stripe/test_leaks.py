"""Stripe's secrets, and what it knows of people, leave the app by no side door."""

from __future__ import annotations

from tests.integrations.stripe.guest import GUEST
from tests.kit.contracts.leaks import LeakContract
from tests.kit.page import Page


class TestStripe(LeakContract):
    """Checks of identities."""

    listed, guests = "stripe", (GUEST,)

    def use(self, page: Page) -> None:
        """Begin and finish checks; forge and repeat callbacks."""
        stripe = page.world.vendors["stripe"]
        begun = page.send("POST", "/api/id-verification", json={"restart": True}).get_json()
        page.send("GET", "/api/id-verification")
        session = begun.get("transactionReference", "")
        if session in stripe.transactions:
            stripe.forge(session, "verified")
            stripe.finish(session, "selfie_face_mismatch")
            stripe.finish(session, "verified")
            stripe.resend(session)
        page.send("GET", "/api/id-verification")
