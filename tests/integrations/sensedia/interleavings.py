"""Every order in which processes can take the calls of their orders, and die, and try again.

Each order is one process's, with no lock shared. A step is one call to AWS: what an order does next
follows from the answers so far, so it is run anew with those up to its next call.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from functools import cache
from typing import Any, NamedTuple

from integrations.sensedia.aws import Aws as AwsService
from integrations.sensedia.retries import Retries
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.vendors.doors import PortalRefused
from tests.integrations.sensedia.modelled_aws import LOST, Answer, Call, ModelledAws, read, sent

FAILED, GIVEN_UP = "failed", "given up"
# What can go wrong with a call: the process dies before or after it, its answer is lost, before or
# after AWS has done it, or AWS does it later, when nobody waits any more.
KILLED, LOST_ANSWER, LATE = "killed", "lost", "late"
TRIES = 3
_UPDATABLE = frozenset(
    {
        "UserPoolId",
        "ClientId",
        "ClientName",
        "AllowedOAuthFlows",
        "AllowedOAuthFlowsUserPoolClient",
        "AllowedOAuthScopes",
        "ExplicitAuthFlows",
        "SupportedIdentityProviders",
    }
)


class NextCall(BaseException):
    """An order has come to a call that nobody has answered yet; no product code may catch it."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.call = call


class AtOnce(Retries):
    """Tries nothing again: the portal does, and this AWS knows at once what it has."""

    def until_done(self, step: Callable[[], Any], *_: type[Exception], tries: int = 1) -> Any:  # noqa: ARG002 - as it is called
        """Return what `step` returns."""
        return step()


class ReplayedAws(AwsService):
    """AWS as one order has seen it so far."""

    def __init__(self, answers: tuple[Answer, ...]) -> None:
        self.retries = AtOnce(lambda _: None)
        self._answers = iter(answers)

    def place(self) -> Any:
        """There is always one."""
        return nullcontext()

    def parameters(self, _: str) -> frozenset[str]:
        """Return what a client can be updated with, as far as the model goes."""
        return _UPDATABLE

    def change(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Do as AWS has done."""
        return self.call(operation, **arguments)

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Answer as AWS has answered."""
        answer = next(self._answers, None)
        if answer is None:
            raise NextCall(sent(operation, arguments))
        return read(answer)


# An order, given to a process that has seen this of AWS.
Order = Callable[[AwsService], Any]


@cache
def take(order: Order, answers: tuple[Answer, ...]) -> tuple[Call, str]:
    """Return the call that follows these answers, or else what is told in the end, as JSON."""
    try:
        return "", json.dumps(order(ReplayedAws(answers)))
    except NextCall as step:
        return step.call, ""
    except PortalRefused as refusal:
        return "", refusal.code
    except (UpstreamUnavailable, UpstreamRefused):
        return "", FAILED


@cache
def done(aws: str, call: Call, is_same_second: bool) -> tuple[str, Answer]:
    """Return AWS after a call, and its answer; both follow from what AWS was before."""
    model = ModelledAws(aws, is_same_second=is_same_second)
    answer = model.take(call)
    return model.state, answer


# There are millions of both, and tuples are copied and compared faster than dataclasses.


class Run(NamedTuple):
    """One order of the portal's, sent again until it is answered."""

    name: str
    order: Order
    answers: tuple[Answer, ...] = ()
    tries: int = TRIES
    told: str = ""


class State(NamedTuple):
    """Where everything stands; `late` are calls that AWS may still do, or never.

    `log` tells, oldest first, which order began and which was answered.
    """

    aws: str
    runs: tuple[Run, ...]
    faults: int = 0
    late: tuple[Call, ...] = ()
    log: tuple[str, ...] = ()


class Explorer:
    """Takes every step from every state that can be reached.

    `ends` are the states where nobody has anything to do any more. `faults` are the kinds of faults
    that a state may meet. Where the portal `gives_up`, it sends nothing again.
    """

    def __init__(
        self,
        faults: Iterable[str] = (),
        *,
        is_same_second: bool = False,
        gives_up: bool = False,
    ) -> None:
        self._kinds = frozenset(faults)
        self._is_same_second = is_same_second
        self._gives_up = gives_up
        self.ends: set[State] = set()

    def paths(self, first: State) -> int:
        """Return in how many ways things can go on from a state, having seen all of them."""
        counted: dict[State, int] = {}
        following: dict[State, list[State]] = {}
        waiting = [first]
        while waiting:
            state = waiting[-1]
            if state in counted:
                waiting.pop()
                continue
            if state not in following:
                following[state] = list(self._steps(state))
                waiting += [step for step in following[state] if step not in counted]
                continue
            waiting.pop()
            if not following[state]:
                self.ends.add(state)
            counted[state] = sum(counted[step] for step in following.pop(state)) or 1
        return counted[first]

    def _steps(self, state: State) -> Iterator[State]:
        for index, call in enumerate(state.late):
            others = state.late[:index] + state.late[index + 1 :]
            yield state._replace(aws=self._done(state.aws, call)[0], late=others)
        for index, run in enumerate(state.runs):
            if run.told or self._waits(state, index):
                continue
            call, told = take(run.order, run.answers)
            assert not told, "an order asks for something before it is answered"
            log = state.log if run.answers or run.name in state.log else (*state.log, run.name)
            here = state._replace(log=log)
            after, answer = self._done(state.aws, call)
            yield self._answered(here._replace(aws=after), index, answer)
            if state.faults and run.tries > 1:
                yield from self._faulty(here._replace(faults=state.faults - 1), index, call, after)

    @staticmethod
    def _waits(state: State, index: int) -> bool:
        """Tell whether an order comes for the last time, when the others that go on are done.

        Two that want different things could undo each other's steps forever.
        """
        run = state.runs[index]
        return run.tries == 1 and any(
            not other.told and (other.tries > 1 or at < index)
            for at, other in enumerate(state.runs)
        )

    def _faulty(self, state: State, index: int, call: Call, after: str) -> Iterator[State]:
        done, late = state._replace(aws=after), state._replace(late=(*state.late, call))
        if KILLED in self._kinds:
            yield self._again(state, index)
            yield self._again(done, index)
        if LOST_ANSWER in self._kinds:
            yield self._answered(state, index, LOST)
            yield self._answered(done, index, LOST)
        if LATE in self._kinds:
            yield self._again(late, index)
            yield self._answered(late, index, LOST)

    def _again(self, state: State, index: int) -> State:
        """Return the state after an order has come to nothing."""
        run = state.runs[index]
        if self._gives_up:
            return self._with(state, index, run._replace(told=GIVEN_UP))
        assert run.tries > 1, f"{run.name} is never answered: {state.log}"
        return self._with(state, index, run._replace(answers=(), tries=run.tries - 1))

    def _done(self, aws: str, call: Call) -> tuple[str, Answer]:
        return done(aws, call, self._is_same_second)

    def _answered(self, state: State, index: int, answer: Answer) -> State:
        """Return the state after an answer of AWS's to one order, and what is told at once."""
        run = state.runs[index]
        answers = (*run.answers, answer)
        _, told = take(run.order, answers)
        if told == FAILED:
            return self._again(state, index)
        log = (*state.log, f"{run.name}: {told}") if told else state.log
        return self._with(state._replace(log=log), index, run._replace(answers=answers, told=told))

    @staticmethod
    def _with(state: State, index: int, run: Run) -> State:
        return state._replace(runs=(*state.runs[:index], run, *state.runs[index + 1 :]))


@cache
def alone(aws: str, order: Order) -> tuple[str, str, int]:
    """Return AWS after an order that nobody disturbs, what it told, and its number of calls."""
    answers: tuple[Answer, ...] = ()
    while True:
        call, told = take(order, answers)
        if told:
            return aws, told, len(answers)
        aws, answer = done(aws, call, is_same_second=False)
        answers = (*answers, answer)
