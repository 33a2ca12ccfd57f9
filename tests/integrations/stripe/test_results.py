"""What Stripe's words become, and what never becomes an approval."""

from __future__ import annotations

import json
from datetime import UTC, datetime
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
    UpstreamRefused,
    UpstreamUnavailable,
    Waiting,
)
from tests.integrations.parts import NO_HEADERS
from tests.integrations.stripe.fakes import (
    CASE,
    CREATED,
    START,
    StubUpstream,
    answered,
    event,
    identity,
    report,
    session,
)

REPORTED_AT = datetime.fromtimestamp(CREATED + 60, UTC)
REJECTED = (
    "document_unverified_other", "selfie_face_mismatch", "selfie_manipulated",
    "selfie_unverified_other", "id_number_mismatch", "id_number_unverified_other",
    "email_unverified_other", "email_verification_declined", "phone_unverified_other",
    "phone_verification_declined", "under_supported_age",
)  # fmt: skip
FAILED = (
    "consent_declined", "country_not_supported", "device_not_supported", "document_expired",
    "document_type_not_supported", "selfie_document_missing_photo",
    "id_number_insufficient_document_data", "a_code_that_is_new",
)  # fmt: skip
OUTPUTS = {
    "first_name": "Specimena",
    "last_name": "Stripeson",
    "sex": "female",
    "dob": {"day": 3, "month": 2, "year": 1901},
    "id_number": "000-00-4711",
}


def told(shown: object, **options: Any) -> Result | Waiting | None:
    """Return what a retrieved session means."""
    return identity(StubUpstream(answered(shown)), **options).fetch_result(CASE, finished=True)


def result(shown: object, **options: Any) -> Result:
    """Return the end that a retrieved session tells."""
    found = told(shown, **options)
    assert isinstance(found, Result)
    return found


def test_a_verified_session_is_approved_with_its_document_time_and_reference() -> None:
    document = {"type": "PASSPORT", "country": "FIN"}
    expected = Result(Status.APPROVED, document, None, REPORTED_AT, START.reference)
    assert expected == told(session())


@pytest.mark.parametrize(
    ("status", "codes"),
    [(Status.REJECTED, REJECTED), (Status.FAILED, FAILED), (Status.EXPIRED, ("abandoned",))],
)
def test_a_failed_try_is_told_by_its_code(status: Status, codes: tuple[str, ...]) -> None:
    found = [result(session("requires_input", code)) for code in codes]
    expected = [(status, Reason(code, "Why it is so.")) for code in codes]
    assert expected == [(one.status, one.reason) for one in found]


def test_a_canceled_session_has_failed() -> None:
    assert Status.FAILED is result(session("canceled")).status


def test_a_session_that_waits_for_input_has_no_result() -> None:
    assert told(session("requires_input")) is None


@pytest.mark.parametrize("word", ["processing", "reconsidered", "", "verified?", "«verified»"])
def test_what_is_under_way_or_unknown_is_waited_for(word: str) -> None:
    assert isinstance(told(session(word)), Waiting)


@pytest.mark.parametrize("word", [None, 7, ["verified"]])
def test_a_status_that_is_no_text_cannot_be_read(word: Any) -> None:
    assert told(session(word)) is None


def test_a_session_that_is_not_there_has_no_result() -> None:
    refused = {"error": {"code": "resource_missing"}}
    assert identity(StubUpstream(answered(refused, 404))).fetch_result(CASE, finished=True) is None


@pytest.mark.parametrize("status", ["processing", "redacted", "validated"])
def test_an_erased_session_is_not_approved_and_no_callback_leads_to_it(status: str) -> None:
    found = result(session(redaction={"status": status}))
    assert (Status.FAILED, None) == (found.status, found.echoed_reference)


@pytest.mark.parametrize(
    "redaction", [b'{"status":"x"},"redaction":null', b'null,"redaction":1', b'"\xff"']
)
def test_an_erasure_that_cannot_be_read_in_one_way_approves_nobody(redaction: bytes) -> None:
    body = answered(session()).body.replace(b'"redaction": null', b'"redaction": ' + redaction)
    with pytest.raises(UpstreamUnavailable):
        identity(StubUpstream(Answer("stripe", 200, body))).fetch_result(CASE, finished=True)


@pytest.mark.parametrize(("key", "livemode"), [("sk_test_1", True), ("rk_live_1", False)])
def test_a_result_of_the_other_mode_counts_in_neither_direction(key: str, livemode: bool) -> None:
    found = told(session(livemode=livemode), key=key)
    assert isinstance(found, Waiting)
    assert "livemode" == found.reason.code


@pytest.mark.parametrize("livemode", [None, "true", 1, 0])
def test_a_mode_that_cannot_be_read_is_not_ours(livemode: object) -> None:
    assert isinstance(told(session(livemode=livemode)), Waiting)


def test_a_failed_check_is_dated_by_the_report_that_tells_of_it() -> None:
    failed = report(selfie={"status": "unverified", "error": {"code": "selfie_manipulated"}})
    shown = session("requires_input", "selfie_manipulated", last_verification_report=failed)
    assert REPORTED_AT == result(shown).completed_at


@pytest.mark.parametrize(("status", "code"), [("canceled", None), ("requires_input", "abandoned")])
def test_a_report_of_an_earlier_try_says_nothing_of_a_session_that_was_left(
    status: str, code: str | None
) -> None:
    found = result(session(status, code))
    assert (None, {}) == (found.completed_at, found.document)


@pytest.mark.parametrize("created", [None, "1796000060", -1, 10**15, 1.5, True])
def test_a_time_that_is_none_is_left_out(created: object) -> None:
    shown = session(last_verification_report=report(created=created))
    assert result(shown).completed_at is None


def test_the_leanest_view_is_asked_for() -> None:
    upstream = StubUpstream(answered(session()))
    identity(upstream).fetch_result(CASE, finished=True)
    expected = f"GET /v1/identity/verification_sessions/{CASE.reference}"
    assert [f"{expected}?expand%5B0%5D=last_verification_report"] == upstream.lines


def test_a_sessions_name_leads_nowhere_else() -> None:
    upstream = StubUpstream(answered({}, 404))
    identity(upstream).fetch_result(Case("../../customers?x"), finished=False)
    (line,) = upstream.lines
    assert line.startswith("GET /v1/identity/verification_sessions/..%2F..%2Fcustomers%3Fx?expand")


def test_listed_fields_are_asked_for_and_kept() -> None:
    document = {
        "number": "SPECIMEN-S-0815",
        "expiration_date": {"day": 12, "month": 11, "year": 2099},
        "issued_date": {"day": 1, "month": 10, "year": None},
    }
    shown = session(last_verification_report=report(document=document), verified_outputs=OUTPUTS)
    listed = ("firstName", "dateOfBirth", "documentNumber", "expiryDate", "issuingDate", "gender")
    expected = {
        "firstName": "Specimena",
        "dateOfBirth": "1901-02-03",
        "documentNumber": "SPECIMEN-S-0815",
        "expiryDate": "2099-11-12",
        "gender": "female",
    }
    upstream = StubUpstream(answered(shown))
    found = identity(upstream, listed=listed).fetch_result(CASE, finished=True)
    assert isinstance(found, Result)
    assert expected == found.document
    assert 5 == upstream.lines[0].count("expand")


@pytest.mark.parametrize("code", REJECTED[:2])
def test_of_a_check_that_failed_nothing_personal_is_kept(code: str) -> None:
    document = {"type": "id_card", "number": "N1", "error": {"code": code}}
    shown = session("requires_input", code, last_verification_report=report(document=document))
    assert {"type": "ID_CARD"} == result(shown, listed=("documentNumber",)).document


def test_what_a_key_may_not_see_does_not_cost_the_result() -> None:
    upstream = StubUpstream(UpstreamRefused("stripe", 403), answered(session()))
    found = identity(upstream, listed=("dateOfBirth",)).fetch_result(CASE, finished=True)
    assert isinstance(found, Result)
    assert [2, 1] == [line.count("expand") for line in upstream.lines]


def test_an_event_of_an_end_leads_to_its_session() -> None:
    for body in (
        event("verified"),
        event("canceled", session("canceled")),
        event("requires_input", session("requires_input", "selfie_manipulated")),
    ):
        assert Callback(START.reference, CASE) == identity().read_callback(NO_HEADERS, body)


@pytest.mark.parametrize(
    "body",
    [
        event("created", session("requires_input")),
        event("processing", session("processing")),
        event("redacted"),
        event("requires_input", session("requires_input")),
        event("reconsidered"),
        event("verified", type="customer.created"),
        event("verified", type="v1.identity.verification_session.verified", object="v2.core.event"),
    ],
)
def test_other_events_are_ignored(body: bytes) -> None:
    assert identity().read_callback(NO_HEADERS, body) is None


@pytest.mark.parametrize(("key", "livemode"), [("rk_test_1", True), ("sk_live_1", False)])
def test_an_event_of_the_other_mode_is_ignored(key: str, livemode: bool) -> None:
    body = event("verified", livemode=livemode)
    assert identity(key=key).read_callback(NO_HEADERS, body) is None


TEXTS = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=40)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=5
)
WORDS = st.sampled_from(["verified", "requires_input", "processing", "canceled", "redacted"])


@st.composite
def spoilt(draw: st.DrawFn, usual: dict[str, Any]) -> dict[str, Any]:
    """Draw an object of which some members are missing, and some are anything."""
    fates = {name: draw(st.sampled_from(["kept"] * 6 + ["gone", "odd"])) for name in usual}
    odd = {name: draw(ANY_JSON) for name, fate in fates.items() if fate == "odd"}
    kept = {name: value for name, value in usual.items() if fates[name] == "kept"}
    return {**kept, **odd}


@settings(deadline=None)
@given(body=st.binary() | WORDS.flatmap(lambda w: spoilt(session(w)).map(lambda s: event(w, s))))
def test_any_bytes_are_a_callback_or_unreadable(body: bytes) -> None:
    try:
        identity().read_callback(NO_HEADERS, body)
    except CallbackUnreadable:
        return


@settings(deadline=None)
@given(
    shown=WORDS.flatmap(lambda word: spoilt(session(word, verified_outputs=OUTPUTS))),
    read=spoilt(report()),
)
def test_whatever_is_answered_only_a_whole_verified_session_is_approved(
    shown: dict[str, Any], read: dict[str, Any]
) -> None:
    if "last_verification_report" in shown:
        shown["last_verification_report"] = read
    found = told(shown, listed=("firstName", "dateOfBirth", "personalNumber"))
    if not isinstance(found, Result):
        return
    assert json.dumps(dict(found.document), ensure_ascii=False).encode()
    if found.status is Status.APPROVED:
        has = (shown["status"], shown["livemode"], shown.get("redaction"))
        assert ("verified", False, None) == has
