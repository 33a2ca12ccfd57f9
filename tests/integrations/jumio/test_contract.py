"""Both of Jumio's APIs keep the contract that every vendor of the reference trip keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.integrations.jumio.guest import GUEST
from tests.kit.contracts.identity import IdentityContract


class _Jumio(IdentityContract):
    # Its address is its proof, so nothing shows that what is not ours is somebody's at all.
    vendor, guests, foreign_status = "jumio", (GUEST,), 400
    carrier = "user_reference"
    # What nobody knows is in test_kyx and test_netverify_results.
    undocumented = ""


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
    """KYX: its first call is for a token."""

    start_calls = 2
    options: ClassVar[Mapping[str, Any]] = {"JUMIO_API": "kyx"}
    words: ClassVar[Mapping[str, str]] = {
        "approved": "passed",
        "rejected": "rejected",
        "failed": "warning",
        "expired": "session-expired",
    }
