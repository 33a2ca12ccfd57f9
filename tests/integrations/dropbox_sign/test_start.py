"""What a start makes, in which words, and what leads on with it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from proxy.outgoing.upstream import Answer
from proxy.vendors import Case, Started, UpstreamRefused, UpstreamUnavailable, Waiting
from tests.integrations.dropbox_sign.fakes import (
    CASE,
    LINK,
    REQUEST_ID,
    SETTINGS,
    SIGNATURE_ID,
    START,
    TEMPLATE,
    StubUpstream,
    linked,
    record,
    refused,
    signature,
    signed,
    signing,
    told,
)

DAY = 24 * 60 * 60
OTHER = "0b" * 16
MAKING = [
    "POST /v3/signature_request/create_embedded_with_template",
    f"POST /v3/signature_request/update/{REQUEST_ID}",
    f"GET /v3/embedded/sign_url/{SIGNATURE_ID}",
]
LOST = UpstreamUnavailable("dropbox-sign", "no answer")


def test_a_start_names_signer_template_and_reference() -> None:
    upstream = StubUpstream(told(record()), told(record()), linked())
    started = signing(upstream).start(START)
    assert MAKING == upstream.lines
    assert {
        "client_id": SETTINGS["DROPBOX_SIGN_CLIENT_ID"],
        "template_ids": [TEMPLATE],
        "signers": [
            {
                "role": "Provider",
                "name": "Specimena Signer",
                "email_address": "specimena@example.com",
            }
        ],
        "metadata": {"echoseal": START.reference},
        "allow_decline": True,
        "test_mode": False,
    } == upstream.sent[0].document
    assert Started(CASE, LINK, 30 * DAY - 3600) == started


def test_the_api_key_is_the_user_of_every_request() -> None:
    upstream = StubUpstream(told(record()), told(record()), linked())
    signing(upstream).start(START)
    # base64 of "made-up-api-key-of-the-account:"
    expected = "Basic bWFkZS11cC1hcGkta2V5LW9mLXRoZS1hY2NvdW50Og=="
    assert {expected} == {sent.headers["Authorization"] for sent in upstream.sent}


def test_the_deadline_is_set_by_a_request_of_its_own() -> None:
    upstream = StubUpstream(told(record()), told(record()), linked())
    started = signing(upstream, {"DROPBOX_SIGN_EXPIRY_DAYS": "60"}).start(START)
    sent = upstream.sent[1].document
    assert abs(time.time() + 60 * DAY - sent.pop("expires_at")) < 60
    assert {"signature_id": SIGNATURE_ID, "name": "Specimena Signer"} == sent
    assert 60 * DAY - 3600 == started.valid_seconds


@pytest.mark.parametrize("failure", [refused(400, "bad_request"), LOST])
def test_a_start_goes_on_without_a_deadline_and_says_so(
    failure: Answer | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "echoseal")
    upstream = StubUpstream(told(record()), failure, linked())
    assert LINK == signing(upstream).start(START).redirect_url
    assert "event=expiry-not-set" in caplog.text
    assert "Specimena" not in caplog.text


def test_an_escaped_link_is_undone() -> None:
    upstream = StubUpstream(told(record()), told(record()), linked(LINK.replace("&", "&amp;")))
    assert LINK == signing(upstream).start(START).redirect_url


@pytest.mark.parametrize(
    "made",
    [
        {},
        record(signature_request_id="../../account"),
        record(signature(signature_id=7)),
        record(signatures=[]),
        record(signature(signer_role="A"), signature(signer_role="B")),
    ],
)
def test_a_request_without_its_ids_is_none(made: dict[str, Any]) -> None:
    upstream = StubUpstream(told(made))
    with pytest.raises(UpstreamUnavailable):
        signing(upstream).start(START)
    assert MAKING[:1] == upstream.lines


@pytest.mark.parametrize(
    "answer",
    [
        linked("javascript:alert(1)"),
        linked(None),
        refused(404, "not_found"),
        refused(409, "conflict"),
    ],
)
def test_a_request_without_a_link_is_none(answer: Answer) -> None:
    upstream = StubUpstream(told(record()), told(record()), answer)
    with pytest.raises(UpstreamUnavailable):
        signing(upstream).start(START)


def test_while_the_same_request_is_processed_a_start_can_be_made_again() -> None:
    with pytest.raises(UpstreamUnavailable) as failure:
        signing(StubUpstream(refused(409, "conflict"))).start(START)
    assert 1 == failure.value.retry_after


@pytest.mark.parametrize(
    ("status", "name"),
    [(400, "bad_request"), (402, "payment_required"), (403, "forbidden")],
)
def test_what_the_account_may_not_do_is_refused(status: int, name: str) -> None:
    with pytest.raises(UpstreamRefused):
        signing(StubUpstream(refused(status, name))).start(START)


# To go on with a request


def test_a_request_goes_on_with_a_fresh_link() -> None:
    upstream = StubUpstream(linked())
    assert Started(CASE, LINK, 30 * DAY - 3600) == signing(upstream).resume(CASE)
    assert MAKING[2:] == upstream.lines


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (record(), "awaiting_signature"),
        (record(signature("signed"), signature(signer_role="Countersigner")), "signed"),
    ],
)
def test_who_has_nothing_to_sign_waits(found: dict[str, Any], code: str) -> None:
    waiting = signing(StubUpstream(refused(409, "conflict"), told(found))).resume(CASE)
    assert isinstance(waiting, Waiting)
    assert code == waiting.reason.code


@pytest.mark.parametrize(
    ("link", "found"),
    [
        (refused(409, "conflict"), told(signed())),
        (refused(410, "deleted"), refused(410, "deleted")),
        (refused(404, "not_found"), refused(404, "not_found")),
    ],
)
def test_what_has_ended_does_not_go_on(link: Answer, found: Answer) -> None:
    assert signing(StubUpstream(link, found)).resume(CASE) is None


@pytest.mark.parametrize(
    ("case", "answers"), [(CASE, [refused(404, "not_found")]), (Case(REQUEST_ID), [])]
)
def test_a_signer_whose_signature_has_another_id_goes_on_too(
    case: Case, answers: list[Answer]
) -> None:
    moved = told(record(signature(signature_id=OTHER)))
    upstream = StubUpstream(*answers, moved, linked())
    resumed = signing(upstream).resume(case)
    assert isinstance(resumed, Started)
    assert f"GET /v3/embedded/sign_url/{OTHER}" == upstream.lines[-1]
