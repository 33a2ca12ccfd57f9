"""Fifty visitors who open a page at the same moment get all of its files, and nobody else waits."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import cast

import pytest

from tests import event_loop
from tests.serving.conftest import Served
from tests.serving.gunicorn_process import HOST

VISITORS = 50
# A page of the Web Template, over what a browser opens with HTTP/1.1.
FILES = 24
CONNECTIONS = 6
# A process that may open no more is the smallest that is deployed.
DESCRIPTORS = 1_024
_FILE_SECONDS = 0.004
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfile"
Asked = asyncio.Queue[asyncio.Transport]


class SlowFrontend:
    """Serves two files at a time, as a server with two cores does; in an event loop of its own."""

    def __init__(self) -> None:
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._started.wait()

    async def _serve(self) -> None:
        loop = self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        asked: Asked = asyncio.Queue()
        self._connected: list[asyncio.Transport] = []
        server = await loop.create_server(
            lambda: _FrontendConnection(asked, self._connected), HOST, 0, backlog=500
        )
        self.url = "http://{}:{}".format(*server.sockets[0].getsockname())
        cores = [loop.create_task(_answer(asked)) for _ in range(2)]
        self._started.set()
        await self._ended.wait()
        for core in cores:
            core.cancel()
        server.close()
        for connection in self._connected:
            connection.abort()
        await asyncio.sleep(0)  # they are closed in the loop's next turn

    def close(self) -> None:
        """Stop, and end all connections."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()


class _FrontendConnection(asyncio.Protocol):
    def __init__(self, asked: Asked, connected: list[asyncio.Transport]) -> None:
        self._asked = asked
        self._connected = connected

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = cast(asyncio.Transport, transport)
        self._connected.append(self._transport)

    def data_received(self, data: bytes) -> None:
        """Called by the event loop; a head comes as a whole."""
        assert data.endswith(b"\r\n\r\n")
        self._asked.put_nowait(self._transport)


async def _answer(asked: Asked) -> None:
    while True:
        connection = await asked.get()
        await asyncio.sleep(_FILE_SECONDS)
        connection.write(_ANSWER)


async def _head(reader: asyncio.StreamReader) -> bytes:
    """Return a head, empty where none comes any more."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return b""


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Return a process behind a router, in front of that frontend."""
    frontend = SlowFrontend()
    served = Served(DESCRIPTORS, FRONTEND_URL=frontend.url, TRUSTED_PROXY_HOPS="1")
    yield served
    served.close()
    frontend.close()


async def _visit(port: int, visitor: int) -> Counter[bytes]:
    """Open a page as a browser does, and return how often its files came with which status."""
    files, statuses = iter(range(FILES)), Counter[bytes]()

    async def load() -> None:
        reader, writer = await asyncio.open_connection(HOST, port)
        for file in files:
            head = f"GET /static/{file}.js HTTP/1.1\r\nHost: x\r\n"
            writer.write(f"{head}X-Forwarded-For: 192.0.2.{visitor}\r\n\r\n".encode())
            answered = await _head(reader)
            statuses[answered[9:12]] += 1
            await reader.readexactly(int(answered.lower().split(b"content-length: ")[1].split()[0]))
        writer.close()

    await asyncio.gather(*(load() for _ in range(CONNECTIONS)))
    return statuses


def test_all_get_all_files_while_our_own_routes_answer_at_once(served: Served) -> None:
    async def crowd() -> Counter[bytes]:
        visits = [_visit(served.web.port, visitor) for visitor in range(VISITORS)]
        return sum(await asyncio.gather(*visits), Counter[bytes]())

    with ThreadPoolExecutor(1) as thread:
        visiting = thread.submit(event_loop.run, crowd())
        slowest, came = 0.0, monotonic()
        while not visiting.done():
            began = monotonic()
            assert 200 == served.web.request("GET", "/healthz").status
            assert served.world.browser().start().ok
            slowest = max(slowest, monotonic() - began)
        lasted = monotonic() - came
        assert {b"200": VISITORS * FILES} == visiting.result()
    # By the crowd's own time, which grows with what else the machine does, as ours would.
    assert 0.0 < slowest < lasted / 2
