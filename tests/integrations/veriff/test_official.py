"""Veriff's signatures, judged by others: vectors that were published, and `openssl`.

Veriff has no server SDK. The vectors, which `openssl dgst -sha256 -hmac` makes too, are in the
tests of github.com/GENERALBYTESCOM/batm_public (VeriffDigestTest, 2026-07) and of
github.com/brokeyourbike/veriff-api-client-go (webhook_test.go @49190b4, 2024-12); the signed
document is the example of Veriff's own documentation.
"""

from __future__ import annotations

import pytest

from proxy.vendors import Case
from sandbox.kit.checks import Session
from sandbox.veriff.simulator import OUTCOMES, Veriff
from tests.integrations.parts import proven
from tests.integrations.veriff.fakes import SECRET, StubUpstream, answered, decided, veriff, webhook
from tests.openssl import hmac_sha256

PUBLISHED_SECRET = "abcdef12-abcd-abcd-abcd-abcdef012345"
PUBLISHED_ID = "aea9ba6d-1b47-47fc-a4fc-f72b6d3584a7"
ID_SIGNATURE = "895cb3fd31139d89aeb7b263682e15479ab57651e70591256ad2c14fde4950dd"
PUBLISHED_BODY = (
    b'{"verification":{"callback":"https://veriff.com","person":{"firstName":"John","lastName":'
    b'"Smith"},"document":{"type":"PASSPORT","country":"EE"},"vendorData":"unique id of the end-'
    b'user","timestamp":"2016-05-19T08:30:25.597Z"}}'
)
BODY_SIGNATURE = "0dcab73ddd20062616d104231c7439657546a5c24e4691977da93bb854c31e25"
PUBLISHED = {"VERIFF_SHARED_SECRETS": PUBLISHED_SECRET}


def signed(body: bytes, signature: str, **variables: str) -> bool:
    """Tell whether a body with this signature proves to be Veriff's."""
    return proven(veriff(**variables), body, {"X-HMAC-SIGNATURE": signature}) is not None


def test_a_question_is_signed_as_published() -> None:
    upstream = StubUpstream(answered(decided()))
    veriff(upstream, **PUBLISHED).fetch_result(Case(PUBLISHED_ID), finished=True)

    assert [f"GET /v1/sessions/{PUBLISHED_ID}/decision"] == upstream.lines
    assert ID_SIGNATURE == upstream.sent[0].headers["X-HMAC-SIGNATURE"]


@pytest.mark.parametrize("signature", [BODY_SIGNATURE, BODY_SIGNATURE.upper()])
def test_a_body_that_is_signed_as_published_is_veriffs(signature: str) -> None:
    assert signed(PUBLISHED_BODY, signature, **PUBLISHED)


@pytest.mark.parametrize("secrets", ["another,{}", "{},another"])
def test_each_listed_secret_proves_a_body(secrets: str) -> None:
    listed = {"VERIFF_SHARED_SECRETS": secrets.format(PUBLISHED_SECRET)}
    assert signed(PUBLISHED_BODY, BODY_SIGNATURE, **listed)


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (PUBLISHED_BODY + b" ", BODY_SIGNATURE),
        (PUBLISHED_BODY.replace(b"John", b"Joan"), BODY_SIGNATURE),
        (PUBLISHED_BODY, ID_SIGNATURE),
        (PUBLISHED_BODY, BODY_SIGNATURE[:-1]),
        (PUBLISHED_BODY, f"sha256={BODY_SIGNATURE}"),
        (b"", BODY_SIGNATURE),
    ],
)
def test_nothing_else_is(body: bytes, signature: str) -> None:
    assert not signed(body, signature, **PUBLISHED)


def test_the_api_key_which_all_can_see_signs_nothing() -> None:
    part, body = veriff(), webhook(decided())
    key = {"X-HMAC-SIGNATURE": hmac_sha256(body, "e41a7c90-6d52-4b8e-9f03-71c5d8a2b64e")}
    assert None is proven(part, body, key)


def test_what_openssl_signs_is_veriffs() -> None:
    body = webhook(decided())
    assert signed(body, hmac_sha256(body, SECRET))


@pytest.mark.parametrize("outcome", [one.word for one in OUTCOMES])
def test_the_simulator_signs_as_openssl_does(outcome: str) -> None:
    simulated = Veriff()
    simulated.sends_everything = True
    session = Session(id=PUBLISHED_ID, reference="r", carrier="vendorData", begun_at=0.0)
    events = simulated.claiming(session, outcome)

    expected = [hmac_sha256(event.body, simulated.shared_secrets[0]) for event in events]
    assert expected == [dict(simulated.signed(event.body))["X-HMAC-SIGNATURE"] for event in events]
