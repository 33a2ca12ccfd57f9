"""A router in front of the app, that does with `X-Forwarded-For` what routers do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import requests

from tests.proxy.loopback import Connection, LoopbackServer, answer

# The list as it came ("" for none) to the list as it goes on.
Appending = Callable[[str], str]


@dataclass
class Router:
    """A router at `url`, which passes everything on to `target`; `seen` has the headers it got."""

    appending: Appending
    target: str = ""
    cuts: str = ""
    url: str = ""
    seen: list[dict[str, str]] = field(default_factory=list)

    def serve(self, connection: Connection) -> None:
        """Pass one request on."""
        request = connection.receive()
        if request is None:
            return
        method, path, _ = request.line.split(" ")
        headers = dict(request.headers.items())
        self.seen.append(headers)
        headers["X-Forwarded-For"] = self.appending(headers.get("X-Forwarded-For", ""))
        told = requests.request(
            method,
            self.target + path.removeprefix(self.cuts),
            headers={name: value for name, value in headers.items() if value},
            data=request.body,
            timeout=10,
            allow_redirects=False,
        )
        kept = [
            f"{name}: {told.headers[name]}"
            for name in ("Content-Type", "Location", "Date")
            if name in told.headers
        ]
        connection.send(
            answer(
                told.content, *kept, "Connection: close", status=f"{told.status_code} {told.reason}"
            )
        )


@contextlib.contextmanager
def routed(appending: Appending) -> Iterator[Router]:
    """Serve a router, whose target is still to be told."""
    router = Router(appending)
    server = LoopbackServer(router.serve)
    router.url = server.url
    yield router
    server.close()
