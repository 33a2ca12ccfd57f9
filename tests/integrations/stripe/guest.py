"""Stripe as a guest of the kit's worlds."""

from __future__ import annotations

from dataclasses import replace

from integrations.stripe import STRIPE
from sandbox.stripe import SIMULATOR, StripeIdentity
from sandbox.stripe.sessions import NUMBERS, PERSON
from tests.kit.contracts.identity import guest_of


def _secrets(stripe: StripeIdentity) -> dict[str, str]:
    person = {"name": PERSON["first_name"], "surname": PERSON["last_name"], **NUMBERS}
    references = {f"reference {n}": one.reference for n, one in enumerate(stripe.sessions)}
    return person | references


GUEST = replace(guest_of(STRIPE, SIMULATOR, StripeIdentity), secrets=_secrets)
