"""What the tests of Stripe's code stand on: a prepared upstream, sessions, events."""

from __future__ import annotations

import json
from typing import Any

from integrations.stripe.api import StripeApi
from integrations.stripe.identity import StripeIdentity
from proxy.outgoing.upstream import Answer
from proxy.vendors import Case, Hmac, StartRequest
from tests.integrations.stub_upstream import PreparedUpstream

SESSION_ID = "vs_1Qmadeup00000000000000001"
CASE = Case(SESSION_ID)
CREATED = 1_796_000_000
SECRET = "whsec_made_up"
KIND = "identity.verification_session"
START = StartRequest(
    reference="r" * 99,
    callback_url="https://app.example/api/callbacks/stripe",
    internal_reference="an-internal-reference",
    idempotency_key="a-key",
    pseudonym="a-pseudonym",
)


class StubUpstream(PreparedUpstream):
    """Stripe with prepared answers."""

    vendor = "stripe"
    usual_base_url = "https://stripe.test"


def answered(document: object, status: int = 200) -> Answer:
    """Return an answer whose body is `document` as JSON."""
    return Answer("stripe", status, json.dumps(document).encode())


def identity(
    upstream: StubUpstream | None = None,
    *,
    key: str = "rk_test_madeup",
    listed: tuple[str, ...] = (),
) -> StripeIdentity:
    """Return the vendor; without `upstream` it must not send anything."""
    proof = Hmac(("Stripe-Signature",), (SECRET,), form="t=,v1=", signs="{t}.{body}")
    api = StripeApi(upstream or StubUpstream(), key)
    return StripeIdentity(api, proof, {"type": "document"}, listed)


def report(**changes: Any) -> dict[str, Any]:
    """Return a report of checks that have passed."""
    document = {"status": "verified", "error": None, "type": "passport", "issuing_country": "FI"}
    return {"id": "vr_1", "created": CREATED + 60, "document": document, **changes}


def session(status: str = "verified", code: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a session; with a `code` its last try has failed for it."""
    return {
        "id": SESSION_ID,
        "created": CREATED,
        "livemode": False,
        "status": status,
        "last_error": {"code": code, "reason": "Why it is so."} if code else None,
        "last_verification_report": report(),
        "redaction": None,
        "metadata": {"reference": START.reference},
        "url": "https://verify.stripe.test/start/once" if status == "requires_input" else None,
        **changes,
    }


def event(word: str, told: object = None, **changes: Any) -> bytes:
    """Return an event about a session."""
    shown = session() if told is None else told
    named = {"object": "event", "type": f"{KIND}.{word}", "livemode": False}
    return json.dumps({**named, "data": {"object": shown}, **changes}).encode()
