"""Connections to the frontend, kept for a moment and used again."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

from proxy.answer_reader import AnswerInvalid, AnswerReader

CONNECT_SECONDS = 4.0
# Heroku's router waits 30 s for the first byte, and then 55 s for each next one.
HEAD_SECONDS = 28.0
GAP_SECONDS = 55.0
# Without this an idle connection would often be closed under us: Node's server keeps one for 5 s
# (nodejs.org, http.Server.keepAliveTimeout, read 2026-11).
_KEPT_SECONDS = 4.0
_MOST_KEPT = 128
# What waits for a client that reads slowly, before the frontend has to wait.
_HELD_BYTES = 256 * 1024


class FrontendFailed(Exception):
    """The frontend cannot be reached, says nothing, breaks off, or does not speak HTTP.

    `before_answer`: nothing of an answer had come.
    """

    def __init__(self, cause: str, *, before_answer: bool = False) -> None:
        super().__init__(cause)
        self.before_answer = before_answer


class FrontendConnection(asyncio.Protocol):
    """One connection to the frontend: one exchange after the other."""

    def __init__(self, all_of_them: set[FrontendConnection]) -> None:
        """Enter and leave `all_of_them` with the transport's life."""
        self._all = all_of_them
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._answer: AnswerReader | None = None
        self._failure: FrontendFailed | None = None
        self.has_ended = False
        self._wake: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._is_full = False
        self._is_reading_paused = False
        self._held = 0
        self._touched_at = self._loop.time()
        # Where bytes go once this is no HTTP any more.
        self.on_bytes: Callable[[bytes], object] | None = None
        self.on_end: Callable[[], object] | None = None
        self.on_room: Callable[[], object] | None = None
        self.is_fresh = True
        # Whether all of the request has been sent.
        self.has_all = True

    # -- what the event loop tells ------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = transport
        self._all.add(self)

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._touched_at = self._loop.time()
        if self.on_bytes is not None:
            self.on_bytes(data)
            return
        if self._answer is None:
            self._transport.abort()  # said without being asked
            return
        try:
            self._answer.feed(data)
        except AnswerInvalid as error:
            self._fail(FrontendFailed(str(error)))
            self._transport.abort()
            return
        self._held += len(data)
        if self._held > _HELD_BYTES:
            self.pause_reading()
        self._wake_up()

    def eof_received(self) -> bool:
        """Called by the event loop."""
        self.has_ended = True
        if self._answer is not None and self.on_bytes is None and not self._answer.is_whole:
            has_nothing = not self._answer.has_head and self._held == 0
            try:
                self._answer.end()
            except AnswerInvalid as error:
                self._fail(FrontendFailed(str(error), before_answer=has_nothing))
        self._wake_up()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        if not self.has_ended:
            has_nothing = self._answer is None or (not self._answer.has_head and self._held == 0)
            kind = type(exc).__name__ if exc else "closed"
            self._fail(FrontendFailed(kind, before_answer=has_nothing))
        self.has_ended = True
        self._wake_up()
        self.resume_writing()
        self._all.discard(self)
        if self.on_end is not None:
            self.on_end()

    def pause_writing(self) -> None:
        """Called by the event loop: the frontend reads more slowly than we write."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Called by the event loop."""
        self._is_full = False
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        if self.on_room is not None:
            self.on_room()

    def _fail(self, failure: FrontendFailed) -> None:
        if self._failure is None and not (self._answer is not None and self._answer.is_whole):
            self._failure = failure
        self._wake_up()

    def _wake_up(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    # -- an exchange --------------------------------------------------------------------------

    def begin(self, method: str, head: bytes) -> None:
        """Send the head of a request."""
        self._answer = AnswerReader(method)
        self._held = 0
        self.write(head)

    def write(self, data: bytes) -> None:
        """Send; nothing happens when the connection has ended."""
        self._touched_at = self._loop.time()
        if not self._transport.is_closing():
            self._transport.write(data)

    async def drain(self) -> None:
        """Return when the frontend has taken most of what was sent; raises FrontendFailed."""
        if self._is_full:
            self._drained = self._loop.create_future()
            try:
                await self._drained
            finally:
                self._drained = None
        if self._failure is not None:
            raise self._failure

    async def head(self) -> AnswerReader:
        """Return the answer as soon as its head has come; raises FrontendFailed."""
        answer = cast(AnswerReader, self._answer)
        self._touched_at = self._loop.time()
        while not answer.has_head:
            await self._next()
        return answer

    async def body(self) -> bytes:
        """Return what has come of the body, empty at its end; raises FrontendFailed."""
        answer = cast(AnswerReader, self._answer)
        while not answer.body:
            if answer.is_whole:
                return b""
            await self._next()
        data = answer.body[0] if len(answer.body) == 1 else b"".join(answer.body)
        answer.body.clear()
        self._held = 0
        self.resume_reading()
        return data

    async def _next(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._wake = self._loop.create_future()
        try:
            await self._wake
        finally:
            self._wake = None
        if self._failure is not None:
            raise self._failure

    @property
    def may_be_kept(self) -> bool:
        """Whether another exchange may follow: nothing is unread, and nothing has ended."""
        answer = self._answer
        is_clean = answer is not None and answer.is_whole and answer.may_be_followed
        return is_clean and self.has_all and not self.has_ended and not self._transport.is_closing()

    def rest(self) -> None:
        """Note that an exchange is over and the connection is kept."""
        self._answer = None
        self.is_fresh = False
        self._touched_at = self._loop.time()
        self.resume_reading()

    # -- flow ---------------------------------------------------------------------------------

    @property
    def is_full(self) -> bool:
        """Whether what was sent is more than should wait for the frontend."""
        return self._is_full

    def pause_reading(self) -> None:
        """Let the frontend wait."""
        if not self._is_reading_paused and not self._transport.is_closing():
            self._is_reading_paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on reading."""
        if self._is_reading_paused and not self._transport.is_closing():
            self._is_reading_paused = False
            self._touched_at = self._loop.time()
            self._transport.resume_reading()

    def close(self) -> None:
        """End the connection, after what is still to be sent."""
        self._transport.close()

    def abort(self) -> None:
        """End the connection at once: whoever makes an answer there is told."""
        self._transport.abort()

    def check(self, now: float) -> None:
        """Judge whether the frontend takes longer than it may; `now` is the loop's time."""
        silent = now - self._touched_at
        if self._answer is None:
            if silent > _KEPT_SECONDS:
                self.abort()
        elif self.on_bytes is None and not self._is_reading_paused and not self._answer.is_whole:
            has_head = self._answer.has_head
            if silent > (GAP_SECONDS if has_head else HEAD_SECONDS):
                self._fail(FrontendFailed("it says nothing for too long"))
                self.abort()


class FrontendPool:
    """Connections to one frontend; those that are kept are used again, the newest first."""

    def __init__(self, url: str, tls: ssl.SSLContext) -> None:
        """`url` is the frontend's base address."""
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._is_tls = parts.scheme == "https"
        self._port = parts.port or (443 if self._is_tls else 80)
        self._tls = tls if self._is_tls else None
        self._kept: list[FrontendConnection] = []
        self._all: set[FrontendConnection] = set()
        self._connecting = 0

    @property
    def descriptors(self) -> int:
        """How many descriptors are in use."""
        return len(self._all) + self._connecting

    async def take(self, *, fresh: bool) -> FrontendConnection:
        """Return a connection on which nothing is under way; raises FrontendFailed."""
        while self._kept and not fresh:
            connection = self._kept.pop()
            if not connection.has_ended:
                return connection
        self._connecting += 1
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: FrontendConnection(self._all),
                    self._host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=self._host if self._is_tls else None,
                )
        except (OSError, TimeoutError) as error:
            raise FrontendFailed(type(error).__name__) from error
        finally:
            self._connecting -= 1
        return connection

    def give_back(self, connection: FrontendConnection) -> None:
        """Keep a connection for the next exchange, or end it."""
        if connection.may_be_kept and len(self._kept) < _MOST_KEPT:
            connection.rest()
            self._kept.append(connection)
        else:
            connection.abort()

    def check(self, now: float) -> None:
        """Judge all connections; `now` is the loop's time in seconds."""
        self._kept = [connection for connection in self._kept if not connection.has_ended]
        for connection in list(self._all):
            connection.check(now)
