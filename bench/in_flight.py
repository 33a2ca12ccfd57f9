"""A thousand requests in flight while every upstream call takes a second."""

from __future__ import annotations

from collections import defaultdict

import uvloop

from bench import messages
from bench.contestants import Contestant
from bench.load import keep_in_flight
from bench.setting import Setting, say
from bench.table import markdown, medians, spread, times

NEEDS: tuple[str, ...] = ()
UPSTREAM_SECONDS = 1.0
# Two requests' worth: all are in flight, and out of step, before anything counts.
_WARM_SECONDS = 6 * UPSTREAM_SECONDS
_HEADER = (
    "req/s (least-most)", "x base", "start p50 ms", "p99 ms", "callback p50 ms", "p99 ms",
    "CPU ms", "MiB", "bad"
)  # fmt: skip


def measure(setting: Setting) -> str:
    """Measure everybody, ours with as many threads as requests; return a table."""
    setting.upstreams.order(seconds=[UPSTREAM_SECONDS, UPSTREAM_SECONDS])
    width = setting.options.scale.in_flight
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    wide = [each.with_variables(WEB_THREADS=str(width)) for each in setting.ours]
    for contestant in setting.turns([*wide, *setting.peers]):
        row = _measure_one(setting, contestant)
        found[contestant.name].append(row)
        say(f"  {contestant.name}: {row['per_second']:.0f}/s, {row['bad']:.0f} bad")
    setting.upstreams.order(seconds=[0, 0])
    return _table(setting, found)


def _measure_one(setting: Setting, contestant: Contestant) -> dict[str, float]:
    scale = setting.options.scale
    recipes = {"start": messages.start(), "callback": contestant.callbacks}
    with setting.server(contestant) as server:
        before = server.family.cpu_seconds()
        tally = uvloop.run(
            keep_in_flight(
                server.port,
                recipes,
                scale.in_flight,
                warm=_WARM_SECONDS,
                seconds=scale.in_flight_seconds,
            )
        )
        used = server.family.cpu_seconds() - before
        memory = server.family.pss()
    if tally.bad:
        say(f"  {contestant.name}: {dict(tally.statuses)} {dict(tally.unanswered)}")
    return {
        "per_second": tally.per_second,
        "start p50": tally.milliseconds_at("start", 50),
        "start p99": tally.milliseconds_at("start", 99),
        "callback p50": tally.milliseconds_at("callback", 50),
        "callback p99": tally.milliseconds_at("callback", 99),
        "cpu": used * 1000 / max(tally.good + tally.outside, 1),
        "memory": memory,
        "bad": tally.bad,
    }


def _table(setting: Setting, found: dict[str, list[dict[str, float]]]) -> str:
    middle = {name: medians(rows) for name, rows in found.items()}
    base = middle[setting.base(list(found), "express-article")]
    rows = [
        (
            name,
            spread([row["per_second"] for row in found[name]]),
            times(row["per_second"], base["per_second"]),
            *(
                f"{row[f'{kind} {p}']:.0f}"
                for kind in ("start", "callback")
                for p in ("p50", "p99")
            ),
            f"{row['cpu']:.2f}",
            f"{row['memory']:.0f}",
            f"{sum(row['bad'] for row in found[name]):.0f}",
        )
        for name, row in middle.items()
    ]
    width = setting.options.scale.in_flight
    title = f"{width:,} in flight, half starts and half callbacks, upstreams at 1 s a call"
    perfect = (
        f"Three calls, one after the other: {width / (3 * UPSTREAM_SECONDS):.0f}/s is perfect."
    )
    return markdown(title, ("in flight", *_HEADER), rows, perfect)
