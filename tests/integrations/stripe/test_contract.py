"""Stripe Identity keeps the contract that every vendor of identity checks keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.integrations.stripe.guest import GUEST
from tests.kit.contracts.identity import IdentityContract


class TestStripe(IdentityContract):
    """Stripe Identity. What is not final (`processing`) is no news there: test_trip has it."""

    vendor, guests = "stripe", (GUEST,)
    secrets_setting, another_secret = "STRIPE_WEBHOOK_SECRETS", "whsec_of_the_next_roll"
    links_work_once = True
    words: ClassVar[Mapping[str, str]] = {
        "approved": "verified",
        "rejected": "selfie_face_mismatch",
        "failed": "document_expired",
        "expired": "abandoned",
    }
