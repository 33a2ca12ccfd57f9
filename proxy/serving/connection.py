"""One client's connection: requests are read in their order, and answered in that order.

What a client may not do is refused here as a problem (RFC 9457), like everything else, after what
it asked before that. How long it may take is looked at once a tick (`check`), so that no request
has to set a timer.
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import Callable, Coroutine
from socket import SO_KEEPALIVE, SO_LINGER, SOL_SOCKET
from typing import Any
from uuid import uuid4

from proxy.logs import log_event
from proxy.logs import request_id as logged_id
from proxy.problems import Problem
from proxy.serving.request_reader import Refused, RequestReader
from proxy.wire.census import Census
from proxy.wire.exchange import ClientLeft, Exchange, Head, Tunnel
from proxy.wire.flow import Flow
from proxy.wire.limits import Limits
from proxy.wire.progress import Progress

# Requests in one packet, sent before earlier ones are answered; browsers do not.
_MOST_PIPELINED = 64
_LINGER_BYTES = 8 * 1024 * 1024
# What is held of later requests while an earlier one is answered, before the client has to wait.
_HELD_BYTES = 64 * 1024

Serve = Callable[[Exchange], Coroutine[Any, Any, None]]


class Connection(Flow):
    """A client's connection; `serve` is asked once for each request, in their order."""

    def __init__(self, serve: Serve, census: Census, limits: Limits) -> None:
        super().__init__(limits)
        self._serve = serve
        self._census = census
        self._reader = RequestReader(self)
        self.client = self.local = ("", 0)
        self._has_ended = False
        # What is being served; whose body is being read; who waits; what has not been read yet.
        self._current: Exchange | None = None
        self._reading: Exchange | None = None
        self._queue: deque[Exchange] = deque()
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._refusal: Problem | None = None
        self._tunnel: Tunnel | None = None
        self._is_stopping = False
        self._lingered_bytes = -1
        # Since when the connection is in the state that `check` judges.
        self._since = self._loop.time()
        self._has_asked = False
        self._upload = Progress(limits.progress_bytes, limits.progress_seconds, self._since)

    # -- what the event loop tells ------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        super().connection_made(transport)
        self.client = (transport.get_extra_info("peername") or ("", 0))[:2]
        self.local = (transport.get_extra_info("sockname") or ("", 0))[:2]
        if self._census.add(self):
            self._census.idle(self)
        else:
            self._refuse(Problem("overloaded", cause="no descriptor is left for a connection"))

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        if self._tunnel is not None:
            self._tunnel.received(data)
        elif self._lingered_bytes >= 0:
            self._lingered_bytes += len(data)
            if self._lingered_bytes > _LINGER_BYTES:
                self.abort()
        elif self._refusal is not None:
            pass  # it is told as soon as what was asked before is answered
        elif self._must_wait():
            self._hold(data)
        else:
            self._read(data)

    def _must_wait(self) -> bool:
        """Tell whether what comes is not to be read yet.

        Earlier requests wait, or the last one may end HTTP here, or the client does not read what
        it has asked for. The body of a request that is being served is read in any case.
        """
        if self._queue or self._reader.is_switching:
            return True
        return self._is_full and (self._current is None or self._current.body_is_whole)

    def _hold(self, data: bytes) -> None:
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > _HELD_BYTES:
            self.pause_reading()

    def _read(self, data: bytes) -> None:
        was_in_head = self._reader.is_in_head
        try:
            rest = self._reader.feed(data)
        except Refused as refused:
            self._refuse(refused.problem)
            return
        if rest:
            self._hold(rest)
        if self._reader.is_in_head and not was_in_head:
            self._since = self._loop.time()

    def eof_received(self) -> bool:
        """Called by the event loop: the client sends nothing more; it may have gone altogether."""
        self._has_ended = True
        if self._tunnel is not None:
            self._tunnel.ended()
            return False
        if self._lingered_bytes >= 0:
            return False
        self._meet_the_end()
        return True

    def _meet_the_end(self) -> None:
        """Serve what was asked before the client's end, as far as that makes sense.

        What is passed through ends with it. An answer of our own is still sent: there are clients
        that close their side once they have asked.
        """
        if self._current is not None and not self._current.body_is_whole:
            self._refuse(Problem("bad-request", cause="a request that ends early"))
        elif self._current is not None:
            if not self._current.was_left:
                self._current.leave()
        elif self._queue or self._held:
            pass  # as soon as the client has read what it asked for before
        elif self._reader.is_in_head:
            self._refuse(Problem("bad-request", cause="a request that ends early"))
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Called by the event loop."""
        self._census.remove(self)
        if self._tunnel is not None:
            self._tunnel.ended()
        for exchange in (self._current, *self._queue):
            if exchange is not None and not exchange.was_left:
                exchange.leave()
        self._queue.clear()
        self._held.clear()
        super().resume_writing()

    def resume_writing(self) -> None:
        """Called by the event loop."""
        super().resume_writing()
        if self._tunnel is not None:
            self._tunnel.resume()
        else:
            self._go_on()

    # -- what the reader tells ----------------------------------------------------------------

    def asked(self, head: Head) -> None:
        """Take a request whose body may follow; raises Refused."""
        expected = head.value(b"expect")
        if expected is not None and expected.lower() != b"100-continue":
            raise Refused(
                Problem("bad-request", cause="an expectation that is not known", status=417)
            )
        if len(self._queue) >= _MOST_PIPELINED:
            raise Refused(Problem("bad-request", cause="too many requests at once"))
        exchange = Exchange(head, self, self._loop.time())
        # HTTP/1.0 knows no interim answer (RFC 9110 10.1.1).
        exchange.awaits_continue = expected is not None and head.version == "1.1"
        self._has_asked = True
        self._reading = exchange
        self._upload.begin(exchange.started_at)
        if self._current is None and not self._queue:
            self._begin(exchange)
        else:
            self._queue.append(exchange)

    def body(self, data: bytes) -> None:
        """Take a part of a body."""
        if self._reading is not None:
            self._reading.feed(data)

    def whole(self) -> None:
        """Note that a body is whole."""
        if self._reading is not None:
            self._reading.end_body()
            self._reading = None

    # -- serving ------------------------------------------------------------------------------

    def _begin(self, exchange: Exchange) -> None:
        self._current = exchange
        self._census.busy(self)
        self._census.begin(self._serve(exchange))

    def finished(self, exchange: Exchange, *, keep: bool) -> None:
        """Note the end of an exchange; `keep` says whether the connection may carry another."""
        if exchange is not self._current or self._transport.is_closing():
            return
        self._current = None
        if not keep:
            is_sending = self._reader.is_in_head or not exchange.body_is_whole or bool(self._held)
            self._end(is_read_away=is_sending)
            return
        self._since = self._loop.time()
        if exchange.head.upgrade is not None:
            self._reader.go_on()
        self._go_on()

    def _go_on(self) -> None:
        """Serve what was asked next, as soon as the client takes what was answered before."""
        while not self._transport.is_closing() and self._lingered_bytes < 0:
            if self._current is None and self._queue and not self._is_full:
                self._begin(self._queue.popleft())
            elif self._held and not self._must_wait():
                data = b"".join(self._held)
                self._held.clear()
                self._held_bytes = 0
                self._read(data)
            else:
                break
        if self._transport.is_closing() or self._lingered_bytes >= 0:
            return
        if self._current is None and not self._queue:
            if self._refusal is not None:
                self._tell(self._refusal)
                return
            self._census.idle(self)
        if self._current is None or self._current.body_is_whole:
            self.resume_reading()
        if self._has_ended:
            self._meet_the_end()

    def _refuse(self, problem: Problem) -> None:
        """Refuse what is being read, after what was asked before it, and end the connection."""
        if self._refusal is not None:
            return
        self._refusal = problem
        self._held.clear()
        refused, self._reading = self._reading, None
        if refused is not None and refused is self._current:
            # Its answer may be under way: only the end of the connection can tell the client.
            if refused.has_begun:
                self.reset()
                return
            self._current = None
            refused.is_done = True
            refused.leave()
        elif refused is not None and self._queue:
            self._queue.pop()
        self._go_on()

    def _tell(self, problem: Problem) -> None:
        request_id = str(uuid4())
        token = logged_id.set(request_id)
        log_event("refused", status=problem.status, code=problem.code, cause=problem.cause)
        logged_id.reset(token)
        head = Head("GET", b"/", None, (), "1.1", keeps_alive=False)
        Exchange(head, self, self._loop.time()).refuse(problem, request_id)
        self._end(is_read_away=True)

    def _end(self, *, is_read_away: bool) -> None:
        """Close; while a client is still sending, only after it could read the answer.

        A socket that is closed with something unread resets the connection, and the answer is lost
        with it (RFC 9112 9.6).
        """
        self._queue.clear()
        self._held.clear()
        self._reading = None
        if not is_read_away or self._has_ended:
            self._transport.close()
            return
        self._lingered_bytes = 0
        self._since = self._loop.time()
        self._census.idle(self)
        self.resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def take_over(self, tunnel: Tunnel) -> None:
        """Give everything that the client sends from now on to `tunnel`."""
        self._tunnel = tunnel
        self._since = self._loop.time()
        if not self._transport.is_closing():
            # Nothing else would ever tell that a quiet client has gone without a word.
            self._transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
        held, self._held = self._held, []
        self._held_bytes = 0
        self.resume_reading()
        for data in held:
            tunnel.received(data)
        if self._has_ended or self._transport.is_closing():
            tunnel.ended()

    # -- what an exchange needs ---------------------------------------------------------------

    async def drain(self) -> None:
        """Return when the client has taken most of what was sent; raises ClientLeft."""
        await super().drain()
        if self._transport.is_closing():
            raise ClientLeft

    def resume_reading(self) -> None:
        """Go on reading, unless as much is held as may be."""
        if self._held_bytes <= _HELD_BYTES:
            super().resume_reading()

    def reset(self) -> None:
        """End the connection so that the client notices that something is missing."""
        if not self._transport.is_closing():
            linger = struct.pack("ii", 1, 0)
            self._transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, linger)
        self.abort()

    def is_stopping(self) -> bool:
        """Tell whether the process ends soon."""
        return self._is_stopping

    # -- what the census asks -----------------------------------------------------------------

    def evict(self) -> None:
        """End the connection at once: its descriptor is needed."""
        if self._transport.get_write_buffer_size():
            self.abort()
        else:
            self._transport.close()

    def stop(self) -> None:
        """Serve what is under way, and then no more: the process ends.

        An idle connection is listened to for a moment: a request may be on its way.
        """
        self._is_stopping = True
        self._since = self._loop.time()

    def unsent(self, now: float) -> tuple[float, int]:
        """Return for how many seconds the client has hardly read, and what waits in bytes."""
        return self._taken.seconds_since(now), self._transport.get_write_buffer_size()

    def check(self, now: float) -> None:
        """Judge whether the client takes longer than it may; `now` is the loop's time."""
        if self.has_stopped_reading(now):
            self.abort()
        elif self._lingered_bytes >= 0:
            if now - self._since > self._at_most(self._limits.linger_seconds):
                self.abort()
        elif self._tunnel is not None:
            if self._is_stopping and now - self._since > self._limits.farewell_seconds:
                self._transport.close()
        elif self._current is not None:
            self._check_upload(now)
        elif self._reader.is_in_head:
            if now - self._since > self._at_most(self._limits.head_seconds):
                self._refuse(Problem("bad-request", cause="a head that does not end", status=408))
        elif self._queue or self._transport.get_write_buffer_size():
            self._since = now  # an answer is still being read
        elif now - self._since > self._idle_seconds():
            self._transport.close()

    def _idle_seconds(self) -> float:
        limits = self._limits
        return self._at_most(limits.idle_seconds if self._has_asked else limits.first_byte_seconds)

    def _at_most(self, seconds: float) -> float:
        return min(seconds, self._limits.farewell_seconds) if self._is_stopping else seconds

    def _check_upload(self, now: float) -> None:
        exchange = self._reading
        if exchange is None or exchange is not self._current:
            return
        is_its_turn = not self._is_reading_paused
        if self._upload.has_stopped(exchange.received, now, is_its_turn=is_its_turn):
            self._refuse(Problem("bad-request", cause="a body that hardly moves", status=408))
