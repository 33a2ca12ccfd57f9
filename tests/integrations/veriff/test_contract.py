"""Veriff keeps the contract that every vendor of identity checks keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.integrations.veriff.guest import GUEST
from tests.kit.contracts.identity import IdentityContract
from tests.kit.world import KitWorld


class TestVeriff(IdentityContract):
    """One call begins a session, one tells its decision."""

    vendor, guests = "veriff", (GUEST,)
    words: ClassVar[Mapping[str, str]] = {
        "approved": "approved",
        "rejected": "declined",
        "expired": "abandoned",
    }
    waiting = ("resubmission_requested", "review")
    secrets_setting = "VERIFF_SHARED_SECRETS"

    def test_while_secrets_are_exchanged_both_hold(self, world: KitWorld, vendor_side: Any) -> None:
        # Veriff must know the new one before it is listed first, since that one signs requests.
        vendor_side.shared_secrets.append(self.another_secret)
        super().test_while_secrets_are_exchanged_both_hold(world, vendor_side)
