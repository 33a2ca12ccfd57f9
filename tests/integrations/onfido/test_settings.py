"""Onfido as its settings describe it."""

from __future__ import annotations

import pytest

from integrations.onfido import build
from proxy.vendors import Hmac, SettingsReader
from tests.integrations.onfido.fakes import SETTINGS, StubUpstream, onfido
from tests.integrations.stub_upstream import PreparedUpstreams


def read(**settings: str) -> tuple[SettingsReader, list[str]]:
    """Return the reader of these settings, and at which addresses Onfido is then."""
    reader = SettingsReader({**SETTINGS, **settings})
    upstreams = PreparedUpstreams(StubUpstream())
    build(reader, upstreams)
    return reader, upstreams.asked


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({}, "https://api.eu.onfido.com"),
        ({"ONFIDO_REGION": "us"}, "https://api.us.onfido.com"),
        ({"ONFIDO_REGION": "ca"}, "https://api.ca.onfido.com"),
        ({"ONFIDO_BASE_URL": "http://127.0.0.1:9"}, "http://127.0.0.1:9"),
    ],
)
def test_a_region_has_its_host(settings: dict[str, str], host: str) -> None:
    reader, asked = read(**settings)
    assert ([], [f"onfido {host}"]) == (reader.problems, asked)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ONFIDO_API_TOKEN", ""),
        ("ONFIDO_API_TOKEN", "api_live.pasted\u200b"),
        ("ONFIDO_API_TOKEN", "api_live.\0"),
        ("ONFIDO_WEBHOOK_TOKENS", " , "),
        ("ONFIDO_WEBHOOK_TOKENS", "a-token,api_live.pasted"),
        ("ONFIDO_WORKFLOW_ID", ""),
        ("ONFIDO_WORKFLOW_ID", "my-workflow"),
        ("ONFIDO_REGION", "uk"),
        ("ONFIDO_SESSION_MINUTES", "4"),
        ("ONFIDO_SESSION_MINUTES", "43201"),
        ("ONFIDO_BASE_URL", "http://onfido.example"),
    ],
)
def test_what_cannot_be_used_is_reported(variable: str, value: str) -> None:
    (problem,) = read(**{variable: value})[0].problems
    assert problem.startswith(variable)


def test_any_of_several_webhook_tokens_proves_a_callback() -> None:
    proof = onfido(ONFIDO_WEBHOOK_TOKENS="a-new-one, an-old-one").proof
    assert Hmac(("X-SHA2-Signature",), ("a-new-one", "an-old-one")) == proof


@pytest.mark.parametrize(
    ("token", "advised"),
    [("api_sandbox.x.y", 1), ("api_sandbox_us.x.y", 1), ("api_live.x.y", 0), ("other", 0)],
)
def test_every_start_says_that_tests_count(token: str, advised: int) -> None:
    assert advised == len(read(ONFIDO_API_TOKEN=token)[0].advice)
