"""Locks by key: the same key waits, other keys do not, and nothing is kept afterwards."""

from __future__ import annotations

import threading
import time

import pytest

from proxy.outgoing.keyed_locks import KeyedLocks

LONG = 10.0
SHORT = 0.02


class Holder:
    """A thread that holds a key until it is told to let go."""

    def __init__(self, locks: KeyedLocks, key: str) -> None:
        self.holds = threading.Event()
        self.let_go = threading.Event()
        self._locks = locks
        self._key = key
        self.thread = threading.Thread(target=self._hold)
        self.thread.start()

    def _hold(self) -> None:
        with self._locks.hold(self._key, LONG) as alone:
            assert alone
            self.holds.set()
            self.let_go.wait(LONG)

    def end(self) -> None:
        self.let_go.set()
        self.thread.join()


def test_a_free_key_is_held_at_once() -> None:
    with KeyedLocks().hold("key", SHORT) as alone:
        assert alone


def test_a_held_key_is_refused_after_the_wait() -> None:
    locks = KeyedLocks()
    with locks.hold("key", SHORT), locks.hold("key", SHORT) as alone:
        assert not alone


def test_another_key_does_not_wait() -> None:
    locks = KeyedLocks()
    with locks.hold("one", SHORT), locks.hold("other", SHORT) as alone:
        assert alone


def test_the_one_who_waits_goes_on_when_the_key_is_free() -> None:
    locks = KeyedLocks()
    first = Holder(locks, "key")
    assert first.holds.wait(LONG)
    second = Holder(locks, "key")
    assert not second.holds.wait(SHORT)
    first.end()
    assert second.holds.wait(LONG)
    second.end()


def test_one_too_many_with_the_same_key_is_turned_away_at_once() -> None:
    locks = KeyedLocks(most_per_key=2)
    first = Holder(locks, "key")
    assert first.holds.wait(LONG)
    second = Holder(locks, "key")
    assert not second.holds.wait(SHORT)
    began = time.monotonic()
    with locks.hold("key", LONG) as alone:
        assert not alone
    assert time.monotonic() - began < LONG / 2
    first.end()
    second.end()


def test_one_who_is_turned_away_takes_no_place() -> None:
    locks = KeyedLocks(most_per_key=2)
    with locks.hold("key", SHORT), locks.hold("key", SHORT), locks.hold("key", LONG) as alone:
        assert not alone
    with locks.hold("key", SHORT) as alone:
        assert alone
    assert {} == locks._locks


def test_a_crowded_key_keeps_nobody_from_another() -> None:
    locks = KeyedLocks(most_per_key=2)
    with locks.hold("one", SHORT), locks.hold("one", SHORT), locks.hold("other", SHORT) as alone:
        assert alone


def test_only_one_of_many_holds_a_key_at_a_time() -> None:
    locks, guard = KeyedLocks(), threading.Lock()
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(50):
            with locks.hold("key", LONG):
                with guard:
                    inside += 1
                    most = max(most, inside)
                with guard:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 == most


def test_a_failure_inside_frees_the_key() -> None:
    locks = KeyedLocks()
    with pytest.raises(KeyError), locks.hold("key", SHORT):
        raise KeyError
    with locks.hold("key", SHORT) as alone:
        assert alone


def test_one_who_gave_up_does_not_free_the_holders_key() -> None:
    locks = KeyedLocks()
    with locks.hold("key", SHORT):
        for _ in range(2):
            with locks.hold("key", SHORT) as alone:
                assert not alone


def test_nothing_is_kept_for_keys_that_nobody_holds() -> None:
    locks = KeyedLocks()
    for number in range(100):
        with locks.hold(f"key {number}", SHORT), locks.hold(f"key {number}", 0):
            pass
    assert {} == locks._locks
