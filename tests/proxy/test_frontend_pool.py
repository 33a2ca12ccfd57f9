"""Connections to the frontend are counted for as long as they are there."""

from __future__ import annotations

import asyncio
import ssl
import threading
from contextlib import suppress

import pytest
import uvloop

from proxy.passthrough.pool import FrontendPool
from proxy.wire.limits import Limits
from tests import event_loop
from tests.patience import wait_until
from tests.proxy.conftest import StartServer
from tests.proxy.loopback import Connection, LoopbackServer, answer


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

    assert 0 == event_loop.run(run(), uvloop.run)


@pytest.mark.parametrize("then", [answer(b"for somebody else"), b""])
def test_what_the_loop_has_not_noticed_yet_spoils_a_kept_connection(
    start_server: StartServer, then: bytes
) -> None:
    """The loop is busy until the frontend has sent something, or closed."""
    may_go, has_gone = threading.Event(), threading.Event()

    def serve(connection: Connection) -> None:
        connection.receive()
        connection.send(answer(b"first"))
        may_go.wait(20)
        if then:
            connection.send(then)
        else:
            connection.close()
        has_gone.set()
        connection.hang()

    frontend = start_server(serve)

    async def run() -> bool:
        pool = FrontendPool(frontend.url, ssl.create_default_context(), Limits())
        first = await pool.take(fresh=False)
        first.begin("GET", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", asked_at=0.0)
        await first.head()
        while await first.body():
            pass
        pool.give_back(first)
        assert first.is_quiet()
        may_go.set()
        assert has_gone.wait(20)
        wait_until(lambda: not first.is_quiet(), "it looks usable")
        second = await pool.take(fresh=False)
        second.abort()
        while pool.descriptors:
            await asyncio.sleep(0)
        return second is first

    assert not event_loop.run(run(), uvloop.run)
