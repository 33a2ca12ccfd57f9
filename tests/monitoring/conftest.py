"""Who collects what the app tells, and apps that tell it."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask, request

from proxy.logs import listen
from sandbox.server import Server
from tests.patience import wait_until


@dataclass(frozen=True, slots=True)
class Received:
    """A request that has been received, its body decoded."""

    path: str
    body: bytes


class Collector:
    """Receives whatever is posted, as those do who collect traces or defects; at `url`."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        app = Flask("collector")
        app.add_url_rule("/<path:path>", "receive", self._receive, methods=["POST"])
        self._server = Server(app)
        self.url, self.port = self._server.url, self._server.port

    def _receive(self, path: str) -> tuple[bytes, int]:
        body = request.get_data()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.received.append(Received(f"/{path}", body))
        return b"{}", 200

    def wait(self, is_there: Callable[[], bool]) -> None:
        """Wait until what has been received fits."""
        wait_until(is_there, "it was not received")

    def close(self) -> None:
        """Stop."""
        self._server.close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Return a collector that ends with the test."""
    made = Collector()
    yield made
    made.close()


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Return a listening socket that answers nobody."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def deaf() -> Iterator[None]:
    """Leave the log without listeners after the test."""
    yield
    listen()
