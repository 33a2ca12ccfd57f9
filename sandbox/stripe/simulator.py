"""Stripe as the sandbox runs it."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.kit.rudeness import Switch
from sandbox.simulator import Place, Simulator, served
from sandbox.stripe.identity import StripeIdentity, starts_switch


def _settings(stripe: StripeIdentity, place: Place) -> Mapping[str, str]:
    stripe.callback_url = f"{place.api_url}/callbacks/stripe"
    return {
        "STRIPE_API_KEY": stripe.api_key,
        "STRIPE_WEBHOOK_SECRETS": stripe.webhook_secret,
    }


def _switches(stripe: StripeIdentity) -> tuple[Switch, ...]:
    return (starts_switch(stripe),)


SIMULATOR = Simulator(
    name="stripe",
    title="Stripe Identity",
    rank=13,
    start=served(StripeIdentity),
    address="STRIPE_BASE_URL",
    settings=_settings,
    checks=True,
    switches=_switches,
    card=Path(__file__).parent / "card",
)
