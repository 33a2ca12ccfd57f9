"""Sends a request on to the marketplace frontend, and its answer back as it comes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from proxy.passthrough.admission import Admission
from proxy.passthrough.away import Outage
from proxy.passthrough.fields import Address, Asked, Trust, answer_fields, asked_for, request_head
from proxy.passthrough.frontend_connection import FrontendConnection, FrontendFailed
from proxy.passthrough.loops import WAY_OUT, was_here
from proxy.passthrough.pool import FrontendPool
from proxy.passthrough.tunnel import FrontendTunnel
from proxy.problems import Problem
from proxy.wire.answer_reader import AnswerReader, Field
from proxy.wire.census import Census
from proxy.wire.exchange import ClientLeft, Exchange
from proxy.wire.limits import Limits
from proxy.wire.shares import Share

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
        self._address = Address.of(url)
        self._trust = trust
        self._uploads = census.uploads
        self._held_body_bytes = census.held_body_bytes
        self._pool = FrontendPool(url, tls, limits)
        self._admission = Admission(limits, asyncio.get_running_loop().time)
        self._tunnels = Share(limits.tunnels, "tunnels")
        self._outage = Outage()
        census.others = lambda: self._pool.descriptors

    def check(self, now: float) -> None:
        """Judge whether the frontend takes longer than it may; `now` is the loop's time."""
        self._pool.check(now)
        self._admission.check(now)

    def close(self) -> None:
        """End all connections to the frontend at once."""
        self._pool.close()

    @property
    def taken(self) -> dict[str, int]:
        """How much is under way, by its kind."""
        return {
            "passed through": self._admission.passed_through.taken,
            "unanswered": self._admission.unanswered.taken,
            "waiting for a place": self._admission.waiting.taken,
            "tunnels": self._tunnels.taken,
            "frontend connections": self._pool.descriptors,
        }

    @property
    def shares(self) -> dict[str, tuple[int, int]]:
        """What is taken and the most there may be, by its kind."""
        kinds = {
            "passed-through": self._admission.passed_through,
            "unanswered-by-frontend": self._admission.unanswered,
            "waiting-for-frontend": self._admission.waiting,
            "tunnels": self._tunnels,
        }
        return {name: (share.taken, share.most) for name, share in kinds.items()}

    async def pass_through(
        self, exchange: Exchange, client: Callable[[], str | None], request_id: str
    ) -> int:
        """Answer `exchange` as the frontend does and return the status.

        `client` tells whose requests are counted together. Status and reason, cookies, ranges and
        encodings stay as they are, byte for byte; interim answers (1xx) are dropped. Raises Problem
        `frontend-unavailable`, `frontend-loop`, `overloaded`; ClientLeft, after which nobody hears
        an answer.
        """
        if was_here(exchange.head, self._trust.loop_name):
            raise Problem("frontend-loop", cause=f"FRONTEND_URL leads back here; {WAY_OUT}")
        asked = asked_for(exchange.head, self._trust, request_id)
        task = asyncio.current_task()
        exchange.when_left(task.cancel if task else None)
        try:
            if exchange.head.upgrade == WEBSOCKET:
                return await self._pass_upgrade(exchange, asked)
            if exchange.body_is_whole:
                return await self._pass_whole(exchange, asked, client)
            with self._uploads.held(client()):
                return await self._pass_upload(exchange, asked, client)
        except FrontendFailed as failure:
            if exchange.has_begun:
                exchange.give_up()
            retry_after = self._outage.failed(asyncio.get_running_loop().time())
            raise Problem(
                "frontend-unavailable", cause=str(failure), retry_after=retry_after
            ) from failure
        except asyncio.CancelledError:
            if exchange.was_left:
                raise ClientLeft from None
            raise
        finally:
            exchange.when_left(None)

    async def _pass_whole(
        self, exchange: Exchange, asked: Asked, client: Callable[[], str | None]
    ) -> int:
        """Pass a request through whose body, if it has one, is there."""
        asked_at = asyncio.get_running_loop().time()
        body = exchange.take()
        framing = [(b"Content-Length", b"%d" % len(body))] if body or _has_body(exchange) else []
        with self._held_body_bytes.held(len(body)):
            place = await self._admission.enter(client, is_asked_whole=True)
            try:
                head = self._head(exchange, asked, framing)
                may_repeat = exchange.head.method in _REPEATABLE and not body
                connection, answer = await self._asked(
                    exchange, head + body, asked_at, may_repeat=may_repeat
                )
            except BaseException:
                place.leave()
                raise
        with place:
            place.answered()
            return await self._relay(exchange, asked, connection, answer)

    async def _pass_upgrade(self, exchange: Exchange, asked: Asked) -> int:
        """Pass on the wish for a WebSocket, which the frontend need not fulfil."""
        self._tunnels.take()
        is_switched = False
        try:
            head = self._head(exchange, asked, [])
            asked_at = asyncio.get_running_loop().time()
            connection, answer = await self._asked(exchange, head, asked_at, may_repeat=False)
            if answer.status == _SWITCHING:
                is_switched = self._switch(exchange, asked, connection, answer)
                return answer.status
            return await self._relay(exchange, asked, connection, answer)
        finally:
            if not is_switched:
                self._tunnels.give_back()

    async def _asked(
        self, exchange: Exchange, request: bytes, asked_at: float, *, may_repeat: bool
    ) -> tuple[FrontendConnection, AnswerReader]:
        """Return the connection on which `request` has been answered, and the answer's head.

        The time that the frontend has for that began at `asked_at`, as a router in front counts it.
        """
        for is_last in (not may_repeat, True):
            is_upgrade = exchange.head.upgrade == WEBSOCKET
            connection = await self._pool.take(fresh=is_upgrade or (is_last and may_repeat))
            try:
                connection.begin(exchange.head.method, request, asked_at)
                return connection, await connection.head()
            except FrontendFailed as failure:
                connection.abort()
                if is_last or connection.is_fresh or not failure.before_answer:
                    raise
            except BaseException:
                connection.abort()
                raise
        raise AssertionError("unreachable")

    async def _pass_upload(
        self, exchange: Exchange, asked: Asked, client: Callable[[], str | None]
    ) -> int:
        """Pass a request through whose body is still on its way."""
        length = exchange.head.value(b"content-length")
        is_chunked = length is None
        chunked = (b"Transfer-Encoding", b"chunked")
        framing = [chunked if length is None else (b"Content-Length", length)]
        with await self._admission.enter(client, is_asked_whole=False) as place:
            connection = await self._pool.take(fresh=True)
            connection.begin(exchange.head.method, self._head(exchange, asked, framing), None)
            sending = asyncio.get_running_loop().create_task(
                _send_body(exchange, connection, is_chunked=is_chunked)
            )
            try:
                answer = await connection.head()
                place.answered()
                return await self._relay(exchange, asked, connection, answer)
            except BaseException:
                connection.abort()
                raise
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

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
        self._outage.is_over()
        try:
            if answer.status == _SWITCHING:
                raise FrontendFailed("another protocol without being asked")
            fields = answer_fields(answer, asked, self._address)
            exchange.begin(answer.status, fields, answer.length, answer.reason)
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
        self, exchange: Exchange, asked: Asked, connection: FrontendConnection, answer: AnswerReader
    ) -> bool:
        """Let client and frontend speak to each other directly; return True."""
        try:
            fields = answer_fields(answer, asked, self._address)
            upgrade = answer.field(b"upgrade") or WEBSOCKET
            client = exchange.switch([*fields, (b"Upgrade", upgrade)], answer.reason)
        except BaseException:
            connection.abort()
            raise
        tunnel = FrontendTunnel(client, connection, self._tunnels.give_back)
        client.write(answer.rest)
        client.take_over(tunnel)
        connection.hand_over(tunnel)
        return True


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
        if not await connection.wants_more():
            return
        if data:
            connection.write(b"%x\r\n%b\r\n" % (len(data), data) if is_chunked else data)
            await connection.drain()
        if exchange.body_is_whole:
            break
    if is_chunked:
        connection.write(b"0\r\n\r\n")
    connection.sent_all()
