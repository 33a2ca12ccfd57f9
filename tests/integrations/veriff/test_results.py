"""What Veriff's answers and webhooks come to: every status, and what must never approve."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.vendors import (
    CallbackUnreadable,
    Case,
    Reason,
    Result,
    StartRequest,
    Status,
    UpstreamUnavailable,
    Waiting,
)
from tests.integrations.veriff.fakes import (
    API_KEY,
    HEADERS,
    SESSION_ID,
    StubUpstream,
    answered,
    decided,
    veriff,
    webhook,
)

CASE = Case(SESSION_ID)
PART = veriff()
START = StartRequest(
    reference="r" * 99,
    callback_url="https://app.example/api/callbacks/veriff",
    internal_reference="internal-1",
    idempotency_key="a key",
    pseudonym="0d9f6a1e-3c48-4b72-8e5d-f7a1b2c3d4e5",
    locale="pt",
    success_url="https://market.example/back",
    error_url="https://market.example/sorry",
)
CREATED: dict[str, Any] = {
    "status": "success",
    "verification": {
        "id": SESSION_ID,
        "url": "https://magic.veriff.me/v/a.b.c",
        "vendorData": "r" * 99,
        "host": "https://magic.veriff.me",
        "status": "created",
        "sessionToken": "a.b.c",
    },
}
ENDS = {
    "approved": Status.APPROVED,
    "declined": Status.REJECTED,
    "expired": Status.EXPIRED,
    "abandoned": Status.EXPIRED,
}
TOLD = ("resubmission_requested", "review", "created", "started", "submitted")
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
_WORDS = st.sampled_from(("approved", "Approved", "declined", "review", "submitted", "9001"))
_SPOILT = st.dictionaries(
    st.sampled_from((*decided()["verification"], "decision")),
    _WORDS | _ANYTHING,
)
NO_STATUS: tuple[object, ...] = (None, 9001, True, [], ["approved"], {"status": "approved"})


def fetched(document: object, **variables: str) -> Result | Waiting | None:
    return veriff(StubUpstream(answered(document)), **variables).fetch_result(CASE, finished=True)


def read(document: dict[str, object], headers: dict[str, str] = HEADERS) -> Any:
    return PART.read_callback(headers, webhook(document))


def test_a_start_tells_what_veriff_takes_and_no_more() -> None:
    upstream = StubUpstream(answered(CREATED, 201))
    started = veriff(upstream).start(START)
    (sent,) = upstream.sent

    assert ("POST", "/v1/sessions", API_KEY) == (
        sent.method,
        sent.path,
        sent.headers["X-AUTH-CLIENT"],
    )
    assert {
        "verification": {
            "callback": "https://market.example/back",
            "vendorData": "r" * 99,
            "endUserId": START.pseudonym,
            "lang": "pt",
        }
    } == sent.document
    assert (CASE, "https://magic.veriff.me/v/a.b.c") == (started.case, started.redirect_url)
    assert 604_800 == started.valid_seconds


def test_what_was_not_chosen_is_not_sent() -> None:
    upstream = StubUpstream(answered(CREATED, 201))
    veriff(upstream).start(replace(START, locale=None, success_url=None))

    assert {"vendorData", "endUserId"} == set(upstream.sent[0].document["verification"])


@pytest.mark.parametrize(
    "changed",
    [{"id": None}, {"id": "../decision"}, {"id": "s-1"}, {"url": None}, {"url": "javascript:x"}],
)
def test_a_session_that_cannot_be_used_has_not_begun(changed: dict[str, object]) -> None:
    spoilt = {"verification": {**CREATED["verification"], **changed}}
    with pytest.raises(UpstreamUnavailable):
        veriff(StubUpstream(answered(spoilt, 201))).start(START)


@pytest.mark.parametrize("word", ENDS)
def test_each_end_has_a_status_of_ours(word: str) -> None:
    result = fetched(decided(status=word, reason="Because.", reasonCode=102))

    assert isinstance(result, Result)
    assert ENDS[word] is result.status
    expected = None if word == "approved" else Reason("102", "Because.")
    assert expected == result.reason
    assert datetime(2026, 11, 20, 8, 7, 41, 284913, UTC) == result.completed_at
    assert "a reference" == result.echoed_reference
    assert not result.is_revised


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"reasonCode": 204, "reason": "Poor image quality"}, Reason("204", "Poor image quality")),
        ({"reasonCode": "204"}, Reason("204", "resubmission_requested")),
        ({"reasonCode": True}, Reason("resubmission_requested", "resubmission_requested")),
        ({"reasonCode": ""}, Reason("resubmission_requested", "resubmission_requested")),
        ({}, Reason("resubmission_requested", "resubmission_requested")),
    ],
)
def test_another_submission_is_told_with_its_reason(
    told: dict[str, object], reason: Reason
) -> None:
    assert Waiting(reason) == fetched(decided(status="resubmission_requested", **told))


@pytest.mark.parametrize("word", ["review", "reconsidered", "APPROVED", "approved ", ""])
def test_what_is_no_end_waits_though_its_code_says_approved(word: str) -> None:
    found = fetched(decided(status=word, code=9001))
    assert isinstance(found, Waiting)


@pytest.mark.parametrize("word", ["created", "started", "submitted"])
def test_before_a_decision_there_is_nothing_to_tell(word: str) -> None:
    assert None is fetched(decided(status=word))


@pytest.mark.parametrize(
    "document",
    [
        {"status": "success", "verification": None},
        {"status": "approved"},
        {"status": "approved", "verification": {}},
        {"verification": {"decision": "approved", "decisionScore": 1.0}},
        {"data": {"verification": {"status": "approved"}}},
        *(decided(status=told) for told in NO_STATUS),
    ],
)
def test_an_approval_is_in_one_place_alone(document: object) -> None:
    assert None is fetched(document)


def test_a_status_that_stands_twice_is_none() -> None:
    body = b'{"verification":{"status":"declined","status":"approved"}}'
    upstream = StubUpstream(answered({}))
    upstream.answers = [replace(answered({}), body=body)]
    assert None is veriff(upstream).fetch_result(CASE, finished=True)


def test_a_document_has_our_words_and_no_name() -> None:
    found = fetched(decided())
    assert isinstance(found, Result)
    assert {"type": "ID_CARD", "country": "EST"} == found.document


def test_listed_fields_are_kept_of_document_and_person() -> None:
    person = {"firstName": "MARI", "idNumber": "48802290001", "nationality": "EE", "gender": "F"}
    document = {"type": "DRIVERS_LICENSE", "number": "X1", "country": "EE"}
    found = fetched(
        decided(
            person=person, document={**document, "validFrom": "2020-01-02", "validUntil": None}
        ),
        IDENTITY_RESULT_FIELDS=(
            "firstName,lastName,personalNumber,nationality,gender,documentNumber,issuingDate,"
            "expiryDate,dateOfBirth"
        ),
    )
    assert isinstance(found, Result)
    assert {
        "type": "DRIVING_LICENSE",
        "country": "EST",
        "firstName": "MARI",
        "personalNumber": "48802290001",
        "nationality": "EST",
        "gender": "F",
        "documentNumber": "X1",
        "issuingDate": "2020-01-02",
    } == found.document


@pytest.mark.parametrize("word", ["approved", "abandoned"])
def test_person_and_document_may_be_missing(word: str) -> None:
    found = fetched(decided(status=word, person=None, document=None, decisionTime=None))
    assert isinstance(found, Result)
    assert ({}, None) == (found.document, found.completed_at)


@pytest.mark.parametrize("word", [*ENDS, "reconsidered"])
def test_a_webhook_of_an_end_or_of_an_unknown_word_is_asked_about(word: str) -> None:
    callback = read(decided(status=word))
    assert ("a reference", CASE, None) == (callback.reference, callback.case, callback.result)


@pytest.mark.parametrize("word", TOLD)
def test_a_webhook_that_ends_nothing_is_not_asked_about(word: str) -> None:
    assert None is read(decided(status=word))


@pytest.mark.parametrize(
    "document",
    [
        {"id": SESSION_ID, "feature": "selfid", "code": 7002, "action": "submitted"},
        {"sessionId": SESSION_ID, "checkType": "initial_result", "matchStatus": "no_match"},
        {"eventType": "user-status.created", "data": {"verification": {"status": "approved"}}},
        {"eventType": "fullauto", **decided()},
        {},
    ],
)
def test_other_webhooks_are_ignored(document: dict[str, object]) -> None:
    assert None is read(document)


def test_another_integrations_decision_is_ignored() -> None:
    other = {"X-AUTH-CLIENT": "00000000-0000-4000-8000-000000000000"}
    assert None is read(decided(), other)


def test_the_api_key_may_be_told_in_capitals() -> None:
    assert CASE == read(decided(), {"X-AUTH-CLIENT": API_KEY.upper()}).case


@pytest.mark.parametrize(
    "verification", [None, "approved", [], {}, *({"status": told} for told in NO_STATUS)]
)
def test_a_spoilt_decision_is_refused_so_that_it_comes_again(verification: object) -> None:
    with pytest.raises(CallbackUnreadable):
        read({"status": "success", "verification": verification})


def test_a_decision_that_names_no_integration_is_refused() -> None:
    with pytest.raises(CallbackUnreadable):
        read(decided(), {})


@pytest.mark.parametrize("told", [None, 7, "../../x", "s-1"])
def test_an_id_that_is_none_makes_no_path(told: object) -> None:
    assert None is read(decided(id=told)).case


@given(told=_SPOILT)
def test_whatever_is_posted_is_read_or_refused(told: dict[str, object]) -> None:
    try:
        callback = read(decided(**told))
    except CallbackUnreadable:
        return
    assert callback is None or told.get("status", "approved") not in TOLD


@given(told=_SPOILT)
def test_whatever_is_answered_approves_by_its_status_alone(told: dict[str, object]) -> None:
    found = fetched(decided(**told))
    is_approved = isinstance(found, Result) and found.status is Status.APPROVED
    assert is_approved == (told.get("status", "approved") == "approved")
