"""Stripe as its settings describe it, and what is wrong with them."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from integrations.stripe import build
from integrations.stripe.billing import StripeBilling
from integrations.stripe.identity import StripeIdentity
from proxy.vendors import Case, Hmac, Result, SettingsReader
from tests.integrations.stripe.billed import start
from tests.integrations.stripe.fakes import CASE, START, StubUpstream, answered, session
from tests.integrations.stub_upstream import PreparedUpstreams

REQUIRED = {
    "STRIPE_API_KEY": "rk_live_MadeUp0815",
    "STRIPE_WEBHOOK_SECRETS": "whsec_one, whsec_two",
}
PLANS = "membership:price_1:subscription,lead-fee:price_2:payment,card-on-file::setup"
SELFIE = "options[document][require_matching_selfie]"


def configured(**variables: str) -> tuple[StripeIdentity, StubUpstream, SettingsReader]:
    upstream = StubUpstream(answered(session("requires_input")))
    reader = SettingsReader({**REQUIRED, **variables})
    upstreams = PreparedUpstreams(upstream)
    (vendor,) = build(reader, upstreams)
    assert isinstance(vendor, StripeIdentity)
    assert [
        f"stripe {variables.get('STRIPE_BASE_URL', 'https://api.stripe.com')}"
    ] == upstreams.asked
    return vendor, upstream, reader


def form(**variables: str) -> dict[str, str]:
    """Return what a start sends of checks."""
    vendor, upstream, reader = configured(**variables)
    assert [] == reader.problems
    vendor.start(START)
    sent = dict(parse_qsl((upstream.sent[0].body or b"").decode()))
    return {name: sent[name] for name in sent if name.startswith(("type", "options", "verif"))}


def test_a_start_authorizes_itself_and_pins_the_version() -> None:
    vendor, upstream, _ = configured()
    vendor.start(START)
    headers = upstream.sent[0].headers
    assert "Bearer rk_live_MadeUp0815" == headers["Authorization"]
    assert "2026-10-28.endive" == headers["Stripe-Version"]
    assert "a-key" == headers["Idempotency-Key"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, {"type": "document", SELFIE: "true"}),
        ({"STRIPE_IDENTITY_SELFIE": "false"}, {"type": "document", SELFIE: "false"}),
        ({"STRIPE_IDENTITY_TYPE": "id_number"}, {"type": "id_number"}),
        ({"STRIPE_IDENTITY_FLOW": "vf_1"}, {"verification_flow": "vf_1"}),
    ],
)
def test_the_operator_says_what_is_checked(
    variables: dict[str, str], expected: dict[str, str]
) -> None:
    assert expected == form(**variables)


def test_every_secret_of_the_list_proves_a_callback() -> None:
    vendor, _, _ = configured()
    assert isinstance(vendor.proof, Hmac)
    assert ("whsec_one", "whsec_two") == vendor.proof.secrets


def test_an_address_replaces_stripes() -> None:
    configured(STRIPE_BASE_URL="http://127.0.0.1:9")


@pytest.mark.parametrize("key", ["sk_test_1", "rk_test_1"])
def test_a_test_key_is_mentioned_at_every_start(key: str) -> None:
    _, _, reader = configured(STRIPE_API_KEY=key)
    (advice,) = reader.advice
    assert "test key" in advice
    assert [] == configured()[2].advice


def test_what_a_secret_key_is_not_told_is_mentioned_and_left_out() -> None:
    fields = "firstName,dateOfBirth"
    vendor, upstream, reader = configured(STRIPE_API_KEY="sk_live_1", IDENTITY_RESULT_FIELDS=fields)
    (advice,) = reader.advice
    assert "does not tell dateOfBirth" in advice
    upstream.answers = [answered(session(livemode=True, verified_outputs={"first_name": "Ida"}))]
    vendor.fetch_result(CASE, finished=True)
    assert "dob" not in upstream.lines[-1]


# Billing


def parts(**variables: str) -> tuple[list[type], SettingsReader]:
    """Return of which kinds the parts are."""
    reader = SettingsReader({**REQUIRED, **variables})
    return [type(part) for part in build(reader, PreparedUpstreams(StubUpstream()))], reader


@pytest.mark.parametrize(
    ("variables", "kinds", "is_mentioned"),
    [
        ({}, [StripeIdentity], False),
        ({"STRIPE_IDENTITY": "true"}, [StripeIdentity], False),
        ({"BILLING_PLANS": PLANS}, [StripeIdentity, StripeBilling], True),
        (
            {"BILLING_PLANS": PLANS, "STRIPE_IDENTITY": "true"},
            [StripeIdentity, StripeBilling],
            False,
        ),
        ({"BILLING_PLANS": PLANS, "STRIPE_IDENTITY": "false"}, [StripeBilling], False),
    ],
)
def test_it_bills_where_plans_are_listed_and_checks_identities_unless_told_not_to(
    variables: dict[str, str], kinds: list[type], is_mentioned: bool
) -> None:
    found, reader = parts(**variables)
    assert (kinds, []) == (found, reader.problems)
    assert is_mentioned is any("STRIPE_IDENTITY is not set" in one for one in reader.advice)


@pytest.mark.parametrize(("key", "mode"), [("rk_live_1", "live"), ("sk_test_1", "test")])
def test_what_is_paid_in_one_mode_is_another_version_than_in_the_other(key: str, mode: str) -> None:
    paid = {"id": "cs_live_1", "mode": "setup", "status": "complete", "livemode": mode == "live"}
    upstream = StubUpstream(answered(paid))
    settings = {
        **REQUIRED,
        "STRIPE_API_KEY": key,
        "BILLING_PLANS": PLANS,
        "STRIPE_IDENTITY": "false",
    }
    (vendor,) = build(SettingsReader(settings), PreparedUpstreams(upstream))
    result = vendor.fetch_result(Case("cs_live_1"), finished=True)
    assert isinstance(result, Result)
    assert {mode, result.version} == {*vendor.subjects.values()}


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({"STRIPE_RETURN_URL": "https://market.example/p?x=1"}, "https://market.example/p?x=1"),
        ({"MARKETPLACE_ORIGINS": "https://a.example,https://b.example"}, "https://a.example/"),
        ({"PUBLIC_URL": "https://c.example"}, "https://c.example/"),
    ],
)
def test_whoever_has_paid_goes_to_the_page_that_is_set_or_to_the_marketplace(
    variables: dict[str, str], address: str
) -> None:
    session = {"id": "cs_live_1", "url": "https://pay.test/", "created": 1, "expires_at": 2}
    upstream = StubUpstream(answered(session))
    settings = {**REQUIRED, "BILLING_PLANS": PLANS, "STRIPE_IDENTITY": "false", **variables}
    (vendor,) = build(SettingsReader(settings), PreparedUpstreams(upstream))
    vendor.start(start("lead-fee"))
    sent = dict(parse_qsl((upstream.sent[0].body or b"").decode()))
    assert address == sent["success_url"]
    assert "price_2" == sent["line_items[0][price]"]


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"STRIPE_API_KEY": ""}, "STRIPE_API_KEY is not set"),
        ({"STRIPE_API_KEY": "pk_live_1"}, "not the publishable key, pk_…"),
        ({"STRIPE_API_KEY": "sk_live_1\r\nHost: x"}, "STRIPE_API_KEY does not have"),
        ({"STRIPE_WEBHOOK_SECRETS": ""}, "STRIPE_WEBHOOK_SECRETS is not set"),
        ({"STRIPE_WEBHOOK_SECRETS": "whsec_1,sk_live_1"}, "does not begin with whsec_"),
        ({"STRIPE_IDENTITY_TYPE": "passport"}, "STRIPE_IDENTITY_TYPE must be one of"),
        ({"STRIPE_IDENTITY_SELFIE": "maybe"}, "STRIPE_IDENTITY_SELFIE must be true or false"),
        ({"STRIPE_IDENTITY_FLOW": "document"}, "STRIPE_IDENTITY_FLOW does not have"),
        ({"STRIPE_IDENTITY": "perhaps"}, "STRIPE_IDENTITY must be true or false"),
        ({"STRIPE_IDENTITY": "false"}, "there is nothing that stripe could do"),
        ({"STRIPE_IDENTITY": "false", "BILLING_PLANS": ","}, "there is nothing that stripe could"),
        ({"BILLING_PLANS": "membership:prod_1:subscription"}, "names no price (price_…)"),
        ({"BILLING_PLANS": PLANS, "STRIPE_CURRENCY": "EUR"}, "STRIPE_CURRENCY does not have"),
        ({"BILLING_PLANS": PLANS, "STRIPE_RETURN_URL": "market"}, "STRIPE_RETURN_URL:"),
        ({"IDENTITY_RESULT_FIELDS": "shoeSize"}, "'shoeSize' is not one of"),
    ],
)
def test_an_unusable_value_is_named(variables: dict[str, str], named: str) -> None:
    reader = SettingsReader({**REQUIRED, **variables})
    build(reader, PreparedUpstreams(StubUpstream()))
    (problem,) = reader.problems
    assert named in problem
    assert "sk_live_1" not in problem
