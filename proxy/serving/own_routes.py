"""Our own routes: Flask, in a thread, once what it needs has come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Flask

from proxy.http.bodies import BodyAwaited
from proxy.outgoing.places import lane as lane_of_thread
from proxy.problems import Problem
from proxy.serving.environ import environ_of
from proxy.serving.lanes import CALLBACKS, OPERATOR, VISITORS, Lanes
from proxy.serving.metrics_port import METRICS_PATH
from proxy.serving.router_clock import RouterClock
from proxy.wire.answer_reader import Field
from proxy.wire.census import Census
from proxy.wire.exchange import Exchange, date_field
from proxy.wire.limits import Limits

# Most bodies come with their head, or right behind it; a slower one is asked for when it is known
# that it will be read.
_RIGHT_BEHIND_SECONDS = 0.25
_OPERATOR_PATHS = frozenset({b"/healthz", b"/readyz", b"/statusz", b"/openapi.json"})


def operator_paths(*, with_metrics: bool) -> frozenset[bytes]:
    """Return the paths at the root that are ours."""
    return _OPERATOR_PATHS | {METRICS_PATH} if with_metrics else _OPERATOR_PATHS


@dataclass(frozen=True, slots=True)
class _Answer:
    """What Flask answered; `length` is the body's, also where HEAD leaves that out."""

    status: int
    fields: list[Field]
    length: int
    body: bytes


class OwnRoutes:
    """Serves requests with the Flask app: a thread is held while that runs, and no longer."""

    def __init__(
        self,
        app: Flask,
        lanes: Lanes,
        census: Census,
        limits: Limits,
        *,
        callbacks: str,
        operator_paths: frozenset[bytes],
        has_router: bool,
    ) -> None:
        """`callbacks` is the path under which vendors call, `operator_paths` the operator's.

        `has_router` says whether a trusted router tells when it took a request in.
        """
        self._app = app
        self._callbacks = f"{callbacks}/".encode()
        self._operator_paths = operator_paths
        self._lanes = lanes
        self._census = census
        self._limits = limits
        self._router_clock = RouterClock() if has_router else None

    async def serve(self, exchange: Exchange, client: str | None) -> None:
        """Answer `exchange`; `client` is whose uploads are counted together.

        Raises Problem `overloaded` for what is not begun, and ClientLeft.
        """
        body = await self._body_right_behind(exchange, client)
        waited = asyncio.get_running_loop().time() - exchange.started_at
        if self._router_clock is not None:
            told = exchange.head.value(b"x-request-start")
            waited += self._router_clock.waited(told, time.time())
        with self._census.held_body_bytes.held(len(body or b"")):
            answer = await self._ask(exchange, body, waited)
        if isinstance(answer, BodyAwaited):
            answer = await self._ask_with_late_body(exchange, client, answer.limit)
        if not isinstance(answer, _Answer):
            raise Problem("internal-error", cause="a body was asked for twice")
        exchange.begin(answer.status, answer.fields, answer.length)
        exchange.write(answer.body)
        exchange.finish()

    async def _body_right_behind(self, exchange: Exchange, client: str | None) -> bytes | None:
        """Return the whole body if it comes at once, else None, and leave it where it is.

        Where too many are waited for already, this one is not.
        """
        if not exchange.body_is_whole and not exchange.awaits_continue:
            with suppress(TimeoutError, Problem), self._census.uploads.held(client):
                async with asyncio.timeout(_RIGHT_BEHIND_SECONDS):
                    await exchange.settled()
        return exchange.take() if exchange.body_is_whole else None

    async def _ask_with_late_body(
        self, exchange: Exchange, client: str | None, limit: int
    ) -> _Answer | BodyAwaited:
        """Ask with what comes in time of a body: a byte more than `limit` is enough to refuse it.

        Raises ClientLeft; Problem `overloaded`, also when too much is held of all such bodies.
        """
        parts: list[bytes] = []
        held = self._census.held_body_bytes
        size = 0
        try:
            with self._census.uploads.held(client), suppress(TimeoutError):
                async with asyncio.timeout(self._limits.own_body_seconds):
                    while size <= limit:
                        await exchange.more()
                        part = exchange.take()
                        held.take(len(part))
                        size += len(part)
                        parts.append(part)
                        if exchange.body_is_whole:
                            break
            return await self._ask(exchange, b"".join(parts), 0.0)
        finally:
            held.give_back(size)

    async def _ask(
        self, exchange: Exchange, body: bytes | None, waited: float
    ) -> _Answer | BodyAwaited:
        environ = environ_of(exchange, body)
        lane = self._lane(exchange.head.path)
        return await self._lanes.run(
            lane, exchange, waited, lambda: _call(self._app, environ, lane)
        )

    def _lane(self, path: bytes) -> str:
        if path in self._operator_paths:
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
    length = len(body)
    fields: list[Field] = []
    for name, value in headers:
        if name.lower() != "content-length":
            fields.append((name.encode("latin-1"), value.encode("latin-1")))
        elif environ["REQUEST_METHOD"] == "HEAD":
            length = int(value)
    if not any(name.lower() == b"date" for name, _ in fields):
        fields.append(date_field())
    return _Answer(int(status[:3]), fields, length, body)
