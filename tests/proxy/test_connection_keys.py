"""The keys of a user's connections: what each of them says, beside the copy that pages read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from crypto import KeyRing, SecretSealer
from proxy.connections.record import ConnectionRecords, StoredConnection, after
from proxy.connections.slot import Slot
from proxy.sharetribe.client import User
from proxy.vendors.connection import Failure, Grant, UserConnection

USER_ID = UUID(int=7)
NOW, THEN = 1_800_000_000.0, "2027-01-15T08:00:00.000Z"
DAY = 86_400.0
COPY, OWN = "acmeConnection", "acmeConnection-20270115080000000"
NEW, OLD = (2, bytes(range(64))), (1, bytes(range(64, 128)))
STANDING = UserConnection(Grant({"token": "R1"}, {"placeName": "Quay"}), THEN, expires_at=100)
NEWER = replace(STANDING, grant=Grant({"token": "N1"}), connected_at="2027-01-15T08:01:00.000Z")


def records(*keys: tuple[int, bytes], at: float = NOW) -> ConnectionRecords:
    """Return the records of a vendor, at a fixed time."""
    sealer = SecretSealer(KeyRing(keys or (NEW, OLD)), "client")
    return ConnectionRecords("acme", sealer, lambda: at)


RECORDS = records()
NOBODY = User(USER_ID, {})


def stored(*connections: UserConnection) -> User:
    """Return a user for whom these were written, one after the other."""
    user = NOBODY
    for connection in connections:
        user = after(user, RECORDS.written(user, connection))
    return user


def old_copy(connection: UserConnection) -> dict[str, Any]:
    """Return the one value that an earlier version writes, which counts no renewals."""
    content = {
        "secret": dict(connection.grant.secret),
        "details": dict(connection.grant.details),
        "connectedAt": connection.connected_at,
        "expiresAt": connection.expires_at,
    }
    sealer = SecretSealer(KeyRing((NEW, OLD)), "client")
    sealed = sealer.seal(json.dumps(content).encode(), purpose="acme.connection", owner=USER_ID)
    return {"connectedAt": connection.connected_at, "sealed": sealed}


def renewed(token: str, expires_at: int, renewals: int = 1) -> UserConnection:
    grant = replace(STANDING.grant, secret={"token": token})
    return replace(STANDING, grant=grant, expires_at=expires_at, renewals=renewals)


def keys(user: User) -> list[str]:
    return sorted(user.private_data)


def test_a_connection_stands_under_a_key_of_its_own_and_in_the_copy() -> None:
    user = stored(STANDING)
    copy, (own,) = user.private_data[COPY], [key for key in keys(user) if key != COPY]

    assert own.startswith(f"{OWN}-0-")
    assert {"sealed": copy["sealed"]} == user.private_data[own]


def test_a_renewed_grant_takes_the_earlier_ones_place() -> None:
    user = stored(STANDING, renewed("R2", 200))

    assert [COPY, f"{OWN}-1"] == [key.rpartition("-")[0] or key for key in keys(user)]
    assert "R2" == _token(user)


def test_a_renewal_that_others_have_gone_past_takes_nothing_away() -> None:
    """It was under way when another process renewed, twice."""
    user = stored(STANDING, renewed("R3", 300, renewals=2))
    late = after(user, RECORDS.written(user, renewed("R2", 200)))

    assert "R3" == _token(late)
    assert user.private_data.items() <= late.private_data.items()


def _token(user: User) -> Any:
    found = RECORDS.read(user).connection
    return None if found is None else found.grant.secret["token"]


@pytest.mark.parametrize("left", [None, {"sealed": "x"}, "rubbish", stored(STANDING)])
def test_a_copy_that_says_something_else_decides_nothing(left: Any) -> None:
    user = stored(STANDING, NEWER)
    ended = after(user, RECORDS.ended(user, STANDING))
    copy = left.private_data[COPY] if isinstance(left, User) else left
    spoilt = after(ended, {COPY: copy})

    assert "N1" == _token(spoilt)
    assert not RECORDS.read(spoilt).is_settled
    assert ended == after(spoilt, RECORDS.settled(spoilt))


def test_an_older_record_of_one_value_is_read_and_given_a_key_of_its_own() -> None:
    user = User(USER_ID, {COPY: old_copy(STANDING)})
    settled = after(user, RECORDS.settled(user))

    assert ("R1", False) == (_token(user), RECORDS.read(user).is_settled)
    assert (STANDING, True) == (
        RECORDS.read(settled).connection,
        RECORDS.read(settled).is_settled,
    )


@pytest.mark.parametrize(
    ("written", "counts"),
    [
        (NEWER, "N1"),
        (replace(renewed("R3", 300), renewals=0), "R3"),
        (replace(renewed("R0", 50), renewals=0), "R2"),
    ],
    ids=["connected again", "renewed", "late"],
)
def test_what_an_earlier_version_has_written_since_counts(
    written: UserConnection, counts: str
) -> None:
    """It runs beside this one for a while, or again after a way back."""
    user = after(stored(STANDING, renewed("R2", 200)), {COPY: old_copy(written)})
    settled = after(user, RECORDS.settled(user))

    assert counts == _token(user) == _token(settled)
    assert RECORDS.read(settled).is_settled


def test_a_record_that_was_removed_by_who_knows_no_other_key_is_gone() -> None:
    user = after(stored(STANDING), {COPY: None})

    found = RECORDS.read(user)
    assert (False, None, (STANDING,)) == (found.exists, found.connection, found.left_over)


def test_a_failure_is_that_of_the_grant_in_the_copy() -> None:
    failed = replace(STANDING, failure=Failure("revoked", THEN))
    late = stored(failed).private_data[COPY]

    assert failed == RECORDS.read(stored(failed)).connection
    assert (
        renewed("R2", 200)
        == RECORDS.read(after(stored(STANDING, renewed("R2", 200)), {COPY: late})).connection
    )


def test_what_comes_of_an_ended_connection_is_left_over_and_counts_no_more() -> None:
    user = stored(STANDING)
    wiped = after(user, RECORDS.wiped(user))
    late = after(wiped, RECORDS.written(user, renewed("R2", 200)))

    found = RECORDS.read(late)
    assert (False, False, (renewed("R2", 200),)) == (
        found.exists,
        found.is_settled,
        found.left_over,
    )
    assert wiped == after(late, RECORDS.ended(late, *found.left_over))


def test_who_connects_again_is_later_whatever_the_clocks_say() -> None:
    behind = records(at=NOW - 3_600)

    assert "2027-01-15T08:00:00.001Z" == behind.next_moment(stored(STANDING))
    assert THEN == RECORDS.next_moment(NOBODY)


def test_a_connection_does_not_begin_at_the_moment_of_one_that_has_ended() -> None:
    user = stored(STANDING)

    assert "2027-01-15T08:00:00.001Z" == RECORDS.next_moment(after(user, RECORDS.wiped(user)))


def test_an_end_is_remembered_for_a_day() -> None:
    user = stored(STANDING)
    user = after(user, RECORDS.wiped(user))
    kept = [f"{OWN}-ended" in records(at=NOW + d).written(user, NEWER) for d in (DAY - 1, DAY + 1)]

    assert [False, True] == kept


def test_sixteen_ends_are_remembered() -> None:
    ends = {f"acmeConnection-202701150800{n:05}-ended": {"at": THEN} for n in range(20)}
    user = User(USER_ID, ends)

    assert 4 == sum(value is None for value in RECORDS.written(user, NEWER).values())


@pytest.mark.parametrize(
    "key",
    [f"{OWN}-9-aaaaaa", f"{OWN}-0-000000", "acmeConnection-20280115080000000-0-aaaaaa"],
)
def test_what_a_user_renames_says_nothing(key: str) -> None:
    user = stored(STANDING, renewed("R2", 200))
    old = stored(STANDING).private_data[COPY]

    assert "R2" == _token(after(user, {key: {"sealed": old["sealed"]}}))


def test_a_connection_of_a_key_that_is_gone_exists_and_can_be_removed() -> None:
    sealed_before = after(NOBODY, records(OLD).written(NOBODY, STANDING))
    without = records(NEW)

    assert StoredConnection(exists=True) == without.read(sealed_before)
    left = after(sealed_before, without.wiped(sealed_before))
    assert StoredConnection(exists=False) == without.read(left)


def test_one_that_opens_no_more_stands_where_only_its_copy_is_gone() -> None:
    user = after(NOBODY, records(OLD).written(NOBODY, STANDING))
    mark = {"acmeConnection-20260115080000000-ended": {"at": THEN}}

    assert records(NEW).read(after(user, {COPY: None, **mark})).exists


def test_another_grant_of_a_connection_is_a_renewal() -> None:
    """As where a member has taken back their part of it."""
    profile = _Profile(stored(STANDING))
    slot = Slot(RECORDS, profile, profile.show())
    slot.amend(replace(STANDING, grant=Grant({"bot": "B1"})))

    found = RECORDS.read(profile.show()).connection
    assert found is not None
    assert (1, {"bot": "B1"}) == (found.renewals, found.grant.secret)


class _Profile:
    def __init__(self, user: User) -> None:
        self._user = user

    def show(self) -> User:
        return self._user

    def update_private_data(self, changes: Any) -> None:
        self._user = after(self._user, changes)
