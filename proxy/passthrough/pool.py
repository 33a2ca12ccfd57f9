"""Connections to the frontend, kept for a moment and used again."""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

from proxy.outgoing.causes import cause_of
from proxy.passthrough.frontend_connection import FrontendConnection, FrontendFailed
from proxy.wire.limits import Limits

_MOST_KEPT = 128


class FrontendPool:
    """Connections to one frontend; those that are kept are used again, the newest first."""

    def __init__(self, url: str, tls: ssl.SSLContext, limits: Limits) -> None:
        """`url` is the frontend's base address."""
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._is_tls = parts.scheme == "https"
        self._port = parts.port or (443 if self._is_tls else 80)
        self._tls = tls if self._is_tls else None
        self._limits = limits
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
            if connection.is_quiet():
                return connection
            connection.abort()
        if self._kept and self.descriptors >= self._limits.passed_through:
            self._kept.pop(0).abort()
        self._connecting += 1
        try:
            async with asyncio.timeout(self._limits.connect_seconds):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: FrontendConnection(self._all, self._limits),
                    self._host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=self._host if self._is_tls else None,
                )
        except (OSError, TimeoutError) as error:
            raise FrontendFailed(cause_of(error)) from error
        finally:
            self._connecting -= 1
        # Not earlier: of a connection that is given up while it is made, uvloop closes the socket
        # without a word to the protocol.
        if not connection.is_lost:
            self._all.add(connection)
        return connection

    def give_back(self, connection: FrontendConnection) -> None:
        """Keep a connection for the next exchange, or end it."""
        if connection.may_be_kept and len(self._kept) < _MOST_KEPT:
            connection.rest()
            self._kept.append(connection)
        else:
            connection.abort()

    def close(self) -> None:
        """End all connections at once; uvloop may wait for ever for what is left open."""
        for connection in list(self._all):
            connection.abort()

    def check(self, now: float) -> None:
        """Judge all connections; `now` is the loop's time in seconds."""
        self._kept = [connection for connection in self._kept if not connection.is_closing]
        for connection in list(self._all):
            connection.check(now)
