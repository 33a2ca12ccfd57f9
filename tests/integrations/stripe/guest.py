"""Stripe as a guest of the kit's worlds."""

from __future__ import annotations

from dataclasses import replace

from integrations.stripe import STRIPE
from sandbox.stripe import SIMULATOR, Stripe
from sandbox.stripe.portal import PortalSession
from sandbox.stripe.sessions import NUMBERS, PERSON
from tests.kit.contracts.identity import guest_of


def _secrets(stripe: Stripe) -> dict[str, str]:
    person = {"name": PERSON["first_name"], "surname": PERSON["last_name"], **NUMBERS}
    begun = stripe.transactions.values()
    references = {f"reference {n}": one.reference for n, one in enumerate(begun)}
    portals = stripe.billing.records.of(PortalSession)
    keys = {f"link to the portal {n}": one.key for n, one in enumerate(portals)}
    return person | references | keys


GUEST = replace(guest_of(STRIPE, SIMULATOR, Stripe), secrets=_secrets)
