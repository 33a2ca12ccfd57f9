"""The asking end of HTTP/1.1: one connection, one request at a time."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import cast

import httptools

from bench.machine import HOST


class Unanswered(Exception):
    """A request got no answer, or not all of it; the message says what happened instead."""

    def __init__(self, message: str, *, status: int | None = None, is_stale: bool = False) -> None:
        """Take what happened, the status if there was one, and whether the request may be resent.

        It may when a kept connection turned out to be closed before any byte of an answer came.
        """
        super().__init__(message)
        self.status = status
        self.is_stale = is_stale


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: its status, and how many bytes its body had."""

    status: int
    size: int


class Client(asyncio.Protocol):
    """A connection to a server under load; made by `connect`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._waiting: asyncio.Future[Answer] | None = None
        self._exchanges = 0
        self._bytes = 0
        self._status: int | None = None
        self._size = 0
        self._is_framed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the exchange under way; where nothing else ends the body, this does."""
        self._transport = None
        if self._status is not None and not self._is_framed and exc is None:
            self._finish()
        else:
            self._fail(f"closed {'before' if self._bytes == 0 else 'within'} the answer")

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail("no HTTP")
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:  # noqa: ARG002 - httptools' name
        """Notice how the end of the body will be known."""
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._is_framed = True

    def on_headers_complete(self) -> None:
        """Keep the status, unless it is an interim one."""
        status = self._parser.get_status_code()
        self._status = status if status >= 200 else None

    def on_body(self, body: bytes) -> None:
        """Count the body."""
        self._size += len(body)

    def on_message_complete(self) -> None:
        """End the exchange, if this was more than an interim answer."""
        if self._status is not None:
            keeps = self._parser.should_keep_alive()
            self._finish()
            if not keeps:
                self.close()

    def is_open(self) -> bool:
        """Tell whether another request can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    async def exchange(self, request: bytes, seconds: float) -> Answer:
        """Send a request and return the answer to it; raises Unanswered, after so long at last."""
        if self._transport is None:
            raise Unanswered("closed before the request", is_stale=self._exchanges > 0)
        self._bytes = self._size = 0
        self._status, self._is_framed = None, False
        self._waiting = self._loop.create_future()
        self._transport.write(request)
        timer = self._loop.call_later(seconds, self._fail, f"nothing for {seconds:g} s")
        try:
            return await self._waiting
        except Unanswered:
            self.close()
            raise
        finally:
            timer.cancel()
            self._exchanges += 1

    def _finish(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done() and self._status is not None:
            waiting.set_result(Answer(self._status, self._size))

    def _fail(self, message: str) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            is_stale = self._exchanges > 0 and self._bytes == 0 and self._transport is None
            waiting.set_exception(Unanswered(message, status=self._status, is_stale=is_stale))


async def connect(port: int, tls: ssl.SSLContext | None = None) -> Client:
    """Connect to a server on loopback; raises OSError."""
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(Client, HOST, port, ssl=tls)
    return client


class Asker:
    """A client that connects anew when it has to, as browsers and routers do."""

    def __init__(self, port: int, *, keeps: bool = True) -> None:
        """Take the server's port, and whether connections are kept from request to request."""
        self._port = port
        self._keeps = keeps
        self._client: Client | None = None

    async def ask(self, request: bytes, seconds: float) -> Answer:
        """Return the answer to a request; raises Unanswered.

        A request that met a kept connection which was just being closed is sent once more.
        """
        try:
            return await self._ask(request, seconds)
        except Unanswered as error:
            if not error.is_stale:
                raise
            return await self._ask(request, seconds)

    async def _ask(self, request: bytes, seconds: float) -> Answer:
        client = self._client
        if client is None or not client.is_open():
            try:
                client = self._client = await connect(self._port)
            except OSError as error:
                raise Unanswered(f"no connection: {error.strerror}") from None
        try:
            return await client.exchange(request, seconds)
        finally:
            if not self._keeps:
                client.close()

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._client is not None:
            self._client.close()
