"""How a submission begins at DocuSeal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from proxy.vendors import UpstreamRefused, UpstreamUnavailable
from tests.integrations.docuseal.fakes import (
    CASE,
    REFERENCE,
    START,
    TOKEN,
    StubUpstream,
    answered,
    docuseal,
    party,
)

PAGE = "https://docuseal.example/s/w9Xr2TkVb4QmZe"
BEGUN = party("awaiting", embed_src=PAGE)
DAY_SECONDS = 24 * 60 * 60


def test_one_call_asks_for_a_submission_of_which_nobody_is_sent_an_email() -> None:
    upstream = StubUpstream(answered([BEGUN]))
    earliest = datetime.now(UTC).replace(microsecond=0)
    started = docuseal(upstream).start(START)
    (sent,) = upstream.sent
    asked = sent.document
    expires_at = asked.pop("expire_at")

    assert "POST /submissions" == upstream.lines[0]
    assert TOKEN == sent.headers["X-Auth-Token"]
    assert {
        "template_id": 7301,
        "send_email": False,
        "submitters": [
            {
                "name": "Pia Provider",
                "email": "pia@provider.example",
                "external_id": REFERENCE,
                "completed_redirect_url": "https://market.example/signed",
            }
        ],
    } == asked
    moment = datetime.strptime(expires_at, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    assert timedelta(0) <= moment - earliest - timedelta(days=30) < timedelta(minutes=1)
    assert (CASE, PAGE) == (started.case, started.redirect_url)
    assert 30 * DAY_SECONDS == started.valid_seconds


def test_the_link_lives_for_as_long_as_the_submission() -> None:
    upstream = StubUpstream(answered([BEGUN]))
    started = docuseal(upstream, DOCUSEAL_EXPIRY_DAYS="60").start(START)
    assert 60 * DAY_SECONDS == started.valid_seconds


def test_each_document_has_its_template() -> None:
    upstream = StubUpstream(answered([BEGUN]))
    docuseal(upstream).start(replace(START, subject="house-rules", success_url=None))
    asked = upstream.sent[0].document
    assert 7302 == asked["template_id"]
    assert "completed_redirect_url" not in asked["submitters"][0]


@pytest.mark.parametrize("given", ["Provider", "PROVIDER"])
def test_a_role_is_told_and_found_again_in_the_answer(given: str) -> None:
    upstream = StubUpstream(answered([{**BEGUN, "role": given}]))
    docuseal(upstream, DOCUSEAL_ROLE="Provider").start(START)
    assert "Provider" == upstream.sent[0].document["submitters"][0]["role"]


@pytest.mark.parametrize("given", ["Marketplace", None, ["Provider"]])
def test_whom_docuseal_takes_for_another_role_does_not_sign(given: object) -> None:
    upstream = StubUpstream(answered([{**BEGUN, "role": given}]))
    with pytest.raises(UpstreamRefused):
        docuseal(upstream, DOCUSEAL_ROLE="Provider").start(START)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": None},
        {"id": "91355"},
        {"id": True},
        {"submission_id": 0},
        {"submission_id": -60412},
        {"submission_id": 2**60},
        {"submission_id": 60412.5},
        {"embed_src": None},
        {"embed_src": "javascript:alert(1)"},
    ],
)
def test_a_submission_that_cannot_be_used_has_not_begun(changed: dict[str, object]) -> None:
    with pytest.raises(UpstreamUnavailable):
        docuseal(StubUpstream(answered([{**BEGUN, **changed}]))).start(START)


@pytest.mark.parametrize("document", [[], {}, BEGUN, [[BEGUN]], None])
def test_an_answer_of_another_form_is_none(document: object) -> None:
    with pytest.raises(UpstreamUnavailable):
        docuseal(StubUpstream(answered(document))).start(START)


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_refusal_is_one(status: int) -> None:
    with pytest.raises(UpstreamRefused):
        docuseal(StubUpstream(answered({"error": "Not authorized"}, status))).start(START)
