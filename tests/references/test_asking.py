"""What a process remembers of the questions that it has put to vendors."""

from __future__ import annotations

from uuid import UUID

import pytest

from proxy.references import asking
from proxy.references.asking import Asking
from proxy.vendors.reference import Reason
from tests.references.profile import NOW, OTHER_ID, USER_ID, Clock

REVIEW = Reason("review", "A person looks at it.")


def test_a_clock_that_goes_back_lets_everybody_ask() -> None:
    clock = Clock()
    questions = Asking(60, clock)
    assert questions.claim(USER_ID, NOW)
    clock.now = NOW - 3_600
    assert questions.claim(USER_ID, NOW)


def test_what_a_session_waits_for_is_forgotten_once_it_is_not_told_again() -> None:
    questions = Asking(60, Clock())
    questions.note(USER_ID)
    questions.note_waiting(USER_ID, {"one": REVIEW})
    assert (REVIEW, None) == tuple(questions.waiting(USER_ID, name) for name in ("one", "two"))
    assert questions.waiting(OTHER_ID, "one") is None
    questions.note_waiting(USER_ID, {})
    assert questions.waiting(USER_ID, "one") is None


def test_of_many_users_the_ones_of_longest_ago_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "MAX_REMEMBERED", 2)
    questions = Asking(60, Clock())
    users = [UUID(int=number) for number in range(3)]
    assert [True] * 3 == [questions.claim(user, NOW) for user in users]
    assert [False, False, True] == [questions.claim(user, NOW) for user in (*users[1:], users[0])]
