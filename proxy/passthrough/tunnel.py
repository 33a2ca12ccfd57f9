"""A WebSocket, or whatever client and frontend have agreed to speak: bytes both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from proxy.passthrough.frontend_connection import FrontendConnection


class ClientSide(Protocol):
    """The client's connection, as far as a tunnel needs it."""

    @property
    def is_full(self) -> bool:
        """Whether what was sent is more than should wait for the client."""

    def write(self, data: bytes) -> None:
        """Send."""

    def pause_reading(self) -> None:
        """Let the client wait."""

    def resume_reading(self) -> None:
        """Go on reading."""

    def close(self) -> None:
        """End the connection."""


class FrontendTunnel:
    """Ties two connections together: neither is read faster than the other takes it."""

    def __init__(
        self, client: ClientSide, frontend: FrontendConnection, on_end: Callable[[], object]
    ) -> None:
        """`on_end` is called once, when the connection to the frontend has ended."""
        self._client = client
        self._frontend = frontend
        self._on_end = on_end

    def received(self, data: bytes) -> None:
        """Take what the client sends."""
        self._frontend.write(data)
        if self._frontend.is_full:
            self._client.pause_reading()

    def resume(self) -> None:
        """Note that the client takes more again."""
        self._frontend.resume_reading()

    def ended(self) -> None:
        """Note that the client is gone."""
        self._frontend.close()

    def said(self, data: bytes) -> None:
        """Take what the frontend sends."""
        self._client.write(data)
        if self._client.is_full:
            self._frontend.pause_reading()

    def frontend_has_room(self) -> None:
        """Note that the frontend takes more again."""
        self._client.resume_reading()

    def frontend_ended(self) -> None:
        """Note that the frontend is gone."""
        self._client.close()
        self._on_end()
