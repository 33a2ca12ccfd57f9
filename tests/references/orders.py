"""Every order of what may happen: a walk over all histories of a few scripts.

Each script is what happens to one session, in its own order; the scripts interleave in every way,
and what becomes of each write is every fate, at any later time. Histories that come to the same
state are followed once, and counted all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from proxy.vendors.matters import Status
from tests.references.judge import fault, trespass
from tests.references.marketplace import Fate, sayings
from tests.references.stage import Moment, Stage

FATES = (Fate.NOW, Fate.LATE, Fate.TWICE, Fate.NEVER)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens on the stage: `play` does it, and what it writes has a fate."""

    name: str
    play: Callable[[Stage], object]
    own: str
    writes: bool = True


Script = tuple[Act, ...]


def session(
    transaction: str,
    *words: Status,
    provider: str = "acme",
    processes: tuple[int, int] = (0, 1),
    is_told_at_once: bool = False,
) -> Script:
    """Return the script of a session: it begins, and each word of the vendor is called back.

    One process begins it, another one takes the callbacks, perhaps before anything else happens.
    """
    first, second = processes

    def begin(stage: Stage) -> None:
        stage.start(transaction, provider, process=first)

    def say(stage: Stage, status: Status) -> None:
        if transaction in stage.sessions:
            stage.say(transaction, status)

    def call_back(stage: Stage, number: int) -> None:
        if transaction in stage.sessions:
            stage.call_back(transaction, number, process=second)

    def tell(stage: Stage, status: Status, number: int) -> None:
        say(stage, status)
        call_back(stage, number)

    acts = [Act(f"{transaction} begins", begin, transaction)]
    for number, status in enumerate(words):
        name = f"{transaction} is {status}"
        if is_told_at_once:
            both = partial(tell, status=status, number=number)
            acts.append(Act(f"{name} and told", both, transaction))
        else:
            acts.append(Act(name, partial(say, status=status), transaction, writes=False))
            told = partial(call_back, number=number)
            acts.append(Act(f"{transaction} is told", told, transaction))
    return tuple(acts)


def visit(process: int = 0) -> Script:
    """Return the script of a user who looks once."""
    return (Act("visit", lambda stage: stage.visit(process=process), ""),)


class Walk:
    """A walk over all orders of some scripts, with so many seconds between two acts.

    `faults` are the histories that ended wrong, each a list of what happened.
    """

    def __init__(self, stage: Stage, pace: float, *scripts: Script) -> None:
        self._stage = stage
        self._pace = pace
        self._scripts = scripts
        self._counts: dict[object, int] = {}
        self._path: list[str] = []
        self.faults: list[list[str]] = []
        self.orders = self._follow(tuple(0 for _ in scripts))

    @property
    def states(self) -> int:
        """How many different states there were."""
        return len(self._counts)

    def _follow(self, done: tuple[int, ...]) -> int:
        """Return in how many ways the history can go on."""
        moment = self._stage.moment
        key = done, _state(moment)
        if key not in self._counts:
            self._counts[key] = self._landings(done, moment) + self._acts(done, moment)
        return self._counts[key]

    def _landings(self, done: tuple[int, ...], moment: Moment) -> int:
        """Follow what comes after each of the writes under way; or after the end."""
        under_way = moment.profile.under_way
        count = 0
        for number, update in enumerate(under_way):
            if update not in under_way[:number]:
                self._stage.network.profile = moment.profile.landed(number)
                count += self._gone_on(f"{sayings(update.private_data)} comes late", done, moment)
        is_over = not under_way and all(
            one == len(script) for one, script in zip(done, self._scripts, strict=True)
        )
        if is_over:
            self._note(fault(self._stage))
            self._stage.restore(moment)
        return count + is_over

    def _acts(self, done: tuple[int, ...], moment: Moment) -> int:
        """Follow what comes after each script's next act."""
        count = 0
        for index, script in enumerate(self._scripts):
            for act in script[done[index] : done[index] + 1]:
                then = (*done[:index], done[index] + 1, *done[index + 1 :])
                for fate in FATES if act.writes else (Fate.NOW,):
                    self._stage.now += self._pace
                    self._stage.network.prepare([fate])
                    act.play(self._stage)
                    if act.own:
                        private_data = moment.profile.private_data
                        self._note(trespass(self._stage, private_data, {act.own}))
                    has_sent = bool(self._stage.network.sent)
                    count += self._gone_on(f"{act.name} ({fate})", then, moment)
                    if not has_sent:
                        break
        return count

    def _gone_on(self, name: str, done: tuple[int, ...], before: Moment) -> int:
        self._path.append(name)
        self._stage.restart()
        count = self._follow(done)
        self._path.pop()
        self._stage.restore(before)
        return count

    def _note(self, fault: str) -> None:
        if fault:
            self.faults.append([*self._path, fault])


def _state(moment: Moment) -> str:
    """Return what two moments have in common where nothing can differ from then on."""
    profile = moment.profile
    return json.dumps(
        [
            moment.now,
            sorted(map(repr, moment.sessions.values())),
            dict(profile.private_data),
            dict(profile.metadata),
            sorted(map(repr, profile.noticed.items())),
            sorted(profile.crossed),
            sorted(
                json.dumps([u.sent_at, dict(u.private_data), dict(u.metadata)], sort_keys=True)
                for u in profile.under_way
            ),
        ],
        sort_keys=True,
    )
