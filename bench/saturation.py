"""Starts and callbacks at full load: 32 connections, each request another user's."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import uvloop

from bench import messages
from bench.contestants import Contestant
from bench.load import all_at_once
from bench.server import Server
from bench.setting import Setting, say
from bench.table import markdown, medians, spread, times
from bench.wrk import blow, weighed, write_script

NEEDS = ("wrk",)
CONNECTIONS = 32
_CALLS = ("token", "show", "update", "vendor")
_COUNTED = 20
_HEADER = (
    "req/s (least-most)", "x base", "CPU ms", "x base", "p50 ms", "p99 ms", "calls", "MiB", "bad"
)  # fmt: skip

Rows = dict[str, list[dict[str, float]]]


def measure(setting: Setting) -> str:
    """Measure everybody and return a table for starts and one for callbacks."""
    setting.upstreams.order(seconds=[0, 0])
    found: dict[str, Rows] = {"start": defaultdict(list), "callback": defaultdict(list)}
    for contestant in setting.turns([*setting.ours, *setting.peers]):
        with setting.server(contestant) as server:
            recipes = _recipes(contestant)
            calls = {route: _calls_each(setting, server, recipes[route]) for route in recipes}
            for route, recipe in recipes.items():
                path = setting.folder / f"{contestant.name}-{route}.lua"
                row = _measure_one(setting, server, write_script(recipe, path))
                row["calls"] = calls[route]
                found[route][contestant.name].append(row)
                say(f"  {contestant.name} {route}: {row['per_second']:.0f}/s, {row['cpu']:.2f} ms")
    return "\n".join(_table(setting, route, rows) for route, rows in found.items())


def _recipes(contestant: Contestant) -> dict[str, messages.Recipe]:
    return {"start": messages.start(), "callback": contestant.callbacks}


def _calls_each(setting: Setting, server: Server, recipe: messages.Recipe) -> float:
    """Return how many upstream calls a request costs, of a few that are sent one by one."""
    setting.upstreams.order()
    uvloop.run(all_at_once(server.port, "start", recipe, 1, _COUNTED))
    counts = setting.upstreams.order()
    calls: int = sum(counts.get(name, 0) for name in _CALLS)
    return calls / _COUNTED


def _measure_one(setting: Setting, server: Server, script: Path) -> dict[str, float]:
    scale = setting.options.scale
    blow(server.port, script, scale.warm, CONNECTIONS)
    return weighed(server, script, scale.blow, CONNECTIONS)


def _table(setting: Setting, route: str, found: Rows) -> str:
    middle = {name: medians(rows) for name, rows in found.items()}
    base = middle[setting.base(list(found), "express-article")]
    rows = [
        (
            name,
            spread([row["per_second"] for row in found[name]]),
            times(row["per_second"], base["per_second"]),
            f"{row['cpu']:.2f}",
            times(row["cpu"], base["cpu"]),
            f"{row['p50']:.1f}",
            f"{row['p99']:.1f}",
            f"{row['calls']:.2f}",
            f"{row['memory']:.0f}",
            f"{sum(row['bad'] for row in found[name]):.0f}",
        )
        for name, row in middle.items()
    ]
    title = f"{route.capitalize()}s at saturation, {CONNECTIONS} connections"
    return markdown(title, (route, *_HEADER), rows)
