"""What DocuSeal's submissions and webhooks come to: every status, and what must never sign."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.vendors import (
    Answer,
    CallbackUnreadable,
    Case,
    Reason,
    Result,
    Status,
    UpstreamUnavailable,
    Waiting,
)
from tests.integrations.docuseal.fakes import (
    CASE,
    REFERENCE,
    StubUpstream,
    answered,
    docuseal,
    form,
    other_party,
    party,
    submission,
    webhook,
)

PART = docuseal()
SIGNED_AT = datetime(2026, 11, 20, 8, 7, 41, 284000, UTC)
DECLINED_AT = datetime(2026, 11, 20, 8, 6, 0, 500000, UTC)
EXPIRED_AT = datetime(2026, 11, 27, 8, tzinfo=UTC)
BEFORE, AFTER = "2026-11-21T09:00:00.000Z", "2026-11-28T09:00:00.000Z"
ARCHIVED = Reason("archived", "The submission was archived at DocuSeal.")
EXPIRED = Reason("expired", "It was not signed in time.")
DECLINED = Reason("declined", "Clause 4.")
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
_WORDS = st.sampled_from(("completed", "Completed", "pending", "declined", "expired", "signed"))
_SPOILT = st.dictionaries(st.sampled_from((*submission(), "data")), _WORDS | _ANYTHING)


def fetched(document: object) -> Result | Waiting | None:
    return docuseal(StubUpstream(answered(document))).fetch_result(CASE, finished=True)


def read(body: bytes) -> Any:
    return PART.read_callback({}, body)


@pytest.mark.parametrize(
    ("told", "status", "reason", "moment"),
    [
        (submission("completed"), Status.SIGNED, None, SIGNED_AT),
        (submission("completed", archived_at=AFTER), Status.SIGNED, None, SIGNED_AT),
        (submission("declined"), Status.DECLINED, DECLINED, DECLINED_AT),
        (submission("declined", archived_at=AFTER), Status.DECLINED, DECLINED, DECLINED_AT),
        (submission("expired"), Status.EXPIRED, EXPIRED, EXPIRED_AT),
        (submission("expired", archived_at=AFTER), Status.EXPIRED, EXPIRED, EXPIRED_AT),
        (
            submission("expired", archived_at=BEFORE),
            Status.CANCELLED,
            ARCHIVED,
            datetime(2026, 11, 21, 9, tzinfo=UTC),
        ),
        (
            submission("pending", archived_at=AFTER, expire_at=None),
            Status.CANCELLED,
            ARCHIVED,
            datetime(2026, 11, 28, 9, tzinfo=UTC),
        ),
    ],
)
def test_each_end_has_a_status_of_ours(
    told: dict[str, Any], status: Status, reason: Reason | None, moment: datetime
) -> None:
    expected = Result(
        status,
        reason=reason,
        completed_at=moment,
        echoed_reference=REFERENCE,
        version="7301",
        details={"submitterId": "91355"},
    )
    assert expected == fetched(told)


def test_one_question_tells_it() -> None:
    upstream = StubUpstream(answered(submission()))
    docuseal(upstream).fetch_result(Case("60412/../../users"), finished=False)
    assert ["GET /submissions/60412%2F..%2F..%2Fusers"] == upstream.lines


def test_what_nobody_has_signed_yet_tells_nothing() -> None:
    assert None is fetched(submission("pending"))


@pytest.mark.parametrize(
    "told",
    [
        submission("pending", submitters=[party(), other_party()]),
        submission("completed", submitters=[party("opened"), other_party("completed")]),
        submission("completed", submitters=[party(status="Completed")]),
        submission("completed", submitters=[party(), {**other_party(), "external_id": "x"}]),
        submission("completed", submitters=[]),
        submission("completed", submitters=None),
        *(submission(word, submitters=[party()]) for word in ("Completed", "completed ", "signed")),
        submission("voided", archived_at=AFTER),
    ],
)
def test_what_is_no_end_waits(told: dict[str, Any]) -> None:
    assert isinstance(fetched(told), Waiting)


@pytest.mark.parametrize("status", [None, 1, True, [], {}, ["completed"]])
def test_an_answer_without_a_status_tells_nothing(status: object) -> None:
    assert None is fetched(submission(status=status))


def test_a_status_that_contradicts_itself_signs_nothing() -> None:
    body = answered(submission()).body[:-1] + b',"status":"pending"}'
    upstream = StubUpstream(Answer("docuseal", 200, body))
    assert None is docuseal(upstream).fetch_result(CASE, finished=True)


@pytest.mark.parametrize("reason", [None, "", "\x00", 7, ["because"]])
def test_a_decline_may_have_no_reason(reason: object) -> None:
    events = [{"event_type": "decline_form", "data": {"reason": reason}}]
    found = fetched(submission("declined", submission_events=events))
    assert isinstance(found, Result)
    assert Reason("declined", "It was declined.") == found.reason


def test_the_decline_of_another_party_ends_it_too() -> None:
    declined = {**other_party("declined"), "declined_at": BEFORE}
    found = fetched(submission("declined", submitters=[party("opened"), declined]))
    assert isinstance(found, Result)
    expected = (Status.DECLINED, datetime(2026, 11, 21, 9, tzinfo=UTC), REFERENCE)
    assert expected == (found.status, found.completed_at, found.echoed_reference)


def test_what_is_deleted_was_cancelled() -> None:
    upstream = StubUpstream(answered({"status": 404}, 404))
    found = docuseal(upstream).fetch_result(CASE, finished=False)
    assert isinstance(found, Result)
    assert (Status.CANCELLED, None) == (found.status, found.echoed_reference)


def test_a_404_that_is_not_docuseals_ends_nothing() -> None:
    page = Answer("docuseal", 404, b"<h1>No such page</h1>")
    with pytest.raises(UpstreamUnavailable):
        docuseal(StubUpstream(page)).fetch_result(CASE, finished=False)


@pytest.mark.parametrize(
    "body",
    [
        form("form.completed", "completed"),
        form("form.completed", "declined"),
        form("form.completed", "something new"),
        form("form.declined", "declined", status="declined"),
        webhook("submission.completed", submission()),
        webhook("submission.expired", submission("expired")),
        webhook("submission.completed", submission(submitters=[other_party(), party()])),
    ],
)
def test_an_end_is_asked_about(body: bytes) -> None:
    callback = read(body)
    assert (REFERENCE, CASE, None) == (callback.reference, callback.case, callback.result)


def test_an_archived_submission_rings_without_a_reference() -> None:
    callback = read(webhook("submission.archived", {"id": 60412, "archived_at": AFTER}))
    assert (None, Case("60412")) == (callback.reference, callback.case)


@pytest.mark.parametrize("external_id", [None, "", 7, [REFERENCE]])
def test_a_party_without_a_reference_rings_too(external_id: object) -> None:
    callback = read(form("form.completed", "completed", external_id=external_id))
    assert (None, Case("60412")) == (callback.reference, callback.case)


@pytest.mark.parametrize(
    "body",
    [
        form("form.completed", "pending"),
        form("form.viewed", "pending"),
        form("form.started", "completed"),
        webhook("submission.created", submission("pending")),
        webhook("template.updated", {"id": 7301}),
        webhook("submission.reopened", submission()),
    ],
)
def test_what_ends_nothing_is_ignored(body: bytes) -> None:
    assert None is read(body)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        webhook(None, submission()),
        webhook(["submission.completed"], submission()),
        webhook("submission.completed", None),
        webhook("submission.completed", submission(id="60412")),
        webhook("submission.archived", {"id": 0}),
        form("form.completed", "completed", submission_id=None),
        form("form.declined", "declined", submission_id="../users"),
    ],
)
def test_a_spoilt_event_is_refused_so_that_it_comes_again(body: bytes) -> None:
    with pytest.raises(CallbackUnreadable):
        read(body)


@given(told=_SPOILT)
def test_whatever_is_posted_is_read_or_refused(told: dict[str, object]) -> None:
    try:
        callback = read(webhook("submission.completed", submission(**told)))
    except CallbackUnreadable:
        return
    assert callback.case.reference.isdigit()


@given(told=_SPOILT)
def test_whatever_is_answered_signs_by_its_status_alone(told: dict[str, object]) -> None:
    found = fetched(submission(**told))
    is_signed = isinstance(found, Result) and found.status is Status.SIGNED
    parties: object = told.get("submitters", [party()])
    expected = told.get("status", "completed") == "completed" and parties == [party()]
    assert is_signed == expected
