"""What the user may be told at the end, from the vendors' own history alone.

Written from the rules in words, not from the code: an approval, a rejection and a failure are
verdicts. The session that counts is a pending one that began after every verdict, else the one that
finished last; one that expired says nothing against a verdict given after it began. Where times lie
closer together than clocks can tell, more than one answer is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, combinations, product

from proxy.vendors.matters import Status
from tests.references.marketplace import Saying
from tests.references.vendor import Manners, Session, Word

# How far the clock of a process may be off, and what two clocks are given.
SKEW = 300.0
LEEWAY = 300.0
# Two times of one vendor's clock.
TICK = 1.0


@dataclass(frozen=True, slots=True)
class Span:
    """When something happened, as it may be recorded; `clock` is "" unless it is a vendor's."""

    earliest: float
    latest: float
    clock: str = ""

    def is_surely_after(self, other: Span) -> bool:
        """Tell whether nobody can take this for the earlier one."""
        is_one_clock = self.clock != "" and self.clock == other.clock
        return self.earliest - other.latest > (TICK if is_one_clock else LEEWAY)


@dataclass(frozen=True, slots=True)
class Standing:
    """A session by one word of its vendor: what that says, when it began and when it finished."""

    said: Saying
    began: Span
    finished: Span | None

    @property
    def is_verdict(self) -> bool:
        """Whether the vendor has judged."""
        return self.said[1] not in (Status.PENDING, Status.EXPIRED)

    @property
    def end(self) -> Span:
        """When a session that has finished did."""
        assert self.finished is not None
        return self.finished


def standing(
    session: Session, word: Word | None, manners: Manners, noticed: Mapping[Saying, float]
) -> Standing:
    """Return how a session stands by one of its words, None for none.

    A word that the vendor does not date is dated when it is `noticed`, as late as that may be.
    """
    began = Span(session.began_at - SKEW, session.began_at + SKEW)
    if word is None:
        return Standing((session.transaction, Status.PENDING), began, None)
    said = (session.transaction, word.status)
    if manners.is_dated:
        return Standing(said, began, Span(word.at, word.at, session.provider))
    latest = max(word.at, noticed.get(said, word.at))
    return Standing(said, began, Span(word.at - SKEW, latest + SKEW))


def right_answers(sessions: Iterable[Iterable[Standing]]) -> set[Saying]:
    """Return what may be said of sessions, each of which stands in one of some ways."""
    return set().union(*(_right_answers(list(chosen)) for chosen in product(*sessions)))


def _right_answers(sessions: list[Standing]) -> set[Saying]:
    verdicts = [one for one in sessions if one.is_verdict]
    lapsed = [one for one in sessions if one.finished and not one.is_verdict]
    pending = [one for one in sessions if not one.finished]
    open_for_sure = [one for one in pending if _is_surely_after_all(one, verdicts)]
    open_perhaps = [one for one in pending if not _is_outrun(one, verdicts)]
    youngest = {
        one.said
        for one in open_perhaps
        if not any(other.began.earliest > one.began.latest for other in open_for_sure)
    }
    if open_for_sure:
        return youngest
    standing_for_sure = [one for one in lapsed if _is_surely_after_all(one, verdicts)]
    doubtful = [one for one in lapsed if one not in standing_for_sure]
    doubtful = [one for one in doubtful if not _is_outrun(one, verdicts)]
    return youngest.union(
        *(_last([*verdicts, *standing_for_sure, *some]) for some in _subsets(doubtful))
    )


def _is_surely_after_all(session: Standing, verdicts: list[Standing]) -> bool:
    return all(session.began.is_surely_after(verdict.end) for verdict in verdicts)


def _is_outrun(session: Standing, verdicts: list[Standing]) -> bool:
    return any(verdict.end.is_surely_after(session.began) for verdict in verdicts)


def _last(finished: list[Standing]) -> set[Saying]:
    return {
        one.said
        for one in finished
        if not any(other.end.is_surely_after(one.end) for other in finished)
    }


def _subsets(items: list[Standing]) -> Iterable[tuple[Standing, ...]]:
    return chain.from_iterable(combinations(items, size) for size in range(len(items) + 1))
