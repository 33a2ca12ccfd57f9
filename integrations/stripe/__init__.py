"""Stripe: its settings, and the part that checks identities (Stripe Identity).

Source: docs.stripe.com/identity and docs.stripe.com/keys (read 2026-11).
"""

from __future__ import annotations

from pathlib import Path

from integrations.stripe.api import KEY, StripeApi
from integrations.stripe.identity import EXPANDED, StripeIdentity
from proxy.vendors import Hmac, Integration, SettingsReader, Upstreams, read_result_fields

_API = "https://api.stripe.com"
_SIGNATURE = "Stripe-Signature"
_KEY_FORM = "rk_live_…, sk_live_…, rk_test_… or sk_test_…; not the publishable key, pk_…"


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[StripeIdentity, ...]:
    """Return Stripe as the settings `STRIPE_…` describe it."""
    key = reader.text("STRIPE_API_KEY", pattern=KEY, form=_KEY_FORM)
    api = StripeApi(upstreams.at("stripe", reader.override_url("STRIPE_BASE_URL") or _API), key)
    if key and not api.is_live:
        reader.advise(
            "STRIPE_API_KEY is a test key: anybody passes with Stripe's test documents, and these"
            " results count as real; set a live key before you open to the public"
        )
    secrets = reader.secrets("STRIPE_WEBHOOK_SECRETS")
    if reader.optional("STRIPE_WEBHOOK_SECRETS") and not all(
        s.startswith("whsec_") for s in secrets
    ):
        reader.report("STRIPE_WEBHOOK_SECRETS lists one that does not begin with whsec_")
    proof = Hmac((_SIGNATURE,), secrets, form="t=,v1=", signs="{t}.{body}")
    return (StripeIdentity(api, proof, _read_checks(reader), _read_listed(reader, key)),)


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
