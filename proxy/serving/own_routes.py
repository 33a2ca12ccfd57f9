"""Our own routes: Flask, in a thread, once what it needs has come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Flask

from proxy.bodies import BodyAwaited
from proxy.places import lane as lane_of_thread
from proxy.problems import Problem
from proxy.serving.census import Census
from proxy.serving.environ import environ_of
from proxy.serving.exchange import Exchange, Field, date_field
from proxy.serving.lanes import CALLBACKS, OPERATOR, VISITORS, Lanes
from proxy.serving.limits import Limits

# Most bodies come with their head, or right behind it; a slower one is asked for when it is known
# that it will be read.
_RIGHT_BEHIND_SECONDS = 0.25
# A router's clock may differ from ours; a longer wait than this is taken for such a difference.
_BELIEVED_WAIT_SECONDS = 60.0
OPERATOR_PATHS = frozenset({b"/healthz", b"/readyz", b"/openapi.json"})


@dataclass(frozen=True, slots=True)
class _Answer:
    """What Flask answered."""

    status: int
    fields: list[Field]
    body: bytes


class OwnRoutes:
    """Serves requests with the Flask app: a thread is held while that runs, and no longer."""

    def __init__(
        self,
        app: Flask,
        callbacks: str,
        lanes: Lanes,
        census: Census,
        limits: Limits,
        *,
        has_router: bool,
    ) -> None:
        """`callbacks` is the path under which vendors call.

        `has_router` says whether a trusted router tells when it took a request in.
        """
        self._app = app
        self._callbacks = f"{callbacks}/".encode()
        self._lanes = lanes
        self._census = census
        self._limits = limits
        self._has_router = has_router

    async def serve(self, exchange: Exchange, client: str) -> None:
        """Answer `exchange`; `client` is whose uploads are counted together.

        Raises Problem `overloaded` for what is not begun, and ClientLeft.
        """
        body = await self._body_right_behind(exchange)
        waited = asyncio.get_running_loop().time() - exchange.started_at
        if self._has_router:
            waited = max(waited, _waited_at_the_router(exchange))
        answer = await self._ask(exchange, body, waited)
        if isinstance(answer, BodyAwaited):
            with self._census.upload(client):
                body = await self._late_body(exchange, answer.limit)
            answer = await self._ask(exchange, body, 0.0)
        if not isinstance(answer, _Answer):
            raise Problem("internal-error", cause="a body was asked for twice")
        exchange.answer(answer.status, [*answer.fields, date_field()], answer.body)

    async def _body_right_behind(self, exchange: Exchange) -> bytes | None:
        """Return the whole body if it comes at once, else None, and leave it where it is."""
        if not exchange.body_is_whole and not exchange.awaits_continue:
            with suppress(TimeoutError):
                async with asyncio.timeout(_RIGHT_BEHIND_SECONDS):
                    await exchange.settled()
        return exchange.take() if exchange.body_is_whole else None

    async def _late_body(self, exchange: Exchange, limit: int) -> bytes:
        """Return what comes in time of a body: one byte more than `limit` is enough to refuse it.

        Raises ClientLeft.
        """
        parts: list[bytes] = []
        missing = limit + 1
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.own_body_seconds):
                while missing > 0:
                    await exchange.more()
                    parts.append(exchange.take())
                    missing -= len(parts[-1])
                    if exchange.body_is_whole:
                        break
        return b"".join(parts)

    async def _ask(
        self, exchange: Exchange, body: bytes | None, waited: float
    ) -> _Answer | BodyAwaited:
        environ = environ_of(exchange, body)
        lane = self._lane(exchange.head.path)
        return await self._lanes.run(
            lane, exchange, waited, lambda: _call(self._app, environ, lane)
        )

    def _lane(self, path: bytes) -> str:
        if path in OPERATOR_PATHS:
            return OPERATOR
        return CALLBACKS if path.startswith(self._callbacks) else VISITORS


def _call(app: Flask, environ: dict[str, Any], lane: str) -> _Answer | BodyAwaited:
    """Ask Flask, as PEP 3333 says; the thread works for `lane` meanwhile."""
    lane_of_thread.set(lane)
    head: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
        head[:] = [status, headers]
        return head.append

    try:
        chunks: Iterable[bytes] = app(environ, start_response)
    except BodyAwaited as awaited:
        return awaited
    try:
        body = b"".join(chunks)
    finally:
        close: Callable[[], object] | None = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = head
    fields = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in headers
        if name.lower() != "content-length"
    ]
    return _Answer(int(status[:3]), fields, body)


def _waited_at_the_router(exchange: Exchange) -> float:
    """Return the seconds since a router took the request in (`X-Request-Start`), 0 if untold.

    Heroku sends milliseconds since 1970 (devcenter.heroku.com, HTTP routing, read 2026-11), others
    put "t=" before it, or count in seconds or microseconds.
    """
    told = (exchange.head.value(b"x-request-start") or b"").removeprefix(b"t=")
    try:
        began = float(told)
    except ValueError:
        return 0.0
    for unit in (1_000_000.0, 1_000.0, 1.0):
        waited = time.time() - began / unit
        if 0.0 <= waited <= _BELIEVED_WAIT_SECONDS:
            return waited
    return 0.0
