"""Samples of what a server holds over time, and whether that grows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.family import Use

# What the first fifth of a load does is warming up: pools and caches fill, threads are started.
_EARLY = (0.2, 0.4)
_LATE = (0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Sample:
    """One look: seconds since the beginning, requests answered so far, what the server held."""

    seconds: float
    answered: int
    use: Use


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that may grow: its name, how it is read, and how much more is no growth yet.

    `slack` is absolute, `share` relative to the early window; the larger of the two counts.
    """

    name: str
    of: Callable[[Use], float]
    slack: float
    share: float = 0.05


FIGURES = (
    Figure("PSS MiB", lambda use: use.pss, slack=4.0),
    Figure("RSS MiB", lambda use: use.rss, slack=4.0),
    Figure("descriptors", lambda use: use.descriptors, slack=40, share=0.2),
    Figure("threads", lambda use: use.threads, slack=40, share=0.2),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Early and late medians of one figure, and whether it grew."""

    name: str
    early: float
    late: float
    is_growing: bool

    def __str__(self) -> str:
        word = "GROWING" if self.is_growing else "flat"
        return f"{self.name}: {word}, {self.early:.1f} early, {self.late:.1f} late"


def judge(samples: Sequence[Sample]) -> list[Verdict]:
    """Compare the second fifth of the load with its last one, by requests answered."""
    most = max((sample.answered for sample in samples), default=0)
    early, late = (_within(samples, most, window) for window in (_EARLY, _LATE))
    if not early or not late:
        return []
    return [_verdict(figure, early, late) for figure in FIGURES]


def thinned(samples: Sequence[Sample], most: int) -> Sequence[Sample]:
    """Return at most so many samples, evenly spread, with the last one among them."""
    step = max(1, -(-len(samples) // most))
    return list(reversed(samples[::-1][::step]))


def _within(samples: Sequence[Sample], most: int, window: tuple[float, float]) -> list[Use]:
    least_answered, most_answered = (share * most for share in window)
    return [s.use for s in samples if least_answered <= s.answered <= most_answered]


def _verdict(figure: Figure, early: Sequence[Use], late: Sequence[Use]) -> Verdict:
    before, after = (median(map(figure.of, window)) for window in (early, late))
    allowed = max(figure.slack, before * figure.share)
    return Verdict(figure.name, before, after, after - before > allowed)
