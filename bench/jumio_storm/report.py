"""A storm's tables: what was done, what went wrong on purpose, what was lost, what was billed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import mean

from bench.jumio_storm.bill import CAUSES, beyond_need
from bench.jumio_storm.courier import Courier
from bench.jumio_storm.journal import Asked
from bench.jumio_storm.stage import Conditions, Stage
from bench.jumio_storm.story import Story
from bench.table import markdown

_NOTE = "In brackets: by the user's own hand. After a plus: corrections that no token was left for."

# What may be wrong with a user's rights.
GRANTED, DENIED = "rights that nothing gave", "rights that are earned and missing"

# A session may have ended, and starts may be limited.
_RIGHTLY = (["session-expired"], ["too-many-starts"])


@dataclass(slots=True)
class Outcome:
    """A storm that is over; `judged` says of each user what is wrong, None for nothing.

    `hidden` are the users whose approval is hidden by a session that began later and expired.
    `open_till_visit` counts those who could do until the last visit what they may not.
    """

    name: str
    scene: Stage
    courier: Courier
    conditions: Conditions
    stories: Sequence[Story]
    judged: list[str | None] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    open_till_visit: int = 0
    leaks: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def lost(self) -> list[int]:
        """The numbers of the users whose result is lost; those below are counted apart."""
        apart = {*self.tampered, *self.deferred}
        return [n for n in self._wrong if n not in apart]

    @property
    def deferred(self) -> list[int]:
        """The numbers of the users of whose correction nobody could be told.

        Its callback found the token spent, and without the Integration API nobody else can write.
        """
        if self.conditions.integration_api:
            return []
        deferred = {one.user for one in self.scene.journal.asked if one.told == "deferred"}
        return [n for n in self._wrong if self.stories[n].corrects and n in deferred]

    @property
    def tampered(self) -> list[int]:
        """The numbers of the users who stand otherwise, by what they did themselves."""
        operator = self.conditions.integration_api
        tampering = [s.tampers and not (s.heals and operator) for s in self.stories]
        return [n for n in self._wrong if tampering[n]]

    @property
    def _wrong(self) -> list[int]:
        return [number for number, wrong in enumerate(self.judged) if wrong is not None]

    @property
    def unexplained(self) -> list[Asked]:
        """Requests that failed though nothing had been done to them.

        A callback that comes before the result does is rightly told to come again.
        """
        return [
            one
            for one in self.scene.journal.asked
            if one.status is not None
            and one.status >= 400
            and not self.scene.journal.is_struck(one)
            and one.told.split()[:1] not in _RIGHTLY
            and one.kind not in {"forged", "early callback"}
        ]

    @property
    def is_bad(self) -> bool:
        """Whether anything was lost, forged or leaked, or failed without a reason."""
        return bool(self.lost or self.scene.journal.forged or self.leaks or self.unexplained)

    @property
    def billed(self) -> int:
        """How many sessions the vendor has begun."""
        return self.scene.jumio.initiations

    @property
    def beyond_need(self) -> Counter[str]:
        """How many of them nobody needed, by cause."""
        sessions = list(self.scene.jumio.transactions.values())
        return beyond_need(sessions, self.scene.journal.asked)


def section(outcome: Outcome) -> str:
    """Return all tables of a storm, and what happened to the first few who lost something."""
    asked = outcome.conditions
    weather = "calm day" if asked.severity is None else "storm"
    writer = "with" if asked.integration_api else "without"
    rules = ", with access rules" if asked.access_rules else ""
    head = (
        f"{weather.capitalize()} over {outcome.name}, seed {asked.seed}, rotation"
        f" {asked.rotation}, {writer} Integration API{rules}, vendor {asked.vendor_ahead:+.0f} s,"
        f" took {outcome.seconds:.0f} s"
    )
    return "\n".join(
        [
            markdown(head, ("what", "count"), [*_figures(outcome)]),
            markdown("Stories", ("story", "users", "lost"), [*_stories(outcome)], _NOTE),
            markdown("Billed beyond need", ("cause", "sessions"), [*_bill(outcome)]),
            markdown(
                "Upstream calls per request", ("request", "asked", "calls"), [*_calls(outcome)]
            ),
            *what_happened(outcome, 2),
        ]
    )


def _figures(outcome: Outcome) -> Iterator[tuple[str, str]]:
    scene, courier = outcome.scene, outcome.courier
    journal, plan = scene.journal, scene.plan
    yield "users", f"{len(outcome.stories)}"
    yield "verifications (sessions at the vendor)", f"{outcome.billed}"
    yield "requests to the product", f"{len(journal.asked)}"
    for fault, count in sorted(journal.faults.items()):
        yield f"fault: {fault}", f"{count}"
    yield "outages", f"{sum(plan.outages.values())}"
    for how in ("killed", "terminated"):
        yield f"processes {how}", f"{scene.fleet.ends.count(how)}"
    yield "forged callbacks", f"{courier.forged.total()}"
    yield "forged callbacks accepted", f"{len(journal.forged)}"
    yield "secrets in answers and logs", f"{len(outcome.leaks)}"
    yield "failures without a reason", f"{len(outcome.unexplained)}"
    yield "callbacks never taken", f"{len(courier.never_taken)}"
    yield "**results lost**", f"**{len(outcome.lost)}**"
    if outcome.conditions.access_rules:
        yield "**rights wrongly granted**", f"**{outcome.judged.count(GRANTED)}**"
        yield "**rights lost**", f"**{outcome.judged.count(DENIED)}**"
        yield "rights that only the last visit took back", f"{outcome.open_till_visit}"
        ended = [one for one in journal.asked if _ends_before_rights(one)]
        yield "requests ended between record and rights", f"{len(ended)}"
    yield "corrections that no token was left for", f"{len(outcome.deferred)}"
    yield "approvals hidden by a later start that expired", f"{len(outcome.hidden)}"
    yield "otherwise by the user's own hand", f"{len(outcome.tampered)}"


def _ends_before_rights(asked: Asked) -> bool:
    return any(
        stroke.startswith(("grant: killed", "grant: terminated")) for stroke in asked.strokes
    )


def _stories(outcome: Outcome) -> Iterator[tuple[str, str, str]]:
    told = Counter(story.name for story in outcome.stories)
    wrong = Counter(outcome.stories[n].name for n in (*outcome.lost, *outcome.tampered))
    later = Counter(outcome.stories[n].name for n in outcome.deferred)
    own = {outcome.stories[n].name for n in outcome.tampered}
    for name, users in told.items():
        counted = f"({wrong[name]})" if name in own else f"{wrong[name]}"
        yield name, f"{users}", f"{counted} +{later[name]}" if later[name] else counted


def _bill(outcome: Outcome) -> Iterator[tuple[str, str]]:
    counted = outcome.beyond_need
    yield from ((cause, f"{counted[cause]}") for cause in CAUSES)
    yield "all", f"{counted.total()} of {outcome.billed}"


def _calls(outcome: Outcome) -> Iterator[tuple[str, str, str]]:
    """Count those requests alone to which nothing was done, and whose calls are their own."""
    calls: dict[str, list[int]] = {}
    for one in outcome.scene.journal.asked:
        if one.is_alone and not one.strokes and one.status in {200, 201}:
            calls.setdefault(f"{one.kind} {one.status}", []).append(one.calls)
    for kind, counts in sorted(calls.items()):
        yield kind, f"{len(counts)}", f"{mean(counts):.2f}"


def what_happened(outcome: Outcome, at_most: int = 1_000) -> Iterator[str]:
    """Iterate over what went wrong, line by line; of each story, the first few users."""
    yield from (
        f"- {line}" for line in (*outcome.scene.journal.forged, *outcome.courier.never_taken)
    )
    for one in outcome.unexplained[:at_most]:
        yield f"- unexplained: user {one.user}, {one.kind} {one.click}: {one.status}"
        yield from _told(outcome, one.user)
    told: Counter[str] = Counter()
    for number in (*outcome.lost, *outcome.deferred, *outcome.tampered):
        told[outcome.stories[number].name] += 1
        if told[outcome.stories[number].name] > at_most:
            continue
        yield f"- {outcome.stories[number].name}: {outcome.judged[number]}"
        yield from _told(outcome, number)


def _told(outcome: Outcome, user: int) -> Iterator[str]:
    yield ""
    yield from (f"      {line}" for line in outcome.scene.journal.story_of(user))
    yield ""
