"""Everything that is not ours goes to the marketplace frontend, streamed both ways."""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

from flask import Request, Response, g
from urllib3 import HTTPHeaderDict, PoolManager, Timeout
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse
from urllib3.util import SKIP_HEADER

from proxy.bodies import client_faults
from proxy.deadline import CONNECT_SECONDS, counted_receives, pool_classes, uncounted
from proxy.outgoing import POOL_SIZE
from proxy.problems import Problem

# RFC 9110 7.6.1: meant for one connection only.
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# Told anew: what a client claims here would be believed as ours. Its X-Forwarded-For is kept, to
# the left of the address that we saw, as every proxy does.
_FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"})
# Heroku's router waits 30 s for the first byte.
_READ_SECONDS = 28.0
# A frontend that hangs must leave threads for our own routes (a small dyno has 200 of them).
_MOST_UNDER_WAY = 150
_CHUNK_BYTES = 64 * 1024
_PATH = re.compile(r"/[!-~]*")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Frontend:
    """The marketplace frontend behind this proxy."""

    def __init__(self, base_url: str, tls: ssl.SSLContext, *, believes_proto: bool) -> None:
        """Take where it is, the TLS context, and whether a trusted proxy tells the scheme."""
        self._base_url = base_url
        self._host = urlsplit(base_url).netloc
        self._believes_proto = believes_proto
        self._pool = PoolManager(num_pools=1, maxsize=POOL_SIZE, ssl_context=tls, retries=False)
        self._pool.pool_classes_by_scheme = pool_classes()
        self._places = threading.BoundedSemaphore(_MOST_UNDER_WAY)

    def pass_through(self, request: Request) -> Response:
        """Send the request on and return the frontend's answer as it comes.

        Cookies, `Set-Cookie`, redirects, ranges and encodings stay as they are; the path is
        normalised (RFC 3986 6.2.2). `Host` is the frontend's own, since routers choose by it, and
        `X-Forwarded-Host` the one asked for. Raises Problem `frontend-unavailable`.
        """
        if not self._places.acquire(blocking=False):
            raise Problem("frontend-unavailable", cause="too many requests under way")
        with ExitStack() as until_failed:
            until_failed.callback(self._places.release)
            answer = self._exchange(request)
            g.is_passed_through = True
            response = _response(answer, request.method)
            response.call_on_close(until_failed.pop_all().close)
        return response

    def _exchange(self, request: Request) -> BaseHTTPResponse:
        url = self._base_url + _target(request)
        request.max_content_length = None
        try:
            with uncounted():
                return self._pool.request(
                    request.method,
                    url,
                    headers=self._request_headers(request),
                    body=_body(request),
                    redirect=False,
                    retries=False,
                    preload_content=False,
                    decode_content=False,
                    timeout=Timeout(connect=CONNECT_SECONDS, read=_READ_SECONDS),
                )
        except (HTTPError, OSError) as error:
            raise Problem("frontend-unavailable", cause=type(error).__name__) from error

    def _request_headers(self, request: Request) -> HTTPHeaderDict:
        named = _named_in_connection(request.headers.get("Connection", ""))
        dropped = _HOP_BY_HOP | _FORWARDED | named | {"host", "content-length"}
        headers = HTTPHeaderDict()
        for name, value in request.headers:
            if name.lower() not in dropped:
                headers.add(name, value)
        if request.content_length is not None:
            headers["Content-Length"] = str(request.content_length)
        for name in ("User-Agent", "Accept-Encoding"):
            headers.setdefault(name, SKIP_HEADER)  # else urllib3 adds its own
        chain = [request.headers.get("X-Forwarded-For"), request.remote_addr]
        headers["Host"] = self._host
        headers["X-Forwarded-For"] = ", ".join(part for part in chain if part)
        headers["X-Forwarded-Host"] = request.host
        headers["X-Forwarded-Proto"] = self._scheme(request)
        headers["X-Request-Id"] = g.request_id
        return headers

    def _scheme(self, request: Request) -> str:
        told = request.headers.get("X-Forwarded-Proto", "")
        return told if self._believes_proto and told in ("http", "https") else request.scheme


def _target(request: Request) -> str:
    """Return path and query with their escapes; never another host's."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
    if not raw.startswith("/"):
        parts = urlsplit(raw)
        raw = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not _PATH.fullmatch(raw):
        raise Problem("bad-request")
    # One bare "%", as in a typed query, and urllib3 would escape all the good escapes once more.
    return _BARE_PERCENT.sub("%25", raw)


def _named_in_connection(value: str) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in value.split(","))


def _body(request: Request) -> Iterator[bytes] | None:
    """Return the body as a stream; None when there is none."""
    coding = request.headers.get("Transfer-Encoding", "")
    if request.content_length is None and "chunked" not in coding.lower():
        return None
    return _chunks(request)


def _chunks(request: Request) -> Iterator[bytes]:
    with client_faults(), counted_receives(request.environ.get("gunicorn.socket")):
        yield from iter(lambda: request.stream.read(_CHUNK_BYTES), b"")


def _response(answer: BaseHTTPResponse, method: str) -> Response:
    named = _named_in_connection(answer.headers.get("Connection", ""))
    has_body = method != "HEAD" and answer.status not in (204, 304)
    if not has_body:
        answer.drain_conn()  # nothing to wait for, and the connection can be used again
    # Not direct_passthrough: Werkzeug would then not call what call_on_close is given.
    response = Response(_stream(answer) if has_body else iter(()), status=answer.status)
    response.headers.clear()
    for name, value in answer.headers.iteritems():
        if name.lower() not in _HOP_BY_HOP | named:
            response.headers.add(name, value)
    response.call_on_close(answer.close)
    return response


def _stream(answer: BaseHTTPResponse) -> Iterator[bytes]:
    """Yield the body as it arrives; what breaks half-way ends the connection, not in a 200."""
    while chunk := answer.read1(_CHUNK_BYTES, decode_content=False):
        yield chunk
