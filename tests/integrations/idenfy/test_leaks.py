"""iDenfy's secrets, and what it knows of people, leave the app by no side door."""

from __future__ import annotations

from tests.integrations.idenfy.guest import GUEST
from tests.kit.contracts.leaks import LeakContract
from tests.kit.page import Page


class TestIdenfy(LeakContract):
    """Its checks."""

    listed, guests = "idenfy", (GUEST,)
    # The address of the page, with its token, is for whoever began.
    by_right = ('{"checksum":"valid","expiresAt":', '{"expiresAt":')

    def use(self, page: Page) -> None:
        """Begin and finish checks; forge and repeat callbacks."""
        idenfy = page.world.vendors["idenfy"]
        begun = page.send("POST", "/api/id-verification", json={"restart": True}).get_json()
        page.send("GET", "/api/id-verification")
        reference = begun.get("transactionReference", "")
        if reference in idenfy.transactions:
            idenfy.forge(reference, "approved")
            idenfy.finish(reference, "reviewing")
            idenfy.finish(reference, "denied")
            idenfy.correct(reference, "approved")
            idenfy.resend(reference)
        page.send("GET", "/api/id-verification")
