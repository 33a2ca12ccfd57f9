"""Stripe's secrets, and what it knows of people, leave the app by no side door."""

from __future__ import annotations

from tests.integrations.stripe.guest import GUEST
from tests.kit.contracts.checks import CheckLeakContract


class TestStripe(CheckLeakContract):
    """Checks of identities."""

    listed, guests = "stripe", (GUEST,)
    approval, decisions = "verified", ("selfie_face_mismatch", "verified")
