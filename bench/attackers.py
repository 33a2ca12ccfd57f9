"""Clients that a server on the open internet meets beside the honest ones."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

from bench import messages
from bench.machine import HOST

# How long one of them stays, and how many of each kind are there at once.
_STAY_SECONDS = 12.0
_DRIP_SECONDS = 0.5
_AT_ONCE = 4
_LARGE_PAGE = messages.page("/pages/1048576")
_START = messages.start()
# An abort, not a farewell: the system sends RST.
_NO_LINGER = struct.pack("ii", 1, 0)

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def drips_its_head(port: int) -> None:
    """Send a request's head byte by byte, and leave before its end."""
    await _drip(port, b"", _START.request(random.randrange(2**32)))


async def drips_its_body(port: int) -> None:
    """Send a callback's head at once and its body byte by byte."""
    request = messages.callbacks(["x" * 99]).request(0)
    head, separator, body = request.partition(b"\r\n\r\n")
    await _drip(port, head + separator, body)


async def says_nothing(port: int) -> None:
    """Connect, and wait."""
    async with _connected(port) as (reader, _):
        await _wait(reader.read(1))


async def never_reads(port: int) -> None:
    """Ask for a large page and read nothing of it."""
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(raw, (HOST, port))
        await loop.sock_sendall(raw, _LARGE_PAGE.request(0))
        await asyncio.sleep(_STAY_SECONDS)


async def vanishes_in_its_request(port: int) -> None:
    """Send half of a start and break the connection."""
    request = _START.request(random.randrange(2**32))
    async with _connected(port) as (_, writer):
        writer.write(request[: random.randrange(1, len(request))])
        await asyncio.sleep(random.random() / 10)
        _abort(writer)


async def vanishes_before_its_answer(port: int) -> None:
    """Send a whole start and break the connection while it is worked on."""
    async with _connected(port) as (_, writer):
        writer.write(_START.request(random.randrange(2**32)))
        await asyncio.sleep(random.random() / 20)
        _abort(writer)


async def vanishes_in_its_answer(port: int) -> None:
    """Read the beginning of a large page and break the connection."""
    async with _connected(port) as (reader, writer):
        writer.write(_LARGE_PAGE.request(0))
        await _wait(reader.readexactly(random.randrange(1, 100_000)))
        _abort(writer)


async def talks_garbage(port: int) -> None:
    """Send what is no request, or hardly one, and see how it is taken."""
    async with _connected(port) as (reader, writer):
        writer.write(random.choice(_GARBAGE)())
        await _wait(reader.read(65_536))


ATTACKS: tuple[Callable[[int], Awaitable[None]], ...] = (
    drips_its_head,
    drips_its_body,
    says_nothing,
    never_reads,
    vanishes_in_its_request,
    vanishes_before_its_answer,
    vanishes_in_its_answer,
    talks_garbage,
)
_GARBAGE: tuple[Callable[[], bytes], ...] = (
    lambda: random.randbytes(random.randrange(1, 5_000)),
    lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(200),
    lambda: b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    lambda: b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    lambda: b"POST /api/id-verification HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    lambda: b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    lambda: b"GET / HTTP/1.1\r\n" + b"X-Long: " + b"b" * 40_000 + b"\r\n\r\n",
    lambda: b"GET / HTTP/9.9\r\n\r\n",
)


async def attack(port: int, done: asyncio.Event, made: Counter[str]) -> None:
    """Keep some of each kind at it until `done` is set; count them by kind in `made`."""
    async with asyncio.TaskGroup() as attackers:
        for kind in ATTACKS:
            for _ in range(_AT_ONCE):
                attackers.create_task(_go_on(kind, port, done, made))


async def _go_on(
    kind: Callable[[int], Awaitable[None]], port: int, done: asyncio.Event, made: Counter[str]
) -> None:
    while not done.is_set():
        with contextlib.suppress(OSError, EOFError):
            await kind(port)
        made[getattr(kind, "__name__", "?").replace("_", " ")] += 1
        await asyncio.sleep(random.uniform(0.1, 0.6))


@contextlib.asynccontextmanager
async def _connected(port: int) -> AsyncIterator[Pair]:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _drip(port: int, at_once: bytes, rest: bytes) -> None:
    async with _connected(port) as (_, writer):
        writer.write(at_once)
        for i in range(min(int(_STAY_SECONDS / _DRIP_SECONDS), len(rest))):
            writer.write(rest[i : i + 1])
            await writer.drain()
            await asyncio.sleep(_DRIP_SECONDS)


async def _wait(reading: Awaitable[bytes]) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(reading, _STAY_SECONDS)


def _abort(writer: asyncio.StreamWriter) -> None:
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    writer.transport.abort()
