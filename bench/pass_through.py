"""Pages that are passed through, beside Express with http-proxy-middleware and nginx."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from bench import messages
from bench.machine import HOST
from bench.nginx import proxy, serving_pages
from bench.server import Server
from bench.setting import Setting, say
from bench.table import markdown, medians, spread, times
from bench.wrk import blow, weighed, write_script

NEEDS = ("wrk", "nginx")
CONNECTIONS = 16
PAGES = {"1 KB": 1_024, "60 KB": 61_440, "1 MB": 1_048_576}
_HEADER = ("req/s (least-most)", "x base", "CPU ms", "x base", "p50 ms", "p99 ms", "MiB", "bad")

Rows = dict[str, list[dict[str, float]]]


def measure(setting: Setting) -> str:
    """Measure checkouts, Express and nginx in front of another nginx; return a table per size."""
    found: dict[str, Rows] = {title: defaultdict(list) for title in PAGES}
    with serving_pages(setting.folder, list(PAGES.values())) as pages_port:
        frontend = f"http://{HOST}:{pages_port}"
        express = [replace(peer, name="express-proxy") for peer in setting.peers[:1]]
        passing = [each.with_variables(FRONTEND_URL=frontend) for each in [*setting.ours, *express]]
        for contestant in setting.turns([*passing, proxy(setting.folder, pages_port)]):
            with setting.server(contestant) as server:
                for title, size in PAGES.items():
                    row = _measure_one(setting, server, size)
                    found[title][contestant.name].append(row)
                    say(f"  {contestant.name} {title}: {row['per_second']:.0f}/s")
    return "\n".join(_table(setting, title, rows) for title, rows in found.items())


def _measure_one(setting: Setting, server: Server, size: int) -> dict[str, float]:
    scale = setting.options.scale
    script = write_script(messages.page(f"/pages/{size}"), setting.folder / f"page-{size}.lua")
    blow(server.port, script, 1, CONNECTIONS)
    return weighed(server, script, scale.blow, CONNECTIONS)


def _table(setting: Setting, title: str, found: Rows) -> str:
    middle = {name: medians(rows) for name, rows in found.items()}
    base = middle[setting.base(list(found), "express-proxy")]
    rows = [
        (
            name,
            spread([row["per_second"] for row in found[name]]),
            times(row["per_second"], base["per_second"]),
            f"{row['cpu']:.2f}",
            times(row["cpu"], base["cpu"]),
            f"{row['p50']:.1f}",
            f"{row['p99']:.1f}",
            f"{row['memory']:.0f}",
            f"{sum(row['bad'] for row in found[name]):.0f}",
        )
        for name, row in middle.items()
    ]
    header = (f"page of {title}", *_HEADER)
    return markdown(f"Pass-through of {title}, {CONNECTIONS} connections", header, rows)
