"""Stripe as the sandbox runs it."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.kit.rudeness import Switch
from sandbox.simulator import Mode, Place, Simulator, served
from sandbox.stripe.catalog import LEAD_FEE, MEMBERSHIP
from sandbox.stripe.control import add_billing
from sandbox.stripe.identity import starts_switch
from sandbox.stripe.vendor import Stripe

# What the marketplace sells: name, price, mode.
PLANS: tuple[tuple[str, str, Mode], ...] = (
    ("membership", MEMBERSHIP.id, "subscription"),
    ("lead-fee", LEAD_FEE.id, "payment"),
    ("card-on-file", "", "setup"),
)


def _settings(stripe: Stripe, place: Place) -> Mapping[str, str]:
    stripe.callback_url = f"{place.api_url}/callbacks/stripe"
    return {
        "STRIPE_API_KEY": stripe.api_key,
        "STRIPE_WEBHOOK_SECRETS": stripe.endpoint.secret,
        "STRIPE_IDENTITY": "true",
        "BILLING_PLANS": ",".join(f"{name}:{price}:{mode}" for name, price, mode in PLANS),
    }


def _switches(stripe: Stripe) -> tuple[Switch, ...]:
    return (starts_switch(stripe),)


SIMULATOR = Simulator(
    name="stripe",
    title="Stripe",
    rank=13,
    start=served(Stripe),
    address="STRIPE_BASE_URL",
    settings=_settings,
    checks=True,
    bills={name: mode for name, _, mode in PLANS},
    switches=_switches,
    control=add_billing,
    card=Path(__file__).parent / "card",
)
