"""What a process remembers of the sessions that it has begun."""

from __future__ import annotations

import pytest

from proxy.references import begun
from proxy.references.begun import BegunSessions
from proxy.references.session_record import SessionRecord
from proxy.timestamps import format_utc
from tests.references.profile import NOW, OTHER_ID, USER_ID, Clock


def session(name: str, seconds: int = 600) -> SessionRecord:
    """Return a session that is open for so many seconds."""
    return SessionRecord(
        {
            "provider": "vendor",
            "transactionReference": name,
            "status": "pending",
            "redirectUrl": "https://vendor.example/go",
            "expiresAt": format_utc(NOW + seconds),
        }
    )


def test_what_was_read_before_a_session_began_or_was_stored_may_lack_it() -> None:
    sessions = BegunSessions(Clock())
    before = sessions.turn()
    sessions.note(USER_ID, session("one"))
    between = sessions.turn()
    sessions.note_written(USER_ID)
    after = sessions.turn()
    asked = [sessions.has_begun_since(turn, USER_ID) for turn in (before, between, after)]
    assert [True, True, False] == asked
    assert not sessions.has_begun_since(before, OTHER_ID)


def test_a_session_that_is_not_stored_is_handed_out_while_it_is_open() -> None:
    clock = Clock()
    sessions = BegunSessions(clock)
    sessions.note(USER_ID, session("one", 600))
    assert session("one") == sessions.unwritten(USER_ID)
    assert sessions.unwritten(OTHER_ID) is None
    clock.now += 600
    assert sessions.unwritten(USER_ID) is None


def test_one_that_is_stored_is_not() -> None:
    sessions = BegunSessions(Clock())
    sessions.note(USER_ID, session("one"))
    sessions.note_written(USER_ID)
    assert sessions.unwritten(USER_ID) is None


def test_the_starts_of_a_day_are_known() -> None:
    clock = Clock()
    sessions = BegunSessions(clock)
    sessions.note(USER_ID, session("one"))
    clock.now += 3_600
    sessions.note(USER_ID, session("two"))
    ids = (session("one").id, session("two").id)
    times = (format_utc(NOW), format_utc(NOW + 3_600))
    assert dict(zip(ids, times, strict=True)) == sessions.starts(USER_ID)
    clock.now += begun.DAY_SECONDS - 3_600
    assert {ids[1]} == set(sessions.starts(USER_ID))


def test_so_many_users_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(begun, "MAX_REMEMBERED", 1)
    sessions = BegunSessions(Clock())
    sessions.note(USER_ID, session("one"))
    sessions.note(OTHER_ID, session("two"))
    assert ({}, 1) == (sessions.starts(USER_ID), len(sessions.starts(OTHER_ID)))
