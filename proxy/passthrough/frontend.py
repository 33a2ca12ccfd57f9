"""Sends a request on to the marketplace frontend, and its answer back as it comes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from proxy.answer_reader import AnswerReader
from proxy.passthrough.fields import Asked, Trust, answer_fields, asked_for, request_head
from proxy.passthrough.pool import FrontendConnection, FrontendFailed, FrontendPool
from proxy.passthrough.tunnel import FrontendTunnel
from proxy.problems import Problem
from proxy.serving.census import Census
from proxy.serving.exchange import ClientLeft, Exchange, Field
from proxy.serving.limits import Limits

WEBSOCKET = b"websocket"
# Sent once more on a fresh connection when a kept one was closed under them (RFC 9110 9.2.2).
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})
_SWITCHING = 101


class Frontend:
    """The marketplace frontend behind this proxy."""

    def __init__(
        self, url: str, tls: ssl.SSLContext, trust: Trust, census: Census, limits: Limits
    ) -> None:
        parts = urlsplit(url)
        self._host = parts.netloc.lower().encode()
        self._base = parts.path.rstrip("/").encode()
        self._trust = trust
        self._census = census
        self._limits = limits
        self._pool = FrontendPool(url, tls)
        self._unanswered = 0
        census.others = lambda: self._pool.descriptors

    def check(self, now: float) -> None:
        """Judge whether the frontend takes longer than it may; `now` is the loop's time."""
        self._pool.check(now)

    async def pass_through(self, exchange: Exchange, client: str, request_id: str) -> int:
        """Answer `exchange` as the frontend does and return the status.

        `client` is whose uploads are counted together. Cookies, `Set-Cookie`, ranges and encodings
        stay as they are, byte for byte; interim answers (1xx) are dropped. Raises Problem
        `frontend-unavailable`, `overloaded`; ClientLeft, after which nobody hears an answer.
        """
        asked = asked_for(exchange.head, self._trust, request_id)
        task = asyncio.current_task()
        exchange.when_left(task.cancel if task else None)
        try:
            if exchange.body_is_whole:
                return await self._pass_whole(exchange, asked)
            with self._census.upload(client):
                return await self._pass_upload(exchange, asked)
        except FrontendFailed as failure:
            if exchange.has_begun:
                exchange.give_up()
            raise Problem("frontend-unavailable", cause=str(failure)) from failure
        except asyncio.CancelledError:
            if exchange.was_left:
                raise ClientLeft from None
            raise
        finally:
            exchange.when_left(None)

    async def _pass_whole(self, exchange: Exchange, asked: Asked) -> int:
        """Pass a request through whose body, if it has one, is there."""
        body = exchange.take()
        framing = [(b"Content-Length", b"%d" % len(body))] if body or _has_body(exchange) else []
        with self._waiting():
            head = self._head(exchange, asked, framing)
            may_repeat = exchange.head.method in _REPEATABLE and not body
            connection, answer = await self._asked(exchange, head + body, may_repeat=may_repeat)
        return await self._relay(exchange, asked, connection, answer)

    async def _asked(
        self, exchange: Exchange, request: bytes, *, may_repeat: bool
    ) -> tuple[FrontendConnection, AnswerReader]:
        """Return the connection on which `request` has been answered, and the answer's head."""
        for is_last in (not may_repeat, True):
            is_upgrade = exchange.head.upgrade is not None
            connection = await self._pool.take(fresh=is_upgrade or (is_last and may_repeat))
            try:
                connection.begin(exchange.head.method, request)
                return connection, await connection.head()
            except FrontendFailed as failure:
                connection.abort()
                if is_last or connection.is_fresh or not failure.before_answer:
                    raise
            except BaseException:
                connection.abort()
                raise
        raise AssertionError("unreachable")

    async def _pass_upload(self, exchange: Exchange, asked: Asked) -> int:
        """Pass a request through whose body is still on its way."""
        length = exchange.head.value(b"content-length")
        is_chunked = length is None
        chunked = (b"Transfer-Encoding", b"chunked")
        framing = [chunked if length is None else (b"Content-Length", length)]
        connection = await self._pool.take(fresh=True)
        connection.begin(exchange.head.method, self._head(exchange, asked, framing))
        connection.has_all = False
        sending = asyncio.get_running_loop().create_task(
            _send_body(exchange, connection, is_chunked=is_chunked)
        )
        try:
            answer = await connection.head()
            return await self._relay(exchange, asked, connection, answer)
        except BaseException:
            connection.abort()
            raise
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Count a request that waits for the frontend; raises Problem when too many do."""
        if self._unanswered >= self._limits.unanswered_by_frontend:
            raise Problem("frontend-unavailable", cause="too many requests wait for it")
        self._unanswered += 1
        try:
            yield
        finally:
            self._unanswered -= 1

    def _head(self, exchange: Exchange, asked: Asked, framing: list[Field]) -> bytes:
        if exchange.head.upgrade == WEBSOCKET:
            framing = [*framing, (b"Connection", b"Upgrade"), (b"Upgrade", WEBSOCKET)]
        client = exchange.client[0]
        return request_head(exchange.head, self._base, self._host, asked, client, framing)

    async def _relay(
        self,
        exchange: Exchange,
        asked: Asked,
        connection: FrontendConnection,
        answer: AnswerReader,
    ) -> int:
        """Send the answer on as it comes; what breaks half-way ends the connection."""
        fields = answer_fields(answer, asked, self._host)
        if answer.status == _SWITCHING:
            self._switch(exchange, connection, answer, fields)
            return answer.status
        try:
            exchange.begin(answer.status, fields, answer.length)
            if answer.has_body:
                while data := await connection.body():
                    exchange.write(data)
                    await exchange.drain()
        except BaseException:
            connection.abort()
            raise
        self._pool.give_back(connection)
        exchange.finish()
        return answer.status

    def _switch(
        self,
        exchange: Exchange,
        connection: FrontendConnection,
        answer: AnswerReader,
        fields: list[Field],
    ) -> None:
        """Let client and frontend speak to each other directly."""
        if exchange.head.upgrade is None:
            connection.abort()
            raise FrontendFailed("another protocol without being asked")
        client = exchange.switch([*fields, (b"Upgrade", answer.field(b"upgrade") or WEBSOCKET)])
        tunnel = FrontendTunnel(client, connection)
        client.take_over(tunnel)
        client.write(answer.rest)
        connection.write(exchange.rest)


def _has_body(exchange: Exchange) -> bool:
    return any(
        name in (b"content-length", b"transfer-encoding") for name, _ in exchange.head.fields
    )


async def _send_body(
    exchange: Exchange, connection: FrontendConnection, *, is_chunked: bool
) -> None:
    """Send the body on as it comes, no faster than the frontend takes it.

    Raises ClientLeft, FrontendFailed; who waits for the answer learns of both by itself.
    """
    while True:
        await exchange.more()
        data = exchange.take()
        if data:
            connection.write(b"%x\r\n%b\r\n" % (len(data), data) if is_chunked else data)
            await connection.drain()
        if exchange.body_is_whole:
            break
    if is_chunked:
        connection.write(b"0\r\n\r\n")
    connection.has_all = True
