"""Jumio's secrets, and what it knows of people, leave the app by no side door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.integrations.jumio.guest import GUEST
from tests.kit.contracts.leaks import LeakContract
from tests.kit.page import Page


class TestNetverify(LeakContract):
    """Netverify's checks."""

    listed, guests = "jumio", (GUEST,)
    options: ClassVar[Mapping[str, Any]] = {"JUMIO_API": "netverify"}

    def use(self, page: Page) -> None:
        """Begin and finish checks; forge, lose and repeat callbacks."""
        jumio = page.world.vendors["jumio"]
        begun = page.send("POST", "/api/id-verification", json={"restart": True}).get_json()
        page.send("GET", "/api/id-verification")
        reference = begun.get("transactionReference", "")
        if reference in jumio.transactions:
            jumio.forge(reference, "approved")
            jumio.finish(reference, "approved")
            jumio.expire_tokens()
            jumio.resend(reference)
        page.send("GET", "/api/id-verification")


class TestKyx(TestNetverify):
    """KYX's checks, with bearer tokens."""

    options: ClassVar[Mapping[str, Any]] = {"JUMIO_API": "kyx"}
