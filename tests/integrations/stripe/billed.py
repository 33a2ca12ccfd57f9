"""Stripe's billing part, asking the simulated account in this process; each request is judged."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID

from stripe.params import (
    ChargeRetrieveParams,
    DisputeListParams,
    DisputeRetrieveParams,
    InvoicePaymentListParams,
    InvoiceRetrieveParams,
    PaymentIntentRetrieveParams,
    SubscriptionRetrieveParams,
)
from stripe.params import billing_portal as portal_params
from stripe.params import checkout as checkout_params

from integrations.stripe.api import StripeApi
from integrations.stripe.billing import StripeBilling
from proxy.outgoing.upstream import Answer
from proxy.vendors import Case, Hmac, Owner, Person, Plan, Result, StartRequest, Waiting
from sandbox.stripe.catalog import LEAD_FEE, MEMBERSHIP
from tests.integrations.stripe.fakes import SECRET, StubUpstream
from tests.integrations.stripe.sdk_params import misfits
from tests.integrations.stripe.selling import Shop
from tests.integrations.stub_upstream import PreparedUpstream, Sent

PLANS = {
    "membership": Plan(MEMBERSHIP.id, "subscription"),
    "lead-fee": Plan(LEAD_FEE.id, "payment"),
    "card-on-file": Plan("", "setup"),
}
USER_ID = UUID("3d6e6f57-0f3c-4f3b-9a57-6a4a1d2c7b10")
CLIENT_ID = "a-client-id"
# The SDK's type of the fields of each request, by its method and the beginning of its path.
_KINDS: Mapping[tuple[str, str], Hashable] = {
    ("POST", "/v1/checkout/sessions"): checkout_params.SessionCreateParams,
    ("GET", "/v1/checkout/sessions/"): checkout_params.SessionRetrieveParams,
    ("GET", "/v1/subscriptions/"): SubscriptionRetrieveParams,
    ("GET", "/v1/payment_intents/"): PaymentIntentRetrieveParams,
    ("GET", "/v1/invoice_payments"): InvoicePaymentListParams,
    ("GET", "/v1/invoices/"): InvoiceRetrieveParams,
    ("GET", "/v1/charges/"): ChargeRetrieveParams,
    ("GET", "/v1/disputes"): DisputeListParams,
    ("GET", "/v1/disputes/"): DisputeRetrieveParams,
    ("POST", "/v1/billing_portal/sessions"): portal_params.SessionCreateParams,
}


class ShopUpstream(PreparedUpstream):
    """The way to the simulated account, without a network; remembers requests.

    What the SDK's types do not have fails the test.
    """

    vendor = "stripe"
    usual_base_url = "https://stripe.test"

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self._shop = shop

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        read_seconds: float = 0,
    ) -> Answer:
        """Let the account answer; `read_seconds` plays no part."""
        del read_seconds
        self.sent.append(Sent(method, path, dict(headers), body))
        assert [] == misfits(_fields(path, body), _kind(method, path)), path
        answer = self._shop.web.open(path, method=method, data=body, headers=dict(headers))
        return Answer(self.name, answer.status_code, answer.data, dict(answer.headers))


def _fields(path: str, body: bytes | None) -> str:
    return body.decode() if body is not None else urlsplit(path).query


def _kind(method: str, path: str) -> Hashable:
    plain = urlsplit(path).path
    start = plain if (method, plain) in _KINDS else f"{plain.rpartition('/')[0]}/"
    return _KINDS[method, start]


def billing(
    upstream: PreparedUpstream | None = None, *, key: str = "rk_test_madeup", currency: str = ""
) -> StripeBilling:
    """Return the vendor; without `upstream` it must not send anything."""
    proof = Hmac(("Stripe-Signature",), (SECRET,), form="t=,v1=", signs="{t}.{body}")
    api = StripeApi(upstream or StubUpstream(), key)
    return StripeBilling(api, proof, PLANS, return_url="https://market.example/", currency=currency)


class Desk:
    """The vendor before a new account, and what it makes of sessions there."""

    def __init__(self, currency: str = "") -> None:
        self.shop = Shop()
        self.upstream = ShopUpstream(self.shop)
        key = self.shop.stripe.api_key
        self.vendor = billing(self.upstream, key=key, currency=currency)

    def begun(self, plan: str, **changes: str) -> str:
        """Return the id of a session that has begun."""
        return self.vendor.start(start(plan, **changes)).case.reference

    def done(self, plan: str, outcome: str = "paid", **changes: str) -> str:
        """Return the id of a session that has gone on."""
        session_id = self.begun(plan, **changes)
        self.shop.billing.finish(session_id, outcome)
        return session_id

    def result(self, reference: str) -> Result | Waiting | None:
        """Return what is said of a session, a subscription or a payment."""
        return self.vendor.fetch_result(Case(reference), finished=True)

    def decided(self, reference: str) -> Result:
        """Return the result that there must be."""
        result = self.result(reference)
        assert isinstance(result, Result), result
        return result

    @property
    def now(self) -> datetime:
        """The time by the account's clock."""
        return datetime.fromtimestamp(self.shop.clock.now, UTC)


def start(plan: str, **changes: str | None) -> StartRequest:
    """Return what a start is made of."""
    usual = {
        "reference": "r" * 99,
        "callback_url": "https://app.example/api/callbacks/stripe",
        "internal_reference": "an-internal-reference",
        "idempotency_key": "a-key",
        "pseudonym": "a-pseudonym",
    }
    person = Person("Specimena Canary", "specimena@market.example")
    named = {"subject": plan, "person": person, "owner": owner(plan)}
    return StartRequest(**{**usual, **named, **changes})  # type: ignore[arg-type]


def owner(plan: str) -> Owner:
    """Return whose a session is."""
    return Owner(USER_ID, CLIENT_ID, plan)
