"""Metrics on a port of their own, answered by the event loop: no request's thread is needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

from proxy.monitoring.metrics import CONTENT_TYPE
from proxy.problems import Problem
from proxy.serving.connection import Connection
from proxy.wire.census import Census
from proxy.wire.exchange import ClientLeft, Exchange, date_field
from proxy.wire.limits import Limits

METRICS_PATH = b"/metrics"
# Whoever scrapes needs one.
_MOST_CONNECTIONS = 8


class MetricsPort:
    """Answers `GET /metrics`, and nothing else, on connections that are counted apart."""

    def __init__(self, page: Callable[[], bytes], limits: Limits) -> None:
        """`page` returns the metrics; it is called in a thread of its own, once at a time."""
        self._page = page
        self._limits = replace(limits, connections=_MOST_CONNECTIONS)
        self.census = Census(self._limits)
        self._thread = ThreadPoolExecutor(1, "metrics")

    def connection(self) -> Connection:
        """Return the protocol of a new connection."""
        return Connection(self._serve, self.census, self._limits)

    async def _serve(self, exchange: Exchange) -> None:
        try:
            if exchange.head.path != METRICS_PATH:
                raise Problem("not-found")
            if exchange.head.method not in ("GET", "HEAD"):
                raise Problem("method-not-allowed")
            page = await asyncio.get_running_loop().run_in_executor(self._thread, self._page)
            exchange.answer(200, [(b"content-type", CONTENT_TYPE.encode()), date_field()], page)
        except ClientLeft:
            exchange.give_up()
        except Problem as problem:
            exchange.refuse(problem, str(uuid4()))
        except Exception:
            exchange.refuse(Problem("internal-error"), str(uuid4()))
            raise

    def close(self) -> None:
        """Answer no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)
