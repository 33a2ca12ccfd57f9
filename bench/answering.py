"""What the stand-ins are made of: the serving end of HTTP/1.1, good and bad manners, a process.

A stand-in's process prints `{"port": ...}`, then takes one JSON object a line on standard input,
each of which it answers with one on standard output; it ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections.abc import Callable, Mapping
from typing import Any, cast

import httptools
import uvloop

from bench.machine import HOST

SLOW_SECONDS = 2.0
_GARBAGE = b"\x16\x03\x01\x02\x00 no HTTP at all \x00\xff\r\n\r\n"
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 4\r\nRetry-After: 1\r\n\r\nbusy"
)
_EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
# How an answer can go wrong on purpose. "early" is right: an interim answer stands before it.
RUDE_ACTS = ("slow", "hang", "cut", "busy", "garbage", "early")


class Caller(asyncio.Protocol):
    """One connection to a stand-in; `answer` is called with it for each request that has come.

    `target`, `accept`, `authorization` and `body` are those of this request.
    """

    def __init__(self, answer: Callable[[Caller], None]) -> None:
        self._answer = answer
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self.target = self.accept = self.authorization = self.body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        """Forget the transport: what is sent from now on goes nowhere."""
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Read on; who does not speak HTTP is cut off."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.close()

    def on_url(self, url: bytes) -> None:
        """Take (a part of) the request's target."""
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the two headers that answers depend on."""
        name = name.lower()
        if name == b"authorization":
            self.authorization = value
        elif name == b"accept":
            self.accept = value

    def on_body(self, body: bytes) -> None:
        """Take (a part of) the body."""
        self.body += body

    def on_message_complete(self) -> None:
        """Have the request answered."""
        self._answer(self)
        self.target = self.accept = self.authorization = self.body = b""

    def is_open(self) -> bool:
        """Tell whether somebody is still there."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, data: bytes, after: float = 0.0) -> None:
        """Send `data` in so many seconds, to whoever is still there."""
        if after > 0:
            self._loop.call_later(after, self.send, data)
        elif self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """Close the connection once what was sent has left."""
        if self._transport is not None:
            self._transport.close()

    def misbehave(self, act: str, response: bytes) -> None:
        """Do one of `RUDE_ACTS` instead of sending `response`."""
        if act == "slow":
            self.send(response, after=SLOW_SECONDS)
        elif act == "cut":
            self.send(response[: len(response) * 2 // 3])
            self.close()
        elif act == "busy":
            self.send(_BUSY)
        elif act == "garbage":
            self.send(_GARBAGE)
            self.close()
        elif act == "early":
            self.send(_EARLY + response)


def response(status: str, content_type: str, body: bytes, *headers: str) -> bytes:
    """Return a whole answer, with the headers that a server behind a CDN adds."""
    lines = [
        f"HTTP/1.1 {status}",
        "Date: Tue, 03 Feb 2026 10:12:00 GMT",
        "Server: stand-in",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: keep-alive",
        "Cache-Control: no-store",
        "Vary: Accept-Encoding",
        "Strict-Transport-Security: max-age=31536000; includeSubDomains",
        "X-Content-Type-Options: nosniff",
        "X-Request-Id: 4a2f6e18-0b7c-4d93-8e51-f0a1b2c3d4e5",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def run(
    answer: Callable[[Caller], None],
    obey: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve until standard input ends; `obey` takes an object from there and returns the reply."""
    uvloop.run(_serve(answer, obey, tls))


async def _serve(
    answer: Callable[[Caller], None],
    obey: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    tls: ssl.SSLContext | None,
) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Caller(answer), HOST, 0, backlog=4096, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"port": port}), flush=True)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        print(json.dumps(obey(json.loads(line))), flush=True)
