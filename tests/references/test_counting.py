"""Which session counts, whatever order their records are read in."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from proxy.references.counting import counting, last_result, outdated
from proxy.references.session_record import SessionRecord
from proxy.timestamps import format_utc

NOON = 1_800_000_000.0


def session(
    name: str,
    status: str = "pending",
    began: float = 0,
    ended: float | None = None,
    *,
    vendor: str = "vendor",
    is_dated: bool = True,
    **fields: Any,
) -> SessionRecord:
    """Return a session whose times are seconds after noon."""
    known: dict[str, Any] = {
        "provider": vendor,
        "transactionReference": name,
        "status": status,
        "startedAt": format_utc(NOON + began),
        **fields,
    }
    if ended is not None:
        known["completedAt"] = format_utc(NOON + ended)
        if is_dated:
            known["vendorTime"] = True
    return SessionRecord(known)


def counts(*sessions: SessionRecord) -> str:
    """Return the name of the session that counts, which must not depend on their order."""
    found = set()
    for order in permutations(sessions):
        counted = counting(order)
        found.add("" if counted is None else counted.transaction)
    (name,) = found
    return name


def ids(*sessions: SessionRecord) -> list[str]:
    return [one.id for one in sessions]


FIRST = session("one", "approved", 0, 100)


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        pytest.param([], "", id="none"),
        pytest.param([session("one")], "one", id="a pending one"),
        pytest.param([session("one"), session("two", began=5)], "two", id="the newer pending one"),
        pytest.param([FIRST, session("two", began=1)], "one", id="a verdict after a double click"),
        pytest.param(
            [FIRST, session("two", began=99, follows=ids(FIRST))], "two", id="a restart after it"
        ),
        pytest.param([FIRST, session("two", began=9_000)], "two", id="a restart long after it"),
        pytest.param(
            [FIRST, session("two", "rejected", 1, 102)], "two", id="the later verdict of two"
        ),
        pytest.param(
            [FIRST, session("two", "expired", 1, 1_900)], "one", id="who double-clicked and passed"
        ),
        pytest.param(
            [FIRST, session("two", "expired", 101, 1_900, follows=ids(FIRST))],
            "two",
            id="who left a restart unfinished",
        ),
        pytest.param(
            [session("one", "expired", 0, 1_800), session("two", "expired", 1, 1_900)],
            "two",
            id="two that nobody finished",
        ),
        pytest.param(
            [session("one", "expired", 0, 1_800), session("two", began=1)],
            "two",
            id="one under way beside one that nobody finished",
        ),
    ],
)
def test_the_session_that_counts(sessions: list[SessionRecord], expected: str) -> None:
    assert expected == counts(*sessions)


@pytest.mark.parametrize(
    ("seconds", "vendor", "is_dated", "expected"),
    [
        pytest.param(2, "vendor", True, "two", id="one clock"),
        pytest.param(0.9, "vendor", True, "one", id="one clock, told in whole seconds"),
        pytest.param(299, "other", True, "one", id="two vendors' clocks"),
        pytest.param(301, "other", True, "two", id="two vendors' clocks, far apart"),
        pytest.param(299, "vendor", False, "one", id="our clocks"),
        pytest.param(301, "vendor", False, "two", id="our clocks, far apart"),
    ],
)
def test_times_of_two_clocks_are_compared_with_leeway(
    seconds: float, vendor: str, is_dated: bool, expected: str
) -> None:
    """Where they cannot tell, the session that began last counts: here the first one."""
    one = session("one", "approved", 10, 100)
    two = session("two", "rejected", 0, 100 + seconds, vendor=vendor, is_dated=is_dated)
    assert expected == counts(one, two)


def test_what_began_after_another_had_finished_is_later_whatever_the_clocks_say() -> None:
    two = session("two", "rejected", -50, 90, vendor="other", follows=ids(FIRST))
    assert "two" == counts(FIRST, two)


@pytest.mark.parametrize("known", ["follows", "after"])
def test_an_undated_word_that_is_read_again_is_as_old_as_it_was(known: str) -> None:
    one = session("one", "approved", 0, 5_000, is_dated=False)
    two = session("two", "rejected", 200, 900, is_dated=False)
    two = SessionRecord({**two.fields, known: ids(one)})
    assert "two" == counts(one, two)


def test_the_vendors_last_word_of_a_session_counts() -> None:
    words = [
        session("one"),
        session("one", "approved", 0, 100),
        session("one", "rejected", 0, 50, is_dated=False, revision=1),
    ]
    for order in permutations(words):
        counted = counting(order)
        assert counted is not None
        assert "rejected" == counted.status


def test_what_contradicts_itself_still_has_one_answer() -> None:
    """A verdict that was changed later, and sessions that began after its first word."""
    one = session("one", "approved", 0, 400)
    two = session("two", "rejected", 10, 250, vendor="other", follows=ids(one))
    three = session("three", "failed", 20, 390, follows=ids(one, two))
    assert counts(one, two, three)


def test_only_a_later_verdict_makes_a_session_outdated() -> None:
    rejected = session("two", "rejected", 1, 200)
    lapsed = session("three", "expired", 1, 9_000)
    found = {record.transaction for record in outdated([FIRST, rejected, lapsed, session("four")])}
    assert {"one"} == found


def test_a_session_whose_words_have_no_time_is_never_outdated() -> None:
    undated = session("one", "approved", 0, 100, is_dated=False)
    assert [] == outdated([undated, session("two", "rejected", 1, 9_000)])


def test_what_has_not_finished_is_no_last_result() -> None:
    assert last_result([session("one")]) is None
