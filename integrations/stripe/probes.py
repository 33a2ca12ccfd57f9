"""What Stripe can say of the settings: what the key may do, and what the plans' prices are.

Source: docs.stripe.com/api (errors; list of verification sessions, of Checkout Sessions; prices),
docs.stripe.com/keys/restricted-api-keys (read 2026-11). Lists are asked for so that nobody is in
them. A key may do without reading prices, so that a price which it may not see is no fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from uuid import uuid4

from integrations.stripe.api import StripeApi
from proxy.vendors import (
    PLANS,
    Plan,
    Probe,
    SettingRefused,
    Unproven,
    UpstreamRefused,
    UpstreamUnavailable,
    by_callbacks,
    for_each,
)

_NAME = "stripe"
_KEY, _KEYS = "STRIPE_API_KEY", "Stripe's Dashboard, Developers > API keys"
_CATALOGUE = "Stripe's Dashboard, Product catalogue"
# Nothing begins after this moment (the year 2100).
_NEVER = "4102444800"


def of_identity(api: StripeApi) -> Iterator[Probe]:
    """Iterate over the probes of identity checks."""
    query = {"limit": "1", "client_reference_id": uuid4().hex}
    path, right = "/v1/identity/verification_sessions", "write for Identity Verification Sessions"
    ask = partial(_ask_key, api, path, query, right)
    yield Probe((_KEY,), _KEYS, ask, item="identity checks")
    yield by_callbacks("STRIPE_WEBHOOK_SECRETS", "the endpoint in Stripe's Dashboard, Webhooks")


def of_billing(api: StripeApi, plans: Mapping[str, Plan]) -> Iterator[Probe]:
    """Iterate over the probes of billing: the key's, and each plan's that has a price."""
    query, right = {"limit": "1", "created[gte]": _NEVER}, "write for Checkout Sessions"
    ask = partial(_ask_key, api, "/v1/checkout/sessions", query, right)
    yield Probe((_KEY,), _KEYS, ask, item="billing")
    priced = [name for name, plan in plans.items() if plan.price]
    yield from for_each(priced, PLANS, _CATALOGUE, lambda name: _ask_price(api, plans[name]))
    yield by_callbacks("STRIPE_WEBHOOK_SECRETS", "the endpoint in Stripe's Dashboard, Webhooks")


def _ask_key(api: StripeApi, path: str, query: Mapping[str, str], right: str) -> str:
    try:
        answer = api.call("GET", path, query=query)
    except UpstreamRefused as refused:
        if refused.status == 401:
            fix = f"Stripe does not know {_KEY} (any more); copy one that is in use from {_KEYS}"
        elif refused.status == 403:
            fix = f"{_KEY} is known, and may not do this: give it {right} in {_KEYS}"
        else:
            raise
        raise SettingRefused(_NAME, refused.status, refused.code, fix=fix) from None
    if not isinstance(answer.json_object().get("data"), list):
        raise UpstreamUnavailable(_NAME, "a list without data")
    return "live mode" if api.is_live else "test mode"


def _ask_price(api: StripeApi, plan: Plan) -> str:
    try:
        answer = api.call("GET", f"/v1/prices/{plan.price}")
    except UpstreamRefused as refused:
        if refused.status == 403:
            raise Unproven(f"{_KEY} may not read prices, which is not needed") from None
        if refused.status != 404:
            raise
        mode = "live" if api.is_live else "test"
        fix = f"there is no such price in {mode} mode, of which {_KEY} is; copy one of that mode"
        raise SettingRefused(
            _NAME, refused.status, refused.code, fix=f"{fix} from {_CATALOGUE}"
        ) from None
    price = answer.json_object()
    kind = "recurring" if plan.mode == "subscription" else "one_time"
    if price.get("type") not in ("recurring", "one_time"):
        raise UpstreamUnavailable(_NAME, "a price without its type")
    if price.get("type") != kind:
        fix = f"the price is {price['type']}, and {plan.mode} needs one that is {kind}"
        raise SettingRefused(_NAME, answer.status, fix=fix)
    if price.get("active") is False:
        raise SettingRefused(_NAME, answer.status, fix="the price is archived; activate it")
    return ""
