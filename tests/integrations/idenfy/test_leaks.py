"""iDenfy's secrets, and what it knows of people, leave the app by no side door."""

from __future__ import annotations

from tests.integrations.idenfy.guest import GUEST
from tests.kit.contracts.checks import CheckLeakContract


class TestIdenfy(CheckLeakContract):
    """Its checks."""

    listed, guests = "idenfy", (GUEST,)
    # The address of the page, with its token, is for whoever began.
    by_right = ('{"checksum":"valid","expiresAt":', '{"expiresAt":')
    approval, decisions = "approved", ("reviewing", "denied")
    correction = "approved"
