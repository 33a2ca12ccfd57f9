"""What every connection here has: writing that can be waited for, reading that can be paused."""

from __future__ import annotations

import asyncio
from typing import Any

from proxy.wire.limits import Limits
from proxy.wire.progress import Progress

# What is sent ahead of the other end's reading before the sender has to wait.
_UNSENT_BYTES = 64 * 1024


class Flow(asyncio.Protocol):
    """One connection, to a client or to the frontend."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._drained: asyncio.Future[None] | None = None
        self._is_full = False
        self._is_reading_paused = False
        self._sent = 0
        now = self._loop.time()
        self._taken = Progress(limits.progress_bytes, limits.progress_seconds, now)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = transport
        transport.set_write_buffer_limits(high=_UNSENT_BYTES)  # type: ignore[attr-defined]

    def pause_writing(self) -> None:
        """Called by the event loop: the other end reads more slowly than we write."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Called by the event loop."""
        self._is_full = False
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    @property
    def is_full(self) -> bool:
        """Whether what was sent is more than should wait for the other end."""
        return self._is_full

    @property
    def is_closing(self) -> bool:
        """Whether the connection has ended, or is about to."""
        return bool(self._transport.is_closing())

    def write(self, data: bytes) -> None:
        """Send; nothing happens when the connection has ended."""
        if not self._transport.is_closing():
            self._sent += len(data)
            self._transport.write(data)

    async def drain(self) -> None:
        """Return when the other end has taken most of what was sent, or has gone."""
        if self._is_full:
            self._drained = self._loop.create_future()
            try:
                await self._drained
            finally:
                self._drained = None

    def pause_reading(self) -> None:
        """Let the other end wait."""
        if not self._is_reading_paused and not self._transport.is_closing():
            self._is_reading_paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on reading."""
        if self._is_reading_paused and not self._transport.is_closing():
            self._is_reading_paused = False
            self._transport.resume_reading()

    def close(self) -> None:
        """End the connection, after what is still to be sent."""
        self._transport.close()

    def abort(self) -> None:
        """End the connection at once; what has not been sent is lost."""
        self._transport.abort()

    def has_stopped_reading(self, now: float) -> bool:
        """Tell whether the other end does not take what is sent; `now` is the loop's time."""
        unsent = self._transport.get_write_buffer_size()
        return self._taken.has_stopped(self._sent - unsent, now, is_its_turn=unsent > 0)
