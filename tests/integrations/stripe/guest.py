"""Stripe as a guest of the kit's worlds."""

from __future__ import annotations

from integrations.stripe import STRIPE
from sandbox.stripe import SIMULATOR, StripeIdentity
from tests.kit.contracts.identity import guest_of

GUEST = guest_of(STRIPE, SIMULATOR, StripeIdentity)
