"""Reads a client's requests from the bytes as they come (RFC 9112), with llhttp.

What is decided here is what no request may be: too long, framed so that somebody behind us could
read it otherwise, or meant for a protocol that is not spoken here.
"""

from __future__ import annotations

import re
from typing import Protocol
from urllib.parse import urlsplit

from httptools import (
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserUpgrade,
    HttpRequestParser,
)

from proxy.problems import Problem
from proxy.wire.answer_reader import Field
from proxy.wire.exchange import Head

# No less than what a frontend's own server takes: Node's 16 KiB of target and fields in all, and
# 2,000 fields (nodejs.org, --max-http-header-size and server.maxHeadersCount, read 2026-11); and a
# cookie of 16 KiB (proxy.http.session) with some company.
MAX_TARGET_BYTES = 16 * 1024
MAX_FIELD_BYTES = 17 * 1024
MAX_HEAD_BYTES = 64 * 1024
MAX_FIELDS = 2_000
# What a field costs beside its bytes, so that many empty ones are no cheaper than they are.
_FIELD_COST_BYTES = 24
_TARGET = re.compile(rb"/[!-~]*")
# RFC 3986 3.2: a name or an address, and a port; nothing that could pass for a path or a user.
_HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%-]*(:[0-9]*)?|\[[0-9A-Fa-f:.]+\](:[0-9]*)?")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ ")
# Both ask for what a server behind a proxy must not do: become a tunnel, repeat what it was sent.
_NOT_SERVED = frozenset({"CONNECT", "TRACE"})


class Refused(Exception):
    """A request that is refused before anybody is asked to serve it; `problem` tells the client."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.cause)
        self.problem = problem


class Listener(Protocol):
    """Whoever wants to know what has been asked."""

    def asked(self, head: Head) -> None:
        """Take a head; raises Refused."""

    def body(self, data: bytes) -> None:
        """Take a part of the body."""

    def whole(self) -> None:
        """Note that the body is whole, empty ones too."""


class RequestReader:
    """The requests of one connection, one after the other; `feed` it what comes.

    `is_in_head` tells that a head has begun. `is_switching`: the last request would rather go on
    in another protocol, so what follows cannot be read before that is decided (`go_on`).
    """

    __slots__ = (
        "_fields", "_head_bytes", "_is_first", "_is_told_again", "_listener", "_parser", "_refusal",
        "_target", "_unfinished_bytes", "_untold_framing", "is_in_head", "is_switching",
    )  # fmt: skip

    def __init__(self, listener: Listener) -> None:
        """`listener` is told what is asked, while it is fed."""
        self._listener = listener
        self._parser = self._new_parser()
        # How a body is framed that llhttp would take for another protocol.
        self._untold_framing = b""
        self._is_told_again = False
        self._target = b""
        self._fields: list[Field] = []
        self._head_bytes = 0
        # What the parser has been fed since it last told of anything but a header field.
        self._unfinished_bytes = 0
        self._refusal: Refused | None = None
        # Whether what was fed last may begin with a request that has not been read yet.
        self._is_first = True
        self.is_in_head = False
        self.is_switching = False

    def _new_parser(self) -> HttpRequestParser:
        # httptools asks for the callbacks below, by their names.
        parser = HttpRequestParser(self)
        # What comes after a request that closes the connection is read, and never served.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def feed(self, data: bytes) -> bytes:
        """Read on; return what is not to be read yet (`is_switching`). Raises Refused."""
        self._is_first = True
        while data:
            self._unfinished_bytes += len(data)
            rest = b""
            try:
                self._parser.feed_data(data)
            except HttpParserUpgrade as upgrade:
                rest = data[upgrade.args[0] :]
                if self._untold_framing:
                    self._tell_framing()
            except HttpParserError as error:
                raise self._refusal or _refused(error, data if self._is_first else b"") from error
            if self._unfinished_bytes > MAX_HEAD_BYTES:
                raise Refused(Problem("bad-request", cause="a head that is too long", status=431))
            if self.is_switching:
                return rest
            data = rest
        return b""

    def _tell_framing(self) -> None:
        """Have the body read that follows a wish for another protocol.

        llhttp takes such a request for one without a body, whatever its length says. Its body
        would be served as the next request.
        """
        framing, self._untold_framing = self._untold_framing, b""
        self._parser = self._new_parser()
        self._is_told_again = True
        self._parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n\r\n" % framing)

    def go_on(self) -> None:
        """Note that the last request was answered in HTTP."""
        self.is_switching = False

    # -- what the parser tells ----------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Called by the parser."""
        if self._is_told_again:
            return
        self.is_in_head = True
        self._target = b""
        self._fields = []
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Called by the parser, perhaps several times."""
        if self._is_told_again:
            return
        self._target += url
        if len(self._target) > MAX_TARGET_BYTES:
            raise self._refusing(
                Problem("bad-request", cause="a target that is too long", status=414)
            )

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser; also for fields after a chunked body, which are dropped."""
        if not self.is_in_head:
            return
        size = len(name) + len(value)
        self._head_bytes += size + _FIELD_COST_BYTES
        if size > MAX_FIELD_BYTES or len(self._fields) >= MAX_FIELDS:
            raise self._refusing(
                Problem(
                    "bad-request", cause="header fields that are too long or too many", status=431
                )
            )
        if self._head_bytes > MAX_HEAD_BYTES:
            raise self._refusing(
                Problem("bad-request", cause="a head that is too long", status=431)
            )
        if b"_" not in name:
            self._fields.append((name.lower(), _bare(name.lower(), value)))

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        if self._is_told_again:
            self._is_told_again = False
            return
        self.is_in_head = False
        self._unfinished_bytes = 0
        head = self._head()
        self.is_switching = head.upgrade is not None
        try:
            self._listener.asked(head)
        except Refused as refused:
            self._refusal = refused
            raise

    def on_chunk_header(self) -> None:
        """Called by the parser."""
        self._unfinished_bytes = 0

    def on_body(self, data: bytes) -> None:
        """Called by the parser."""
        self._unfinished_bytes = 0
        self._listener.body(data)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self._unfinished_bytes = 0
        self._is_first = False
        if not self._untold_framing:
            self._listener.whole()

    # -- what is made of it -------------------------------------------------------------------

    def _head(self) -> Head:
        parser = self._parser
        version, method = parser.get_http_version(), parser.get_method().decode()
        if version not in ("1.0", "1.1"):
            raise self._refusing(Problem("bad-request", cause="another version of HTTP"))
        if method in _NOT_SERVED:
            raise self._refusing(
                Problem("bad-request", cause="a method that is not served here", status=501)
            )
        values: dict[bytes, list[bytes]] = {}
        for name, value in self._fields:
            values.setdefault(name, []).append(value)
        path, query = self._path_and_query()
        self._judge_host(values.get(b"host", []), version)
        self._judge_coding(values.get(b"transfer-encoding", []), version)
        upgrade = None
        if parser.should_upgrade() and b"upgrade" in values:
            self._untold_framing = _framing(values)
            if version == "1.1" and method == "GET" and not self._untold_framing:
                upgrade = values[b"upgrade"][0].lower()
        return Head(method, path, query, self._fields, version, parser.should_keep_alive(), upgrade)

    def _path_and_query(self) -> tuple[bytes, bytes | None]:
        path, mark, query = self._target.partition(b"?")
        if not self._target.startswith(b"/"):
            try:
                absolute = urlsplit(self._target)
            except ValueError:
                raise self._refusing(
                    Problem("bad-request", cause="a target that no browser sends")
                ) from None
            path, query = absolute.path or b"/", absolute.query
            mark = self._target.partition(b"#")[0].partition(b"?")[1]
            if absolute.scheme not in (b"http", b"https"):
                raise self._refusing(Problem("bad-request", cause="a target that no browser sends"))
        if not _TARGET.fullmatch(path) or not _TARGET.fullmatch(b"/" + query):
            raise self._refusing(Problem("bad-request", cause="a target that no browser sends"))
        return path, query if mark else None

    def _judge_host(self, hosts: list[bytes], version: str) -> None:
        """A proxy and its frontend that differ about the host serve one another's pages.

        RFC 9112 3.2: 400 for none, for several, and for one that cannot be a host.
        """
        if len(hosts) > 1:
            raise self._refusing(Problem("bad-request", cause="two hosts"))
        if not hosts and version == "1.1":
            raise self._refusing(Problem("bad-request", cause="no host"))
        if hosts and not _HOST.fullmatch(hosts[0]):
            raise self._refusing(Problem("bad-request", cause="a host that cannot be one"))

    def _judge_coding(self, codings: list[bytes], version: str) -> None:
        """HTTP/1.0 has no transfer codings: somebody else may read the body otherwise."""
        if codings and version == "1.0":
            raise self._refusing(Problem("bad-request", cause="a transfer coding in HTTP/1.0"))
        if codings and (len(codings) > 1 or codings[0].lower() != b"chunked"):
            raise self._refusing(
                Problem("bad-request", cause="a transfer coding that is not read here", status=501)
            )

    def _refusing(self, problem: Problem) -> Refused:
        """Return what to raise in a callback; llhttp hands no exception on, so it is kept."""
        self._refusal = Refused(problem)
        return self._refusal


def _bare(name: bytes, value: bytes) -> bytes:
    """Return a value without the blanks that follow it, which are none of it (RFC 9110 5.5).

    llhttp leaves them. A transfer coding stays as it is, since llhttp reads the body by it.
    """
    return value if name == b"transfer-encoding" else value.rstrip(b" \t")


def _framing(values: dict[bytes, list[bytes]]) -> bytes:
    """Return the line of a head that tells of its body, empty where there is none."""
    if b"transfer-encoding" in values:
        return b"Transfer-Encoding: chunked"
    length = values.get(b"content-length", [b"0"])[0]
    return b"" if length == b"0" else b"Content-Length: " + length


def _refused(error: HttpParserError, data: bytes) -> Refused:
    """Return the refusal of what the parser cannot read; a method may merely be unknown to it.

    `data` begins with a request, or is empty where that is not known.
    """
    if isinstance(error, HttpParserInvalidMethodError) and _TOKEN.match(data):
        return Refused(Problem("bad-request", cause="a method that is not known here", status=501))
    return Refused(Problem("bad-request", cause="not HTTP"))
