"""How outgoing requests travel: an adapter of requests, over kept connections and llhttp.

What requests' own adapter stands on (urllib3 over http.client) takes an interim answer for the
final one, refuses more than 100 header lines, and costs several times the CPU. Here nothing is
followed, remembered or taken from the environment, and a request is sent once. Only one that
changes nothing (GET, HEAD) is sent a second time, where a connection that had been kept turns out
to be closed before a byte of an answer.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from proxy.outgoing.connection_pool import ConnectionPool
from proxy.outgoing.deadline import DeadlineExceeded
from proxy.outgoing.http_connection import HttpConnection, Origin, connect
from proxy.wire.answer_reader import AnswerReader, Field
from proxy.wire.content_coding import CodingInvalid, decoded

_PORTS = {"http": 80, "https": 443}
_SAFE = ("GET", "HEAD")
# Field names one after the other (RFC 9110 5.6.2), and what no field value may hold.
_NAMES = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]*", re.ASCII)
_ENDS_A_LINE = re.compile(r"[\r\n\0]")
# Printable ASCII without "#": a fragment is never sent.
_TARGET = re.compile(r"/[!\"$-~]*", re.ASCII)


class AnswerTooLarge(requests.RequestException):
    """The answer is larger than it may be, as it comes or decoded."""


class ClosedBeforeAnswer(requests.ConnectionError):
    """The connection ended before a byte of an answer."""


class AnswerFields(Mapping[str, str]):
    """Header fields by name, in any case; values of one name are joined (RFC 9110 5.3).

    They are read when first asked for: most answers' never are.
    """

    __slots__ = ("_fields", "_values")

    def __init__(self, fields: list[Field]) -> None:
        """Take the fields as they came."""
        self._fields = fields
        self._values: dict[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        return self._read()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def _read(self) -> dict[str, str]:
        if self._values is None:
            values: dict[str, str] = {}
            for raw_name, raw_value in self._fields:
                name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
                values[name] = f"{values[name]}, {value}" if name in values else value
            self._values = values
        return self._values


class WholeResponse(requests.Response):
    """A response whose body has been read; `fields` are its headers."""

    def __init__(  # requests' own makes a cookie jar, which costs as much as reading an answer
        self, request: requests.PreparedRequest, answer: AnswerReader, content: bytes
    ) -> None:
        """Take what was sent, what came, and the body without its codings."""
        self.request = request
        self.url = request.url or ""
        self.status_code = answer.status
        self.fields = AnswerFields(answer.fields)
        self.history = []
        self.reason = ""
        self.encoding = None
        self.raw = None
        self._content = content
        self._content_consumed = True

    @cached_property
    def headers(self) -> CaseInsensitiveDict[str]:  # type: ignore[override]  # made when asked for
        """The header fields, as requests has them."""
        return CaseInsensitiveDict(self.fields)


class Transport(BaseAdapter):
    """An adapter that reads answers whole; nothing exists in it before it is first used."""

    def __init__(
        self,
        context: ssl.SSLContext,
        *,
        max_bytes: int,
        pool_size: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the context of all TLS, the bounds, and a clock in seconds.

        `max_bytes` bounds a body, `pool_size` the connections that are kept to one origin.
        """
        super().__init__()
        self._context = context
        self._max_bytes = max_bytes
        self._pool_size = pool_size
        self._clock = clock
        self._pools: dict[str, ConnectionPool] = {}

    def send(  # type: ignore[override]  # both timeouts are always given
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - requests' signature, here and below
        timeout: tuple[float, float] = (0, 0),
        verify: object = True,  # noqa: ARG002 - it always is
        cert: object = None,  # noqa: ARG002 - the signature is requests' own
        proxies: object = None,  # noqa: ARG002 - the signature is requests' own
    ) -> WholeResponse:
        """Send a request, read its answer; `timeout` is to connect, and of silence, in seconds.

        Raises ValueError for what cannot be sent as it is, and requests' ConnectTimeout,
        ReadTimeout, SSLError, ConnectionError and ContentDecodingError, AnswerTooLarge,
        AnswerInvalid and DeadlineExceeded. What they say holds nothing of the request or answer.
        """
        connect_seconds, read_seconds = timeout
        base, target = _split(request.url or "")
        pool = self._pools.get(base) or self._add_pool(base)
        message = _message(request, target, pool.host_field)
        kept = pool.take()
        if kept is not None:
            try:
                return self._exchange(request, message, kept, pool, read_seconds)
            except ClosedBeforeAnswer:
                if request.method not in _SAFE:
                    raise
        opened = connect(pool.origin, connect_seconds)
        return self._exchange(request, message, opened, pool, read_seconds)

    def _add_pool(self, base: str) -> ConnectionPool:
        parts = urlsplit(base)
        context = self._context if parts.scheme == "https" else None
        origin = Origin(parts.hostname or "", parts.port or _PORTS[parts.scheme], context)
        return self._pools.setdefault(base, ConnectionPool(origin, self._pool_size, self._clock))

    def _exchange(
        self,
        request: requests.PreparedRequest,
        message: bytes,
        connection: HttpConnection,
        pool: ConnectionPool,
        seconds: float,
    ) -> WholeResponse:
        answer = AnswerReader(request.method or "")
        try:
            is_sent = _send(connection, message, seconds)
            body = _read(connection, answer, self._max_bytes, seconds)
        except BaseException:
            connection.close()
            raise
        if is_sent and answer.may_be_followed:
            pool.give_back(connection)
        else:
            connection.close()
        return WholeResponse(request, answer, self._decoded(body, answer))

    def _decoded(self, body: bytes, answer: AnswerReader) -> bytes:
        coding = answer.field(b"content-encoding") if body else None
        if coding is None:
            return body
        try:
            content = decoded(body, coding.decode("latin-1"), self._max_bytes)
        except CodingInvalid as error:
            raise requests.exceptions.ContentDecodingError("the content coding") from error
        if len(content) > self._max_bytes:
            raise AnswerTooLarge("more than it may be, decoded")
        return content

    def close(self) -> None:
        """Close the connections that are kept."""
        for pool in list(self._pools.values()):
            pool.close()


def _split(url: str) -> tuple[str, str]:
    """Return scheme and authority, and the request target; a path always follows an origin here."""
    start = url.find("/", url.find("://") + 3)
    return (url[:start], url[start:]) if start > 0 else (url, "/")


def _message(request: requests.PreparedRequest, target: str, host_field: str) -> bytes:
    """Return the request as it is sent; raises ValueError for what could be read as another."""
    if not _TARGET.fullmatch(target):
        raise ValueError("a request target of characters that a URL does not have")
    fields = dict(request.headers.items())
    body = request.body or b""
    if isinstance(body, str):
        body = body.encode()
    if (body or request.method not in _SAFE) and "Content-Length" not in request.headers:
        fields["Content-Length"] = str(len(body))
    is_unfit = "" in fields or not _NAMES.fullmatch("".join(fields))
    if is_unfit or _ENDS_A_LINE.search("".join(fields.values())):
        raise ValueError("a header field of characters that it may not have")
    host = "" if "Host" in request.headers else f"Host: {host_field}\r\n"
    lines = [f"{name}: {value}" for name, value in fields.items()]
    try:
        start = f"{request.method} {target} HTTP/1.1\r\n{host}"
        head = (start + "\r\n".join((*lines, "", ""))).encode("latin-1")
    except UnicodeEncodeError:
        # The error itself would hold the fields.
        raise ValueError("a header field of characters that it may not have") from None
    return head + body


def _send(connection: HttpConnection, message: bytes, seconds: float) -> bool:
    """Send what the other side takes; False when it closed: it may have answered before."""
    try:
        connection.send(message, seconds)
    except DeadlineExceeded:
        raise
    except TimeoutError as error:
        raise requests.ReadTimeout("the other side is silent") from error
    except OSError:
        return False
    return True


def _read(
    connection: HttpConnection, answer: AnswerReader, max_bytes: int, seconds: float
) -> bytes:
    """Read the whole answer and return its body; raises what Transport.send does."""
    parts: list[bytes] = []
    size = 0
    has_begun = False
    while not answer.is_whole:
        data = _receive(connection, seconds, has_begun=has_begun)
        if data:
            answer.feed(data)
            has_begun = True
        elif has_begun:
            answer.end()
        else:
            raise ClosedBeforeAnswer("closed without an answer")
        if answer.body:
            # Joined at once: a body may come in chunks of a byte each.
            part = b"".join(answer.body)
            answer.body.clear()
            parts.append(part)
            size += len(part)
        if size > max_bytes or (answer.has_body and (answer.length or 0) > max_bytes):
            raise AnswerTooLarge("more than it may be")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _receive(connection: HttpConnection, seconds: float, *, has_begun: bool) -> bytes:
    try:
        return connection.receive(seconds)
    except DeadlineExceeded:
        raise
    except TimeoutError as error:
        raise requests.ReadTimeout("the other side is silent") from error
    except OSError as error:
        if has_begun:
            raise requests.ConnectionError("the connection broke off") from error
        raise ClosedBeforeAnswer("the connection broke off before an answer") from error
