"""What is noted of rights: any write may come late, and clocks differ."""

from __future__ import annotations

from proxy.references.rights import Rights, Way
from tests.references.profile import NOW

LATE = 150


def done(rights: Rights, now: float, *, is_good: bool) -> Rights:
    """Return what is noted when rights were written without trouble."""
    tried = rights.attempted(now, is_good=is_good)
    return tried.written(tried.ways[is_good].tried, now, is_good=is_good)


def landed(rights: Rights, late: Rights, way: bool) -> Rights:
    """Return what is noted once a write of one way has come late."""
    return Rights({**rights.ways, way: late.ways[way]})


def test_what_went_well_leaves_nothing_open() -> None:
    allowed = done(Rights(), NOW, is_good=True)
    denied = done(allowed, NOW + 1, is_good=False)
    assert (True, False) == (allowed.granted, denied.granted)
    assert [False, False] == [
        allowed.are_due(is_good=True),
        denied.are_due(is_good=False),
    ]
    assert denied.are_certain(NOW + 1)


def test_a_note_that_comes_late_brings_nothing_back() -> None:
    allowed = done(Rights(), NOW, is_good=True)
    tried = allowed.attempted(NOW, is_good=True)
    again = done(done(tried, NOW, is_good=False), NOW, is_good=True)
    assert not landed(done(tried, NOW, is_good=False), allowed, way=True).granted
    assert landed(again, done(tried, NOW, is_good=False), way=False).granted


def test_the_order_is_that_of_what_was_read_and_no_clocks() -> None:
    allowed = done(Rights(), NOW, is_good=True)
    assert not done(allowed, NOW - 100, is_good=False).granted
    for _ in range(5):
        allowed = done(done(allowed, NOW, is_good=False), NOW, is_good=True)
        assert allowed.granted


def test_what_a_dead_process_has_tried_is_written_against_until_it_comes_no_more() -> None:
    tried = Rights().attempted(NOW, is_good=True)
    denied = done(tried, NOW + 1, is_good=False)
    assert (False, True) == (denied.granted, denied.are_due(is_good=False))
    assert not denied.are_certain(NOW + 1)
    assert done(denied, NOW + 2, is_good=False).are_due(is_good=False)
    assert not done(denied, NOW + LATE, is_good=False).are_due(is_good=False)


def test_an_attempt_is_open_though_a_later_one_has_ended() -> None:
    again = done(Rights().attempted(NOW, is_good=True), NOW + 1, is_good=True)
    assert not again.are_due(is_good=True)
    assert done(again, NOW + 2, is_good=False).are_due(is_good=False)
    assert not done(again, NOW + LATE, is_good=False).are_due(is_good=False)


def test_who_ends_ends_their_own_attempt_alone() -> None:
    mine = Rights().attempted(NOW, is_good=True)
    theirs = mine.attempted(NOW + 1, is_good=True)
    ended = theirs.written(mine.ways[True].tried, NOW, is_good=True)
    assert (True, theirs.ways[True].tried) == (ended.granted, ended.ways[True].open)


def test_nothing_is_known_of_who_is_new() -> None:
    assert (False, False, Way()) == (
        Rights().granted,
        Rights().are_due(is_good=False),
        Rights().ways[True],
    )
