"""A world in front of a frontend that tests can tell how to behave."""

from __future__ import annotations

from collections.abc import Callable

from tests.proxy.loopback import Connection, LoopbackServer, Reply, Serve, send_raw
from tests.world import World

FrontedWorld = Callable[[Serve], World]


class Frontend:
    """A frontend that serves every new connection as `serve` says at that time."""

    def __init__(self) -> None:
        self.serve: Serve = Connection.hang
        self.server = LoopbackServer(self._serve)

    def _serve(self, connection: Connection) -> None:
        self.serve(connection)


def request(
    world: World, method: str = "GET", target: str = "/", *headers: str, body: bytes = b""
) -> Reply:
    """Send a request to the app, exactly as it is written here."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{world.settings['PORT']}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return send_raw(int(world.settings["PORT"]), head + body, method)
