"""One request and its answer, as the event loop sees them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from time import time
from typing import Protocol

from proxy.problems import Problem
from proxy.refusals import refusal_fields
from proxy.wire.answer_reader import BODILESS, Field

# What is held of a body that nobody has taken yet before the client has to wait.
HELD_BODY_BYTES = 64 * 1024
_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}
# RFC 9112 4: blanks, visible characters, and bytes that are none of ASCII.
_REASON = re.compile(rb"[\t -~\x80-\xff]*")


class ClientLeft(Exception):
    """The client has closed its connection, or was cut off: nobody waits for an answer."""


class Tunnel(Protocol):
    """Another protocol that has taken a connection over (a WebSocket)."""

    def received(self, data: bytes) -> None:
        """Take what the client sends."""

    def ended(self) -> None:
        """Note that the client is gone."""

    def resume(self) -> None:
        """Note that the client takes more again."""


class Carrier(Protocol):
    """The connection, as far as an exchange needs it."""

    client: tuple[str, int]
    local: tuple[str, int]

    @property
    def is_full(self) -> bool:
        """Whether what was sent is more than should wait for the client."""

    def write(self, data: bytes) -> None:
        """Send."""

    async def drain(self) -> None:
        """Return when the client has taken most of what was sent; raises ClientLeft."""

    def pause_reading(self) -> None:
        """Let the client wait."""

    def resume_reading(self) -> None:
        """Go on reading."""

    def finished(self, exchange: Exchange, *, keep: bool) -> None:
        """Note the end of an exchange; `keep` says whether the connection may carry another."""

    def close(self) -> None:
        """End the connection, after what is still to be sent."""

    def reset(self) -> None:
        """End the connection so that the client notices that something is missing (TCP reset)."""

    def take_over(self, tunnel: Tunnel) -> None:
        """Give everything that the client sends from now on to `tunnel`."""

    def is_stopping(self) -> bool:
        """Tell whether the process ends soon."""


@dataclass(frozen=True, slots=True)
class Head:
    """A request's head. `path` and `query` are as they came, with their escapes.

    `query` is None where there is none, and empty behind a `?` with nothing after it.

    Names of fields are in lower case; those with an underscore have been dropped, for in a WSGI
    environ they would stand in for others. `upgrade` is the protocol that the client would rather
    speak, in lower case.
    """

    method: str
    path: bytes
    query: bytes | None
    fields: Sequence[Field]
    version: str
    keeps_alive: bool
    upgrade: bytes | None = None

    def values(self, name: bytes) -> list[bytes]:
        """Return all values of a field, named in lower case."""
        return [value for key, value in self.fields if key == name]

    def value(self, name: bytes) -> bytes | None:
        """Return a field's value, repeated ones joined as a list (RFC 9110 5.3)."""
        found = self.values(name)
        return b", ".join(found) if found else None


class Exchange:
    """One request, whose body may still be on its way, and the answer to it.

    The connection calls `feed`, `end_body` and `leave`; whoever serves the request calls the rest.
    All of it happens in the event loop.
    """

    __slots__ = (
        "_body", "_carrier", "_chunked", "_held", "_keep", "_on_leave", "_owed", "_wake",
        "awaits_continue", "body_is_whole", "has_begun", "head", "is_done", "received",
        "started_at", "was_left",
    )  # fmt: skip

    def __init__(self, head: Head, carrier: Carrier, started_at: float) -> None:
        """`started_at` is when the head had come, in the loop's own time (seconds)."""
        self.head = head
        self.started_at = started_at
        self._carrier = carrier
        self._body: list[bytes] = []
        self._held = 0
        self.received = 0
        self._wake: asyncio.Future[None] | None = None
        self._on_leave: Callable[[], object] | None = None
        self._owed: int | None = None
        self._chunked = False
        self._keep = False
        self.awaits_continue = False
        self.body_is_whole = False
        self.has_begun = False
        self.is_done = False
        self.was_left = False

    @property
    def client(self) -> tuple[str, int]:
        """Address and port of the other end of the connection."""
        return self._carrier.client

    @property
    def local(self) -> tuple[str, int]:
        """Address and port of our end of the connection."""
        return self._carrier.local

    # -- the request's body -------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Take a part of the body from the client."""
        self.received += len(data)
        if self.is_done:
            return
        self._body.append(data)
        self._held += len(data)
        if self._held > HELD_BODY_BYTES:
            self._carrier.pause_reading()
        self._wake_up()

    def end_body(self) -> None:
        """Note that the body is whole."""
        self.body_is_whole = True
        self._wake_up()

    def leave(self) -> None:
        """Note that the client is gone."""
        self.was_left = True
        self._wake_up()
        if self._on_leave is not None:
            self._on_leave()

    def _wake_up(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def take(self) -> bytes:
        """Return what has come of the body since the last time, without waiting."""
        data = b"".join(self._body)
        self._body.clear()
        self._held = 0
        self._carrier.resume_reading()
        return data

    async def settled(self) -> None:
        """Wait until the body is whole, or as much has come as is held; raises ClientLeft."""
        while not (self.body_is_whole or self._held > HELD_BODY_BYTES or self.was_left):
            await self._next()
        if self.was_left and not self.body_is_whole:
            raise ClientLeft

    async def more(self) -> None:
        """Wait until there is more of the body, or all of it; raises ClientLeft."""
        if self.awaits_continue:
            # The client waits to be told that its body is wanted (RFC 9110 10.1.1).
            self.awaits_continue = False
            self._carrier.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while not (self._body or self.body_is_whole or self.was_left):
            await self._next()
        if self.was_left:
            raise ClientLeft

    async def _next(self) -> None:
        self._wake = asyncio.get_running_loop().create_future()
        try:
            await self._wake
        finally:
            self._wake = None

    def when_left(self, callback: Callable[[], object] | None) -> None:
        """Have `callback` called when the client goes, at once if it has gone already."""
        self._on_leave = callback
        if self.was_left and callback is not None:
            callback()

    # -- the answer ---------------------------------------------------------------------------

    def begin(
        self,
        status: int,
        fields: Sequence[Field],
        length: int | None,
        reason: bytes | None = None,
    ) -> None:
        """Send the head of the answer.

        `fields` have no framing of their own; `length` is that of the body in bytes, or None when
        it is not known. A bodiless answer (HEAD, 204, 304) may tell the length all the same.
        `reason` is the phrase behind the status, None for the usual one.
        Raises ClientLeft when the connection has already been answered in our stead.
        """
        if self.is_done:
            raise ClientLeft
        self.has_begun = True
        self.awaits_continue = False
        self._keep = (
            self.head.keeps_alive and self.body_is_whole and not self._carrier.is_stopping()
        )
        lines = [_status_line(status, reason)]
        for name, value in fields:
            lines += (name, b": ", value, b"\r\n")
        if self.head.method == "HEAD" or status in BODILESS:
            self._owed = 0
            if length is not None and status != HTTPStatus.NO_CONTENT:
                lines.append(b"content-length: %d\r\n" % length)
        elif length is not None:
            self._owed = length
            lines.append(b"content-length: %d\r\n" % length)
        elif self.head.version == "1.1":
            self._chunked = True
            lines.append(b"transfer-encoding: chunked\r\n")
        else:
            self._keep = False  # only the connection's end can tell where the body ends
        if not self._keep:
            lines.append(b"connection: close\r\n")
        elif self.head.version == "1.0":
            lines.append(b"connection: keep-alive\r\n")
        lines.append(b"\r\n")
        self._carrier.write(b"".join(lines))

    def write(self, data: bytes) -> None:
        """Send a part of the answer's body, never more than was announced."""
        if self.is_done:
            return
        if self._owed is not None:
            data = data[: self._owed]
            self._owed -= len(data)
        if not data:
            return
        if self._chunked:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        self._carrier.write(data)

    async def drain(self) -> None:
        """Return when the client has taken most of what was sent; raises ClientLeft."""
        await self._carrier.drain()

    def finish(self) -> None:
        """Note that the answer is complete; what was announced and not sent ends the connection."""
        if self.is_done:
            return
        self.is_done = True
        if self._chunked:
            self._carrier.write(b"0\r\n\r\n")
        is_whole = not self._owed
        self._carrier.finished(self, keep=self._keep and is_whole)

    def switch(self, fields: Sequence[Field], reason: bytes | None = None) -> Carrier:
        """Answer 101 with `fields`, and return the connection: it speaks another protocol now.

        Raises ClientLeft.
        """
        if self.is_done or self.was_left:
            raise ClientLeft
        self.has_begun = self.is_done = True
        lines = [_status_line(HTTPStatus.SWITCHING_PROTOCOLS, reason)]
        for name, value in (*fields, (b"connection", b"upgrade")):
            lines += (name, b": ", value, b"\r\n")
        self._carrier.write(b"".join([*lines, b"\r\n"]))
        return self._carrier

    def give_up(self) -> None:
        """End the exchange with the connection: the answer breaks off, or there is none."""
        if self.is_done:
            return
        self.is_done = True
        if self.has_begun and self._owed is None and not self._chunked:
            self._carrier.reset()  # a plain end would make it look complete
        self._carrier.finished(self, keep=False)

    def refuse(self, problem: Problem, request_id: str) -> None:
        """Answer with `problem`; when an answer has begun, it breaks off instead."""
        if self.has_begun or self.is_done:
            self.give_up()
            return
        fields = [*refusal_fields(problem, request_id), date_field()]
        self.answer(problem.status, fields, problem.body(request_id))

    def answer(self, status: int, fields: Sequence[Field], body: bytes) -> None:
        """Send a whole answer."""
        self.begin(status, fields, len(body))
        self.write(body)
        self.finish()


def _status_line(status: int, reason: bytes | None) -> bytes:
    """Return the first line of an answer; a phrase that cannot be one is replaced by the usual."""
    usual = _STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status
    if reason is None or not _REASON.fullmatch(reason):
        return usual
    return b"HTTP/1.1 %d %b\r\n" % (status, reason)


def date_field() -> Field:
    """Return the field that says when an answer was made (RFC 9110 6.6.1)."""
    return b"date", _date(int(time()))


_last_date: tuple[int, bytes] = (0, b"")


def _date(second: int) -> bytes:
    global _last_date  # noqa: PLW0603 - the same text for all answers of a second
    if _last_date[0] != second:
        _last_date = (second, formatdate(second, usegmt=True).encode())
    return _last_date[1]
