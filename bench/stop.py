"""SIGTERM while hundreds of requests are in flight: each must still get its answer."""

from __future__ import annotations

import asyncio
import time

import uvloop

from bench import messages
from bench.load import Tally, all_at_once
from bench.server import Server
from bench.setting import Setting, say
from bench.table import markdown

NEEDS: tuple[str, ...] = ()
UPSTREAM_SECONDS = 1.0
# By then all are in flight: the first of their three upstream calls is still waiting.
_BEFORE_SIGTERM_SECONDS = 0.9
_END_SECONDS = 35.0


def measure(setting: Setting) -> str:
    """Stop each checkout's server under way; return a table."""
    count = setting.options.scale.stopped
    setting.upstreams.order(seconds=[UPSTREAM_SECONDS, UPSTREAM_SECONDS])
    rows = []
    for contestant in setting.ours:
        with setting.server(contestant.with_variables(WEB_THREADS="1000")) as server:
            tally, code, seconds = uvloop.run(_stop(server, count))
        rest = {str(status): n for status, n in tally.statuses.items() if status != 201}
        rest |= tally.unanswered
        say(f"  {contestant.name}: {tally.good} of {count} answered, exit code {code}")
        told = ", ".join(f"{what}: {n}" for what, n in rest.items()) or "none"
        row = (contestant.name, f"{tally.good}/{count}", told, f"{code}", f"{seconds:.1f}")
        rows.append(row)
    setting.upstreams.order(seconds=[0, 0])
    header = ("stop", "answered as they should", "others", "exit code", "s until the end")
    return markdown(f"SIGTERM with {count} starts in flight, upstreams at 1 s a call", header, rows)


async def _stop(server: Server, count: int) -> tuple[Tally, int | None, float]:
    load = asyncio.create_task(all_at_once(server.port, "start", messages.start(), count, 1))
    await asyncio.sleep(_BEFORE_SIGTERM_SECONDS)
    began = time.perf_counter()
    server.terminate()
    code = await asyncio.to_thread(server.exit_code, _END_SECONDS)
    seconds = time.perf_counter() - began
    return await load, code, seconds
