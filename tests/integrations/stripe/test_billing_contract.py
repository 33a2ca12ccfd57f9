"""Stripe keeps the contract that every vendor of payments keeps, in each of its modes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from tests.integrations.stripe.guest import GUEST
from tests.kit.contracts.billing import DAY, BillingContract, SubscriptionContract

HOUR = 60 * 60


class Billed(BillingContract):
    """Stripe; what becomes of a payment later is told without a reference."""

    vendor, guests = "stripe", (GUEST,)
    secrets_setting, another_secret = "STRIPE_WEBHOOK_SECRETS", "whsec_of_the_next_roll"

    @pytest.mark.parametrize("is_good_first", [True, False])
    def test_a_verdict_that_flips_later_takes_the_place_of_the_first(
        self, *, is_good_first: bool
    ) -> None:
        """Nobody but the operator could write it."""
        world = self.another_world(integration_api=True)
        try:
            super().test_a_verdict_that_flips_later_takes_the_place_of_the_first(
                world, world.vendors[self.vendor], is_good_first=is_good_first
            )
        finally:
            world.close()


class TestPayment(Billed):
    """A fee that is paid once. That of a bank debit is not final for days."""

    plan = "lead-fee"
    good, bad = "paid", "failed"
    words: ClassVar[Mapping[str, str]] = {
        "paid": "paid",
        "failed": "dispute",
        "expired": "expired",
    }
    waiting = ("debited",)


class TestSubscription(Billed, SubscriptionContract):
    """A membership. What has ended never comes back, so what flips is whether it is paid."""

    plan = "membership"
    bad = "past_due"
    words: ClassVar[Mapping[str, str]] = {
        "active": "paid",
        "past_due": "lapse",
        "paused": "pause",
        "cancelled": "cancel",
        "expired": "expired",
    }
    # The session with what it has made, and the payment of the invoice.
    result_calls = 2
    period_seconds = 31 * DAY

    def renew(self, vendor: Any, reference: str, *, told: bool) -> list[int | None]:
        """Let a month pass, and the hour for which the next invoice is a draft."""
        del reference
        vendor.callbacks = "send" if told else "lose"
        vendor.clock.ahead += self.period_seconds + HOUR
        statuses: list[int | None] = vendor.billing.run()
        return statuses

    def end(self, vendor: Any, reference: str, *, told: bool) -> list[int | None]:
        """Cancel it in the Dashboard."""
        vendor.callbacks = "send" if told else "lose"
        statuses: list[int | None] = vendor.billing.act(reference, "cancel")
        return statuses


class TestSavedCard(Billed):
    """A card that is kept for later; nothing takes that back."""

    plan = "card-on-file"
    good, bad = "saved", "expired"
    words: ClassVar[Mapping[str, str]] = {"saved": "saved", "expired": "expired"}
    test_a_verdict_that_flips_later_takes_the_place_of_the_first = None  # type: ignore[assignment]
