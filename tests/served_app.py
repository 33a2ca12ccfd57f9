"""The app behind the product's own server, in a thread of the test's process."""

from __future__ import annotations

import asyncio
import socket
import threading

import uvloop
from flask import Flask

from proxy.serving.server import Server
from proxy.wire.limits import Limits

HOST = "127.0.0.1"
THREADS = 40
_NO_GRACE = 0.0


def listen() -> socket.socket:
    """Return a socket that listens on loopback: its port is known, and nobody else's."""
    return socket.create_server((HOST, 0), backlog=200)


class ServedApp:
    """`create_app`'s app at `url`, served by an event loop of its own until `close()`."""

    def __init__(
        self,
        app: Flask,
        listener: socket.socket,
        limits: Limits | None = None,
        threads: int = THREADS,
    ) -> None:
        """Serve at once; the listener is closed in the end."""
        self._listener = listener
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self._app = app
        self._limits = limits or Limits()
        self._threads = threads
        self._is_wanted = True
        self._wake = threading.Event()
        # A daemon: a world that nobody could close must not hold up the end of the tests.
        self._thread = threading.Thread(target=lambda: uvloop.run(self._serve()), daemon=True)
        self._thread.start()
        self._wake.wait()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        server = self.server = Server(self._app, self._limits, self._threads)
        await server.listen([self._listener])
        watching = self._loop.create_task(server.watch(lambda: self._is_wanted))
        self._wake.set()
        await self._ended.wait()
        watching.cancel()
        await server.stop(lambda: _NO_GRACE, lambda: None)

    def close(self) -> None:
        """Stop at once: what is under way breaks off."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
