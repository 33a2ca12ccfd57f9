"""What Stripe can say of the settings: what the key may do, and what the plans' prices are.

Source: docs.stripe.com/api (errors; lists of verification sessions, Checkout Sessions and webhook
endpoints; prices),
docs.stripe.com/keys/restricted-api-keys (read 2026-11). Lists are asked for so that nobody is in
them. A key may do without reading prices, so that a price which it may not see is no fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from uuid import uuid4

from integrations.stripe.api import StripeApi
from integrations.stripe.doorbells import INVOICE_EVENTS, SESSION_EVENTS, SUBSCRIPTION_EVENTS
from proxy.vendors import (
    PLANS,
    Plan,
    Probe,
    SettingRefused,
    Unproven,
    UpstreamRefused,
    UpstreamUnavailable,
    as_object,
    as_text,
    by_callbacks,
    for_each,
)

_NAME = "stripe"
_KEY, _KEYS = "STRIPE_API_KEY", "Stripe's Dashboard, Developers > API keys"
_SECRETS, _WEBHOOKS = "STRIPE_WEBHOOK_SECRETS", "Stripe's Dashboard, Developers > Webhooks"
_IDENTITY_EVENTS = frozenset(
    f"identity.verification_session.{word}" for word in ("verified", "requires_input", "canceled")
)
_CATALOGUE = "Stripe's Dashboard, Product catalogue"
# Nothing begins after this moment (the year 2100).
_NEVER = "4102444800"


def of_identity(api: StripeApi) -> Iterator[Probe]:
    """Iterate over the probes of identity checks."""
    query = {"limit": "1", "client_reference_id": uuid4().hex}
    path, right = "/v1/identity/verification_sessions", "write for Identity Verification Sessions"
    ask = partial(_ask_key, api, path, query, right)
    yield Probe((_KEY,), _KEYS, ask, item="identity checks")
    yield from _of_endpoint(api, "identity checks", _IDENTITY_EVENTS)


def of_billing(api: StripeApi, plans: Mapping[str, Plan]) -> Iterator[Probe]:
    """Iterate over the probes of billing: the key's, and each plan's that has a price."""
    query, right = {"limit": "1", "created[gte]": _NEVER}, "write for Checkout Sessions"
    ask = partial(_ask_key, api, "/v1/checkout/sessions", query, right)
    yield Probe((_KEY,), _KEYS, ask, item="billing")
    priced = [name for name, plan in plans.items() if plan.price]
    yield from for_each(priced, PLANS, _CATALOGUE, lambda name: _ask_price(api, plans[name]))
    sells_time = any(plan.mode == "subscription" for plan in plans.values())
    lasting = SUBSCRIPTION_EVENTS | INVOICE_EVENTS if sells_time else frozenset()
    yield from _of_endpoint(api, "billing", SESSION_EVENTS | lasting)


def _of_endpoint(api: StripeApi, item: str, needed: frozenset[str]) -> Iterator[Probe]:
    ask = partial(_ask_endpoints, api, needed)
    yield Probe((_SECRETS,), _WEBHOOKS, ask, item=f"endpoint for {item}")
    yield by_callbacks(_SECRETS, _WEBHOOKS)


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


def _ask_endpoints(api: StripeApi, needed: frozenset[str]) -> str:
    """Look whether an endpoint leads here and hears of enough; those of thin events are not told.

    Of the refunds and disputes of an account nobody needs to hear.
    """
    try:
        answer = api.call("GET", "/v1/webhook_endpoints", query={"limit": "100"})
    except UpstreamRefused as refused:
        if refused.status != 403:
            raise
        raise Unproven(f"{_KEY} may not list endpoints, which is not needed") from None
    listed = answer.json_object().get("data")
    if not isinstance(listed, list):
        raise UpstreamUnavailable(_NAME, "a list without data")
    here = [one for one in map(as_object, listed) if _leads_here(one)]
    if not here:
        raise Unproven("no endpoint leads here; add one, unless thin events come")
    events = [one.get("enabled_events") for one in here]
    heard = {str(name) for one in events if isinstance(one, list) for name in one}
    missing = [] if "*" in heard else sorted(needed - heard)
    if missing:
        fix = f"the endpoint does not hear of {', '.join(missing)}: add them in {_WEBHOOKS}"
        raise SettingRefused(_NAME, answer.status, fix=fix)
    return ""


def _leads_here(endpoint: Mapping[str, Any]) -> bool:
    is_ours = (as_text(endpoint.get("url")) or "").endswith(f"/callbacks/{_NAME}")
    return is_ours and endpoint.get("status") == "enabled"


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
