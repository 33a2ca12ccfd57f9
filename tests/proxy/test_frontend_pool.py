"""Connections to the frontend are counted for as long as they are there."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress

import pytest
import uvloop

from proxy.passthrough.pool import FrontendPool
from proxy.serving.limits import Limits
from tests.proxy.conftest import StartServer
from tests.proxy.loopback import LoopbackServer


@pytest.mark.parametrize("turns", range(12))
def test_whoever_gives_up_while_it_is_made_leaves_nothing_behind(
    start_server: StartServer, turns: int
) -> None:
    frontend: LoopbackServer = start_server(lambda connection: connection.hang())

    async def run() -> int:
        limits = Limits(frontend_kept_seconds=0.0)
        pool = FrontendPool(frontend.url, ssl.create_default_context(), limits)
        loop = asyncio.get_running_loop()
        taking = loop.create_task(pool.take(fresh=True))
        for _ in range(turns):
            await asyncio.sleep(0)
        taking.cancel()
        with suppress(asyncio.CancelledError):
            (await taking).abort()
        # What was cancelled after all was done has no owner either: its time is up at once.
        pool.check(loop.time() + 1.0)
        for _ in range(20):
            await asyncio.sleep(0)
        return pool.descriptors

    assert 0 == uvloop.run(run())
