"""Veriff's secrets, and what it knows of people, leave the app by no side door."""

from __future__ import annotations

from tests.integrations.veriff.guest import GUEST
from tests.kit.contracts.leaks import LeakContract
from tests.kit.page import Page


class TestVeriff(LeakContract):
    """Its checks."""

    listed, guests = "veriff", (GUEST,)

    def use(self, page: Page) -> None:
        """Begin and finish checks; forge and repeat callbacks."""
        veriff = page.world.vendors["veriff"]
        begun = page.send("POST", "/api/id-verification", json={"restart": True}).get_json()
        page.send("GET", "/api/id-verification")
        reference = begun.get("transactionReference", "")
        if reference in veriff.transactions:
            veriff.forge(reference, "approved")
            veriff.finish(reference, "resubmission_requested")
            veriff.finish(reference, "declined")
            veriff.correct(reference, "approved")
            veriff.resend(reference)
        page.send("GET", "/api/id-verification")
