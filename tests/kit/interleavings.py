"""Every order in which processes can read and write one object of the marketplace at once.

Each process takes its acts one after the other; an act reads, and what it writes follows from that.
A process may die at any moment. A write is applied at once, later, both, or never: what was given
up may still be applied at any moment, and nobody knows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import permutations
from typing import Any

# An act's name, its process's number and what it has read (JSON); what it writes, "" for nothing.
Write = Callable[[str, int, str], str]


def merged(store: str, *changes: str) -> str:
    """Return what is stored (JSON) after these writes: top level merged, null removes."""
    data = json.loads(store)
    for change in filter(None, changes):
        data = {key: v for key, v in {**data, **json.loads(change)}.items() if v is not None}
    return json.dumps(data, sort_keys=True)


@dataclass(frozen=True)
class Step:
    """One of a process's acts; `read` is what it has seen, "" before it has looked."""

    name: str
    read: str = ""


@dataclass(frozen=True)
class State:
    """Where everything stands.

    `late` are writes that may still be applied, by their acts' names; `applied` names the acts
    whose writes were.
    """

    store: str
    to_do: tuple[tuple[Step, ...], ...]
    late: tuple[tuple[str, str], ...] = ()
    applied: frozenset[str] = frozenset()

    def later(self) -> Iterator[str]:
        """Iterate over what is stored when all late writes have come, in each order of theirs."""
        for order in permutations(changes for _, changes in self.late):
            yield merged(self.store, *order)

    @property
    def told(self) -> frozenset[str]:
        """The acts whose writes were applied, or may be."""
        return self.applied | {name for name, _ in self.late}


def beginning(*processes: tuple[str, ...], store: Mapping[str, Any] | None = None) -> State:
    """Return the state in which each process has its acts before it."""
    acts = tuple(tuple(Step(name) for name in names) for names in processes)
    return State(json.dumps(dict(store or {}), sort_keys=True), acts)


class Explorer:
    """Takes every step from every state, and checks each state once."""

    def __init__(self, write: Write, check: Callable[[State], None]) -> None:
        self._write = cache(write)
        self._check = check
        self._orders: dict[State, int] = {}

    def orders(self, state: State) -> int:
        """Return in how many orders it can go on from here; raises what the check raises."""
        if state not in self._orders:
            self._check(state)
            following = list(self._following(state))
            self._orders[state] = sum(map(self.orders, following)) or 1
        return self._orders[state]

    def _following(self, state: State) -> Iterator[State]:
        for index, (name, changes) in enumerate(state.late):
            others = state.late[:index] + state.late[index + 1 :]
            yield _applied(replace(state, late=others), name, changes)
        for number, steps in enumerate(state.to_do):
            if not steps:
                continue
            step, *rest = steps
            if not step.read:
                yield _going_on(state, number, (Step(step.name, state.store), *rest))
                continue
            after = _going_on(state, number, tuple(rest))
            changes = self._write(step.name, number, step.read)
            yield after
            if changes:
                late = replace(after, late=(*state.late, (step.name, changes)))
                yield late
                yield _applied(late, step.name, changes)
                yield _applied(after, step.name, changes)


def _applied(state: State, name: str, changes: str) -> State:
    applied = state.applied | {name}
    return replace(state, store=merged(state.store, changes), applied=applied)


def _going_on(state: State, number: int, steps: tuple[Step, ...]) -> State:
    to_do = (*state.to_do[:number], steps, *state.to_do[number + 1 :])
    return replace(state, to_do=to_do)
