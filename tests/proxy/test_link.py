"""One code, one person: every order in which those who bring it can read and write at once.

Each redeemer is a process of its own, with no lock shared. A step is one call to the marketplace:
what a redeemer does next follows from the answers so far, so it is run anew with those up to its
next call. A redeemer that dies is one that takes no further step.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from crypto import Checksummer, KeyRing, LogWords, Sealer
from proxy.doors.account_links import AccountLinks
from proxy.kernel import Kernel
from proxy.outgoing.upstream import UpstreamUnavailable
from proxy.problems import Problem
from proxy.sharetribe.client import User, UserSession
from proxy.sharetribe.token import Token
from proxy.vendors.doors import Principal

USER_ID = UUID(int=7)
NOW = 1_800_000_000.0
OWNER, THIEF = "owner", "thief"
LOST = "lost"
# What is sent is "show", or the changes of an update as JSON; what comes back is private data as
# JSON, nothing, or no answer.
Call = str


class NextCall(Exception):
    """A redeemer has come to a call that nobody has answered yet."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.call = call


class Replayed:
    """The user's private data as one redeemer has seen it so far."""

    def __init__(self, answers: tuple[str, ...]) -> None:
        self._answers = iter(answers)

    def user(self, _: UUID) -> Replayed:
        """Return the access to the only user there is."""
        return self

    def show(self) -> User:
        """Return what was shown then."""
        return User(USER_ID, json.loads(self._answered("show")))

    def update_private_data(self, changes: Mapping[str, Any]) -> None:
        """Write, as it went then."""
        self._answered(json.dumps(changes, sort_keys=True))

    def _answered(self, call: Call) -> str:
        answer = next(self._answers, None)
        if answer is None:
            raise NextCall(call)
        if answer == LOST:
            raise UpstreamUnavailable("marketplace", "no answer")
        return answer


class Process:
    """One process's trip, whose calls are answered from a record."""

    def __init__(self) -> None:
        keys = KeyRing(((1, bytes(64)),))
        self._sealer = Sealer(keys, "client")
        self._checksummer = Checksummer(KeyRing(((1, bytes(32)),)), "client")

    def code(self, private_data: Mapping[str, Any], now: float = NOW) -> str:
        """Return a code that was issued when the user had this private data."""
        session = Replayed((json.dumps(private_data),))
        token = Token("access", "refresh")
        shown = cast(UserSession, _Session(session, token))
        code: str = self._trip(session, now).issue_code(shown).body["code"]
        return code

    def redeem(self, person: str, code: str, answers: tuple[str, ...], now: float = NOW) -> str:
        """Return what is told in the end; raises NextCall before it."""
        trip = self._trip(Replayed(answers), now)
        try:
            outcome = trip.redeem(Principal(person, "package"), code)
        except Problem as problem:
            return problem.code
        return str(outcome.body["status"])

    def _trip(self, operator: Replayed, now: float) -> AccountLinks:
        kernel = SimpleNamespace(
            log_words=LogWords([bytes(32)], "client"),
            sealer=self._sealer,
            checksummer=self._checksummer,
            marketplace=None,
            operator=operator,
            clock=lambda: now,
        )
        return AccountLinks("card", cast(Kernel, kernel))


@dataclass
class _Session:
    _writer: Replayed
    token: Token

    def show(self) -> User:
        return self._writer.show()


PROCESS = Process()


def redeem(store: dict[str, Any], person: str, code: str, now: float = NOW) -> str:
    """Bring a code while nobody else does; `store` is the user's private data."""
    answers: tuple[str, ...] = ()
    while True:
        try:
            return PROCESS.redeem(person, code, answers, now)
        except NextCall as step:
            if step.call != "show":
                _merge(store, step.call)
            answers += (json.dumps(store),)


def _merge(store: dict[str, Any], changes: Call) -> None:
    for key, value in json.loads(changes).items():
        if value is None:
            store.pop(key, None)
        else:
            store[key] = value


@dataclass(frozen=True)
class Redeemer:
    """One request that brings the code, again as often as it may after no answer."""

    person: str
    tries: int
    answers: tuple[str, ...] = ()
    told: str = ""


@dataclass(frozen=True)
class State:
    """Where everything stands; `late` are writes that may still be applied, or never."""

    store: str
    redeemers: tuple[Redeemer, ...]
    losses: int
    late: tuple[Call, ...] = ()


class Explorer:
    """Takes every step from every state that can be reached."""

    def __init__(self, code: str) -> None:
        self._code = code
        self.ends: set[tuple[str, ...]] = set()

    def explore(self, first: State) -> None:
        """Check every state that can be reached from the first one."""
        seen, waiting = {first}, [first]
        while waiting:
            state = waiting.pop()
            self._check(state)
            following = list(self._steps(state))
            if not following:
                self.ends.add(tuple(redeemer.told for redeemer in state.redeemers))
            fresh = set(following) - seen
            seen |= fresh
            waiting += fresh

    def _check(self, state: State) -> None:
        """Nobody is told of a link, or stands in one, beside somebody else."""
        linked = {r.person for r in state.redeemers if r.told in ("linked", "unchanged")}
        link = json.loads(state.store).get("cardLink")
        assert 1 >= len(linked | ({link["id"]} if link else set())), state

    def _steps(self, state: State) -> Iterator[State]:
        for index, change in enumerate(state.late):
            others = state.late[:index] + state.late[index + 1 :]
            yield replace(state, store=_merged(state.store, change), late=others)
        for index, redeemer in enumerate(state.redeemers):
            if redeemer.told:
                continue
            call, _ = self._go_on(redeemer.person, redeemer.answers)
            if call == "show":
                yield self._answered(state, index, state.store)
                continue
            written = _merged(state.store, call)
            yield self._answered(replace(state, store=written), index, "{}")
            if state.losses:
                fewer = replace(state, losses=state.losses - 1)
                yield self._answered(replace(fewer, store=written), index, LOST)
                yield self._answered(replace(fewer, late=(*state.late, call)), index, LOST)

    def _answered(self, state: State, index: int, answer: str) -> State:
        """Return the state after an answer to one redeemer, and whatever follows it at once."""
        redeemer = state.redeemers[index]
        after = replace(redeemer, answers=(*redeemer.answers, answer))
        _, told = self._go_on(after.person, after.answers)
        after = replace(after, told=told)
        if told == "marketplace-unavailable" and redeemer.tries > 1:
            after = Redeemer(redeemer.person, redeemer.tries - 1)
        redeemers = (*state.redeemers[:index], after, *state.redeemers[index + 1 :])
        return replace(state, redeemers=redeemers)

    @cache  # noqa: B019 - it lives as long as its test
    def _go_on(self, person: str, answers: tuple[str, ...]) -> tuple[Call, str]:
        """Return the call that follows these answers, or else what is told in the end."""
        try:
            return "", PROCESS.redeem(person, self._code, answers)
        except NextCall as step:
            return step.call, ""


def _merged(store: str, changes: Call) -> str:
    data = json.loads(store)
    _merge(data, changes)
    return json.dumps(data, sort_keys=True)


CROWDS = {
    "two whose answers are lost": ([Redeemer(OWNER, 2), Redeemer(THIEF, 2)], 2),
    "three": ([Redeemer(OWNER, 1), Redeemer(THIEF, 1), Redeemer("third", 1)], 1),
    "one of them in two processes": (
        [Redeemer(OWNER, 1), Redeemer(OWNER, 1), Redeemer(THIEF, 1)],
        1,
    ),
}


@pytest.mark.parametrize(("crowd", "losses"), CROWDS.values(), ids=CROWDS)
def test_in_no_order_does_a_code_link_two(crowd: list[Redeemer], losses: int) -> None:
    explorer = Explorer(PROCESS.code({}))
    explorer.explore(State("{}", tuple(crowd), losses))
    assert any("linked" in end for end in explorer.ends)


def test_two_in_the_same_instant_may_both_be_refused() -> None:
    explorer = Explorer(PROCESS.code({}))
    explorer.explore(State("{}", (Redeemer(OWNER, 1), Redeemer(THIEF, 1)), 0))
    refused = "link-code-invalid"
    assert {("linked", refused), (refused, "linked"), (refused, refused)} == explorer.ends


def test_whoever_died_after_the_claim_can_finish_and_nobody_else_can() -> None:
    store: dict[str, Any] = {}
    code = PROCESS.code(store)
    with pytest.raises(NextCall) as claim:
        PROCESS.redeem(OWNER, code, ("{}",))
    _merge(store, claim.value.call)
    assert "link-code-invalid" == redeem(store, THIEF, code)
    assert "linked" == redeem(store, OWNER, code)
    assert "unchanged" == redeem(store, OWNER, code)


def test_a_second_code_of_the_same_second_counts() -> None:
    store: dict[str, Any] = {}
    redeem(store, OWNER, PROCESS.code(store))
    assert "linked" == redeem(store, THIEF, PROCESS.code(store))


@pytest.mark.parametrize("behind", [-299, 299])
def test_clocks_that_differ_decide_nothing(behind: int) -> None:
    store: dict[str, Any] = {}
    redeem(store, OWNER, PROCESS.code(store), NOW + behind)
    second = PROCESS.code(store, NOW + behind)
    assert "linked" == redeem(store, THIEF, second)
    assert "link-code-invalid" == redeem(store, OWNER, second)


def test_a_used_code_does_not_put_an_old_link_back() -> None:
    store: dict[str, Any] = {}
    first = PROCESS.code(store)
    redeem(store, OWNER, first)
    redeem(store, THIEF, PROCESS.code(store))
    assert "link-code-invalid" == redeem(store, OWNER, first)
    assert THIEF == store["cardLink"]["id"]


def test_claims_go_when_their_codes_are_long_gone_and_not_before() -> None:
    store: dict[str, Any] = {}
    kept = []
    for later in (0, 1_000, 1_400):
        redeem(store, OWNER, PROCESS.code(store, NOW + later), NOW + later)
        kept.append(sum(key.startswith("cardLink-") for key in store))
    assert [1, 2, 2] == kept


def test_what_a_user_makes_up_as_claims_is_dropped_some_at_a_time() -> None:
    odd: list[Any] = [[], "x", {}, {"until": "9999-01-01T00:00:00.000Z"}]
    store: dict[str, Any] = {f"cardLink-{number}": odd[number % 4] for number in range(1_000)}
    assert "linked" == redeem(store, OWNER, PROCESS.code(store))
    assert 1_000 - 50 + 1 == sum(key.startswith("cardLink-") for key in store)
