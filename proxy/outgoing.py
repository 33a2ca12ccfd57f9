"""The one door for outgoing HTTP: fixed hosts, pooled connections, bounded waits, no surprises.

A prepared request goes straight to the transport adapter. There is no `requests.Session` between
them, hence no redirects, no environment proxies, no netrc and no cookie jar to switch off.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError

from proxy.deadline import CONNECT_SECONDS, DeadlineExceeded, pool_classes, remaining, tls_context

READ_SECONDS = 10.0
# Told of every call: upstream, method, status (None without an answer), seconds.
Observer = Callable[[str, str, int | None, float], None]
MAX_ANSWER_BYTES = 2 * 1024 * 1024
# One waiting request holds one connection, so there are as many as the most threads that a process
# may have; above this a connection is opened and thrown away.
POOL_SIZE = 1_000


class UpstreamUnavailable(Exception):
    """The upstream did not answer usefully: down, slow, rate limiting, or talking nonsense.

    `retry_after` is the number of seconds it asked us to wait, when it said so.
    """

    def __init__(self, upstream: str, cause: str, retry_after: int | None = None) -> None:
        super().__init__(f"{upstream}: {cause}")
        self.upstream = upstream
        self.cause = cause
        self.retry_after = retry_after


class UpstreamRefused(Exception):
    """The upstream answered that it will not do this (a 4xx that a retry cannot help)."""

    def __init__(self, upstream: str, status: int, code: str = "") -> None:
        super().__init__(f"{upstream}: refused with {status} {code}".rstrip())
        self.upstream = upstream
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """An upstream's answer below 500: status, body read whole, and headers."""

    upstream: str
    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def json_object(self) -> dict[str, Any]:
        """Return the body as a JSON object; raises UpstreamUnavailable when it is not one."""
        value = self._json()
        if not isinstance(value, dict):
            raise UpstreamUnavailable(self.upstream, f"{self.status} without a JSON object")
        return value

    def json_array(self) -> list[Any]:
        """Return the body as a JSON array; raises UpstreamUnavailable when it is not one."""
        value = self._json()
        if not isinstance(value, list):
            raise UpstreamUnavailable(self.upstream, f"{self.status} without a JSON array")
        return value

    def _json(self) -> Any:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class _Transport(HTTPAdapter):
    """requests' adapter with one preloaded TLS context and sockets that keep to the deadline."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=8, pool_maxsize=POOL_SIZE)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = pool_classes()

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:  # noqa: ARG002 - requests' signature
        # requests would name the CA bundle here, and urllib3 would load it for each connection.
        conn.cert_reqs = "CERT_REQUIRED"


class Upstream:
    """One outside system at one fixed origin."""

    def __init__(
        self, name: str, base_url: str, user_agent: str, transport: HTTPAdapter, observe: Observer
    ) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self._user_agent = user_agent
        self._transport = transport
        self._observe = observe

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> Answer:
        """Send one request to `path` (which starts with "/") and read the whole answer.

        `read_seconds` is the longest silence, within the deadline in force.
        Raises UpstreamUnavailable for connection failures, timeouts, 429, every 5xx, redirects and
        answers larger than MAX_ANSWER_BYTES. Other statuses are the caller's to judge.
        """
        prepared = requests.Request(
            method,
            self.base_url + path,
            headers={"User-Agent": self._user_agent, **headers},
            data=body,
        ).prepare()
        started = time.perf_counter()
        status: int | None = None
        try:
            status, headers, content = self._exchange(prepared, read_seconds)
        finally:
            self._observe(self.name, method, status, time.perf_counter() - started)
        if status == 429 or status >= 500:
            retry_after = _seconds(headers.get("Retry-After"))
            raise UpstreamUnavailable(self.name, f"answered {status}", retry_after)
        if 300 <= status < 400:
            raise UpstreamUnavailable(self.name, f"redirects ({status}), which is never followed")
        return Answer(self.name, status, content, headers)

    def is_reachable(self) -> bool:
        """Tell whether anything below 500 is answered; without credentials a refusal counts too."""
        headers = {"User-Agent": self._user_agent, "Accept": "application/json"}
        prepared = requests.Request("GET", self.base_url + "/", headers=headers).prepare()
        try:
            status, *_ = self._exchange(prepared, READ_SECONDS)
        except UpstreamUnavailable:
            return False
        return status < 500

    def _exchange(
        self, prepared: requests.PreparedRequest, read_seconds: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        try:
            timeouts = (remaining(CONNECT_SECONDS), remaining(read_seconds))
            response = self._transport.send(prepared, stream=True, timeout=timeouts)
            try:
                content = response.raw.read(MAX_ANSWER_BYTES + 1, decode_content=True)
            finally:
                # A body read to its end has given its connection back; any other is cut off here.
                response.raw.close()
        except (requests.RequestException, HTTPError, OSError) as error:
            raise UpstreamUnavailable(self.name, type(error).__name__) from error
        if len(content) > MAX_ANSWER_BYTES:
            raise UpstreamUnavailable(self.name, "answered more than it may")
        return response.status_code, response.headers, content


class Upstreams:
    """Makes the upstreams of one process, which share a TLS context (`tls`) and connections."""

    def __init__(self, user_agent: str, observe: Observer) -> None:
        self.tls = tls_context(DEFAULT_CA_BUNDLE_PATH)
        self._user_agent = user_agent
        self._transport = _Transport(self.tls)
        self._observe = observe

    def at(self, name: str, base_url: str) -> Upstream:
        """Return the upstream called `name` (for logs and problems) at `base_url`."""
        return Upstream(name, base_url, self._user_agent, self._transport, self._observe)


@contextmanager
def bounded_lock(lock: threading.Lock, upstream: str) -> Iterator[None]:
    """Hold `lock`, waiting for whoever calls `upstream` under it no longer than a call may take.

    Raises UpstreamUnavailable.
    """
    try:
        is_held = lock.acquire(timeout=remaining(READ_SECONDS))
    except DeadlineExceeded:
        is_held = False
    if not is_held:
        raise UpstreamUnavailable(upstream, "another request still waits for it")
    try:
        yield
    finally:
        lock.release()


def _seconds(text: str | None) -> int | None:
    """Read a `Retry-After` in seconds; its date form (RFC 9110 10.2.3) counts as not given."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 5:
        return None
    return int(text)
