"""The event loop's side of one process: listen, look at the bounds, and stop without losing any."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Flask

from proxy.monitoring.monitors import Monitors
from proxy.monitoring.sample import Sample
from proxy.outgoing.places import lane_threads
from proxy.passthrough.away import AwayPage
from proxy.passthrough.fields import Trust
from proxy.passthrough.frontend import Frontend
from proxy.serving.connection import Connection
from proxy.serving.front import Front
from proxy.serving.lanes import Lanes
from proxy.serving.metrics_port import MetricsPort
from proxy.serving.own_routes import OwnRoutes, operator_paths
from proxy.wire.census import Census
from proxy.wire.limits import Limits

# Where `create_app` leaves what the server has to know.
EXTENSION = "echoseal.front"
_BACKLOG = 2048
# What the kernel has taken in before we stop listening is still accepted.
_LAST_ACCEPT_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What the front door has to know besides the app.

    `frontend_url` is the frontend's address, if there is one, and `tls` how it is trusted; `trust`
    is what is believed of proxies in front. `api_prefix` is the path before our routes, without a
    slash at its end. `monitors` watch, `away` is the page for visitors of a frontend that is away,
    and `logs_pass_through` says whether requests that are only passed on have log lines. `public`
    is the address by which we are known, for the line that says that the process serves.
    """

    frontend_url: str | None
    tls: ssl.SSLContext
    trust: Trust
    api_prefix: str
    monitors: Monitors
    away: AwayPage
    logs_pass_through: bool
    public: str


class Server:
    """Serves one app in the running event loop."""

    def __init__(self, app: Flask, limits: Limits, threads: int, processes: int = 1) -> None:
        """`app` is what `create_app` made; `threads` run it, in each of so many processes."""
        behind: Behind = app.extensions[EXTENSION]
        hops = behind.trust.hops
        self._limits = limits
        self._census = Census(limits)
        self._lanes = Lanes(threads, lane_threads(threads))
        self._monitors = behind.monitors
        self._monitors.vitals.processes = processes
        metrics = self._monitors.metrics
        self._metrics = None if metrics is None else MetricsPort(metrics.page, limits)
        callbacks = f"{behind.api_prefix}/callbacks"
        paths = operator_paths(with_metrics=self._monitors.token is not None)
        self._frontend = None
        if behind.frontend_url is not None:
            self._frontend = Frontend(
                behind.frontend_url, behind.tls, behind.trust, self._census, limits
            )
        own = OwnRoutes(
            app,
            self._lanes,
            self._census,
            limits,
            callbacks=callbacks,
            operator_paths=paths,
            has_router=hops > 0,
        )
        self._front = Front(
            app,
            own,
            self._frontend,
            api_prefix=behind.api_prefix,
            operator_paths=paths,
            away=behind.away,
            hops=hops,
            logs_pass_through=behind.logs_pass_through,
        )
        self._listeners: list[asyncio.Server] = []

    async def listen(self, sockets: Sequence[socket.socket]) -> None:
        """Accept connections from `sockets`, which are bound; one may be that of the metrics."""
        self._monitors.begin()
        self._sample()
        loop = asyncio.get_running_loop()
        for bound in sockets:
            listener = await loop.create_server(self._protocol(bound), sock=bound, backlog=_BACKLOG)
            self._listeners.append(listener)

    def _protocol(self, bound: socket.socket) -> Callable[[], Connection]:
        name = bound.getsockname()
        if self._metrics is not None and name[1] == self._monitors.port:
            return self._metrics.connection
        return lambda: Connection(self._front.serve, self._census, self._limits)

    async def watch(self, is_wanted: Callable[[], bool]) -> None:
        """Look at the bounds once a tick, for as long as `is_wanted` says so."""
        loop = asyncio.get_running_loop()
        while is_wanted():
            await asyncio.sleep(self._limits.tick_seconds)
            self._check(loop.time())
            self._sample()

    def _check(self, now: float) -> None:
        for census in self._all:
            census.check(now)
        if self._frontend is not None:
            self._frontend.check(now)

    def _sample(self) -> None:
        """Tell what is under way."""
        in_flight, shares = self._lanes.under_way, self._census.shares
        shares["threads"] = self._lanes.threads
        if self._frontend is not None:
            shares |= self._frontend.shares
            in_flight["passed-through"] = shares["passed-through"][0]
        self._monitors.vitals.is_full = self._census.is_full
        self._monitors.sampled(Sample(in_flight, self._lanes.waiting, shares))

    @property
    def _all(self) -> list[Census]:
        """All who are connected: the app's clients, and those who read its metrics."""
        return [self._census, *([] if self._metrics is None else [self._metrics.census])]

    @property
    def taken(self) -> dict[str, int]:
        """How much is under way, by its kind."""
        frontend = self._frontend.taken if self._frontend is not None else {}
        return {
            "connections": self._census.connections,
            "uploads": self._census.uploads.under_way,
            "held body bytes": self._census.held_body_bytes.taken,
            **frontend,
        }

    async def stop(self, grace_seconds: Callable[[], float], tick: Callable[[], object]) -> None:
        """Answer what is under way, for `grace_seconds()` at most; `tick` is called meanwhile.

        How long that is may be told anew while it lasts.
        """
        self._monitors.vitals.is_stopping = True
        if grace_seconds() > 0:
            await asyncio.sleep(_LAST_ACCEPT_SECONDS)
        for listener in self._listeners:
            listener.close()
        for census in self._all:
            census.stop()
        loop = asyncio.get_running_loop()
        stopping_since = loop.time()
        while (
            not all(census.is_empty for census in self._all)
            and loop.time() < stopping_since + grace_seconds()
        ):
            tick()
            self._check(loop.time())
            await asyncio.sleep(min(0.1, self._limits.tick_seconds))
        for census in self._all:
            census.evict_all()
        if self._frontend is not None:
            self._frontend.close()
        await asyncio.sleep(0)
        self._lanes.close()
        if self._metrics is not None:
            self._metrics.close()
        self._monitors.end()
