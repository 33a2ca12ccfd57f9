"""Stripe: its settings, and its parts: identity checks (Stripe Identity) and billing.

Source: docs.stripe.com/identity, docs.stripe.com/billing and docs.stripe.com/keys (read 2026-11).
"""

from __future__ import annotations

from pathlib import Path

from integrations.stripe.api import KEY, StripeApi
from integrations.stripe.billing import StripeBilling
from integrations.stripe.identity import EXPANDED, StripeIdentity
from proxy.vendors import (
    Hmac,
    Integration,
    Reference,
    SettingsReader,
    Upstreams,
    read_plans,
    read_result_fields,
)

_API = "https://api.stripe.com"
_SIGNATURE = "Stripe-Signature"
_KEY_FORM = "rk_live_…, sk_live_…, rk_test_… or sk_test_…; not the publishable key, pk_…"


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Reference, ...]:
    """Return Stripe as the settings `STRIPE_…` describe it.

    It bills where `BILLING_PLANS` lists what for, and checks identities unless told not to.
    """
    key = reader.text("STRIPE_API_KEY", pattern=KEY, form=_KEY_FORM)
    api = StripeApi(upstreams.at("stripe", reader.override_url("STRIPE_BASE_URL") or _API), key)
    if key and not api.is_live:
        reader.advise(
            "STRIPE_API_KEY is a test key: anybody passes with Stripe's test documents, and pays"
            " with its test cards, and these results count as real; set a live key before you open"
            " to the public"
        )
    secrets = reader.secrets("STRIPE_WEBHOOK_SECRETS")
    if reader.optional("STRIPE_WEBHOOK_SECRETS") and not all(
        s.startswith("whsec_") for s in secrets
    ):
        reader.report("STRIPE_WEBHOOK_SECRETS lists one that does not begin with whsec_")
    proof = Hmac((_SIGNATURE,), secrets, form="t=,v1=", signs="{t}.{body}")
    parts: list[Reference] = []
    if _has_identity(reader):
        parts.append(StripeIdentity(api, proof, _read_checks(reader), _read_listed(reader, key)))
    billing = _read_billing(reader, api, proof)
    if billing.subjects:
        parts.append(billing)
    return tuple(parts)


def _bills(reader: SettingsReader) -> bool:
    return bool(reader.names("BILLING_PLANS"))


def _has_identity(reader: SettingsReader) -> bool:
    """Read whether identities are checked; says so where it follows from silence alone."""
    if _bills(reader) and reader.optional("STRIPE_IDENTITY") is None:
        reader.advise(
            "STRIPE_IDENTITY is not set, so Stripe checks identities too, beside its billing; set"
            " it to true or false"
        )
    has_identity = reader.flag("STRIPE_IDENTITY", default=True)
    if not has_identity and not _bills(reader):
        reader.report(
            "STRIPE_IDENTITY is false and BILLING_PLANS lists nothing, so there is nothing that"
            " stripe could do: take it out of INTEGRATIONS, or list plans"
        )
    return has_identity


def _read_billing(reader: SettingsReader, api: StripeApi, proof: Hmac) -> StripeBilling:
    """Read what is sold, and where who has paid comes back to."""
    return StripeBilling(
        api,
        proof,
        read_plans(reader, pattern=r"price_[0-9A-Za-z]{1,200}", form="price_…"),
        return_url=reader.return_page("STRIPE_RETURN_URL"),
        currency=reader.text(
            "STRIPE_CURRENCY", "", pattern=r"[a-z]{3}", form="three small letters, such as eur"
        ),
    )


def _read_checks(reader: SettingsReader) -> dict[str, str]:
    """Read what a session checks, as fields of the form that begins it."""
    kind = reader.choice("STRIPE_IDENTITY_TYPE", ("document", "id_number"), "document")
    selfie = reader.flag("STRIPE_IDENTITY_SELFIE", default=True)
    flow = reader.text(
        "STRIPE_IDENTITY_FLOW", "", pattern=r"vf_[0-9A-Za-z_]{1,200}", form="vf_…, the flow's id"
    )
    if flow:
        # Set up in the Dashboard, with checks of its own.
        return {"verification_flow": flow}
    if kind == "id_number":
        return {"type": kind}
    return {"type": kind, "options[document][require_matching_selfie]": str(selfie).lower()}


def _read_listed(reader: SettingsReader, key: str) -> tuple[str, ...]:
    """Read which fields to keep; a secret key is refused where it asks for the sensitive ones."""
    listed = read_result_fields(reader)
    if not key.startswith("sk_"):
        return listed
    sensitive = [name for name in listed if "." in EXPANDED.get(name, "")]
    if sensitive:
        reader.advise(
            f"STRIPE_API_KEY is a secret key, to which Stripe does not tell {', '.join(sensitive)}"
            " (IDENTITY_RESULT_FIELDS); they are left out: use a restricted key (rk_…)"
        )
    return tuple(name for name in listed if name not in sensitive)


STRIPE = Integration("stripe", build, Path(__file__).with_name("contract.json"))
