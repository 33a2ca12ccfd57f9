"""No way back: what stands in operator-only metadata outlives what users do to their own data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from proxy.references.marker import METADATA_KEY
from proxy.references.record_store import RecordStore, Told
from proxy.sharetribe.client import User
from proxy.timestamps import format_utc
from proxy.vendors.matters import Status
from proxy.vendors.reference import Case, Result, Started
from tests.references.profile import (
    NOW,
    OTHER_ID,
    Clock,
    OperatorsProfile,
    Profile,
    read,
    verifications,
    write,
)

MORNING = datetime.fromtimestamp(NOW, UTC)


def finish(
    records: RecordStore, profile: Profile, session: str, status: Status, seconds: int
) -> None:
    """Write a result as the operator."""
    result = Result(status, {"type": "PASSPORT"}, None, MORNING + timedelta(seconds=seconds))
    told = Told(Case(session), result, format_utc(NOW - 900), is_asked_for=True)
    record = records.news(read(records, profile), "vendor", told)
    assert record is not None
    write(records, profile, [record], OperatorsProfile(profile))


@pytest.fixture
def records() -> RecordStore:
    """Return the verifications of a marketplace."""
    return verifications()


def test_private_data_and_marker_are_one_write(records: RecordStore) -> None:
    profile = Profile()
    finish(records, profile, "one", Status.APPROVED, 0)
    assert (1, {METADATA_KEY}) == (len(profile.writes), set(profile.metadata))


def test_a_user_cannot_write_the_marker(records: RecordStore) -> None:
    profile = Profile()
    finish(records, profile, "one", Status.APPROVED, 0)
    sealed = dict(profile.metadata)
    profile.private_data.clear()
    write(records, profile, [])
    assert sealed == profile.metadata


@pytest.mark.parametrize("sealed", [None, "", 7, "AAAA", {"identity": None}])
def test_what_does_not_open_is_no_marker(records: RecordStore, sealed: object) -> None:
    user = User(OTHER_ID, {}, metadata={METADATA_KEY: sealed})
    assert records.read(user).marker.decision is None


def test_another_users_marker_is_none(records: RecordStore) -> None:
    profile = Profile()
    finish(records, profile, "one", Status.APPROVED, 0)
    assert records.read(User(OTHER_ID, {}, metadata=profile.metadata)).current is None


def test_the_marker_tells_nobody_anything(records: RecordStore) -> None:
    approved, rejected = Profile(), Profile()
    finish(records, approved, "one", Status.APPROVED, 0)
    finish(records, rejected, "one", Status.REJECTED, 0)
    texts = [profile.metadata[METADATA_KEY] for profile in (approved, rejected)]
    assert len(texts[0]) == len(texts[1])
    assert not any("reje" in text or "appr" in text for text in texts)


def test_an_older_approval_that_is_put_back_does_not_count(records: RecordStore) -> None:
    profile = Profile()
    finish(records, profile, "one", Status.APPROVED, 0)
    older = dict(profile.private_data)
    finish(records, profile, "two", Status.REJECTED, 60)
    profile.private_data = older
    assert "rejected" == read(records, profile).status
    write(records, profile, [])
    assert "rejected" == profile.private_data["idVerification"]["status"]


def test_an_approval_before_its_correction_does_not_count(records: RecordStore) -> None:
    profile = Profile()
    finish(records, profile, "one", Status.APPROVED, 0)
    older = dict(profile.private_data)
    finish(records, profile, "one", Status.REJECTED, 60)
    profile.private_data = older
    assert "rejected" == read(records, profile).status


def test_a_result_that_its_user_deletes_still_counts(records: RecordStore) -> None:
    profile = Profile()
    finish(records, profile, "one", Status.APPROVED, 0)
    profile.private_data.clear()
    known = read(records, profile)
    assert ("approved", []) == (known.status, known.asked_about)


def test_a_session_that_is_put_back_to_pending_is_asked_about_and_told_whole(
    records: RecordStore,
) -> None:
    profile = Profile()
    started = Started(Case("one"), "https://vendor.example/go", 90)
    begun = records.begun(read(records, profile), "vendor", started, is_restart=False)
    write(records, profile, [begun], OperatorsProfile(profile))
    older = dict(profile.private_data)
    finish(records, profile, "one", Status.APPROVED, 0)
    profile.private_data, right = older, profile.private_data
    assert ["one"] == [record.transaction for record in read(records, profile).asked_about]
    finish(records, profile, "one", Status.APPROVED, 0)
    assert right == profile.private_data


@pytest.mark.parametrize("has_followed", [True, False])
def test_a_session_of_an_undated_vendor_that_is_put_back_to_pending_is_no_way_back(
    has_followed: bool,
) -> None:
    """The vendor says again that it was approved, and not when."""
    clock = Clock()
    records, profile = verifications(clock), Profile()
    operator = OperatorsProfile(profile)
    states = []

    def begin(session: str) -> None:
        started = Started(Case(session), "https://vendor.example/go", 90)
        begun = records.begun(read(records, profile), "vendor", started, is_restart=True)
        write(records, profile, [begun], operator)
        states.append(dict(profile.private_data))

    def end(session: str, status: Status) -> None:
        clock.now += 1_000
        told = Told(Case(session), Result(status), format_utc(NOW), is_asked_for=True)
        record = records.news(read(records, profile), "vendor", told)
        write(records, profile, [] if record is None else [record], operator)

    begin("one")
    if not has_followed:
        begin("two")
    end("one", Status.APPROVED)
    if has_followed:
        begin("two")
    end("two", Status.REJECTED)
    profile.private_data = states[0]
    assert ["one"] == [record.transaction for record in read(records, profile).asked_about]
    end("one", Status.APPROVED)
    assert "rejected" == read(records, profile).status


def test_a_marker_that_is_behind_catches_up(records: RecordStore) -> None:
    profile = Profile()
    finish(records, profile, "one", Status.APPROVED, 0)
    older = dict(profile.metadata)
    finish(records, profile, "two", Status.REJECTED, 60)
    profile.metadata, newer = older, profile.metadata
    write(records, profile, [], OperatorsProfile(profile))
    assert newer == profile.metadata
    assert {} == profile.writes[-1]


def test_the_starts_of_a_day_outlive_the_records_of_them() -> None:
    clock = Clock()
    records, profile = verifications(clock), Profile()
    for number in range(3):
        clock.now += 60
        started = Started(Case(str(number)), "https://vendor.example/go", 90)
        begun = records.begun(read(records, profile), "vendor", started, is_restart=True)
        write(records, profile, [begun], OperatorsProfile(profile))
        profile.private_data.clear()
    assert 3 == len(read(records, profile).starts_since(clock.now))
    assert 2 == len(read(records, profile).starts_since(NOW + 60 + 24 * 60 * 60))
