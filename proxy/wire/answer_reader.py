"""Reads an answer of another HTTP/1.1 server from the bytes as they come (RFC 9112).

The parser is llhttp, the one that Node uses (through httptools). What is decided here is what an
answer means to somebody who passes it on, or who wants to use its connection again: interim answers
are skipped, the framing by which it was read is told, and whatever comes after its end is noticed.
"""

from __future__ import annotations

from http import HTTPStatus

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

# What Node's own server lets an application send; browsers take less.
MAX_HEAD_BYTES = 256 * 1024
MAX_FIELDS = 2_000
# Answers of these statuses have no body (RFC 9110 6.4.1).
BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
Field = tuple[bytes, bytes]


class AnswerInvalid(Exception):
    """What came is not an answer, breaks off, or is larger than it may be."""


class AnswerReader:
    """One answer to one request; `feed` it what comes, then `end` it when the connection ends.

    `status`, `reason` and `fields` (as they came, in order) are there once `has_head`;
    `body` collects what has come of the body, without chunked coding, for the reader to take out;
    `is_whole` tells that nothing of it is missing. An interim answer (1xx) is skipped, except that
    101, which ends HTTP on the connection, counts as whole: what follows it is in `rest`.
    """

    __slots__ = (
        "_is_head", "_overhead_bytes", "_parser", "_size", "body", "fields", "has_head",
        "is_chunked", "is_whole", "length", "may_be_followed", "reason", "rest", "status",
    )  # fmt: skip

    def __init__(self, method: str) -> None:
        """Take the request's method: an answer to HEAD has no body, whatever it says."""
        self._is_head = method == "HEAD"
        # httptools asks for the callbacks below, by their names.
        self._parser = HttpResponseParser(self)
        # A length beside chunked coding: the coding counts (RFC 9112 6.3). An interim answer that
        # announces the end of the connection: the final one follows all the same.
        self._parser.set_dangerous_leniencies(lenient_chunked_length=True, lenient_keep_alive=True)
        self._size = 0
        # What has been fed since a part of the body came: chunk extensions, and fields at the end.
        self._overhead_bytes = 0
        self.status = 0
        self.reason = b""
        self.fields: list[Field] = []
        self.body: list[bytes] = []
        self.length: int | None = None
        self.is_chunked = False
        self.has_head = False
        self.is_whole = False
        self.may_be_followed = False
        self.rest = b""

    @property
    def has_body(self) -> bool:
        """Whether a body belongs to this answer, be it empty (RFC 9112 6.3)."""
        return not self._is_head and self.status not in BODILESS

    @property
    def has_begun(self) -> bool:
        """Whether anything has come, be it half a line."""
        return self._size > 0

    def feed(self, data: bytes) -> None:
        """Read on. Raises AnswerInvalid; the connection is then of no use any more."""
        if self.is_whole:
            self.may_be_followed = False
            if self.status == HTTPStatus.SWITCHING_PROTOCOLS:
                self.rest += data
            return
        if not self.has_head:
            self._size += len(data)
        self._overhead_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as switched:
            self._switch(data[switched.args[0] :])
        except HttpParserError as error:
            self.may_be_followed = False
            if not self.is_whole:
                raise AnswerInvalid(str(error)) from error
        if not self.has_head and self._size > MAX_HEAD_BYTES:
            raise AnswerInvalid("a head that does not end")
        if self._overhead_bytes > MAX_HEAD_BYTES and not self.is_whole:
            raise AnswerInvalid("a body that consists of framing")

    def end(self) -> None:
        """Note that nothing more comes. Raises AnswerInvalid when something is missing."""
        self.may_be_followed = False
        has_an_end = self.length is not None or self.is_chunked
        if not self.has_head or (has_an_end and not self.is_whole):
            raise AnswerInvalid("it breaks off")
        self.is_whole = True

    def field(self, name: bytes) -> bytes | None:
        """Return the first value of a field, named in lower case."""
        return next((value for key, value in self.fields if key.lower() == name), None)

    def _switch(self, rest: bytes) -> None:
        """Note a change of protocol; to anything but 101 it is no answer."""
        if self.status != HTTPStatus.SWITCHING_PROTOCOLS:
            raise AnswerInvalid("another protocol without being asked")
        self.is_whole = True
        self.rest = rest

    def on_message_begin(self) -> None:
        """Called by the parser, for each interim answer too."""
        if self.is_whole:
            self.may_be_followed = False
        elif not self.has_head:
            self.reason = b""
            self.fields = []

    def on_status(self, reason: bytes) -> None:
        """Called by the parser with the phrase behind the status, perhaps several times."""
        if not self.has_head:
            self.reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser; also for fields after a chunked body, which are dropped."""
        if self.has_head:
            return
        if len(self.fields) >= MAX_FIELDS:
            raise AnswerInvalid("more header lines than it may have")
        self.fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        if self.has_head:
            return
        self.status = self._parser.get_status_code()
        if 100 <= self.status < 200 and self.status != HTTPStatus.SWITCHING_PROTOCOLS:
            return
        self._read_framing()
        self.has_head = True
        if not self.has_body:
            self.is_whole = True
            self.may_be_followed = self._parser.should_keep_alive()

    def _read_framing(self) -> None:
        for name, value in self.fields:
            lowered = name.lower()
            if lowered == b"transfer-encoding":
                if self.is_chunked or value.strip().lower() != b"chunked":
                    raise AnswerInvalid("a transfer coding that is not read here")
                self.is_chunked = True
            elif lowered == b"content-length":
                self.length = int(value)
        if self.is_chunked:
            self.length = None

    def on_body(self, data: bytes) -> None:
        """Called by the parser."""
        self._overhead_bytes = 0
        if self.is_whole:
            self.may_be_followed = False
        else:
            self.body.append(data)

    def on_message_complete(self) -> None:
        """Called by the parser, for each interim answer too."""
        if self.has_head and not self.is_whole:
            self.is_whole = True
            self.may_be_followed = self._parser.should_keep_alive()
