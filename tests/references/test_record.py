"""What is written of a verification, whom it is believed for, and what may replace what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from proxy.references.record_store import RecordStore, Told, WordUnclear
from proxy.references.session_record import SessionRecord
from proxy.references.subject import Subject
from proxy.sharetribe.client import User
from proxy.timestamps import format_utc
from proxy.vendors.matters import BILLING, Status
from proxy.vendors.reference import Case, Reason, Result, Started
from tests.references.profile import (
    NOW,
    OTHER_ID,
    Clock,
    Profile,
    key_of,
    read,
    verifications,
    write,
)

MORNING = datetime.fromtimestamp(NOW, UTC)
EARLIER, LATER = MORNING - timedelta(seconds=30), MORNING + timedelta(seconds=30)
STARTED = Started(Case("one", {"accountId": "a"}), "https://vendor.example/go", 90)
SUMMARY_KEYS = {"idVerification", "idVerificationChecksum"}


def told(
    status: Status = Status.APPROVED,
    at: datetime | None = MORNING,
    *,
    session: str = "one",
    document: Mapping[str, str] | None = None,
    is_asked_for: bool = False,
    is_revised: bool = False,
) -> Told:
    """Return a result as a callback brings it."""
    result = Result(status, document or {}, Reason("100", "WHY"), at, None, is_revised)
    return Told(Case(session), result, format_utc(NOW - 60), is_asked_for)


def begin(records: RecordStore, profile: Profile, session: str = "one") -> SessionRecord:
    """Write that a session has begun."""
    started = replace(STARTED, case=Case(session, {"accountId": "a"}))
    record = records.begun(read(records, profile), "vendor", started, is_restart=False)
    write(records, profile, [record])
    return record


def finish(records: RecordStore, profile: Profile, result: Told) -> SessionRecord | None:
    """Write a result where it is news, and return its record."""
    record = records.news(read(records, profile), "vendor", result)
    write(records, profile, [] if record is None else [record])
    return record


# What is written


def test_a_started_session_is_pending() -> None:
    records, profile = verifications(), Profile()
    begin(records, profile)
    assert {
        "provider": "vendor",
        "status": "pending",
        "transactionReference": "one",
        "accountId": "a",
        "startedAt": "2027-01-15T08:00:00.000Z",
        "redirectUrl": "https://vendor.example/go",
        "expiresAt": "2027-01-15T08:01:30.000Z",
    } == profile.private_data["idVerification"]


def test_an_approved_result_has_no_reason() -> None:
    records, profile = verifications(), Profile()
    finish(records, profile, told(document={"type": "PASSPORT"}))
    assert {
        "provider": "vendor",
        "status": "approved",
        "transactionReference": "one",
        "startedAt": "2027-01-15T07:59:00.000Z",
        "completedAt": "2027-01-15T08:00:00.000Z",
        "document": {"type": "PASSPORT"},
    } == profile.private_data["idVerification"]


def test_a_refusal_keeps_its_reason() -> None:
    records, profile = verifications(), Profile()
    finish(records, profile, told(Status.REJECTED))
    assert {"code": "100", "description": "WHY"} == profile.private_data["idVerification"]["reason"]


@pytest.mark.parametrize("at", [None, MORNING + timedelta(seconds=301)])
def test_a_result_without_a_time_that_can_be_is_completed_now(at: datetime | None) -> None:
    records, profile = verifications(), Profile()
    record = finish(records, profile, told(at=at))
    assert record is not None
    assert (NOW, False) == (record.completed_at, record.has_vendor_time)


def test_a_result_keeps_when_its_session_began() -> None:
    records, profile = verifications(), Profile()
    begun = begin(records, profile)
    finish(records, profile, told())
    assert begun.fields["startedAt"] == profile.private_data["idVerification"]["startedAt"]


def test_a_session_stands_under_one_key_from_its_start_to_its_result() -> None:
    records, profile = verifications(), Profile(other="kept")
    begun = begin(records, profile)
    finish(records, profile, told())
    assert {"other", key_of(begun), *SUMMARY_KEYS} == set(profile.private_data)
    assert [{key_of(begun), *SUMMARY_KEYS}] * 2 == [set(changes) for changes in profile.writes]
    assert "approved" == profile.private_data[key_of(begun)]["status"]


def test_no_write_touches_another_session_that_may_still_count() -> None:
    records, profile = verifications(), Profile()
    first, second = begin(records, profile), begin(records, profile, "two")
    finish(records, profile, told(session="one"))
    assert {key_of(first), key_of(second)} == profile.session_keys
    assert key_of(second) not in profile.writes[-1]


def test_a_verdict_takes_away_the_sessions_that_the_vendor_judged_before() -> None:
    records, profile = verifications(), Profile()
    begin(records, profile)
    finish(records, profile, told(at=EARLIER))
    second = begin(records, profile, "two")
    finish(records, profile, told(Status.REJECTED, LATER, session="two"))
    assert {key_of(second)} == profile.session_keys


def test_nothing_is_sent_when_nothing_changes() -> None:
    records, profile = verifications(), Profile()
    finish(records, profile, told())
    finish(records, profile, told(at=LATER))
    assert 1 == len(profile.writes)


def test_a_summary_that_is_out_of_date_is_put_right_and_decides_nothing() -> None:
    records, profile = verifications(), Profile()
    begin(records, profile)
    before = dict(profile.private_data)
    finish(records, profile, told())
    right = dict(profile.private_data)
    profile.private_data |= {key: before[key] for key in SUMMARY_KEYS}
    assert "approved" == read(records, profile).status
    write(records, profile, [])
    assert (right, SUMMARY_KEYS) == (profile.private_data, set(profile.writes[-1]))


def test_at_most_eight_sessions_are_kept_and_the_result_that_counts_is_one_of_them() -> None:
    clock = Clock()
    records, profile = verifications(clock), Profile()
    finish(records, profile, told(Status.APPROVED))
    for number in range(9):
        clock.now += 1_000
        begin(records, profile, f"s{number}")
    assert 10 == len(profile.session_keys)  # what adds a session drops none
    write(records, profile, [])
    assert 8 == len(profile.session_keys)
    assert read(records, profile).of("vendor", Case("one")) is not None
    assert read(records, profile).of("vendor", Case("s0")) is None


# What was stored before sessions had records of their own


def test_a_record_of_the_old_form_is_a_session_like_any_other() -> None:
    records, profile = verifications(), Profile()
    begin(records, profile)
    for key in profile.session_keys:
        del profile.private_data[key]
    assert ["one"] == [record.transaction for record in read(records, profile).asked_about]
    finish(records, profile, told(Status.REJECTED))
    assert ("rejected", 1) == (read(records, profile).status, len(profile.session_keys))


def test_a_record_of_the_old_form_gets_a_key_before_the_summary_is_another_sessions() -> None:
    records, profile = verifications(), Profile()
    begin(records, profile)
    finish(records, profile, told())
    for key in profile.session_keys:
        del profile.private_data[key]
    begin(records, profile, "two")
    assert {"one", "two"} == {record.transaction for record in read(records, profile).records}
    assert 2 == len(profile.session_keys)


def test_what_the_version_before_wrote_counts() -> None:
    """It knows the summary alone, and may have told a result there."""
    records, profile = verifications(), Profile()
    begin(records, profile)
    older = Profile(**profile.private_data)
    finish(records, older, told(Status.REJECTED))
    profile.private_data |= {key: older.private_data[key] for key in SUMMARY_KEYS}
    assert ("rejected", []) == (read(records, profile).status, read(records, profile).asked_about)


# Whom it is believed for


def test_another_users_records_are_not_believed() -> None:
    records, profile = verifications(), Profile()
    finish(records, profile, told())
    copied = records.read(User(OTHER_ID, profile.private_data))
    assert ("invalid", None) == (copied.stored.checksum, copied.current)


def test_a_session_is_believed_under_its_own_key_only() -> None:
    records, profile = verifications(), Profile()
    key = key_of(begin(records, profile))
    moved = {"idVerification-AAAAAAAA": profile.private_data[key]}
    assert {} == records.read(User(profile.id, moved)).keyed


def test_the_summary_of_a_plan_is_no_session_of_a_plan_whose_name_begins_it() -> None:
    """`-discount` looks like a session's id, and the checksum of that key holds."""
    cheap, dear = Subject(BILLING, "club-discount"), Subject(BILLING, "club")
    profile = Profile()
    finish(verifications(subject=cheap), profile, told(Status.ACTIVE))
    summary = profile.private_data[cheap.key]
    checksum = profile.private_data[cheap.checksum_key]
    profile.private_data[cheap.key] = {**summary, "checksum": checksum}
    assert read(verifications(subject=dear), profile).current is None


@pytest.mark.parametrize("value", [None, "approved", [], {}, {"checksum": 7}, {"n": 1.5}])
def test_what_a_user_writes_under_a_sessions_key_is_not_believed(value: object) -> None:
    records = verifications()
    assert {} == records.read(User(OTHER_ID, {"idVerification-AAAAAAAA": value})).keyed


@pytest.mark.parametrize(
    ("private_data", "expected"),
    [
        ({}, "absent"),
        ({"idVerification": None}, "absent"),
        ({"idVerification": None, "idVerificationChecksum": "1.x"}, "absent"),
        ({"idVerification": {"status": "approved"}}, "absent"),
        ({"idVerification": {"status": "approved"}, "idVerificationChecksum": 7}, "invalid"),
        ({"idVerification": {"status": "approved"}, "idVerificationChecksum": "1.x"}, "invalid"),
        ({"idVerification": {"n": 1.5}, "idVerificationChecksum": "1.x"}, "invalid"),
        ({"idVerification": "approved", "idVerificationChecksum": "1.x"}, "invalid"),
        ({"idVerification": [], "idVerificationChecksum": "1.x"}, "invalid"),
    ],
)
def test_a_summary_that_a_user_writes_is_not_believed(
    private_data: dict[str, Any], expected: str
) -> None:
    found = verifications().read(User(OTHER_ID, private_data))
    assert (expected, None, []) == (found.stored.checksum, found.current, found.asked_about)


# Which of two words of the vendor is the later


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        pytest.param(told(at=EARLIER), told(Status.REJECTED, LATER), "rejected", id="later"),
        pytest.param(told(at=LATER), told(Status.REJECTED, EARLIER), "approved", id="earlier"),
        pytest.param(told(at=EARLIER), told(at=LATER), "approved", id="the same"),
        pytest.param(
            told(at=LATER),
            told(Status.REJECTED, EARLIER, is_asked_for=True),
            "rejected",
            id="asked",
        ),
    ],
)
def test_the_later_word_of_the_vendor_is_written(first: Told, then: Told, expected: str) -> None:
    records, profile = verifications(), Profile()
    finish(records, profile, first)
    finish(records, profile, then)
    assert expected == read(records, profile).status


@pytest.mark.parametrize(
    ("first", "then"), [(MORNING, MORNING), (None, LATER), (MORNING, None), (None, None)]
)
def test_where_no_clock_tells_which_is_later_the_vendor_must_be_asked(
    first: datetime | None, then: datetime | None
) -> None:
    """A clock of ours that was fast must not take a correction from the vendor."""
    records, profile = verifications(), Profile()
    finish(records, profile, told(at=first))
    with pytest.raises(WordUnclear):
        finish(records, profile, told(Status.REJECTED, then))


@pytest.mark.parametrize("is_revised", [True, False])
def test_a_corrected_word_survives_the_first_one_that_is_written_again(is_revised: bool) -> None:
    """Where its write was seen before, or the vendor says that the word is a corrected one."""
    records, profile = verifications(), Profile()
    begin(records, profile)
    writer = Profile(**profile.private_data)
    finish(records, writer, told(at=EARLIER))
    late = writer.writes[-1]
    if not is_revised:
        profile.update_private_data(late)
    finish(records, profile, told(Status.REJECTED, LATER, is_revised=is_revised))
    profile.update_private_data(late)
    assert "rejected" == read(records, profile).status


def test_an_undated_word_whose_record_was_taken_away_is_no_newer_when_it_is_told_again() -> None:
    clock = Clock()
    records, profile = verifications(clock), Profile()
    for session, status in (("one", Status.APPROVED), ("two", Status.REJECTED)):
        clock.now += 1_000
        finish(records, profile, told(status, None, session=session))
    (key,) = (key for key, one in read(records, profile).keyed.items() if one.transaction == "one")
    profile.update_private_data({key: None})
    clock.now += 1_000
    finish(records, profile, told(Status.APPROVED, None, session="one"))
    assert "rejected" == read(records, profile).status


@pytest.mark.parametrize(
    ("first", "last"),
    [(Status.APPROVED, Status.REJECTED), (Status.REJECTED, Status.APPROVED)],
)
def test_an_undated_word_that_is_changed_after_another_verdict_counts(
    first: Status, last: Status
) -> None:
    clock = Clock()
    records, profile = verifications(clock), Profile()
    for session, status in (("one", first), ("two", first), ("one", first)):
        clock.now += 1_000
        finish(records, profile, told(status, None, session=session))
    clock.now += 1_000
    finish(records, profile, told(last, None, session="one", is_asked_for=True))
    current = read(records, profile).current
    assert current is not None
    assert ("one", last) == (current.transaction, current.status)


# Who is told


def test_listeners_are_told_of_a_result_that_counts() -> None:
    heard: list[str] = []
    records = verifications(listeners=[lambda _, summary: heard.append(summary["status"])])
    profile = Profile()
    begin(records, profile)
    finish(records, profile, told(at=LATER))
    finish(records, profile, told(at=LATER))
    finish(records, profile, told(Status.REJECTED, EARLIER, session="two"))
    finish(records, profile, told(Status.REJECTED, LATER + timedelta(seconds=60)))
    assert ["approved", "rejected"] == heard


def test_what_was_paid_for_stays_beside_a_later_session_that_failed() -> None:
    records, profile = verifications(subject=Subject(BILLING, "lead-fee")), Profile()
    finish(records, profile, told(Status.PAID))
    finish(records, profile, told(Status.FAILED, LATER, session="two"))
    found = read(records, profile)
    assert ["paid", "failed"] == [record.status for record in found.keyed.values()]
    assert "paid" == found.status
