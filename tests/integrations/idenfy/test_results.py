"""What iDenfy's words become: each documented status, and what must never be an approval."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.vendors import (
    Answer,
    Callback,
    CallbackUnreadable,
    Case,
    Reason,
    Result,
    Status,
    UpstreamUnavailable,
    Waiting,
)
from tests.integrations.idenfy.fakes import CASE, SCAN_REF, answered, idenfy, scan

ENDS = {
    "APPROVED": Status.APPROVED,
    "DENIED": Status.REJECTED,
    "EXPIRED": Status.EXPIRED,
    "EXPIRED-DELETED": Status.EXPIRED,
}
GOES_ON = ("SUSPECTED", "REVIEWING", "DELETED", "ARCHIVED", "ON_HOLD", "approved", "")
FLAGS: tuple[object, ...] = (["DUPLICATE_FACE"], [None], "DUPLICATE_FACE", {}, "", 0, False, True)
DATA = {
    "docFirstName": "TUULIKKI",
    "docLastName": "ESIMERKKI",
    "docNumber": "XK7700142",
    "docPersonalCode": None,
    "docExpiry": "2031-05-31",
    "docDob": "1980-01-01",
    "docDateOfIssue": "2021-06-01",
    "docType": "DRIVER_LICENSE",
    "docSex": "FEMALE",
    "docNationality": "FI",
    "docIssuingCountry": "EE",
    "address": "Esimerkkikatu 1",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)
STATUSES = st.sampled_from([*ENDS, *GOES_ON, "ACTIVE"])
TOLD = st.fixed_dictionaries(
    {},
    optional={
        "status": STATUSES | JSON,
        "fraudTags": st.just([]) | JSON,
        "mismatchTags": st.just([]) | JSON,
        "manualDocument": JSON,
        "autoFace": JSON,
        "clientId": JSON,
    },
)
unhurried = settings(deadline=None)


def told(*answers: Any, finished: bool = True) -> Result | Waiting | None:
    return idenfy(*answers)[0].fetch_result(CASE, finished=finished)


@pytest.mark.parametrize("word", ENDS)
def test_an_end_is_told_in_our_words(word: str) -> None:
    result = told(scan(status=word))
    assert isinstance(result, Result)
    assert (ENDS[word], "a reference") == (result.status, result.echoed_reference)
    assert (word == "APPROVED") == (result.reason is None)


@pytest.mark.parametrize("word", GOES_ON)
def test_what_is_no_end_waits_under_its_own_name(word: str) -> None:
    waiting = told(scan(status=word))
    assert isinstance(waiting, Waiting)
    assert (word or "UNKNOWN") == waiting.reason.code


def test_a_link_that_was_not_used_yet_has_nothing_to_tell() -> None:
    assert told(scan(status="ACTIVE"), finished=False) is None


def test_a_status_that_is_behind_its_notification_waits_for_the_next_visit() -> None:
    assert Waiting(Reason("ACTIVE", "nothing has been handed in yet")) == told(
        scan(status="ACTIVE"), finished=True
    )


@pytest.mark.parametrize("tags", ["fraudTags", "mismatchTags"])
@pytest.mark.parametrize("flagged", FLAGS, ids=repr)
def test_what_is_flagged_is_not_approved(tags: str, flagged: object) -> None:
    assert isinstance(told(scan(**{tags: flagged})), Waiting)


def test_tags_that_are_not_told_flag_nothing() -> None:
    result = told(answered({"status": "APPROVED", "clientId": "a reference"}))
    assert Result(Status.APPROVED, echoed_reference="a reference") == result


@pytest.mark.parametrize(
    "tags", [b'["AML"],"fraudTags":[]', b'[],"fraudTags":["AML"]', b'["\xff"]']
)
def test_tags_that_cannot_be_read_in_one_way_approve_nobody(tags: bytes) -> None:
    body = b'{"status":"APPROVED","clientId":"a reference","fraudTags":' + tags + b"}"
    with pytest.raises(UpstreamUnavailable):
        told(Answer("idenfy", 200, body))


@pytest.mark.parametrize("word", ["APPROVED!", "APPROVED\0", "<APPROVED>", "\u200bAPPROVED"])
def test_a_status_that_merely_looks_like_an_approval_approves_nobody(word: str) -> None:
    assert Waiting(Reason("APPROVED", "not known")) == told(scan(status=word))


def test_a_status_that_stands_twice_approves_nobody() -> None:
    twice = b'{"status": "DENIED", "status": "APPROVED", "clientId": "a reference"}'
    answer = scan()
    waiting = told(type(answer)(answer.upstream, 200, twice))
    assert isinstance(waiting, Waiting)


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ({"autoFace": "FACE_MISMATCH"}, "FACE_MISMATCH"),
        ({"autoDocument": "DOC_EXPIRED", "autoFace": "FACE_NOT_ANALYSED"}, "DOC_EXPIRED"),
        ({"autoDocument": "DOC_FAKE", "manualDocument": "DOC_EXPIRED"}, "DOC_EXPIRED"),
        ({"autoFace": "NO_FACE_FOUND", "manualFace": "FACE_MATCH"}, "not accepted"),
        ({"autoDocument": ["DOC_FAKE"], "autoFace": None}, "UNKNOWN"),
        ({"fraudTags": ["AML_SUSPECTION"], "mismatchTags": ["NAME"]}, "not accepted"),
    ],
)
def test_a_rejection_says_which_check_failed_and_nothing_of_tags(
    checks: dict[str, object], expected: str
) -> None:
    result = told(scan(status="DENIED", **checks))
    assert isinstance(result, Result)
    assert Reason("DENIED", expected) == result.reason


def test_whoever_is_suspected_does_not_learn_of_what() -> None:
    waiting = told(scan(status="SUSPECTED", fraudTags=["AML_SUSPECTION"]))
    assert Waiting(Reason("SUSPECTED", "the marketplace decides about it")) == waiting


def test_without_listed_fields_nothing_personal_is_asked_for() -> None:
    vendor, upstream = idenfy(scan())
    result = vendor.fetch_result(CASE, finished=True)
    assert isinstance(result, Result)
    assert {} == result.document
    assert ["POST /api/v2/status"] == upstream.lines


@pytest.mark.parametrize("status", [400, 403, 404])
def test_personal_data_that_are_refused_do_not_cost_the_approval(status: int) -> None:
    vendor, _ = idenfy(scan(), answered({}, status), listed=("lastName",))
    expected = Result(Status.APPROVED, echoed_reference="a reference")
    assert expected == vendor.fetch_result(CASE, finished=True)


def test_what_is_listed_is_kept_with_type_and_country() -> None:
    listed = ("lastName", "personalNumber", "nationality")
    vendor, upstream = idenfy(scan(), answered(DATA), listed=listed)
    result = vendor.fetch_result(CASE, finished=True)
    assert isinstance(result, Result)
    expected = {
        "type": "DRIVING_LICENSE",
        "country": "EST",
        "lastName": "ESIMERKKI",
        "nationality": "FIN",
    }
    assert expected == result.document
    assert [{"scanRef": SCAN_REF}] * 2 == [sent.document for sent in upstream.sent]
    assert ["POST /api/v2/status", "POST /api/v2/data"] == upstream.lines


@pytest.mark.parametrize("word", ["DENIED", "SUSPECTED", "REVIEWING", "EXPIRED"])
def test_of_who_is_not_approved_nothing_personal_is_asked_for(word: str) -> None:
    vendor, upstream = idenfy(scan(status=word), listed=("lastName",))
    vendor.fetch_result(CASE, finished=True)
    assert ["POST /api/v2/status"] == upstream.lines


def read(event: object, kind: str | None = "IDENTIFICATION_AUTO_FINISHED") -> Callback | None:
    headers = {} if kind is None else {"Idenfy-Event-Type": kind}
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return idenfy()[0].read_callback(headers, body)


FINAL = {"final": True, "scanRef": SCAN_REF, "clientId": "a reference"}


@pytest.mark.parametrize(
    "kind",
    [
        "IDENTIFICATION",
        "IDENTIFICATION_AUTO_FINISHED",
        "IDENTIFICATION_MANUAL_FINISHED",
        "IDENTIFICATION_RESUBMITTED",
        "IDENTIFICATION_EXPIRED",
        "IDENTIFICATION_CANCELLED",
        "ID_VERIFICATION_AUTO_FINISHED",
        None,
    ],
)
def test_every_event_of_a_verification_is_read(kind: str | None) -> None:
    assert Callback("a reference", Case(SCAN_REF)) == read(FINAL, kind)


def test_an_event_that_does_not_say_whether_it_is_final_is_read() -> None:
    event = {"scanRef": SCAN_REF, "clientId": "a reference"}
    assert Callback("a reference", Case(SCAN_REF)) == read(event)


def test_a_preliminary_result_is_ignored() -> None:
    event = {**FINAL, "final": False, "status": {"overall": "APPROVED"}}
    assert read(event) is None


@pytest.mark.parametrize(
    "kind", ["DOCUMENT_EXPIRATION", "FACIAL_AUTHENTICATION", "COMPANY_REVIEW", None]
)
def test_events_about_anything_else_are_ignored(kind: str | None) -> None:
    assert read({"scanRef": SCAN_REF, "clientId": "a reference"}, kind) is None


def test_a_result_that_an_event_claims_is_not_read() -> None:
    callback = read({**FINAL, "status": {"overall": "APPROVED"}})
    assert callback is not None
    assert callback.result is None


@pytest.mark.parametrize("body", [b"", b"[]", b"not JSON", b"\xff", b'"text"'])
def test_a_body_that_is_no_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(CallbackUnreadable):
        read(body)


@pytest.mark.parametrize("scan_ref", [None, 7, "../status", "a" * 61])
def test_an_odd_scan_reference_names_no_case(scan_ref: object) -> None:
    assert Callback("a reference", None) == read({**FINAL, "scanRef": scan_ref})


@given(document=TOLD | JSON, finished=st.booleans())
@unhurried
def test_whatever_is_told_only_an_unflagged_approval_approves(
    document: Any, *, finished: bool
) -> None:
    is_object = isinstance(document, dict)
    is_clear = is_object and all(
        document.get(name) in (None, []) for name in ("fraudTags", "mismatchTags")
    )
    may_approve = is_clear and document.get("status") == "APPROVED"
    answer = answered(document if is_object else {"status": document})
    result = told(answer, finished=finished)
    is_approved = isinstance(result, Result) and result.status is Status.APPROVED
    assert may_approve == is_approved


@given(
    event=st.fixed_dictionaries({}, optional=dict.fromkeys(FINAL, JSON)) | JSON,
    kind=st.none() | st.sampled_from(["IDENTIFICATION_EXPIRED", "COMPANY_REVIEW"]) | st.text(),
)
@unhurried
def test_whatever_is_sent_is_read_or_refused_as_unreadable(event: Any, kind: str | None) -> None:
    try:
        callback = read(event, kind)
    except CallbackUnreadable:
        assert not isinstance(event, dict)
        return
    assert callback is None or callback.result is None
