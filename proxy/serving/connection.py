"""One client's connection: requests are read with llhttp, answers go out in their order.

What a client may not do is refused here as a problem (RFC 9457), like everything else. How long it
may take is looked at once a tick (`check`), so that no request has to set a timer.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from proxy.logs import log_event
from proxy.problems import Problem
from proxy.refusals import refusal_fields
from proxy.serving.census import Census
from proxy.serving.exchange import ClientLeft, Exchange, Field, Head, Tunnel
from proxy.serving.limits import Limits

# What Heroku's router lets through, and a cookie of 16 KiB (proxy.session) with some company.
MAX_TARGET_BYTES = 8_190
MAX_FIELD_BYTES = 17 * 1024
MAX_HEAD_BYTES = 64 * 1024
MAX_FIELDS = 256
# Requests that are sent before earlier ones are answered; browsers do not.
_MOST_PIPELINED = 8
_LINGER_BYTES = 512 * 1024
_UNSENT_BYTES = 64 * 1024
_TARGET = re.compile(rb"/[!-~]*")

Serve = Callable[[Exchange], Coroutine[Any, Any, None]]


class Refused(Exception):
    """A request that is refused before anybody is asked to serve it."""

    def __init__(self, status: int, cause: str) -> None:
        super().__init__(cause)
        self.status = status
        self.cause = cause


class Connection(asyncio.Protocol):
    """A client's connection; `serve` is asked once for each request, in their order."""

    def __init__(self, serve: Serve, census: Census, limits: Limits) -> None:
        self._serve = serve
        self._census = census
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        # httptools asks for the callbacks below, by their names.
        self._parser = HttpRequestParser(self)
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._transport: Any = None
        self.client = self.local = ("", 0)
        self._target = b""
        self._fields: list[Field] = []
        # What the parser has been fed since it last told of anything but a header field.
        self._unfinished_bytes = 0
        self._is_in_head = False
        self._has_ended = False
        self._current: Exchange | None = None
        self._reading: Exchange | None = None
        self._queue: deque[Exchange] = deque()
        self._refusal: Refused | None = None
        self._tunnel: Tunnel | None = None
        self._is_reading_paused = False
        self._drained: asyncio.Future[None] | None = None
        self._is_full = False
        self._is_stopping = False
        self._lingered_bytes = -1
        # Since when the connection is in the state that `check` judges.
        self._since = self._loop.time()
        self._has_spoken = False
        self._progress = (0, self._since)
        self._unsent = (0, self._since)

    # -- what the event loop tells ------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = transport
        transport.set_write_buffer_limits(high=_UNSENT_BYTES)  # type: ignore[attr-defined]
        self.client = (transport.get_extra_info("peername") or ("", 0))[:2]
        self.local = (transport.get_extra_info("sockname") or ("", 0))[:2]
        if self._census.add(self):
            self._census.idle(self)
            return
        problem = Problem("overloaded", cause="no descriptor is left for a connection")
        self._refuse(problem, is_read_away=False)

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        if self._tunnel is not None:
            self._tunnel.received(data)
            return
        if self._lingered_bytes >= 0:
            self._lingered_bytes += len(data)
            if self._lingered_bytes > _LINGER_BYTES:
                self._transport.abort()
            return
        if self._current is None and not self._is_in_head:
            self._census.busy(self)
            self._is_in_head = self._has_spoken = True
            self._since = self._loop.time()
        self._unfinished_bytes += len(data)
        self._read(data)

    def _read(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
            if self._reading is not None and self._reading.head.upgrade is not None:
                self._reading.rest = rest
                self.pause_reading()
            elif rest:
                self._read(rest)
        except HttpParserError:
            refused = self._refusal or Refused(400, "not HTTP")
            self._refuse(Problem("bad-request", cause=refused.cause, status=refused.status))
        else:
            if self._unfinished_bytes > MAX_HEAD_BYTES:
                self._refuse(Problem("bad-request", cause="a head that is too long", status=431))

    def eof_received(self) -> bool:
        """Called by the event loop: the client sends nothing more; it may have gone altogether.

        What is passed through ends with it. An answer of our own is still sent: there are clients
        that close their side once they have asked.
        """
        self._has_ended = True
        if self._tunnel is not None:
            self._tunnel.ended()
        elif self._current is not None and self._current.body_is_whole:
            self._current.leave()
            return True
        elif self._lingered_bytes < 0 and (self._is_in_head or self._current is not None):
            self._refuse(Problem("bad-request", cause="a request that ends early"))
            return True
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Called by the event loop."""
        self._census.remove(self)
        if self._tunnel is not None:
            self._tunnel.ended()
        for exchange in (self._current, self._reading, *self._queue):
            if exchange is not None and not exchange.was_left:
                exchange.leave()
        self._queue.clear()
        self.resume_writing()

    def pause_writing(self) -> None:
        """Called by the event loop: the client reads more slowly than we write."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Called by the event loop."""
        self._is_full = False
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        if self._tunnel is not None:
            self._tunnel.resume()

    # -- what the parser tells ----------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Called by the parser."""
        self._is_in_head = True
        self._target = b""
        self._fields = []

    def on_url(self, url: bytes) -> None:
        """Called by the parser, perhaps several times."""
        self._target += url
        if len(self._target) > MAX_TARGET_BYTES:
            raise self._refusing(414, "a target that is too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser; also for fields after a chunked body, which are dropped."""
        if not self._is_in_head:
            return
        if len(name) + len(value) > MAX_FIELD_BYTES or len(self._fields) >= MAX_FIELDS:
            raise self._refusing(431, "header fields that are too long or too many")
        if b"_" not in name:
            self._fields.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self._is_in_head = False
        self._unfinished_bytes = 0
        exchange = Exchange(self._read_head(), self, self._loop.time())
        expected = exchange.head.value(b"expect")
        if expected is not None and expected.lower() != b"100-continue":
            raise self._refusing(417, "an expectation that is not known")
        exchange.awaits_continue = expected is not None
        self._reading = exchange
        self._progress = (0, exchange.started_at)
        if self._current is None:
            self._begin(exchange)
        elif len(self._queue) < _MOST_PIPELINED:
            self._queue.append(exchange)
            self.pause_reading()
        else:
            raise self._refusing(400, "too many requests at once")

    def _read_head(self) -> Head:
        path, _, query = self._target.partition(b"?")
        if not self._target.startswith(b"/"):
            absolute = urlsplit(self._target)
            path, query = absolute.path or b"/", absolute.query
            if absolute.scheme not in (b"http", b"https"):
                raise self._refusing(400, "a target that no browser sends")
        if not _TARGET.fullmatch(path) or not _TARGET.fullmatch(b"/" + query):
            raise self._refusing(400, "a target that no browser sends")
        names = [name for name, _ in self._fields]
        if names.count(b"host") > 1:
            raise self._refusing(400, "two hosts")
        coding = [value for name, value in self._fields if name == b"transfer-encoding"]
        if coding and (len(coding) > 1 or coding[0].lower() != b"chunked"):
            raise self._refusing(501, "a transfer coding that is not read here")
        parser = self._parser
        if parser.get_http_version() not in ("1.0", "1.1"):
            raise self._refusing(400, "another version of HTTP")
        upgrade = self._fields[names.index(b"upgrade")][1] if b"upgrade" in names else None
        return Head(
            method=parser.get_method().decode(),
            path=path,
            query=query,
            fields=self._fields,
            version=parser.get_http_version(),
            keeps_alive=parser.should_keep_alive(),
            upgrade=upgrade.lower() if upgrade and parser.should_upgrade() else None,
        )

    def _refusing(self, status: int, cause: str) -> Refused:
        """Return what to raise in a callback; llhttp hands no exception on, so it is kept."""
        self._refusal = Refused(status, cause)
        return self._refusal

    def on_chunk_header(self) -> None:
        """Called by the parser."""
        self._unfinished_bytes = 0

    def on_body(self, data: bytes) -> None:
        """Called by the parser."""
        self._unfinished_bytes = 0
        if self._reading is not None:
            self._reading.feed(data)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self._unfinished_bytes = 0
        if self._reading is not None:
            self._reading.end_body()
            if self._reading.head.upgrade is None:
                self._reading = None

    # -- serving ------------------------------------------------------------------------------

    def _begin(self, exchange: Exchange) -> None:
        self._current = exchange
        self._census.begin(self._serve(exchange))

    def finished(self, exchange: Exchange, *, keep: bool) -> None:
        """Note the end of an exchange; `keep` says whether the connection may carry another."""
        if exchange is not self._current or self._transport.is_closing():
            return
        self._current = None
        if not keep or self._has_ended:
            self._end(is_read_away=self._is_in_head or not exchange.body_is_whole)
            return
        self._since = self._loop.time()
        if exchange.rest:
            # It asked for another protocol and was answered in this one.
            self._reading = None
            self._read(exchange.rest)
        if self._queue:
            self._begin(self._queue.popleft())
        elif not self._is_in_head:
            self._census.idle(self)
        if not self._queue:
            self.resume_reading()

    def _refuse(self, problem: Problem, *, is_read_away: bool = True) -> None:
        """Answer what cannot be served, and end the connection."""
        request_id = str(uuid4())
        log_event("refused", status=problem.status, code=problem.code, cause=problem.cause)
        current, self._reading = self._current, None
        self._queue.clear()
        if current is not None:
            # Its answer may be under way: only the end of the connection can tell the client.
            if current.has_begun:
                self.abort()
                return
            current.is_done = True
            current.leave()
            self._current = None
        head = Head("GET", b"/", b"", (), "1.1", keeps_alive=False)
        refusal = Exchange(head, self, self._loop.time())
        body = problem.body(request_id)
        refusal.answer(problem.status, refusal_fields(problem, request_id), body)
        self._end(is_read_away=is_read_away)

    def _end(self, *, is_read_away: bool) -> None:
        """Close; while a client is still sending, only after it could read the answer.

        A socket that is closed with something unread resets the connection, and the answer is lost
        with it (RFC 9112 9.6).
        """
        if not is_read_away or self._has_ended:
            self._transport.close()
            return
        self._lingered_bytes = 0
        self._since = self._loop.time()
        self.resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def take_over(self, tunnel: Tunnel) -> None:
        """Give everything that the client sends from now on to `tunnel`."""
        self._tunnel = tunnel
        self._reading = None
        self.resume_reading()

    # -- what an exchange needs ---------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send; nothing happens when the client has gone."""
        if not self._transport.is_closing():
            self._transport.write(data)

    async def drain(self) -> None:
        """Return when the client has taken most of what was sent; raises ClientLeft."""
        if self._is_full:
            self._drained = self._loop.create_future()
            try:
                await self._drained
            finally:
                self._drained = None
        if self._transport.is_closing():
            raise ClientLeft

    @property
    def is_full(self) -> bool:
        """Whether what was sent is more than should wait for the client."""
        return self._is_full

    def pause_reading(self) -> None:
        """Let the client wait."""
        if not self._is_reading_paused and not self._transport.is_closing():
            self._is_reading_paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on reading."""
        if self._is_reading_paused and not self._transport.is_closing():
            self._is_reading_paused = False
            self._transport.resume_reading()

    def is_stopping(self) -> bool:
        """Tell whether the process ends soon."""
        return self._is_stopping

    def abort(self) -> None:
        """End the connection at once; what has not been sent is lost."""
        self._transport.abort()

    # -- what the census asks -----------------------------------------------------------------

    def close(self) -> None:
        """End the connection, after what is still to be sent."""
        self._transport.close()

    def stop(self) -> None:
        """Serve what is under way, and then no more: the process ends.

        An idle connection is listened to for a moment: a request may be on its way.
        """
        self._is_stopping = True
        self._since = self._loop.time()

    def check(self, now: float) -> None:
        """Judge whether the client takes longer than it may; `now` is the loop's time."""
        if self._is_stuck(now):
            self._transport.abort()
        elif self._lingered_bytes >= 0:
            if now - self._since > self._limits.linger_seconds:
                self._transport.abort()
        elif self._tunnel is not None:
            if self._is_stopping and now - self._since > self._limits.farewell_seconds:
                self._transport.close()
        elif self._is_in_head and self._current is None:
            if now - self._since > self._limits.head_seconds:
                self._refuse(Problem("bad-request", cause="a head that does not end", status=408))
        elif self._current is None:
            if now - self._since > self._idle_seconds():
                self._transport.close()
        elif self._reading is not None and not self._is_reading_paused:
            self._check_upload(self._reading, now)

    def _idle_seconds(self) -> float:
        if self._is_stopping:
            return self._limits.farewell_seconds
        return self._limits.idle_seconds if self._has_spoken else self._limits.first_byte_seconds

    def _check_upload(self, exchange: Exchange, now: float) -> None:
        received, since = self._progress
        if exchange.received - received >= self._limits.progress_bytes:
            self._progress = (exchange.received, now)
        elif now - since > self._limits.progress_seconds:
            self._refuse(Problem("bad-request", cause="a body that hardly moves", status=408))

    def _is_stuck(self, now: float) -> bool:
        """Tell whether the client does not read what it has asked for."""
        unsent = self._transport.get_write_buffer_size()
        before, since = self._unsent
        if unsent == 0 or unsent > before or before - unsent >= self._limits.progress_bytes:
            self._unsent = (unsent, now)
            return False
        return now - since > self._limits.progress_seconds
