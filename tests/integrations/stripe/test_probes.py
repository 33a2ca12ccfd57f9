"""What Stripe says of the settings: what the key may do in both products, and the plans' prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from proxy.operating.doctor.probing import ProbeState
from sandbox.stripe.api import new_key
from sandbox.stripe.catalog import ARCHIVED, LEAD_FEE, MEMBERSHIP, TRIED
from tests.integrations.stripe.guest import GUEST
from tests.kit.contracts.probes import ProbeContract, Wrong

IDENTITY, BILLING = (("STRIPE_API_KEY", item) for item in ("identity checks", "billing"))
CHECKED, BILLED = (
    ("STRIPE_WEBHOOK_SECRETS", f"endpoint for {item}") for item in ("identity checks", "billing")
)
PLAN = ("BILLING_PLANS", "plan")
IDENTITY_EVENTS = tuple(
    f"identity.verification_session.{word}" for word in ("verified", "requires_input", "canceled")
)


def _plan(price: str, mode: str) -> Callable[[Any], Mapping[str, str]]:
    return lambda _: {"BILLING_PLANS": f"plan:{price}:{mode}"}


def _restricted(lacks: str) -> Callable[[Any], Mapping[str, str]]:
    """Return settings with a key that has no permission for a path."""

    def settings(stripe: Any) -> Mapping[str, str]:
        key = new_key(is_restricted=True, lacks=(lacks,))
        stripe.keys = (*stripe.keys, key)
        return {"STRIPE_API_KEY": key.secret}

    return settings


def _live(stripe: Any) -> Mapping[str, str]:
    return {"STRIPE_API_KEY": stripe.live_key, "BILLING_PLANS": f"plan:{TRIED.id}:payment"}


def _off(stripe: Any) -> None:
    stripe.endpoint.is_on = False


def _hears(*events: str) -> Callable[[Any], None]:
    def subscribe(stripe: Any) -> None:
        stripe.endpoint.events = events

    return subscribe


class TestStripe(ProbeContract):
    """Lists of nobody's sessions prove the key; each price is looked at."""

    vendor, guests = "stripe", (GUEST,)
    calls = (
        "GET /v1/identity/verification_sessions",
        "GET /v1/webhook_endpoints",
        "GET /v1/checkout/sessions",
        f"GET /v1/prices/{MEMBERSHIP.id}",
        f"GET /v1/prices/{LEAD_FEE.id}",
        "GET /v1/webhook_endpoints",
    )
    told: ClassVar[Mapping[tuple[str, ...], str]] = {
        IDENTITY: "test mode",
        BILLING: "test mode",
        ("BILLING_PLANS", "membership"): "",
        ("BILLING_PLANS", "lead-fee"): "",
        CHECKED: "",
        BILLED: "",
    }
    unproven = ("STRIPE_WEBHOOK_SECRETS",)
    wrong = (
        Wrong(IDENTITY, 401, "does not know", lambda _: {"STRIPE_API_KEY": "sk_test_0nobody"}),
        Wrong(
            IDENTITY, 403, "write for Identity Verification Sessions", _restricted("/v1/identity")
        ),
        Wrong(BILLING, 403, "write for Checkout Sessions", _restricted("/v1/checkout")),
        Wrong(
            ("BILLING_PLANS", "membership"),
            None,
            "may not read prices, which is not needed",
            _restricted("/v1/prices"),
            state=ProbeState.UNPROVEN,
        ),
        Wrong(
            IDENTITY,
            None,
            "live mode",
            lambda stripe: {"STRIPE_API_KEY": stripe.live_key},
            state=ProbeState.ACCEPTED,
        ),
        Wrong(
            CHECKED,
            None,
            "may not list endpoints, which is not needed",
            _restricted("/v1/webhook_endpoints"),
            state=ProbeState.UNPROVEN,
        ),
        Wrong(CHECKED, None, "leads here; add one", at_vendor=_off, state=ProbeState.UNPROVEN),
        Wrong(
            CHECKED,
            None,
            "leads here; add one",
            at_vendor=lambda stripe: setattr(stripe, "callback_url", "https://old.example/hook"),
            state=ProbeState.UNPROVEN,
        ),
        Wrong(
            CHECKED,
            200,
            "does not hear of identity.verification_session.canceled: add",
            at_vendor=_hears(*IDENTITY_EVENTS[:2]),
        ),
        Wrong(
            BILLED,
            200,
            "customer.subscription.updated, invoice.paid, invoice.payment_failed: add",
            at_vendor=_hears("checkout.session.completed", *IDENTITY_EVENTS),
        ),
        Wrong(
            BILLED,
            200,
            "does not hear of checkout.session.expired: add",
            settings=_plan(LEAD_FEE.id, "payment"),
            at_vendor=_hears(
                *(f"checkout.session.async_payment_{word}" for word in ("failed", "succeeded")),
                "checkout.session.completed",
            ),
        ),
        Wrong(PLAN, 404, "no such price in test mode", _plan("price_1Nobodys", "payment")),
        Wrong(PLAN, 404, "no such price in live mode", _live),
        Wrong(PLAN, 200, "the price is recurring", _plan(MEMBERSHIP.id, "payment")),
        Wrong(PLAN, 200, "needs one that is recurring", _plan(LEAD_FEE.id, "subscription")),
        Wrong(PLAN, 200, "archived", _plan(ARCHIVED.id, "subscription")),
    )


class TestOneProductAlone(ProbeContract):
    """Without plans nothing is asked about billing."""

    vendor, guests = "stripe", (GUEST,)
    options: ClassVar[Mapping[str, Any]] = {"BILLING_PLANS": None}
    calls = ("GET /v1/identity/verification_sessions", "GET /v1/webhook_endpoints")
    told: ClassVar[Mapping[tuple[str, ...], str]] = {IDENTITY: "test mode", CHECKED: ""}
    unproven = ("STRIPE_WEBHOOK_SECRETS",)
    wrong = ()
