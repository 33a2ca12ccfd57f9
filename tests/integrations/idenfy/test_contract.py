"""iDenfy keeps the contract that every vendor of identity checks keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from integrations.idenfy import IDENFY
from sandbox.idenfy.simulator import SIMULATOR
from sandbox.idenfy.vendor import Idenfy
from tests.kit.contracts.identity import IdentityContract, guest_of


class TestIdenfy(IdentityContract):
    """iDenfy."""

    vendor, guests = "idenfy", (guest_of(IDENFY, SIMULATOR, Idenfy),)
    words: ClassVar[Mapping[str, str]] = {
        "approved": "approved",
        "rejected": "denied",
        "expired": "expired",
    }
    waiting = ("reviewing", "suspected")
    secrets_setting = "IDENFY_SIGNING_KEYS"
