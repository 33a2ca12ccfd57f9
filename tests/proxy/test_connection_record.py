"""The stored connection: what is readable, what is sealed, and for whom it opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import KeyRing, SecretSealer
from proxy.connections.record import ConnectionRecords, StoredConnection
from proxy.connections.slot import Slot
from proxy.sharetribe.client import User
from proxy.vendors.connection import Failure, Grant, UserConnection

unhurried = settings(deadline=None)  # other work may hold the machine

CLIENT = "3d1f0b7a-6c25-4e98-b7d0-a1c2e3f40516"
USER_ID = UUID("3c073fae-6172-4e75-8b92-f560d58cd47c")
OTHER_ID = UUID("9f1d6c1e-54ab-4cc1-8b0e-64d3a1c5a0b7")
NEW, OLD = (2, bytes(range(64))), (1, bytes(range(64, 128)))
NOW, THEN = 1_800_000_000.0, "2027-01-15T08:00:00.000Z"
LATER = "2027-01-15T08:01:00.000Z"
GRANT = Grant({"token": "tok-1"}, {"locationId": "loc-1", "locationName": "Bäckerei"})
OTHER = Grant({"token": "tok-2"}, {"locationId": "loc-2"})
REVOKED = "The connection has been revoked."
STANDING, NEWER = UserConnection(GRANT, THEN), UserConnection(OTHER, LATER)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
)


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
        merged = {**self.private_data, **changes}
        self.private_data = {key: value for key, value in merged.items() if value is not None}


def records(*keys: tuple[int, bytes], vendor: str = "acme", at: float = NOW) -> ConnectionRecords:
    """Return the records of a vendor, at a fixed time."""
    return ConnectionRecords(vendor, SecretSealer(KeyRing(keys or (NEW, OLD)), CLIENT), lambda: at)


RECORDS = records()


def slot_of(profile: Profile, used: ConnectionRecords = RECORDS) -> Slot:
    return Slot(used, profile, profile.show())


def connected(user_id: UUID = USER_ID, used: ConnectionRecords = RECORDS) -> Profile:
    """Return a user with a connection."""
    profile = Profile(user_id)
    slot_of(profile, used).put(STANDING)
    return profile


def opened(profile: Profile, used: ConnectionRecords = RECORDS) -> UserConnection:
    connection = used.read(profile.show()).connection
    assert connection is not None
    return connection


def test_readable_ids_and_names_stand_beside_the_sealed_whole() -> None:
    record = connected().private_data["acmeConnection"]

    assert {**GRANT.details, "connectedAt": THEN, "sealed": record["sealed"]} == record


def test_no_secret_is_readable() -> None:
    assert "tok-1" not in str(connected().private_data)


def test_a_stored_connection_opens() -> None:
    assert STANDING == opened(connected())


def test_there_is_nothing_where_nothing_was_stored() -> None:
    assert StoredConnection(exists=False) == RECORDS.read(User(USER_ID, {}))


def test_a_null_record_counts_as_nothing() -> None:
    assert StoredConnection(exists=False) == RECORDS.read(User(USER_ID, {"acmeConnection": None}))


def test_edited_ids_and_names_change_nothing() -> None:
    profile = connected()
    profile.private_data["acmeConnection"] |= {"locationId": "loc-9", "connectedAt": "1999"}

    assert STANDING == opened(profile)


def test_a_record_copied_from_another_user_does_not_open() -> None:
    copied = connected(OTHER_ID).private_data

    assert StoredConnection(exists=True) == RECORDS.read(User(USER_ID, copied))


def test_a_record_copied_from_another_vendor_does_not_open() -> None:
    foreign = connected(used=records(vendor="other")).private_data["otherConnection"]

    assert StoredConnection(exists=True) == RECORDS.read(User(USER_ID, {"acmeConnection": foreign}))


def test_a_record_of_a_key_that_is_gone_does_not_open() -> None:
    profile = connected(used=records(OLD))

    assert StoredConnection(exists=True) == records(NEW).read(profile.show())


def test_a_record_of_an_older_key_opens_and_is_not_current() -> None:
    profile = connected(used=records(OLD))

    assert StoredConnection(True, STANDING, is_current=False) == RECORDS.read(profile.show())


def test_a_put_seals_with_the_newest_key() -> None:
    profile = connected(used=records(OLD))
    slot_of(profile).put(opened(profile))

    stored = RECORDS.read(profile.show())
    assert (True, STANDING) == (stored.is_current, stored.connection)


def test_a_put_leaves_nothing_of_the_earlier_record() -> None:
    profile = connected()
    slot_of(profile).put(NEWER)

    assert NEWER == opened(profile)
    assert "locationName" not in profile.private_data["acmeConnection"]


def test_a_slot_knows_what_it_has_written_itself() -> None:
    slot = slot_of(Profile())
    slot.put(STANDING)

    assert STANDING == slot.load()


@pytest.mark.parametrize("is_registered", [True, False])
def test_whether_the_vendor_knows_the_address_is_kept(is_registered: bool) -> None:
    profile = Profile()
    slot_of(profile).put(replace(STANDING, is_registered=is_registered))

    assert is_registered == opened(profile).is_registered


def test_an_amended_connection_is_written() -> None:
    profile = connected()
    slot_of(profile).amend(replace(STANDING, is_registered=False))

    assert not opened(profile).is_registered


def test_what_was_learnt_of_a_replaced_connection_is_dropped() -> None:
    profile = connected()
    slot = slot_of(profile)
    slot_of(profile).put(NEWER)
    slot.amend(replace(STANDING, is_registered=False))
    slot.mark(REVOKED)

    assert NEWER == opened(profile)


def test_what_was_learnt_of_a_removed_connection_does_not_bring_it_back() -> None:
    profile = connected()
    slot = slot_of(profile)
    slot_of(profile).wipe()
    slot.amend(replace(STANDING, is_registered=False))
    slot.mark(REVOKED)

    assert "acmeConnection" not in profile.private_data


def test_a_mark_says_when_and_why() -> None:
    profile = connected()
    slot_of(profile, records(at=NOW + 60)).mark(REVOKED)

    record = profile.private_data["acmeConnection"]
    assert {"lastFailedAt": LATER, "lastFailedReason": REVOKED} == {
        name: record[name] for name in record if name.startswith("last")
    }
    assert replace(STANDING, failure=Failure(REVOKED, LATER)) == opened(profile)


def test_a_mark_that_says_nothing_new_writes_nothing() -> None:
    profile = connected()
    slot_of(profile).mark(None)
    slot_of(profile).mark(REVOKED)
    slot_of(profile).mark(REVOKED)

    assert 2 == len(profile.writes)


def test_a_mark_can_be_taken_back() -> None:
    profile = connected()
    slot_of(profile).mark(REVOKED)
    slot_of(profile).mark(None)

    assert STANDING == opened(profile)
    assert "lastFailedAt" not in profile.private_data["acmeConnection"]


def test_nothing_is_marked_where_nothing_is_connected() -> None:
    profile = Profile()
    slot_of(profile).mark(REVOKED)

    assert [] == profile.writes


def test_a_wipe_removes_the_record() -> None:
    profile = connected()
    slot = slot_of(profile)
    slot.wipe()

    assert {"acmeConnection-20270115080000000-ended": {"at": THEN}} == profile.private_data
    assert slot.load() is None


def test_a_wipe_of_nothing_writes_nothing() -> None:
    profile = Profile()
    slot_of(profile).wipe()

    assert [] == profile.writes


def test_a_reason_that_a_user_wrote_is_cut_and_cleaned() -> None:
    profile = connected()
    record = profile.private_data["acmeConnection"]
    record |= {"lastFailedReason": "\x00a\ud800b" + "x" * 5_000, "lastFailedAt": "soon"}

    failure = opened(profile).failure
    assert failure is not None
    assert ("a b" + "x" * 196, "") == (failure.reason, failure.at)


@unhurried
@given(json_values)
def test_any_record_that_a_user_wrote_exists_and_does_not_open(value: object) -> None:
    stored = RECORDS.read(User(USER_ID, {"acmeConnection": value}))

    assert StoredConnection(exists=value is not None) == stored


@unhurried
@given(json_values)
def test_any_sealed_that_a_user_wrote_does_not_open(value: object) -> None:
    stored = RECORDS.read(User(USER_ID, {"acmeConnection": {"sealed": value}}))

    assert StoredConnection(exists=True) == stored


@unhurried
@given(json_values)
def test_any_readable_part_is_read_or_ignored(value: object) -> None:
    profile = connected()
    keys = ("locationId", "connectedAt", "lastFailedAt", "lastFailedReason", "more")
    profile.private_data["acmeConnection"] |= dict.fromkeys(keys, value)

    assert (GRANT, THEN) == (opened(profile).grant, opened(profile).connected_at)


def test_no_secret_shows_in_a_repr() -> None:
    assert "tok-1" not in repr(RECORDS.read(connected().show()))


@pytest.mark.parametrize("size", [4_000, 14_000])
def test_long_tokens_are_stored(size: int) -> None:
    profile = Profile()
    slot_of(profile).put(UserConnection(Grant({"token": "t" * size}), THEN))

    assert size == len(opened(profile).grant.secret["token"])


def test_when_a_grant_ends_is_sealed_with_it() -> None:
    profile = Profile()
    ending = replace(STANDING, expires_at=1_800_001_800)
    slot_of(profile).put(ending)
    record = profile.private_data["acmeConnection"]

    assert ending == opened(profile)
    assert {*GRANT.details, "connectedAt", "sealed"} == set(record)


def test_a_grant_that_does_not_end_is_sealed_without_an_end() -> None:
    record = connected().private_data["acmeConnection"]
    sealer = SecretSealer(KeyRing((NEW, OLD)), CLIENT)
    sealed = sealer.open(record["sealed"], purpose="acme.connection", owner=USER_ID)

    assert b"expiresAt" not in (sealed or b"expiresAt")


def test_a_slot_tells_whether_it_could_note_a_failure() -> None:
    profile = connected()
    earlier, slot = slot_of(profile), slot_of(profile)
    slot.put(NEWER)

    assert [False, True] == [earlier.mark(REVOKED), slot.mark(REVOKED)]


def test_a_slot_that_looks_again_sees_what_stands_there_now() -> None:
    profile = connected()
    slot = slot_of(profile)
    slot_of(profile).put(NEWER)

    assert (NEWER, NEWER) == (slot.reload(), slot.load())


def test_another_may_write_in_the_slots_place() -> None:
    profile, other = connected(), connected()
    slot_of(profile).put(NEWER, other)

    assert (STANDING, NEWER) == (opened(profile), opened(other))
