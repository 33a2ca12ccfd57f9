"""Onfido's secrets, and what its workflow puts out of people, leave the app by no side door."""

from __future__ import annotations

from tests.integrations.onfido.guest import GUEST
from tests.kit.contracts.leaks import LeakContract
from tests.kit.page import Page


class TestOnfido(LeakContract):
    """Its checks."""

    listed, guests = "onfido", (GUEST,)

    def use(self, page: Page) -> None:
        """Begin and finish checks; forge and repeat callbacks."""
        onfido = page.world.vendors["onfido"]
        begun = page.send("POST", "/api/id-verification", json={"restart": True}).get_json()
        page.send("GET", "/api/id-verification")
        reference = begun.get("transactionReference", "")
        if reference in onfido.transactions:
            onfido.forge(reference, "approved")
            onfido.finish(reference, "review")
            onfido.finish(reference, "approved")
            onfido.resend(reference)
        page.send("GET", "/api/id-verification")
