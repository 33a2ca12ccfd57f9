"""Trying again: after growing pauses, while it helps and while there is time."""

from __future__ import annotations

import pytest

from integrations.sensedia.retries import MOST_TRIES, Retries
from proxy.outgoing.deadline import deadline


class Step:
    """Fails some times; it counts its calls."""

    def __init__(self, failures: int, error: type[Exception] = KeyError) -> None:
        self._failures, self._error = failures, error
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self._failures:
            raise self._error(self.calls)
        return "done"


@pytest.mark.parametrize("failures", [0, 1, MOST_TRIES - 1])
def test_what_passes_is_waited_for_in_growing_pauses(failures: int) -> None:
    pauses: list[float] = []
    step = Step(failures)
    assert "done" == Retries(pauses.append).until_done(step, KeyError)
    assert failures + 1 == step.calls
    longest = [min(0.2 * 2**number, 2.0) for number in range(failures)]
    assert failures == len(pauses)
    assert all(whole / 2 <= pause <= whole for pause, whole in zip(pauses, longest, strict=True))


def test_what_stays_is_raised_in_the_end() -> None:
    step = Step(99)
    with pytest.raises(KeyError, match=str(MOST_TRIES)):
        Retries(lambda _: None).until_done(step, KeyError)
    assert MOST_TRIES == step.calls


def test_what_does_not_pass_is_raised_at_once() -> None:
    step = Step(1, TypeError)
    with pytest.raises(TypeError):
        Retries().until_done(step, KeyError, ValueError)
    assert 1 == step.calls


@pytest.mark.parametrize("seconds", [0, 0.05])
def test_a_pause_that_the_deadline_does_not_leave_is_not_made(seconds: float) -> None:
    pauses: list[float] = []
    with deadline(seconds), pytest.raises(KeyError):
        Retries(pauses.append).until_done(Step(99), KeyError)
    assert [] == pauses


def test_who_met_once_does_not_meet_again() -> None:
    pauses: list[float] = []
    for _ in range(20):
        Retries(pauses.append).until_done(Step(1), KeyError)
    assert len(set(pauses)) > 5
