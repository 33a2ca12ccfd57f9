"""One connection to the frontend: one exchange after the other, or a tunnel."""

from __future__ import annotations

import asyncio
import select
from http import HTTPStatus
from typing import Protocol, cast

from proxy.outgoing.causes import cause_of
from proxy.wire.answer_reader import AnswerInvalid, AnswerReader
from proxy.wire.flow import Flow
from proxy.wire.limits import Limits

# What waits for a client that reads slowly, before the frontend has to wait.
_HELD_BYTES = 64 * 1024


class FrontendFailed(Exception):
    """The frontend cannot be reached, says nothing, breaks off, or does not speak HTTP.

    `before_answer`: nothing of an answer had come.
    """

    def __init__(self, cause: str, *, before_answer: bool = False) -> None:
        super().__init__(cause)
        self.before_answer = before_answer


class Tunnelled(Protocol):
    """Where bytes go once they are no HTTP any more."""

    def said(self, data: bytes) -> None:
        """Take what the frontend sends."""

    def frontend_has_room(self) -> None:
        """Note that the frontend takes more again."""

    def frontend_ended(self) -> None:
        """Note that the frontend is gone; called once."""


class FrontendConnection(Flow):
    """A connection to the frontend; made by `proxy.passthrough.pool`."""

    def __init__(self, all_of_them: set[FrontendConnection], limits: Limits) -> None:
        """Leave `all_of_them` in the end."""
        super().__init__(limits)
        self._all = all_of_them
        self._answer: AnswerReader | None = None
        self._failure: FrontendFailed | None = None
        self._held_bytes = 0
        self.has_ended = False
        self.is_lost = False
        self._wake: asyncio.Future[None] | None = None
        # When something last moved here, and when all of the request had been sent.
        self._touched_at = self._loop.time()
        self._asked_at = self._touched_at
        self._tunnel: Tunnelled | None = None
        self.is_fresh = True
        self._has_sent_all = True

    # -- what the event loop tells ------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._touched_at = self._loop.time()
        if self._tunnel is not None:
            self._tunnel.said(data)
            return
        if self._answer is None:
            self.abort()  # said without being asked
            return
        try:
            self._answer.feed(data)
        except AnswerInvalid as error:
            self._fail(FrontendFailed(str(error)))
            self.abort()
            return
        self._held_bytes += len(data)
        if self._held_bytes > _HELD_BYTES and self._answer.body:
            self.pause_reading()
        self._wake_up()

    def eof_received(self) -> bool:
        """Called by the event loop."""
        self.has_ended = True
        answer = self._answer
        if answer is not None and not answer.is_whole:
            try:
                answer.end()
            except AnswerInvalid as error:
                self._fail(FrontendFailed(str(error), before_answer=not answer.has_begun))
        self._wake_up()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        if not self.has_ended:
            has_begun = self._answer is not None and self._answer.has_begun
            kind = cause_of(exc) if exc else "closed"
            self._fail(FrontendFailed(kind, before_answer=not has_begun))
        self.has_ended = self.is_lost = True
        self._wake_up()
        self.resume_writing()
        self._all.discard(self)
        if self._tunnel is not None:
            self._tunnel.frontend_ended()

    def resume_writing(self) -> None:
        """Called by the event loop."""
        super().resume_writing()
        if self._tunnel is not None:
            self._tunnel.frontend_has_room()

    def _fail(self, failure: FrontendFailed) -> None:
        if self._failure is None and not (self._answer is not None and self._answer.is_whole):
            self._failure = failure
        self._wake_up()

    def _wake_up(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    # -- an exchange --------------------------------------------------------------------------

    def begin(self, method: str, request: bytes, asked_at: float | None) -> None:
        """Send the head of a request; with all of its body where it has an `asked_at`.

        That is the loop's time from which on the frontend has to answer, not later than now. What
        follows else ends with `sent_all`.
        """
        self._answer = AnswerReader(method)
        self._held_bytes = 0
        self._has_sent_all = asked_at is not None
        self._asked_at = self._loop.time() if asked_at is None else asked_at
        self.write(request)

    def write(self, data: bytes) -> None:
        """Send; nothing happens when the connection has ended."""
        self._touched_at = self._loop.time()
        super().write(data)

    def sent_all(self) -> None:
        """Note that the request's body has been sent to its end."""
        self._has_sent_all = True
        self._asked_at = self._loop.time()

    async def drain(self) -> None:
        """Return when the frontend has taken most of what was sent; raises FrontendFailed."""
        await super().drain()
        if self._failure is not None:
            raise self._failure

    async def head(self) -> AnswerReader:
        """Return the answer as soon as its head has come; raises FrontendFailed."""
        answer = cast(AnswerReader, self._answer)
        while not answer.has_head:
            await self._next()
        return answer

    async def body(self) -> bytes:
        """Return what has come of the body, empty at its end; raises FrontendFailed."""
        answer = cast(AnswerReader, self._answer)
        while not answer.body:
            if answer.is_whole:
                return b""
            await self._next()
        data = answer.body[0] if len(answer.body) == 1 else b"".join(answer.body)
        answer.body.clear()
        self._held_bytes = 0
        self.resume_reading()
        return data

    async def _next(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._wake = self._loop.create_future()
        try:
            await self._wake
        finally:
            self._wake = None
        if self._failure is not None:
            raise self._failure

    @property
    def may_be_kept(self) -> bool:
        """Whether another exchange may follow: nothing is unread, and nothing has ended."""
        answer = self._answer
        is_clean = answer is not None and answer.is_whole and answer.may_be_followed
        return is_clean and self._has_sent_all and not self.has_ended and not self.is_closing

    def rest(self) -> None:
        """Note that an exchange is over and the connection is kept."""
        self._answer = None
        self.is_fresh = False
        self._touched_at = self._loop.time()
        self.resume_reading()

    def is_quiet(self) -> bool:
        """Tell whether a kept connection can be used: open, and nothing to read on it.

        The event loop may not have told yet what is there: the frontend's end, after which a POST
        would be lost, or bytes that nobody asked for, which the next visitor would take for theirs.
        """
        return not (self.has_ended or self.is_closing or self._has_news())

    def _has_news(self) -> bool:
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(poll.poll(0))

    async def wants_more(self) -> bool:
        """Tell whether to send more of a body.

        A frontend that refuses a body says so and closes. Sent on, it would be answered with a
        reset, and the refusal lost with it: what is there to read is read first.
        """
        if not self.is_closing and self._has_news():
            await asyncio.sleep(0)
        answer = cast(AnswerReader, self._answer)
        is_refused = answer.has_head and answer.status >= HTTPStatus.BAD_REQUEST
        return not (self.has_ended or self.is_closing or is_refused or answer.is_whole)

    def hand_over(self, tunnel: Tunnelled) -> None:
        """Give everything that the frontend sends from now on to `tunnel`."""
        self._tunnel = tunnel
        if self.is_lost:
            tunnel.frontend_ended()

    # -- flow ---------------------------------------------------------------------------------

    def resume_reading(self) -> None:
        """Go on reading."""
        if self._is_reading_paused:
            self._touched_at = self._loop.time()
        super().resume_reading()

    def check(self, now: float) -> None:
        """Judge whether the frontend takes longer than it may; `now` is the loop's time."""
        if self.has_stopped_reading(now):
            self._fail(FrontendFailed("it does not read what it is sent"))
            self.abort()
        elif self._tunnel is not None or self._is_reading_paused:
            pass  # a tunnel may be quiet, and this may wait for the client
        elif self._answer is None:
            if now - self._touched_at > self._limits.frontend_kept_seconds:
                self.abort()
        elif self._has_sent_all and not self._answer.is_whole and self._is_late(self._answer, now):
            self._fail(FrontendFailed("it says nothing for too long"))
            self.abort()

    def _is_late(self, answer: AnswerReader, now: float) -> bool:
        """Tell whether the head of an answer, or more of its body, should have come.

        A head has one time for all of it: neither interim answers nor single bytes prolong that.
        """
        if not answer.has_head:
            return now - self._asked_at > self._limits.frontend_head_seconds
        silent_since = max(self._touched_at, self._asked_at)
        return now - silent_since > self._limits.frontend_gap_seconds
