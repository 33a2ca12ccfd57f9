"""The official Python SDK as a judge: of what the simulator signs and answers, and of our proof."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import stripe as sdk

from proxy.vendors import Hmac
from sandbox.server import Server
from sandbox.stripe import StripeIdentity
from tests.integrations.parts import proven
from tests.integrations.stripe.fakes import SECRET, event, identity

NOW = 1_796_000_000
BODY = event("verified")


@pytest.fixture
def vendor() -> Iterator[StripeIdentity]:
    """Return the simulator, served."""
    vendor = StripeIdentity()
    with Server(vendor.app) as server:
        vendor.base_url = server.url
        yield vendor
    vendor.close()


def client(vendor: StripeIdentity, key: str = "") -> sdk.StripeClient:
    """Return the SDK's client of the simulator, with its secret key unless told otherwise."""
    return sdk.StripeClient(
        key or vendor.api_key,
        base_addresses={"api": vendor.base_url},
        max_network_retries=0,
    )


def begun(vendor: StripeIdentity, **options: str) -> sdk.identity.VerificationSession:
    """Return a session that the SDK has begun."""
    return client(vendor).v1.identity.verification_sessions.create(
        {
            "type": "document",
            "client_reference_id": "somebody",
            "return_url": "https://market.example/back",
            "metadata": {"reference": "r" * 99, "order": "4711"},
            "options": {
                "document": {"require_matching_selfie": True, "allowed_types": ["passport"]}
            },
        },
        {"idempotency_key": options.get("key", "one")},
    )


def signature(body: bytes, secret: str, at: int = NOW) -> str:
    """Return the header that the SDK makes for a body."""
    made: str = sdk.WebhookSignature.generate_signature_header(body.decode(), secret, at)
    return made


def is_proven(header: str, *secrets: str, body: bytes = BODY, now: float = NOW) -> bool:
    """Tell whether our proof accepts a header, as the kernel judges it."""
    vendor = identity()
    if secrets:
        vendor.proof = Hmac(("Stripe-Signature",), secrets, form="t=,v1=", signs="{t}.{body}")
    return proven(vendor, body, {"Stripe-Signature": header}, now=now) is not None


# What the simulator signs


def test_the_sdk_accepts_what_the_simulator_tells(vendor: StripeIdentity) -> None:
    begun(vendor)
    (session,) = vendor.sessions
    for word in ("selfie_face_mismatch", "processing", "verified"):
        session.outcome = word
        (told,) = vendor.events(session)
        (header,) = [value for _, value in vendor.signed(told.body)]
        read = sdk.Webhook.construct_event(told.body, header, vendor.endpoint.secret)
        assert (told.note, session.id) == (read.type, read.data.object["id"])


def test_the_sdk_refuses_what_a_forger_signs(vendor: StripeIdentity) -> None:
    ((_, header),) = vendor.signed(BODY, "whsec_guessed")
    with pytest.raises(sdk.SignatureVerificationError):
        sdk.Webhook.construct_event(BODY, header, vendor.endpoint.secret)


# What our proof accepts


def test_what_the_sdk_signs_is_proven() -> None:
    assert is_proven(signature(BODY, SECRET))


def test_what_it_signs_with_another_secret_or_over_another_body_is_not() -> None:
    assert not is_proven(signature(BODY, "whsec_other"))
    assert not is_proven(signature(BODY, SECRET), body=BODY + b" ")


def test_while_a_secret_is_rolled_either_signature_is_enough() -> None:
    (time_part, new), (_, old) = (
        signature(BODY, secret).split(",") for secret in ("whsec_new", "whsec_old")
    )
    both = f"{time_part},{new},{old}"
    assert is_proven(both, "whsec_old")
    assert is_proven(both, "whsec_new")
    assert is_proven(f"{time_part},{old}", "whsec_new", "whsec_old")
    assert not is_proven(both, "whsec_older")


def test_a_scheme_of_test_mode_proves_nothing() -> None:
    assert not is_proven(signature(BODY, SECRET).replace("v1=", "v0="))


@pytest.mark.parametrize(
    ("seconds", "accepted"), [(-301, False), (-300, True), (300, True), (301, False)]
)
def test_a_time_may_lie_five_minutes_before_or_after_now(seconds: int, accepted: bool) -> None:
    assert accepted == is_proven(signature(BODY, SECRET, NOW + seconds))


# What the simulator answers


def test_the_sdk_begins_and_retrieves_a_session(vendor: StripeIdentity) -> None:
    session = begun(vendor)
    found = client(vendor).v1.identity.verification_sessions.retrieve(session.id)
    assert ("requires_input", False) == (found.status, found.livemode)
    assert {"reference": "r" * 99, "order": "4711"} == found.metadata.to_dict()
    assert None not in (session.url, found.url, found.client_secret)
    assert session.url != found.url


def test_the_sdk_reads_the_report_of_a_verified_session(vendor: StripeIdentity) -> None:
    session = begun(vendor)
    vendor.finish(session.id, "verified")
    sessions = client(vendor).v1.identity.verification_sessions
    lean = sessions.retrieve(session.id)
    assert isinstance(lean.last_verification_report, str)
    found = sessions.retrieve(session.id, {"expand": ["last_verification_report"]})
    report = found.last_verification_report
    assert isinstance(report, sdk.identity.VerificationReport)
    assert report.document is not None
    assert ("verified", "GB") == (report.document.status, report.document.issuing_country)
    assert abs(report.created - time.time()) < 60
    assert "number" not in report.document


def test_sensitive_fields_are_for_restricted_keys(vendor: StripeIdentity) -> None:
    session = begun(vendor)
    vendor.finish(session.id, "verified")
    asked: sdk.params.identity.VerificationSessionRetrieveParams = {
        "expand": ["verified_outputs.dob"]
    }
    with pytest.raises(sdk.PermissionError):
        client(vendor).v1.identity.verification_sessions.retrieve(session.id, asked)
    restricted = client(vendor, vendor.restricted_key)
    found = restricted.v1.identity.verification_sessions.retrieve(session.id, asked)
    assert found.verified_outputs is not None
    assert found.verified_outputs.dob is not None
    assert 1901 == found.verified_outputs.dob.year


def test_the_same_key_gives_the_first_answer_again(vendor: StripeIdentity) -> None:
    first, again = begun(vendor), begun(vendor)
    assert (first.id, first.url) == (again.id, again.url)
    assert again.last_response is not None
    assert "true" == again.last_response.headers["Idempotent-Replayed"]
    assert first.id != begun(vendor, key="two").id


def test_the_same_key_with_another_body_is_an_error(vendor: StripeIdentity) -> None:
    begun(vendor)
    with pytest.raises(sdk.IdempotencyError) as refused:
        client(vendor).v1.identity.verification_sessions.create(
            {"type": "id_number"}, {"idempotency_key": "one"}
        )
    assert 400 == refused.value.http_status


def test_a_key_that_is_in_use_is_a_conflict(vendor: StripeIdentity) -> None:
    vendor.starts = "in-use"
    with pytest.raises(sdk.APIError) as refused:
        begun(vendor)
    assert 409 == refused.value.http_status


def test_the_newest_session_that_waits_for_input_is_listed_first(vendor: StripeIdentity) -> None:
    first, second, third = (begun(vendor, key=key) for key in ("one", "two", "three"))
    vendor.finish(third.id, "verified")
    listed = client(vendor).v1.identity.verification_sessions.list(
        {"client_reference_id": "somebody", "status": "requires_input"}
    )
    assert [second.id, first.id] == [one.id for one in listed.data]


def test_a_canceled_session_has_no_link(vendor: StripeIdentity) -> None:
    canceled = client(vendor).v1.identity.verification_sessions.cancel(begun(vendor).id)
    assert ("canceled", None) == (canceled.status, canceled.url)


def test_an_erased_session_stays_verified_without_its_metadata(vendor: StripeIdentity) -> None:
    session = begun(vendor)
    vendor.finish(session.id, "verified")
    erased = client(vendor).v1.identity.verification_sessions.redact(session.id)
    assert erased.redaction is not None
    assert ("verified", "redacted", {}) == (
        erased.status,
        erased.redaction.status,
        erased.metadata.to_dict(),
    )


def test_a_session_of_live_mode_is_not_there_for_a_test_key(vendor: StripeIdentity) -> None:
    live = client(vendor, vendor.live_key).v1.identity.verification_sessions
    session = live.create({"type": "document"})
    assert session.livemode
    with pytest.raises(sdk.InvalidRequestError) as refused:
        client(vendor).v1.identity.verification_sessions.retrieve(session.id)
    assert (404, "resource_missing") == (refused.value.http_status, refused.value.code)


def test_a_wrong_key_is_refused(vendor: StripeIdentity) -> None:
    with pytest.raises(sdk.AuthenticationError):
        client(vendor, "sk_test_guessed").v1.identity.verification_sessions.retrieve("vs_1")


def test_the_sdk_lists_the_endpoint_without_its_secret(vendor: StripeIdentity) -> None:
    vendor.callback_url = "https://market.example/api/callbacks/stripe"
    (endpoint,) = client(vendor).v1.webhook_endpoints.list({"limit": 100}).data
    assert (vendor.callback_url, "enabled") == (endpoint.url, endpoint.status)
    assert "secret" not in endpoint.to_dict()
