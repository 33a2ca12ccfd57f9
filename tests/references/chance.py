"""Histories by chance: several sessions, corrections, clocks that are off, a user who edits.

A history follows from its seed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from proxy.vendors.matters import Status
from tests.references.judge import fault, fault_after_edits, trespass
from tests.references.marketplace import Fate, Profile, sayings
from tests.references.stage import Stage
from tests.references.vendor import Manners

WORDS = (Status.APPROVED, Status.REJECTED, Status.FAILED, Status.EXPIRED)
# The most that one request can wait, in seconds: what it has read or heard is no older.
_REQUEST_SECONDS = 30.0
_CALM, _HURRIED = (900.0, 1_300.0, 90_000.0), (0.5, 5.0, 12.0, 40.0)
_FATES = (
    *[[Fate.NOW]] * 12,
    *[[Fate.LATE]] * 3,
    *[[Fate.TWICE]] * 3,
    [Fate.NEVER],
    [Fate.FAILS, Fate.NOW],
    [Fate.FAILS_LATE, Fate.NOW],
    [Fate.FAILS],
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What happens in a history beside the sessions themselves.

    `is_hurried`: much happens within the leeway of clocks.
    """

    has_operator: bool = False
    edits: bool = False
    is_hurried: bool = False


class History:
    """One history; `log` is what happened, `fault` what is wrong with its end, "" for nothing."""

    def __init__(self, seed: int, kind: Kind, sessions: int = 3) -> None:
        self._chance = Random(seed)  # noqa: S311 - a history, no secret
        self._kind = kind
        self._names = [f"S{number}" for number in range(1, sessions + 1)]
        self.log: list[str] = []
        self._seen: list[tuple[float, Profile]] = []
        choose = self._chance.choice
        vendors = {
            name: Manners(
                is_dated=self._chance.random() < 0.7,
                tells_revision=choose((True, False)),
                claims=self._chance.random() < 0.3,
            )
            for name in choose((("acme",), ("acme", "zeta")))
        }
        self._paces = choose((_HURRIED, _CALM + _HURRIED)) if kind.is_hurried else _CALM
        off = 290.0 if self._paces is _CALM else 140.0
        skews = (self._chance.uniform(-off, off), self._chance.uniform(-off, off))
        self.stage = Stage(vendors, has_operator=kind.has_operator, skews=skews)
        self.log.append(f"{vendors} {skews}")
        self.fault = self._played()

    def _played(self) -> str:
        stage, chance = self.stage, self._chance
        for _ in range(chance.randint(4, 18)):
            self._seen.append((stage.now, stage.network.profile))
            stage.now += chance.choice(self._paces)
            wrong = chance.choice(self._acts())()
            if wrong:
                return wrong
        while stage.network.profile.under_way:
            self._land()
        stage.now += chance.choice(self._paces)
        stage.restart()
        return fault_after_edits(stage) if self._kind.edits else fault(stage)

    def _acts(self) -> list[Callable[[], str]]:
        """Return what may happen next, the likelier the more often."""
        sessions = self.stage.sessions
        acts = [self._visit, self._restart]
        if len(sessions) < len(self._names):
            acts += [self._start] * 4
        if any(not session.words for session in sessions.values()):
            acts += [self._finish] * 4
        if any(session.words for session in sessions.values()):
            acts += [self._correct] + [self._call_back] * 6
        if self.stage.network.profile.under_way:
            acts += [self._land] * 2
        if self._kind.edits:
            acts += [self._delete, self._put_back, self._put_back, self._forge]
        return acts

    def _start(self) -> str:
        name = self._names[len(self.stage.sessions)]
        provider = self._chance.choice(list(self.stage.vendors))
        process, restart = self._chance.randrange(2), self._chance.random() < 0.8
        seen = self._prepare(f"{name} begins, restart={restart}", process)
        self.stage.start(name, provider, process=process, restart=restart)
        pulled = set() if restart else _open_in(seen)
        return self._trespass(seen, {name} | pulled)

    def _visit(self) -> str:
        process = self._chance.randrange(2)
        seen = self._prepare("visit", process)
        self.stage.visit(process=process)
        return self._trespass(seen, _open_in(seen))

    def _finish(self) -> str:
        waiting = [one.transaction for one in self.stage.sessions.values() if not one.words]
        return self._say(self._chance.choice(waiting))

    def _correct(self) -> str:
        finished = [one.transaction for one in self.stage.sessions.values() if one.words]
        return self._say(self._chance.choice(finished))

    def _say(self, name: str) -> str:
        words = self.stage.sessions[name].words
        # No word twice: so what is stored tells which of them it is. No verdict is taken back.
        others = [status for status in WORDS if status not in {word.status for word in words}]
        if words:
            others = [status for status in others if status is not Status.EXPIRED]
        if not others:
            return ""
        status = self._chance.choice(others)
        self.log.append(f"{self._at} {name} is {status}")
        self.stage.say(name, status)
        return ""

    def _call_back(self) -> str:
        """A callback, perhaps one that is repeated, or whose question was answered long ago."""
        session = self._chance.choice([one for one in self.stage.sessions.values() if one.words])
        number = self._chance.randrange(len(session.words))
        process = self._chance.randrange(2)
        seen = self._prepare(
            f"{session.transaction} is told, word {number}", process, is_fresh=True
        )
        vendor = self.stage.vendors[session.provider]
        then = self._chance.randint(number + 1, len(session.words))
        if not vendor.manners.claims and all(
            self.stage.now - word.at < _REQUEST_SECONDS for word in session.words[then:]
        ):
            vendor.words_then = then
            self.log[-1] += f", asked as of {then} words"
        self.stage.call_back(session.transaction, number, process=process)
        vendor.words_then = None
        return self._trespass(seen, {session.transaction})

    def _restart(self) -> str:
        self.stage.restart(self._chance.randrange(2))
        return ""

    def _land(self) -> str:
        profile = self.stage.network.profile
        number = self._chance.randrange(len(profile.under_way))
        self.log.append(f"{self._at} late: {sayings(profile.under_way[number].private_data)}")
        self.stage.network.profile = profile.landed(number)
        return ""

    def _delete(self) -> str:
        kept = {k: v for k, v in self._data.items() if self._chance.random() < 0.4}
        return self._edit("deletes", kept)

    def _put_back(self) -> str:
        """The user puts back what once stood in their private data, all of it or some."""
        _, then = self._chance.choice(self._seen)
        share = self._chance.choice((0.5, 1.1))
        old = {k: v for k, v in then.private_data.items() if self._chance.random() < share}
        return self._edit("puts back", {**(self._data if share < 1 else {}), **old})

    def _forge(self) -> str:
        changed = {
            key: {**value, "status": "approved"} if isinstance(value, dict) else value
            for key, value in self._data.items()
        }
        return self._edit("forges", changed)

    @property
    def _data(self) -> Mapping[str, Any]:
        return self.stage.network.profile.private_data

    def _edit(self, name: str, private_data: Mapping[str, Any]) -> str:
        self.stage.network.edit(private_data)
        self.log.append(f"{self._at} user {name}: {sorted(sayings(private_data))}")
        return ""

    @property
    def _at(self) -> str:
        return f"{self.stage.now % 100_000:8.1f}"

    def _prepare(self, name: str, process: int, *, is_fresh: bool = False) -> Profile:
        """Choose what the next step sees, and what becomes of what it writes."""
        now, seen = self.stage.now, self.stage.network.profile
        older = [then for at, then in self._seen if now - at < _REQUEST_SECONDS]
        if older and not is_fresh and self._chance.random() < 0.3:
            seen = self._chance.choice(older)
        fates = self._chance.choice(_FATES)
        self.stage.network.prepare(fates, seen)
        stale = "" if seen == self.stage.network.profile else ", having read before"
        self.log.append(f"{self._at} {name} by {process}{stale} -> {fates}")
        return seen

    def _trespass(self, seen: Profile, own: set[str]) -> str:
        return "" if self._kind.edits else trespass(self.stage, seen.private_data, own)


def _open_in(profile: Profile) -> set[str]:
    """Return the sessions of which the profile says that they are pending."""
    return {
        transaction for transaction, status in sayings(profile.private_data) if status == "pending"
    }
