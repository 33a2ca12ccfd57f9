"""A long mixed load among rude clients, rude upstreams and a rude frontend: does anything grow?"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field

import uvloop

from bench import messages
from bench.answering import RUDE_ACTS
from bench.attackers import attack
from bench.client import Asker, Unanswered
from bench.family import Use
from bench.messages import Recipe
from bench.samples import FIGURES, Sample, judge, thinned
from bench.server import Server
from bench.setting import Setting, say
from bench.table import markdown

NEEDS: tuple[str, ...] = ()
_HONEST_AT_ONCE = 64
_SAMPLE_SECONDS = 3.0
_ROWS = 20
# One upstream call in so many goes wrong, as does one page of the frontend.
_RUDE_UPSTREAM_SHARE = 0.003
# Longer than the 30 s in which a platform's router gives up.
_PATIENCE_SECONDS = 40.0
# Progress is told after so many answers at least.
_LEAST_TOLD = 1_000
_COMPLAINT = r"^Traceback|level=(error|critical)"


@dataclass(slots=True)
class _Course:
    """How a soak goes: who still has to be asked, what came back, what the server held."""

    left: int
    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    missing: Counter[str] = field(default_factory=Counter)
    cut_short: int = 0
    attacks: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)
    at_rest: Use | None = None
    rude_calls: int = 0
    complaints: int = 0

    @property
    def answered(self) -> int:
        """How many honest requests have been answered so far."""
        return sum(counter.total() for counter in self.statuses.values())


def measure(setting: Setting) -> str:
    """Soak each checkout's server; return its samples, the verdict, and what was answered."""
    sections = []
    for contestant in setting.ours:
        setting.upstreams.order(seconds=[0, 0], rude_share=_RUDE_UPSTREAM_SHARE)
        passing = contestant.with_variables(FRONTEND_URL=setting.frontend.url)
        with setting.server(passing) as server:
            fresh = server.family.use()
            course = uvloop.run(_soak(setting, server, contestant.callbacks))
        course.rude_calls = setting.upstreams.order(rude_share=0.0).get("rude", 0)
        course.complaints = server.count_logged(_COMPLAINT)
        sections.append(_section(contestant.name, fresh, course))
    return "\n".join(sections)


def _kinds(callbacks: Recipe) -> dict[str, tuple[int, Recipe]]:
    """Return the honest requests: how often of a thousand each kind is sent, and its recipe."""
    rude = {f"page, {act}": (4, messages.page(f"/rude/{act}")) for act in RUDE_ACTS}
    rude["page, hang"] = (1, messages.page("/rude/hang"))
    return {
        "start": (330, messages.start()),
        "callback": (250, callbacks),
        "read": (200, messages.start("GET")),
        "page, 1 KB": (100, messages.page("/pages/1024")),
        "page, 60 KB": (95, messages.page("/pages/61440")),
        "page, 1 MB": (4, messages.page("/pages/1048576")),
        **rude,
    }


async def _soak(setting: Setting, server: Server, callbacks: Recipe) -> _Course:
    kinds = _kinds(callbacks)
    course = _Course(setting.options.requests, {kind: Counter() for kind in kinds})
    done = asyncio.Event()
    watching = asyncio.create_task(_watch(server, course))
    attacking = asyncio.create_task(attack(server.port, done, course.attacks))
    await asyncio.gather(*(_ask_on(server.port, kinds, course) for _ in range(_HONEST_AT_ONCE)))
    done.set()
    await asyncio.gather(watching, attacking)
    await asyncio.sleep(setting.options.scale.soak_rest)
    course.at_rest = server.family.use()
    return course


async def _ask_on(port: int, kinds: dict[str, tuple[int, Recipe]], course: _Course) -> None:
    asker = Asker(port)
    names, weights = list(kinds), [weight for weight, _ in kinds.values()]
    while course.left > 0:
        course.left -= 1
        kind = random.choices(names, weights)[0]
        request = kinds[kind][1].request(random.randrange(2**32))
        try:
            answer = await asker.ask(request, _PATIENCE_SECONDS)
        except Unanswered as error:
            if kind == "page, cut" and error.status is not None:
                course.cut_short += 1  # as the frontend did: no more of it was to be had
            else:
                course.missing[f"{kind}: {error}"] += 1
        else:
            course.statuses[kind][answer.status] += 1
    asker.close()


async def _watch(server: Server, course: _Course) -> None:
    began = time.perf_counter()
    told = 0
    while course.left > 0:
        seconds = time.perf_counter() - began
        sample = Sample(seconds, course.answered, server.family.use())
        course.samples.append(sample)
        if course.answered - told >= max(_LEAST_TOLD, course.left // 5):
            told = course.answered
            say(f"  {told:,} answered after {seconds:.0f} s, {sample.use.pss:.0f} MiB")
        await asyncio.sleep(_SAMPLE_SECONDS)


def _section(name: str, fresh: Use, course: _Course) -> str:
    header = ("s", "answered", *(figure.name for figure in FIGURES))
    rows = [("fresh", "0", *_figures(fresh))]
    rows += [
        (f"{sample.seconds:.0f}", f"{sample.answered:,}", *_figures(sample.use))
        for sample in thinned(course.samples, _ROWS)
    ]
    if course.at_rest is not None:
        rows.append(("at rest", f"{course.answered:,}", *_figures(course.at_rest)))
    samples = markdown(f"Soak of {name}", header, rows)
    verdict = "\n".join(f"- {each}" for each in judge(course.samples)) or "- too short to judge"
    kinds = [
        (kind, f"{counter.total():,}", ", ".join(f"{s}: {n:,}" for s, n in sorted(counter.items())))
        for kind, counter in course.statuses.items()
    ]
    answers = markdown(f"What {name} answered", ("request", "answers", "by status"), kinds)
    attacks = ", ".join(f"{kind}: {n:,}" for kind, n in sorted(course.attacks.items()))
    told = [
        f"- honest requests without an answer: {course.missing.total()} {dict(course.missing)}",
        f"- pages cut short by the frontend, and so here: {course.cut_short}",
        f"- upstream calls that went wrong: {course.rude_calls:,}",
        f"- errors and tracebacks in its log: {course.complaints:,}",
        f"- attacks: {attacks}",
    ]
    return "\n".join([samples, verdict, "", answers, *told, ""])


def _figures(use: Use) -> tuple[str, ...]:
    return tuple(f"{figure.of(use):.0f}" for figure in FIGURES)
