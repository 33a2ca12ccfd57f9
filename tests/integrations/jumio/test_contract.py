"""Both of Jumio's APIs keep the contract that every vendor of the reference trip keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.integrations.jumio.guest import GUEST
from tests.kit.contracts.reference import ReferenceContract


class _Jumio(ReferenceContract):
    vendor, guests = "jumio", (GUEST,)

    def finish(self, vendor: Any, reference: str, word: str, *, told: bool = True) -> None:
        """End a check."""
        vendor.callbacks = "send" if told else "lose"
        vendor.finish(reference, word)
        vendor.callbacks = "send"

    def tell(self, vendor: Any, reference: str) -> int | None:
        """Send its callback again."""
        status: int | None = vendor.resend(reference)
        return status

    def forge(self, vendor: Any, reference: str) -> int | None:
        """Send it from another address."""
        status: int | None = vendor.forge(reference, "approved")
        return status


class TestNetverify(_Jumio):
    """Netverify."""

    options: ClassVar[Mapping[str, Any]] = {"JUMIO_API": "netverify"}
    words: ClassVar[Mapping[str, str]] = {
        "approved": "approved",
        "rejected": "denied-fraud",
        "failed": "not-readable",
        "expired": "no-id-uploaded",
    }


class TestKyx(_Jumio):
    """KYX."""

    options: ClassVar[Mapping[str, Any]] = {"JUMIO_API": "kyx"}
    words: ClassVar[Mapping[str, str]] = {
        "approved": "passed",
        "rejected": "rejected",
        "failed": "warning",
        "expired": "session-expired",
    }
