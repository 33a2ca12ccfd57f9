"""DocuSeal as its settings describe it."""

from __future__ import annotations

import pytest

from integrations.docuseal import build
from proxy.vendors import SettingsReader
from tests.integrations.docuseal.fakes import REQUIRED, SECRET, TOKEN, StubUpstream, docuseal
from tests.integrations.parts import proven
from tests.integrations.stub_upstream import PreparedUpstreams

# printf '1795680000.%s' "$BODY" | openssl dgst -sha256 -hmac "$SECRET"
SIGNED_AT = 1_795_680_000
BODY = b'{"event_type":"submission.archived","data":{"id":60412}}'
DIGEST = "3ac06a2460cf26d96b138d9d11f3bf1e022774dab4b22b7e273a860ab1c9b974"


def problems(**variables: str) -> list[str]:
    reader = SettingsReader({**REQUIRED, **variables})
    build(reader, PreparedUpstreams(StubUpstream()))
    return reader.problems


def asked_at(**variables: str) -> list[str]:
    upstreams = PreparedUpstreams(StubUpstream())
    build(SettingsReader({**REQUIRED, **variables}), upstreams)
    return upstreams.asked


def is_proven(signature: str, body: bytes = BODY, **variables: str) -> bool:
    """Tell whether a body with this signature proves to be DocuSeal's when it is sent."""
    headers = {"X-Docuseal-Signature": signature}
    return proven(docuseal(**variables), body, headers, now=SIGNED_AT) is not None


def test_the_cloud_is_the_default_and_another_place_replaces_it() -> None:
    assert ["docuseal https://api.docuseal.com"] == asked_at()
    own = "https://sign.market.example/api"
    assert [f"docuseal {own}"] == asked_at(DOCUSEAL_BASE_URL=own)


def test_the_documents_are_templates_by_name() -> None:
    assert {"provider-agreement": "7301", "house-rules": "7302"} == docuseal().subjects


def test_it_is_answered_before_it_gives_up() -> None:
    waits_seconds = 15
    assert 0 < (docuseal().answer_seconds or 0) < waits_seconds


def test_what_openssl_signs_is_docuseals() -> None:
    assert is_proven(f"{SIGNED_AT}.{DIGEST}")


@pytest.mark.parametrize("listed", [f"whsec_new,{SECRET}", f"{SECRET},whsec_new"])
def test_each_listed_secret_proves_a_body(listed: str) -> None:
    assert is_proven(f"{SIGNED_AT}.{DIGEST}", DOCUSEAL_WEBHOOK_SECRETS=listed)


def test_another_body_and_another_secret_prove_nothing() -> None:
    genuine = f"{SIGNED_AT}.{DIGEST}"
    assert not is_proven(genuine, BODY + b"\n")
    assert not is_proven(genuine, DOCUSEAL_WEBHOOK_SECRETS="whsec_another")


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"DOCUSEAL_API_TOKEN": ""}, "DOCUSEAL_API_TOKEN is not set"),
        ({"DOCUSEAL_API_TOKEN": "a token"}, "DOCUSEAL_API_TOKEN does not have the expected form"),
        ({"DOCUSEAL_WEBHOOK_SECRETS": " , "}, "DOCUSEAL_WEBHOOK_SECRETS is not set"),
        ({"DOCUSEAL_WEBHOOK_SECRETS": f"{SECRET},mine"}, "each begins with whsec_"),
        ({"DOCUSEAL_BASE_URL": "http://sign.example/api"}, "DOCUSEAL_BASE_URL"),
        ({"DOCUSEAL_EXPIRY_DAYS": "61"}, "DOCUSEAL_EXPIRY_DAYS must be a whole number from 1"),
        ({"DOCUSEAL_EXPIRY_DAYS": "0"}, "DOCUSEAL_EXPIRY_DAYS must be a whole number from 1"),
        ({"SIGNING_DOCUMENTS": "agreement:d3f0-template"}, "the number of a template"),
        ({"SIGNING_DOCUMENTS": "agreement:0"}, "the number of a template"),
    ],
)
def test_an_unusable_value_is_named(variables: dict[str, str], named: str) -> None:
    (problem,) = problems(**variables)
    assert named in problem
    assert SECRET not in problem
    assert TOKEN not in problem
