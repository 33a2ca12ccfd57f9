"""Stripe's secrets, and what it knows of people, leave the app by no side door."""

from __future__ import annotations

from sandbox.stripe import Stripe
from tests.integrations.stripe.guest import GUEST
from tests.kit.contracts.checks import CheckLeakContract
from tests.kit.contracts.leaks import LeakContract
from tests.kit.page import Page


class TestStripe(CheckLeakContract):
    """Checks of identities."""

    listed, guests = "stripe", (GUEST,)
    approval, decisions = "verified", ("selfie_face_mismatch", "verified")


class TestBilling(LeakContract):
    """Payments; a link to the customer portal is for whoever has asked for it."""

    listed, guests = "stripe", (GUEST,)
    by_right = ('{"redirectUrl":',)

    def use(self, page: Page) -> None:
        """Buy and settle; let events come in both forms, again, and forged."""
        stripe: Stripe = page.world.vendors[self.listed]
        stripe.thin_endpoint.signing_secrets = list(stripe.endpoint.signing_secrets)
        stripe.thin_endpoint.is_on = True
        for plan, *words in (
            ("membership", "lapse", "recover", "refund", "cancel"),
            ("lead-fee", "dispute"),
            ("card-on-file", "saved"),
        ):
            path = f"/api/billing/{plan}"
            begun = page.send("POST", path, json={"restart": True}).get_json()
            reference = begun.get("transactionReference", "")
            if reference in stripe.billing.sessions:
                stripe.finish(reference, words[0])
                for word in words[1:]:
                    stripe.billing.act(reference, word)
                stripe.resend(reference)
                stripe.forge(reference, "paid")
            page.send("POST", f"{path}/portal", json={})
            page.send("GET", f"{path}?fresh=true")
