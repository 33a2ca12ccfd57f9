"""What a vendor of identity checks must show with its own simulator."""

from __future__ import annotations

from typing import Any

from sandbox.checks import Checks
from tests.kit.contracts.sessions import SessionContract, guest_of

__all__ = ("IdentityContract", "guest_of")


class IdentityContract(SessionContract):
    """The behaviours of a vendor of checks."""

    def test_it_does_all_that_the_demo_asks_of_it(self, vendor_side: Any) -> None:
        checks: Checks = vendor_side
        assert checks.transactions == {}
