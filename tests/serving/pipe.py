"""The server's parts alone: a loop without a network, and connections without sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from proxy.serving.connection import Connection
from proxy.wire.census import Census
from proxy.wire.exchange import ClientLeft, Exchange
from proxy.wire.limits import Limits

HOST = b"Host: x\r\n"


class Pipe(asyncio.Transport):
    """A client that keeps what it is sent; `reads` False: it reads nothing."""

    def __init__(self, *, reads: bool = True) -> None:
        super().__init__()
        self.reads = reads
        self.received = b""
        self.unread = b""
        self.has_been_told_the_end = False
        self.is_aborted = False
        self.is_paused = False
        self._is_closing = False
        self.protocol: Any = None
        self._high = 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return an address; there is no socket."""
        return {"peername": ("192.0.2.1", 7), "sockname": ("192.0.2.2", 8)}.get(name, default)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:  # noqa: ARG002
        """Note from how many unread bytes on the sender is told to wait."""
        self._high = high or 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send to the client."""
        self.unread += bytes(data)
        if self.reads:
            self.read()
        elif len(self.unread) > self._high:
            self.protocol.pause_writing()

    def read(self) -> None:
        """Let the client read all that waits for it."""
        self.received += self.unread
        was_full = len(self.unread) > self._high
        self.unread = b""
        if was_full:
            self.protocol.resume_writing()

    def get_write_buffer_size(self) -> int:
        """Return how much waits for the client."""
        return len(self.unread)

    def pause_reading(self) -> None:
        """Let the client wait."""
        self.is_paused = True

    def resume_reading(self) -> None:
        """Go on."""
        self.is_paused = False

    def can_write_eof(self) -> bool:
        """Like a socket."""
        return True

    def write_eof(self) -> None:
        """Send the end."""
        self.has_been_told_the_end = True

    def is_closing(self) -> bool:
        """Tell whether the end is near."""
        return self._is_closing

    def close(self) -> None:
        """End once all is read."""
        self._end()

    def abort(self) -> None:
        """End at once."""
        self.is_aborted = True
        self._end()

    def _end(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    @property
    def statuses(self) -> list[int]:
        """The statuses of all answers so far, in their order."""
        parts = self.received.split(b"HTTP/1.1 ")
        return [int(part[:3]) for part in parts[1:]]


Serve = Callable[[Exchange], Coroutine[Any, Any, None]]


class Recorder:
    """Serves every request when `go` is called, and keeps the exchanges."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.left = 0
        self._may_go = asyncio.Event()

    async def serve(self, exchange: Exchange) -> None:
        """Answer the request's path, with the body that it had."""
        self.exchanges.append(exchange)
        try:
            await self._may_go.wait()
            body = b""
            while not exchange.body_is_whole:
                await exchange.more()
                body += exchange.take()
            body += exchange.take()
            exchange.answer(200, [], exchange.head.path + b"<" + body + b">")
        except ClientLeft:
            self.left += 1
            exchange.give_up()

    def go(self) -> None:
        """Answer, from now on."""
        self._may_go.set()


def connected(
    serve: Serve, limits: Limits | None = None, census: Census | None = None, *, reads: bool = True
) -> tuple[Connection, Pipe]:
    """Return a connection that is served by `serve`, and its client."""
    bounds = limits or Limits()
    pipe = Pipe(reads=reads)
    connection = Connection(serve, census or Census(bounds), bounds)
    pipe.protocol = connection
    connection.connection_made(pipe)
    return connection, pipe


async def settle() -> None:
    """Let the loop do all that can be done without waiting."""
    for _ in range(200):
        await asyncio.sleep(0)


def get(path: str, *lines: str) -> bytes:
    """Return a GET request."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode("latin-1")


def post(path: str, body: bytes, *lines: str) -> bytes:
    """Return a POST request."""
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *lines, "", ""]
    return "\r\n".join(head).encode("latin-1") + body
