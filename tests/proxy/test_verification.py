"""The stored record: its shape, whom it is believed for, and what may replace what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from crypto import CHECKSUM_KEY_BYTES, Checksummer, KeyRing
from proxy.references.record import ChecksumState, Finished, StoredRecord, Verifications, supersedes
from proxy.sharetribe.client import User
from proxy.timestamps import format_utc
from proxy.vendors.reference import Case, Reason, Result, Started, Status

USER_ID = UUID("3c073fae-6172-4e75-8b92-f560d58cd47c")
OTHER_ID = UUID("9f1d6c1e-54ab-4cc1-8b0e-64d3a1c5a0b7")
NOW = 1_800_000_000.0
NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)
EARLIER, LATER = NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)


class Profile:
    """A user whose private data lives in memory."""

    def __init__(self, user_id: UUID = USER_ID, **private_data: Any) -> None:
        self.id = user_id
        self.private_data: dict[str, Any] = private_data
        self.writes: list[Mapping[str, Any]] = []

    def show(self) -> User:
        return User(self.id, self.private_data)

    def update_private_data(self, changes: Mapping[str, Any]) -> None:
        self.writes.append(changes)
        self.private_data |= changes


@pytest.fixture
def verifications() -> Verifications:
    """Return the verifications of a vendor, at a fixed time."""
    ring = KeyRing(((1, b"k" * CHECKSUM_KEY_BYTES),))
    return Verifications("vendor", Checksummer(ring, "client"), lambda: NOW)


def finished(
    reference: str = "one", status: Status = Status.APPROVED, at: datetime | None = NOON
) -> Finished:
    result = Result(status, {"type": "PASSPORT"}, Reason("100", "WHY"), at)
    return Finished(Case(reference), result, format_utc(NOON), authoritative=True)


def stored(**record: Any) -> StoredRecord:
    return StoredRecord({"transactionReference": "one", **record}, "valid")


def record(status: str = "approved", at: datetime = NOON, **more: Any) -> dict[str, Any]:
    completed_at = format_utc(at)
    return {"transactionReference": "one", "status": status, "completedAt": completed_at, **more}


def test_a_started_verification_is_pending(verifications: Verifications) -> None:
    profile = Profile()
    started = Started(Case("one", {"accountId": "a"}), "https://vendor.example/go", 90)
    verifications.write_started(profile, profile.show(), started)
    assert {
        "provider": "vendor",
        "status": "pending",
        "transactionReference": "one",
        "accountId": "a",
        "startedAt": "2027-01-15T08:00:00.000Z",
        "redirectUrl": "https://vendor.example/go",
        "expiresAt": "2027-01-15T08:01:30.000Z",
    } == profile.private_data["idVerification"]


def test_an_approved_result_has_no_reason(verifications: Verifications) -> None:
    profile = Profile()
    verifications.write_result(profile, profile.show(), StoredRecord(None, "absent"), finished())
    assert {
        "provider": "vendor",
        "status": "approved",
        "transactionReference": "one",
        "startedAt": "2027-01-15T12:00:00.000Z",
        "completedAt": "2027-01-15T12:00:00.000Z",
        "document": {"type": "PASSPORT"},
    } == profile.private_data["idVerification"]


def test_a_refusal_keeps_its_reason(verifications: Verifications) -> None:
    profile, refused = Profile(), finished(status=Status.REJECTED)
    verifications.write_result(profile, profile.show(), StoredRecord(None, "absent"), refused)
    assert {"code": "100", "description": "WHY"} == profile.private_data["idVerification"]["reason"]


def test_a_result_without_a_time_is_completed_now(verifications: Verifications) -> None:
    profile = Profile()
    verifications.write_result(
        profile, profile.show(), StoredRecord(None, "absent"), finished(at=None)
    )
    assert "2027-01-15T08:00:00.000Z" == profile.private_data["idVerification"]["completedAt"]


def test_record_and_checksum_are_written_together(verifications: Verifications) -> None:
    profile = Profile(other="kept")
    verifications.write_result(profile, profile.show(), StoredRecord(None, "absent"), finished())
    assert [{"idVerification", "idVerificationChecksum"}] == [set(keys) for keys in profile.writes]


def test_what_was_written_is_believed(verifications: Verifications) -> None:
    profile = Profile()
    verifications.write_result(profile, profile.show(), StoredRecord(None, "absent"), finished())
    read = verifications.read(profile.show())
    assert ("valid", "approved") == (read.checksum, read.status)


def test_another_users_record_is_not_believed(verifications: Verifications) -> None:
    profile = Profile()
    verifications.write_result(profile, profile.show(), StoredRecord(None, "absent"), finished())
    copied = verifications.read(User(OTHER_ID, profile.private_data))
    assert ("invalid", None, {}) == (copied.checksum, copied.status, dict(copied.trusted))


@pytest.mark.parametrize("changed", ["status", "transactionReference", "completedAt", "document"])
def test_a_changed_record_is_not_believed(verifications: Verifications, changed: str) -> None:
    profile = Profile()
    verifications.write_result(profile, profile.show(), StoredRecord(None, "absent"), finished())
    profile.private_data["idVerification"][changed] = "changed"
    assert "invalid" == verifications.read(profile.show()).checksum


@pytest.mark.parametrize(
    ("private_data", "expected"),
    [
        ({}, "absent"),
        ({"idVerification": None}, "absent"),
        ({"idVerification": None, "idVerificationChecksum": "1.x"}, "absent"),
        ({"idVerification": {"status": "approved"}}, "absent"),
        ({"idVerification": {"status": "approved"}, "idVerificationChecksum": None}, "absent"),
        ({"idVerification": {"status": "approved"}, "idVerificationChecksum": 7}, "invalid"),
        ({"idVerification": {"status": "approved"}, "idVerificationChecksum": "1.x"}, "invalid"),
        ({"idVerification": {"n": 1.5}, "idVerificationChecksum": "1.x"}, "invalid"),
        ({"idVerification": "approved", "idVerificationChecksum": "1.x"}, "invalid"),
        ({"idVerification": [], "idVerificationChecksum": "1.x"}, "invalid"),
    ],
)
def test_whatever_a_user_writes_is_not_believed(
    verifications: Verifications, private_data: dict[str, Any], expected: str
) -> None:
    read = verifications.read(User(USER_ID, private_data))
    assert expected == read.checksum
    assert read.status is None
    assert read.case(("accountId",)) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"status": "approved"}, False),
        ({"redirectUrl": None}, False),
        ({"expiresAt": format_utc(NOW)}, False),
        ({"expiresAt": "soon"}, False),
        ({"expiresAt": None}, False),
    ],
)
def test_a_session_is_open_until_it_expires(changes: dict[str, Any], expected: bool) -> None:
    opened = {"status": "pending", "redirectUrl": "https://x", "expiresAt": format_utc(NOW + 1)}
    merged = {key: value for key, value in {**opened, **changes}.items() if value is not None}
    assert expected == stored(**merged).is_open_at(NOW)


def test_a_record_that_is_not_believed_is_not_open() -> None:
    opened = {"status": "pending", "redirectUrl": "https://x", "expiresAt": format_utc(NOW + 1)}
    assert not StoredRecord(opened, "invalid").is_open_at(NOW)


@pytest.mark.parametrize(
    ("before", "new", "by_callback", "by_vendor"),
    [
        # Nothing that can be believed.
        (StoredRecord(None, "absent"), record(), True, True),
        (StoredRecord(record(), "invalid"), record("rejected"), True, True),
        (StoredRecord(record(), "absent"), record("rejected", EARLIER), True, True),
        # Another transaction is the current one, whatever it says.
        (stored(status="pending", transactionReference="two"), record(), False, False),
        (stored(**record() | {"transactionReference": "two"}), record(at=LATER), False, False),
        # Pending gives way to any result of its own transaction.
        (stored(status="pending"), record("rejected"), True, True),
        (stored(status="pending"), record("expired", EARLIER), True, True),
        # The same result is not written again.
        (stored(**record()), record(), False, False),
        (stored(**record()), record(at=LATER), False, False),
        # Another result: newer wins, older never, equal only from the vendor's own API.
        (stored(**record()), record("rejected", LATER), True, True),
        (stored(**record()), record("rejected", EARLIER), False, False),
        (stored(**record()), record("rejected", NOON), False, True),
        (stored(**record()), record(document={"type": "VISA"}, at=LATER), True, True),
        (stored(**record("failed")), record("failed", LATER, reason={"code": "1"}), True, True),
        # Without a time to compare, only the vendor's own API is believed.
        (stored(status="approved"), record("rejected", LATER), False, True),
        (stored(status="approved", completedAt="soon"), record("rejected"), False, True),
    ],
)
def test_a_result_replaces_only_what_is_older(
    before: StoredRecord, new: dict[str, Any], by_callback: bool, by_vendor: bool
) -> None:
    assert by_callback == supersedes(before, new, authoritative=False)
    assert by_vendor == supersedes(before, new, authoritative=True)


def test_nothing_is_written_when_nothing_changes(verifications: Verifications) -> None:
    profile = Profile()
    first = verifications.write_result(
        profile, profile.show(), StoredRecord(None, "absent"), finished()
    )
    again = verifications.write_result(profile, profile.show(), first, finished())
    assert again is first
    assert 1 == len(profile.writes)


def test_a_result_keeps_when_its_recorded_transaction_began(verifications: Verifications) -> None:
    profile = Profile()
    started = Started(Case("one"), "https://vendor.example/go", 90)
    pending = verifications.write_started(profile, profile.show(), started)
    by_callback = replace(finished(), authoritative=False)
    verifications.write_result(profile, profile.show(), pending, by_callback)
    assert format_utc(NOW) == profile.private_data["idVerification"]["startedAt"]
    assert by_callback.started_at != format_utc(NOW)


@pytest.mark.parametrize("checksum", ["invalid", "absent"])
def test_a_record_that_is_not_believed_does_not_tell_when_it_began(
    verifications: Verifications, checksum: ChecksumState
) -> None:
    profile = Profile()
    claimed = StoredRecord(record("pending", startedAt="2001-01-01T00:00:00.000Z"), checksum)
    verifications.write_result(profile, profile.show(), claimed, finished())
    assert format_utc(NOON) == profile.private_data["idVerification"]["startedAt"]


@pytest.mark.parametrize(("authoritative", "expected"), [(False, "approved"), (True, "rejected")])
def test_an_undated_result_replaces_a_finished_one_only_by_the_vendors_own_word(
    verifications: Verifications, authoritative: bool, expected: str
) -> None:
    profile = Profile()
    # Written as completed now, which is after the stored result's time.
    approved = finished(at=datetime.fromtimestamp(NOW - 60, UTC))
    first = verifications.write_result(
        profile, profile.show(), StoredRecord(None, "absent"), approved
    )
    undated = replace(finished(status=Status.REJECTED, at=None), authoritative=authoritative)
    written = verifications.write_result(profile, profile.show(), first, undated)
    assert (expected, written) == (written.status, verifications.read(profile.show()))


def test_an_undated_callback_ends_a_pending_verification(verifications: Verifications) -> None:
    profile = Profile()
    started = Started(Case("one"), "https://vendor.example/go", 90)
    pending = verifications.write_started(profile, profile.show(), started)
    undated = replace(finished(at=None), authoritative=False)
    written = verifications.write_result(profile, profile.show(), pending, undated)
    assert Status.APPROVED == written.status
