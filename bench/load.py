"""Loads that wrk cannot put on a server: so many in flight, so many a second, or all at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.client import Asker, Unanswered
from bench.messages import Recipe
from bench.table import percentile

# Longer than any server here may take, so that what is missing then was never answered.
_PATIENCE_SECONDS = 40.0


@dataclass(slots=True)
class Tally:
    """What came of requests: milliseconds of the good ones by kind, statuses, what went missing.

    `outside` counts good answers before and after the `seconds` that are measured.
    """

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    outside: int = 0

    @property
    def good(self) -> int:
        """How many were answered as they should be."""
        return sum(len(values) for values in self.milliseconds.values())

    @property
    def bad(self) -> int:
        """How many were answered with 400 or above, or not at all."""
        refused = sum(n for status, n in self.statuses.items() if status >= 400)
        return refused + self.unanswered.total()

    @property
    def per_second(self) -> float:
        """Good answers per second of the load."""
        return self.good / self.seconds

    def milliseconds_at(self, kind: str, percent: int) -> float:
        """Return what so many percent of a kind's good answers did not exceed."""
        return percentile(self.milliseconds[kind], percent)

    async def ask(self, asker: Asker, kind: str, request: bytes) -> None:
        """Send one request and note what comes of it."""
        began = time.perf_counter()
        try:
            answer = await asker.ask(request, _PATIENCE_SECONDS)
        except Unanswered as error:
            self.unanswered[str(error)] += 1
            return
        self.statuses[answer.status] += 1
        if answer.status < 400:
            self.milliseconds[kind].append((time.perf_counter() - began) * 1000)

    def add(self, part: Tally, *, is_inside: bool) -> None:
        """Add a part; of what is outside the time that is measured, only what is bad counts."""
        self.statuses += part.statuses
        self.unanswered += part.unanswered
        if not is_inside:
            self.outside += part.good
            return
        for kind, values in part.milliseconds.items():
            self.milliseconds[kind] += values


async def keep_in_flight(
    port: int, recipes: Mapping[str, Recipe], width: int, *, warm: float, seconds: float
) -> Tally:
    """Keep `width` requests in flight, their kinds in turn, each of another user.

    They begin spread over the first half of `warm`. Counted is what is answered within the
    `seconds` after that; what is still in flight then is waited for, and counts when it is bad.
    """
    tally = Tally(seconds=seconds)
    begin = time.perf_counter()
    from_, until = begin + warm, begin + warm + seconds
    first_user = random.randrange(2**31)

    async def keep(place: int) -> None:
        asker = Asker(port)
        await asyncio.sleep(warm / 2 * place / width)
        turn = place
        while time.perf_counter() < until:
            kind = list(recipes)[turn % len(recipes)]
            request = recipes[kind].request(first_user + place + turn * width)
            once = Tally()
            await once.ask(asker, kind, request)
            tally.add(once, is_inside=from_ <= time.perf_counter() < until)
            turn += 1
        asker.close()

    await asyncio.gather(*(keep(place) for place in range(width)))
    return tally


async def keep_rate(
    port: int, kind: str, recipe: Recipe, per_second: float, seconds: float
) -> Tally:
    """Send so many requests a second, however long the answers take, over kept connections."""
    tally = Tally(seconds=seconds)
    idle: list[Asker] = []
    everyone: list[Asker] = []
    first_user = random.randrange(2**31)
    begin = time.perf_counter()

    async def send(number: int) -> None:
        if not idle:
            idle.append(Asker(port))
            everyone.append(idle[-1])
        asker = idle.pop()
        await tally.ask(asker, kind, recipe.request(first_user + number))
        idle.append(asker)

    async with asyncio.TaskGroup() as under_way:
        for number in range(int(per_second * seconds)):
            await asyncio.sleep(begin + number / per_second - time.perf_counter())
            under_way.create_task(send(number))
    for asker in everyone:
        asker.close()
    return tally


async def all_at_once(port: int, kind: str, recipe: Recipe, users: int, each: int) -> Tally:
    """Let `users` ask `each` times, one after the other, all at once and on new connections.

    A platform's first router does not keep connections either.
    """
    tally = Tally()
    first_user = random.randrange(2**31)

    async def ask(user: int) -> None:
        asker = Asker(port, keeps=False)
        for _ in range(each):
            await tally.ask(asker, kind, recipe.request(first_user + user))

    began = time.perf_counter()
    await asyncio.gather(*(ask(user) for user in range(users)))
    tally.seconds = time.perf_counter() - began
    return tally
