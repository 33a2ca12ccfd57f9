"""What begins a run, and answers that begin none."""

from __future__ import annotations

from typing import Any

import pytest

from proxy.vendors import Case, Limits, Started, StartRequest, UpstreamUnavailable
from tests.integrations.onfido.fakes import APPLICANT, RUN, StubUpstream, answered, onfido

BEGUN: dict[str, Any] = {"id": RUN, "link": {"url": "https://eu.onfido.app/l/made-up"}}


def request(locale: str | None = None) -> StartRequest:
    return StartRequest(
        reference="r" * 256,
        callback_url="https://app.example/api/callbacks/onfido",
        internal_reference="internal-1",
        idempotency_key="a key",
        pseudonym="a pseudonym",
        locale=locale,
    )


def test_a_run_leads_to_its_link_for_as_long_as_a_session_lasts() -> None:
    upstream = StubUpstream(answered({"id": APPLICANT}), answered(BEGUN))
    started = onfido(upstream, ONFIDO_SESSION_MINUTES="5").start(request())
    assert Started(Case(RUN), "https://eu.onfido.app/l/made-up", 300) == started
    assert "Token token=api_live.made.up" == upstream.sent[1].headers["Authorization"]
    assert "r" * 256 == upstream.sent[1].document["customer_user_id"]


@pytest.mark.parametrize("locale", ["pt_PT", None])
def test_its_page_speaks_the_language_that_is_told(locale: str | None) -> None:
    upstream = StubUpstream(answered({"id": APPLICANT}), answered(BEGUN))
    onfido(upstream).start(request(locale))
    assert locale == upstream.sent[1].document["link"].get("language")


@pytest.mark.parametrize("applicant", [{}, {"id": None}, {"id": "../workflow_runs"}])
def test_without_an_applicant_no_run_is_begun(applicant: dict[str, object]) -> None:
    upstream = StubUpstream(answered(applicant))
    with pytest.raises(UpstreamUnavailable):
        onfido(upstream).start(request())
    assert ["POST /v3.6/applicants"] == upstream.lines


@pytest.mark.parametrize(
    "changed", [{"id": 7}, {"link": None}, {"link": {}}, {"link": {"url": "javascript:alert(1)"}}]
)
def test_a_run_that_leads_nowhere_is_none(changed: dict[str, object]) -> None:
    upstream = StubUpstream(answered({"id": APPLICANT}), answered({**BEGUN, **changed}))
    with pytest.raises(UpstreamUnavailable):
        onfido(upstream).start(request())


def test_its_fields_hold_what_is_documented_and_it_is_answered_in_time() -> None:
    vendor = onfido()
    assert Limits(256, None, 2_000, 2_000) == vendor.limits
    assert vendor.answer_seconds is not None
    assert vendor.answer_seconds < 10
