"""Veriff as its settings describe it."""

from __future__ import annotations

import pytest

from integrations.veriff import build
from proxy.vendors import Case, SettingsReader
from tests.integrations.parts import proven
from tests.integrations.stub_upstream import PreparedUpstreams
from tests.integrations.veriff.fakes import (
    API_KEY,
    REQUIRED,
    SECRET,
    SESSION_ID,
    StubUpstream,
    answered,
    decided,
    veriff,
)
from tests.integrations.veriff.test_results import CREATED, START


def problems(**variables: str) -> list[str]:
    reader = SettingsReader({**REQUIRED, **variables})
    build(reader, PreparedUpstreams(StubUpstream()))
    return reader.problems


def asked_at(**variables: str) -> list[str]:
    upstreams = PreparedUpstreams(StubUpstream())
    build(SettingsReader({**REQUIRED, **variables}), upstreams)
    return upstreams.asked


def test_the_common_address_is_the_default_and_the_portals_replaces_it() -> None:
    assert ["veriff https://stationapi.veriff.com"] == asked_at()
    assert ["veriff https://api.eu.example"] == asked_at(VERIFF_BASE_URL="https://api.eu.example/")


def test_the_first_secret_signs_requests() -> None:
    upstream = StubUpstream(answered(decided()))
    two = {"VERIFF_SHARED_SECRETS": f"{SECRET}, the-older-one"}
    veriff(upstream, **two).fetch_result(Case(SESSION_ID), finished=True)
    # printf SESSION_ID | openssl dgst -sha256 -hmac SECRET
    expected = "c617478a1b363cd8c93b46c709bf6f2749bec3f83983b10fbe97b3caf0d2b7c7"
    assert expected == upstream.sent[0].headers["X-HMAC-SIGNATURE"]


def test_an_integration_id_is_told_at_the_start_where_there_is_one() -> None:
    plain, flexible = (StubUpstream(answered(CREATED, 201)) for _ in range(2))
    veriff(plain).start(START)
    veriff(flexible, VERIFF_INTEGRATION_ID="an-integration").start(START)

    assert "VRF-INTEGRATION-ID" not in plain.sent[0].headers
    assert "an-integration" == flexible.sent[0].headers["VRF-INTEGRATION-ID"]


def test_its_fields_hold_what_is_documented_and_nothing_travels_in_an_address() -> None:
    limits = veriff().limits
    assert (1000, None, True) == (limits.reference, limits.callback_url, limits.needs_domains)


def test_no_secret_proves_by_an_empty_signature() -> None:
    assert None is proven(veriff(), b"", {"X-HMAC-SIGNATURE": ""})


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"VERIFF_API_KEY": ""}, "VERIFF_API_KEY is not set"),
        ({"VERIFF_API_KEY": "a key"}, "VERIFF_API_KEY does not have the expected form"),
        ({"VERIFF_SHARED_SECRETS": " , "}, "VERIFF_SHARED_SECRETS is not set"),
        ({"VERIFF_SHARED_SECRETS": f"x,{API_KEY.upper()}"}, "lists VERIFF_API_KEY"),
        ({"VERIFF_BASE_URL": "http://veriff.example"}, "VERIFF_BASE_URL"),
        ({"VERIFF_INTEGRATION_ID": "a b"}, "VERIFF_INTEGRATION_ID does not have"),
        ({"IDENTITY_RESULT_FIELDS": "person.firstName"}, "'person.firstName' is not one of"),
    ],
)
def test_an_unusable_value_is_named(variables: dict[str, str], named: str) -> None:
    (problem,) = problems(**variables)
    assert named in problem
    assert SECRET not in problem
