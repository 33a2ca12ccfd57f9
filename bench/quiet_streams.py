"""Many quiet streams held through the pass-through, while starts go on beside them."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import cast

import uvloop

from bench import messages
from bench.contestants import Contestant
from bench.load import Tally, keep_rate
from bench.machine import HOST
from bench.server import Server
from bench.setting import Setting, say
from bench.table import markdown

NEEDS: tuple[str, ...] = ()
STARTS_PER_SECOND = 50
_OPENED_PER_SECOND = 500
_SAMPLE_SECONDS = 2.0
# So much later than it should come, a byte has come too late.
_GRACE_SECONDS = 5.0
_HEADER = (
    "opened", "alive at the end", "MiB before", "MiB with them", "KiB each", "starts", "p50 ms",
    "p99 ms", "p99 before", "bad"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Held:
    opened: int
    alive: int
    answers: Counter[str]
    before: float
    with_them: float
    quiet_tally: Tally
    tally: Tally


def measure(setting: Setting) -> str:
    """Measure checkouts and one Express; return a table."""
    scale = setting.options.scale
    setting.frontend.order(quiet_seconds=scale.stream_gap)
    rows = []
    for contestant in [*setting.ours, *setting.peers[:1]]:
        passing = contestant.with_variables(FRONTEND_URL=setting.frontend.url)
        with setting.server(passing) as server:
            held = uvloop.run(_hold(setting, server))
        say(f"  {contestant.name}: {dict(held.answers)}, {held.alive} alive at the end")
        rows.append(_row(contestant, held))
    title = (
        f"{scale.streams:,} quiet streams for {scale.streams_held:.0f} s,"
        f" {STARTS_PER_SECOND} starts a second beside them"
    )
    note = f"Each stream says a byte every {scale.stream_gap:.0f} s. Opened: answered with 200."
    return markdown(title, ("quiet streams", *_HEADER), rows, note)


def _row(contestant: Contestant, held: _Held) -> tuple[str, ...]:
    each = (held.with_them - held.before) * 1024 / held.opened if held.opened else 0
    return (
        contestant.name,
        f"{held.opened}",
        f"{held.alive}",
        f"{held.before:.0f}",
        f"{held.with_them:.0f}",
        f"{each:.0f}",
        f"{held.tally.good}",
        *(f"{held.tally.milliseconds_at('start', percent):.1f}" for percent in (50, 99)),
        f"{held.quiet_tally.milliseconds_at('start', 99):.1f}",
        f"{held.tally.bad}",
    )


async def _hold(setting: Setting, server: Server) -> _Held:
    scale = setting.options.scale
    recipe = messages.start()
    rate = STARTS_PER_SECOND
    await keep_rate(server.port, "start", recipe, rate, 1.0)  # to warm it
    quiet_tally = await keep_rate(server.port, "start", recipe, rate, scale.streams_held / 6)
    before = server.family.pss()
    streams = await _open(server.port, scale.streams)
    memory: list[float] = []

    async def sample() -> None:
        while True:
            memory.append(server.family.pss())
            await asyncio.sleep(_SAMPLE_SECONDS)

    sampling = asyncio.create_task(sample())
    tally = await keep_rate(server.port, "start", recipe, rate, scale.streams_held)
    sampling.cancel()
    latest = time.monotonic() - scale.stream_gap - _GRACE_SECONDS
    alive = sum(stream.is_alive(latest) for stream in streams)
    answers = Counter(stream.answer for stream in streams)
    for stream in streams:
        stream.close()
    opened = sum(n for answer, n in answers.items() if answer == "200")
    return _Held(opened, alive, answers, before, median(memory), quiet_tally, tally)


class _Stream(asyncio.Protocol):
    """One stream as a browser holds it: what it was answered, when it last heard something."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._transport: asyncio.Transport | None = None
        self.answer = "nothing"
        self._heard_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._heard_at = time.monotonic()
        if self.answer == "nothing":
            self.answer = data[9:12].decode(errors="replace")

    def is_alive(self, latest: float) -> bool:
        """Tell whether it is open, was let through, and has heard something since `latest`."""
        is_open = self._transport is not None
        return is_open and self.answer == "200" and self._heard_at >= latest

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


async def _open(port: int, count: int) -> Sequence[_Stream]:
    loop = asyncio.get_running_loop()
    recipe = messages.page("/quiet")
    streams: list[_Stream] = []
    begin = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(begin + number / _OPENED_PER_SECOND - time.perf_counter())
        stream = _Stream(recipe.request(number))
        streams.append(stream)
        try:
            await loop.create_connection(partial(_itself, stream), HOST, port)
        except OSError as error:
            stream.answer = f"no connection: {error.strerror}"
    await asyncio.sleep(1.0)
    return streams


def _itself(stream: _Stream) -> _Stream:
    return stream
