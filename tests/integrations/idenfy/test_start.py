"""How a session is begun at iDenfy: what is sent, and what leads there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.vendors import Case, Started, StartRequest, UpstreamUnavailable
from tests.integrations.idenfy.fakes import SCAN_REF, answered, idenfy

REQUEST = StartRequest(
    reference="r" * 99,
    callback_url="https://app.example/api/callbacks/idenfy",
    internal_reference="internal-1",
    idempotency_key="a key",
    pseudonym="5f0c5b1e-90a4-4c31-8f0e-6d2b9a7c1e3f",
)
CREATED = {"scanRef": SCAN_REF, "authToken": "tok3nOfFortyLetters", "clientId": "r" * 99}


def sent(request: StartRequest) -> object:
    vendor, upstream = idenfy(answered(CREATED, 201))
    vendor.start(request)
    return upstream.sent[0].document


def test_a_session_carries_the_reference_and_the_pseudonym() -> None:
    expected = {
        "clientId": REQUEST.reference,
        "externalRef": REQUEST.pseudonym,
        "tokenType": "IDENTIFICATION",
        "expiryTime": 3600,
    }
    assert expected == sent(REQUEST)


def test_a_user_is_sent_back_where_the_frontend_wants_them() -> None:
    good, bad = "https://market.example/done", "https://market.example/again"
    document = sent(replace(REQUEST, success_url=good, error_url=bad))
    assert isinstance(document, dict)
    assert (good, bad, bad) == tuple(
        document[name] for name in ("successUrl", "errorUrl", "unverifiedUrl")
    )


@pytest.mark.parametrize(("locale", "language"), [("de", "de"), ("sl", "si")])
def test_a_language_is_told_by_its_code_at_idenfy(locale: str, language: str) -> None:
    document = sent(replace(REQUEST, locale=locale))
    assert isinstance(document, dict)
    assert language == document["locale"]


def test_the_link_leads_to_the_api_that_was_asked() -> None:
    vendor, _ = idenfy(answered({**CREATED, "redirectUrl": "https://elsewhere.example/"}, 201))
    url = "https://idenfy.test/api/v2/redirect?authToken=tok3nOfFortyLetters"
    assert Started(Case(SCAN_REF), url, 3600) == vendor.start(REQUEST)


@pytest.mark.parametrize("name", ["scanRef", "authToken"])
@pytest.mark.parametrize("value", [None, "", 7, "a b", "a&b=c", "a" * 61])
def test_a_token_without_its_ids_is_no_token(name: str, value: object) -> None:
    vendor, _ = idenfy(answered({**CREATED, name: value}, 201))
    with pytest.raises(UpstreamUnavailable):
        vendor.start(REQUEST)
