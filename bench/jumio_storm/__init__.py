"""A storm of identity verifications: is any result lost, is any forged, and what was it billed?

Two processes of each checkout serve hundreds of users at once, each with their own story, while
calls to the simulated Sharetribe and Jumio fail, get lost, hang, and are applied late or twice, and
processes are killed at exact calls. Afterwards everybody visits the page once more, and is judged.
"""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from bench.contestants import Contestant
from bench.jumio_storm.attacks import ATTACKS, LIMITED
from bench.jumio_storm.courier import Courier
from bench.jumio_storm.faults import Severity
from bench.jumio_storm.people import Person
from bench.jumio_storm.report import DENIED, GRANTED, Outcome, section, what_happened
from bench.jumio_storm.stage import BADGE, MAX_STARTS, RIGHT, Conditions, Stage, stage
from bench.jumio_storm.stories import STORIES
from bench.jumio_storm.story import Story
from bench.jumio_storm.verdict import (
    expected,
    is_hidden,
    rightly_open,
    stored_standing,
    told_standing,
)
from bench.machine import Cores
from bench.setting import MeasurementFailed, Setting, say
from sandbox.sharetribe import User
from sandbox.sharetribe.tokens import Rotation
from sandbox.sharetribe.users import ALLOW, PENDING_APPROVAL

NEEDS = ("taskset",)
_AT_ONCE = 48
_OWN_KEY = "favourites"
# Of the vendor's clock, by seed; clocks of servers differ by less.
_AHEAD_SECONDS = (0.0, 0.0, -100.0, 100.0)
# In a day, by seed: above the eight sessions of which records are kept, too.
_MAX_STARTS = (12, 5)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with how a user stands, None for nothing.

    `is_hidden`: a later start that expired hides an approval, which is not wrong. `was_open`: until
    this last visit the user could do what they may not.
    """

    wrong: str | None
    is_hidden: bool = False
    was_open: bool = False


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part, each user with their own story, and under which conditions."""

    stories: tuple[Story, ...]
    conditions: Conditions


def measure(setting: Setting) -> str:
    """Let a storm pass over each checkout; raises MeasurementFailed where it lost anything."""
    options = setting.options
    sections, is_bad = [], False
    for contestant in setting.ours:
        conditions = Conditions(
            options.seed,
            None if options.plain else Severity(),
            cast(Rotation, options.rotation),
            options.integration_api or options.access_rules,
            vendor_ahead=_AHEAD_SECONDS[options.seed % len(_AHEAD_SECONDS)],
            max_starts=_MAX_STARTS[options.seed % len(_MAX_STARTS)],
            access_rules=options.access_rules,
        )
        stories = cast_stories(contestant, options.users, options.seed, calm=options.plain)
        outcome = run(contestant, setting.cores, setting.folder, Cast(stories, conditions))
        report = setting.folder / f"storm-{contestant.name}-{options.seed}.txt"
        report.write_text("\n".join(what_happened(outcome)))
        sections.append(section(outcome))
        is_bad = is_bad or outcome.is_bad
    if is_bad:
        raise MeasurementFailed("\n".join(sections))
    return "\n".join(sections)


def cast_stories(contestant: Contestant, users: int, seed: int, *, calm: bool) -> tuple[Story, ...]:
    """Return a story for each user; those about a limit of starts only where a checkout has one."""
    known = STORIES if calm else (*STORIES, *ATTACKS)
    example = contestant.folder / "config.example.env"
    limited = LIMITED if not calm and MAX_STARTS in example.read_text() else ()
    weights = [story.weight for story in known]
    # Each is told once, if there are users enough; a small storm has all of them, too.
    all_of_them = [*limited, *known][:users]
    dice = random.Random(f"{seed}/cast")
    rest = dice.choices(known, weights, k=users - len(all_of_them))
    return (*all_of_them, *rest)


def run(contestant: Contestant, cores: Cores | None, folder: Path, players: Cast) -> Outcome:
    """Let one storm pass over one contestant, and judge everybody; its output is in `folder`."""
    with stage(contestant, cores, folder, players.conditions) as scene:
        outcome = _run(scene, contestant.name, players)
    outcome.leaks = scene.canaries.found  # its logs are searched at the end
    return outcome


def _run(scene: Stage, name: str, players: Cast) -> Outcome:
    seed = players.conditions.seed
    people = [_person(scene, number, seed) for number in range(len(players.stories))]
    courier = Courier(scene, seed)
    began = time.monotonic()
    with ThreadPoolExecutor(_AT_ONCE) as crowd:
        told = [
            crowd.submit(story.tell, person, courier)
            for story, person in zip(players.stories, people, strict=True)
        ]
        for number, one in enumerate(told, start=1):
            one.result()
            if number % 100 == 0:
                say(f"  {number} stories after {time.monotonic() - began:.0f} s")
    courier.wait()
    scene.plan.stop()
    scene.fleet.settle()
    scene.late.apply_all()
    courier.deliver_outstanding()
    courier.close()
    outcome = Outcome(name, scene, courier, players.conditions, players.stories)
    with ThreadPoolExecutor(8) as crowd:
        for judgement in crowd.map(_judge, people, players.stories):
            outcome.hidden += [len(outcome.judged)] if judgement.is_hidden else []
            outcome.open_till_visit += judgement.was_open
            outcome.judged.append(judgement.wrong)
    outcome.seconds = time.monotonic() - began
    return outcome


def _person(scene: Stage, number: int, seed: int) -> Person:
    user = User(f"user{number}@example.com", f"User {number}", "User", str(number))
    user.private_data = {_OWN_KEY: number}
    if scene.conditions.access_rules:
        user.state = PENDING_APPROVAL
    scene.sharetribe.users[user.id] = user
    return Person(scene, number, user, random.Random(f"{seed}/{number}/story"))


def _judge(person: Person, story: Story) -> Judgement:
    """Let a user visit the page once more, and judge how they stand then."""
    person.browser.log_in()
    was_open = _is_open(person)
    reply = person.read()
    allowed = expected(person.sessions(), person.handed)
    told = told_standing(reply.body)
    stored = stored_standing(person.user.private_data, person.user.id, person.stage.checksum_key)
    begun, limit = len(person.handed), person.stage.conditions.max_starts
    if story.is_limited and begun > limit:
        return Judgement(f"{begun} sessions begun where {limit} are allowed")
    if person.user.private_data.get(_OWN_KEY) != person.number and not story.tampers:
        return Judgement("what was not ours in the private data is gone")
    hidden = is_hidden(told, person.sessions())
    if stored == told and (told in allowed or hidden):
        return Judgement(_wrong_rights(person), hidden, was_open and not _is_open(person))
    wanted = " or ".join(f"{status} {reference}" for status, reference in sorted(allowed, key=str))
    return Judgement(f"expected {wanted}; told {_worded(told)}; stored {_worded(stored)}")


def _wrong_rights(person: Person) -> str | None:
    """Return what is wrong with a user's rights and badge, None for nothing."""
    if not person.stage.conditions.access_rules:
        return None
    rightly, is_open = rightly_open(person.sessions()), _is_open(person)
    if is_open not in rightly:
        return GRANTED if is_open else DENIED
    if is_open and person.user.state == PENDING_APPROVAL:
        return DENIED
    return None if is_open == (BADGE in person.user.metadata) else "a badge that differs"


def _is_open(person: Person) -> bool:
    return person.user.permissions[RIGHT] == ALLOW


def _worded(standing: tuple[str, str | None] | str) -> str:
    return standing if isinstance(standing, str) else " ".join(map(str, standing))
