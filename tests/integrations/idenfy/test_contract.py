"""iDenfy keeps the contract that every vendor of identity checks keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.integrations.idenfy.guest import GUEST
from tests.kit.contracts.identity import IdentityContract


class TestIdenfy(IdentityContract):
    """iDenfy."""

    vendor, guests = "idenfy", (GUEST,)
    words: ClassVar[Mapping[str, str]] = {
        "approved": "approved",
        "rejected": "denied",
        "expired": "expired",
    }
    waiting = ("reviewing", "suspected")
    secrets_setting = "IDENFY_SIGNING_KEYS"
