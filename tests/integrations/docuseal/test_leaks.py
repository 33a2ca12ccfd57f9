"""DocuSeal's secrets, and what it knows of signers, leave the app by no side door."""

from __future__ import annotations

from tests.integrations.docuseal.guest import GUEST
from tests.kit.contracts.checks import CheckLeakContract


class TestDocuSeal(CheckLeakContract):
    """Its submissions."""

    listed, guests = "docuseal", (GUEST,)
    approval, decisions = "completed", ("first_party", "declined")
