"""Failed attempts: some are free, each further one costs time, and only its own source pays."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from proxy.http.attempts import FREE_ATTEMPTS, MAX_SOURCES, Attempts
from proxy.problems import Problem
from tests.clock import Clock

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(clock=clock)


def fail(attempts: Attempts, times: int = 1, source: str = HERE) -> None:
    for _ in range(times):
        with attempts.judging(source) as attempt:
            attempt.failed()


def succeed(attempts: Attempts, source: str = HERE) -> None:
    with attempts.judging(source) as attempt:
        attempt.succeeded()


def wait_of(attempts: Attempts, source: str = HERE) -> int | None:
    """Return how long the source is told to wait, None where it is judged."""
    try:
        with attempts.judging(source):
            return None
    except Problem as problem:
        return problem.retry_after


def test_a_handful_of_failures_is_free(attempts: Attempts) -> None:
    fail(attempts, FREE_ATTEMPTS)
    assert wait_of(attempts) is None


def test_each_further_failure_makes_the_source_wait_longer(
    attempts: Attempts, clock: Clock
) -> None:
    fail(attempts, FREE_ATTEMPTS)
    waits = []
    for _ in range(9):
        fail(attempts)
        waits.append(wait_of(attempts))
        clock.now += waits[-1] or 0
    assert [1, 2, 4, 8, 16, 32, 60, 60, 60] == waits


def test_nothing_is_judged_before_its_time_and_that_costs_no_more(
    attempts: Attempts, clock: Clock
) -> None:
    fail(attempts, FREE_ATTEMPTS + 1)
    clock.now = 1_001.0
    fail(attempts)
    for passed, expected in ((0.0, 2), (0.9, 2), (1.0, 1), (1.9, 1), (2.0, None)):
        clock.now = 1_001.0 + passed
        assert expected == wait_of(attempts)


def test_a_success_forgets_the_failures(attempts: Attempts) -> None:
    fail(attempts, FREE_ATTEMPTS)
    succeed(attempts)
    fail(attempts, FREE_ATTEMPTS)
    assert wait_of(attempts) is None


def test_an_attempt_without_a_verdict_does_not_count(attempts: Attempts) -> None:
    for _ in range(3 * FREE_ATTEMPTS):
        with pytest.raises(ValueError), attempts.judging(HERE):  # noqa: PT011 - any error
            raise ValueError
    assert wait_of(attempts) is None


def test_no_source_waits_for_another(attempts: Attempts) -> None:
    fail(attempts, FREE_ATTEMPTS + 1)
    succeed(attempts, ELSEWHERE)
    assert (1, None) == (wait_of(attempts), wait_of(attempts, ELSEWHERE))


def test_failures_are_forgiven_one_by_one(attempts: Attempts, clock: Clock) -> None:
    fail(attempts, FREE_ATTEMPTS)
    clock.now += 2 * 300
    fail(attempts, 2)
    assert wait_of(attempts) is None
    fail(attempts)
    assert 1 == wait_of(attempts)
    clock.now += (FREE_ATTEMPTS + 1) * 300
    fail(attempts, FREE_ATTEMPTS)
    assert wait_of(attempts) is None


def test_those_who_come_at_once_are_counted_before_they_are_judged(attempts: Attempts) -> None:
    judged, over = threading.Semaphore(0), threading.Event()

    def guess(_: int) -> bool:
        try:
            with attempts.judging(HERE) as attempt:
                judged.release()
                over.wait(10)
                attempt.failed()
        except Problem:
            judged.release()
            return False
        return True

    with ThreadPoolExecutor(40) as pool:
        answers = pool.map(guess, range(40))
        for _ in range(40):
            assert judged.acquire(timeout=10)
        over.set()
        assert FREE_ATTEMPTS == sum(answers)


def test_after_the_free_ones_only_one_at_a_time_is_judged(attempts: Attempts) -> None:
    fail(attempts, FREE_ATTEMPTS)
    with attempts.judging(HERE):
        assert 1 == wait_of(attempts)
    assert wait_of(attempts) is None


def test_sources_that_were_heard_of_longest_ago_are_forgotten_first(attempts: Attempts) -> None:
    fail(attempts, FREE_ATTEMPTS + 1)
    fail(attempts, FREE_ATTEMPTS + 1, ELSEWHERE)
    with attempts.judging("being judged meanwhile") as attempt:
        for number in range(MAX_SOURCES - 2):
            fail(attempts, source=f"source {number}")
        assert (1, None) == (wait_of(attempts, ELSEWHERE), wait_of(attempts))
        for number in range(MAX_SOURCES):
            fail(attempts, source=f"source {number}")
        attempt.failed()
    assert wait_of(attempts, "being judged meanwhile") is None


def test_who_does_not_fail_is_not_remembered(attempts: Attempts) -> None:
    succeed(attempts)
    assert not attempts._sources
