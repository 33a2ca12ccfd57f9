"""Everything that is not ours goes to the marketplace frontend, streamed both ways."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from flask import Request, Response, g
from urllib3 import HTTPHeaderDict, PoolManager, Timeout
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from proxy.bodies import client_faults
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
_CONNECT_SECONDS = 4.0
# Heroku's router: 30 s to the first byte, then 55 s between bytes.
_READ_SECONDS = 28.0
_CHUNK_BYTES = 64 * 1024
_PATH = re.compile(r"/[!-~]*")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Frontend:
    """The marketplace frontend behind this proxy."""

    def __init__(self, base_url: str, tls: ssl.SSLContext) -> None:
        self._base_url = base_url
        self._pool = PoolManager(num_pools=1, maxsize=POOL_SIZE, ssl_context=tls, retries=False)

    def pass_through(self, request: Request) -> Response:
        """Send the request on and return the frontend's answer as it comes.

        Cookies, `Set-Cookie`, redirects, ranges and encodings stay as they are. Raises Problem
        `frontend-unavailable`.
        """
        url = self._base_url + _target(request)
        request.max_content_length = None
        try:
            answer = self._pool.request(
                request.method,
                url,
                headers=_request_headers(request),
                body=_body(request),
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
                timeout=Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
            )
        except (HTTPError, OSError) as error:
            raise Problem("frontend-unavailable", cause=type(error).__name__) from error
        g.is_passed_through = True
        return _response(answer)


def _target(request: Request) -> str:
    """Return the path and query as they came, escapes included; never another host's."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
    if not raw.startswith("/"):
        parts = urlsplit(raw)
        raw = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not _PATH.fullmatch(raw):
        raise Problem("bad-request")
    # One bare "%", as in a typed query, and urllib3 would escape all the good escapes once more.
    return _BARE_PERCENT.sub("%25", raw)


def _request_headers(request: Request) -> HTTPHeaderDict:
    named = _named_in_connection(request.headers.get("Connection", ""))
    headers = HTTPHeaderDict()
    for name, value in request.headers:
        if name.lower() not in _HOP_BY_HOP | named | {"host", "content-length", "x-forwarded-for"}:
            headers.add(name, value)
    if request.content_length is not None:
        headers["Content-Length"] = str(request.content_length)
    headers["Host"] = request.host
    chain = [request.headers.get("X-Forwarded-For"), request.remote_addr]
    headers["X-Forwarded-For"] = ", ".join(part for part in chain if part)
    headers.setdefault("X-Forwarded-Proto", request.scheme)
    headers.setdefault("X-Forwarded-Host", request.host)
    headers["X-Request-Id"] = g.request_id
    return headers


def _named_in_connection(value: str) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in value.split(","))


def _body(request: Request) -> Iterator[bytes] | None:
    """Return the body as a stream; None when there is none."""
    coding = request.headers.get("Transfer-Encoding", "")
    if request.content_length is None and "chunked" not in coding.lower():
        return None
    return _chunks(request)


def _chunks(request: Request) -> Iterator[bytes]:
    with client_faults():
        yield from iter(lambda: request.stream.read(_CHUNK_BYTES), b"")


def _response(answer: BaseHTTPResponse) -> Response:
    named = _named_in_connection(answer.headers.get("Connection", ""))
    response = Response(_stream(answer), status=answer.status, direct_passthrough=True)
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
