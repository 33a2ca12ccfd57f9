"""What refused sessions may cost: a burst, then so many a minute, for each source by itself."""

from __future__ import annotations

import pytest

from proxy.problems import Problem
from proxy.sharetribe.call_budget import CALLS_AT_ONCE, SECONDS_A_CALL, CallBudget
from tests.clock import Clock


def spend(budget: CallBudget, calls: int, source: str = "one") -> None:
    for _ in range(calls):
        budget.check(lambda: source)
        budget.spend(lambda: source)


def refusal(budget: CallBudget, source: str = "one") -> Problem:
    with pytest.raises(Problem) as raised:
        budget.check(lambda: source)
    return raised.value


def test_twenty_calls_are_free_at_once_and_the_next_waits() -> None:
    budget = CallBudget(Clock())
    spend(budget, CALLS_AT_ONCE)
    problem = refusal(budget)
    assert ("too-many-attempts", 429, 3) == (problem.code, problem.status, problem.retry_after)


def test_after_the_told_time_there_is_one_call_more() -> None:
    clock = Clock()
    budget = CallBudget(clock)
    spend(budget, CALLS_AT_ONCE)
    clock.now += refusal(budget).retry_after or 0
    spend(budget, 1)
    assert "too-many-attempts" == refusal(budget).code


def test_sources_do_not_pay_for_each_other() -> None:
    budget = CallBudget(Clock())
    spend(budget, CALLS_AT_ONCE)
    spend(budget, CALLS_AT_ONCE, "other")


def test_a_flood_that_was_begun_at_once_is_paid_for_and_not_for_ever() -> None:
    clock = Clock()
    budget = CallBudget(clock)
    for _ in range(1_000):
        budget.spend(lambda: "one")
    clock.now += 200
    assert "too-many-attempts" == refusal(budget).code
    clock.now += 100
    spend(budget, CALLS_AT_ONCE)


def test_what_is_paid_is_forgotten() -> None:
    clock = Clock()
    budget = CallBudget(clock)
    spend(budget, 2)
    assert budget.is_touched
    clock.now += 2 * SECONDS_A_CALL
    budget.check(lambda: "another")
    assert not budget.is_touched


def test_only_so_many_sources_are_remembered() -> None:
    budget = CallBudget(Clock())
    spend(budget, CALLS_AT_ONCE)
    for number in range(4_096):
        budget.spend(str(number).__str__)
    spend(budget, 1)
