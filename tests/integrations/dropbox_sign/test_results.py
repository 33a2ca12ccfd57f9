"""What a signature request has come to, and all that makes nothing signed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from proxy.vendors import Answer, Reason, Result, Status, UpstreamRefused, Waiting
from tests.integrations.dropbox_sign.fakes import (
    CASE,
    REQUEST_ID,
    SIGNED_AT,
    START,
    TEMPLATE,
    TEST_MODE,
    UNCHANGED,
    StubUpstream,
    answered,
    record,
    refused,
    signature,
    signed,
    signing,
    told,
)

TEXTS = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=30)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=5
)


def asked(
    answer: Answer, settings: Mapping[str, str] = UNCHANGED, *, finished: bool = False
) -> Result | Waiting | None:
    """Return what is read of an answer."""
    upstream = StubUpstream(answer)
    found = signing(upstream, settings).fetch_result(CASE, finished=finished)
    assert [f"GET /v3/signature_request/{REQUEST_ID}"] == upstream.lines
    return found


def result(found: object, settings: Mapping[str, str] = UNCHANGED) -> Result | Waiting | None:
    """Return what a signature request has come to."""
    return asked(told(found), settings)


def status(found: object, settings: Mapping[str, str] = UNCHANGED) -> Status | None:
    """Return its status where it has come to an end."""
    ended = result(found, settings)
    return ended.status if isinstance(ended, Result) else None


@pytest.mark.parametrize(
    ("found", "expected", "reason"),
    [
        (signed(), Status.SIGNED, None),
        (
            record(signature("declined", decline_reason="Not\nthis way."), is_declined=True),
            Status.DECLINED,
            Reason("declined", "Not this way."),
        ),
        (record(is_declined=True), Status.DECLINED, Reason("declined", "")),
        (
            record(signature("expired")),
            Status.EXPIRED,
            Reason("expired", "It was not signed in time."),
        ),
        (
            record(signature("error_file", error="No text."), has_error=True),
            Status.FAILED,
            Reason("error_file", "No text."),
        ),
        (record(signature("error_unknown")), Status.FAILED, Reason("error_unknown", "")),
        (record(has_error=True), Status.FAILED, Reason("error", "")),
    ],
)
def test_each_end_has_a_status(found: object, expected: Status, reason: Reason | None) -> None:
    ended = result(found)
    assert isinstance(ended, Result)
    assert (expected, reason) == (ended.status, ended.reason)
    assert (START.reference, TEMPLATE) == (ended.echoed_reference, ended.version)


def test_a_request_that_was_cancelled_is_deleted() -> None:
    ended = asked(refused(410, "deleted"))
    assert isinstance(ended, Result)
    assert (Status.CANCELLED, None) == (ended.status, ended.echoed_reference)


def test_it_is_complete_when_the_last_has_signed() -> None:
    first = signature("signed", signed_at=SIGNED_AT - 60)
    last = signature("signed", signer_role="Countersigner")
    ended = result(signed(signatures=[last, first]))
    assert isinstance(ended, Result)
    assert datetime.fromtimestamp(SIGNED_AT, UTC) == ended.completed_at


@pytest.mark.parametrize("word", ["true", "True", 1, 1.0, [True], {"is_complete": True}, None])
def test_it_is_signed_when_exactly_true_says_so(word: object) -> None:
    assert Status.SIGNED != status(signed(is_complete=word))
    assert Status.DECLINED != status(record(is_declined=word))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"is_declined": True}, Status.DECLINED),
        ({"has_error": True}, Status.FAILED),
        ({"signatures": [signature("error_file")]}, Status.FAILED),
    ],
)
def test_of_contradicting_words_the_good_one_does_not_count(
    changes: dict[str, Any], expected: Status
) -> None:
    assert expected == status(signed(**changes))


def test_a_record_that_tells_it_twice_signs_nothing() -> None:
    body = json.dumps({"signature_request": signed()})
    twice = body.replace('"is_complete": true', '"is_complete": true, "is_complete": false')
    assert body != twice
    found = asked(Answer("dropbox-sign", 200, twice.encode()))
    assert not isinstance(found, Result)


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        (["signed", "awaiting_signature"], "signed"),
        (["on_hold_by_requester"], "on_hold_by_requester"),
        (["sealed"], "sealed"),
        (["declined"], "declined"),
        ([None], "UNKNOWN"),
    ],
)
def test_what_is_no_end_waits(codes: list[object], code: str) -> None:
    waiting = result(record(*[signature(one) for one in codes]))
    assert isinstance(waiting, Waiting)
    assert code == waiting.reason.code


@pytest.mark.parametrize("answer", [told(record()), refused(404, "not_found")])
def test_what_an_event_announces_and_the_api_does_not_bear_out_is_not_asked_for_again(
    answer: Answer,
) -> None:
    assert asked(answer) is None
    assert isinstance(asked(answer, finished=True), Waiting)


@pytest.mark.parametrize("mode", [True, 1, "false", []])
def test_what_was_signed_in_test_mode_does_not_count(mode: object) -> None:
    assert status(signed(test_mode=mode)) is None
    assert Status.SIGNED == status(signed(test_mode=mode), TEST_MODE)


def test_in_test_mode_what_binds_counts_too() -> None:
    assert Status.SIGNED == status(signed(), TEST_MODE)


@pytest.mark.parametrize("told_of", [[], [TEMPLATE, TEMPLATE], [7], ["\ud800"], None, TEMPLATE])
def test_a_template_that_is_not_told_is_not_guessed(told_of: object) -> None:
    ended = result(signed(template_ids=told_of))
    assert isinstance(ended, Result)
    assert ended.version is None


@pytest.mark.parametrize(("code", "name"), [(401, "unauthorized"), (403, "forbidden")])
def test_a_refusal_is_no_result(code: int, name: str) -> None:
    with pytest.raises(UpstreamRefused):
        asked(refused(code, name))


@hypothesis_settings(deadline=None)
@given(st.sampled_from(sorted(signed())), ANY_JSON)
def test_whatever_stands_in_a_member_only_true_signs(member: str, value: object) -> None:
    found = result(signed(**{member: value}), TEST_MODE)
    if member == "is_complete" and value is not True:
        assert not isinstance(found, Result)
    if isinstance(found, Result) and found.reason is not None:
        assert json.dumps(found.reason.description, ensure_ascii=False).encode()


@pytest.mark.parametrize("body", [{}, {"signature_request": []}, {"signature_request": None}])
def test_an_answer_without_a_request_is_no_result(body: object) -> None:
    assert asked(answered(body)) is None


def test_what_was_signed_in_test_mode_says_so_in_its_version() -> None:
    found = {**record(is_complete=True), "test_mode": True}
    judged = result(found, TEST_MODE)
    assert isinstance(judged, Result)
    assert f"test:{TEMPLATE}" == judged.version
