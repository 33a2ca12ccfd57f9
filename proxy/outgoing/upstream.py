"""The one door for outgoing HTTP: fixed hosts, pooled connections, bounded waits, no surprises.

A prepared request goes straight to the transport adapter (`proxy.outgoing.transport`). There is no
`requests.Session` between them, hence no redirects, no environment proxies, no netrc and no cookie
jar to switch off.
"""

from __future__ import annotations

import codecs
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from proxy.lenient_json import null_members, read_lenient
from proxy.outgoing.causes import cause_of, status_cause
from proxy.outgoing.deadline import CONNECT_SECONDS, DeadlineExceeded, remaining, tls_context
from proxy.outgoing.keyed_locks import KeyedLocks
from proxy.outgoing.places import NoPlace, Places
from proxy.outgoing.transport import Transport, WholeResponse
from proxy.settings import THREADS
from proxy.wire.answer_reader import AnswerInvalid

READ_SECONDS = 10.0
# Told of every call: upstream, method, status (None without an answer), seconds.
Observer = Callable[[str, str, int | None, float], None]
MAX_ANSWER_BYTES = 2 * 1024 * 1024
# One waiting request holds one connection, so there are as many as the most threads that a process
# may have; above this a connection is opened and thrown away.
POOL_SIZE = 1_000
_NO_PLACE = "too many calls under way"
_STILL_WAITS = "another request still waits for it"


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
    """An upstream's answer: status, body read whole, and headers."""

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

    def agreed_object(self, *telling: str) -> dict[str, Any]:
        """Return what `json_object` does, with null for members that contradict themselves.

        For answers in which a verdict stands: of two, the last one must not win. Of the `telling`
        members a null says something too, so one that merely cannot be read is no use:
        UpstreamUnavailable.
        """
        value = self._legible()
        if not isinstance(value, dict):
            raise UpstreamUnavailable(self.upstream, f"{self.status} without a JSON object")
        nulls = [name for name in telling if name in value and value[name] is None]
        if nulls and not null_members(self.body.removeprefix(codecs.BOM_UTF8)).issuperset(nulls):
            raise UpstreamUnavailable(self.upstream, f"{self.status} contradicts itself")
        return value

    def json_array(self) -> list[Any]:
        """Return the body as a JSON array; raises UpstreamUnavailable when it is not one."""
        value = self._json()
        if not isinstance(value, list):
            raise UpstreamUnavailable(self.upstream, f"{self.status} without a JSON array")
        return value

    def _json(self) -> Any:
        """Return the body's value, None where it is not JSON; a byte order mark is skipped."""
        try:
            return json.loads(self.body)
        except UnicodeDecodeError:
            return self._legible()
        except (ValueError, RecursionError):
            return None

    def _legible(self) -> Any:
        """Return the value of a body as `read_lenient` does: a name must not cost the answer."""
        try:
            return read_lenient(self.body.removeprefix(codecs.BOM_UTF8))
        except (ValueError, RecursionError):
            return None


class Reachable(Protocol):
    """An outside system that can be asked for a sign of life."""

    @property
    def name(self) -> str:
        """Its name in answers."""

    def why_unreachable(self) -> str | None:
        """Return why it does not answer (`proxy.outgoing.causes`), None when it does.

        Within the deadline in force.
        """


class Upstream:
    """One outside system at one fixed origin."""

    def __init__(
        self,
        name: str,
        base_url: str,
        user_agent: str,
        transport: Transport,
        places: Places,
        observe: Observer,
    ) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self._user_agent = user_agent
        self._transport = transport
        self._places = places
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
        answers larger than MAX_ANSWER_BYTES, and when too many calls are under way already
        (`proxy.outgoing.places`). Other statuses are the caller's to judge. Raises ValueError for a
        path or header that cannot be sent.
        """
        answer = self.look(method, path, headers=headers, body=body, read_seconds=read_seconds)
        status = answer.status
        if status == 429 or status >= 500:
            retry_after = _seconds(answer.headers.get("Retry-After"))
            raise UpstreamUnavailable(self.name, status_cause(status), retry_after)
        if 300 <= status < 400:
            raise UpstreamUnavailable(self.name, f"redirects ({status}), which is never followed")
        return answer

    def look(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> Answer:
        """Send one request as `request` does, and return its answer whatever the status.

        For who wants to know what answers there. Raises UpstreamUnavailable where nothing does.
        """
        prepared = self._prepared(method, path, headers, body)
        started = time.perf_counter()
        status: int | None = None
        try:
            with self._places.taken(self.name):
                response = self._exchange(prepared, read_seconds)
            status = response.status_code
        except NoPlace as error:
            raise UpstreamUnavailable(self.name, _NO_PLACE) from error
        finally:
            self._observe(self.name, method, status, time.perf_counter() - started)
        return Answer(self.name, status, response.content, response.fields)

    @contextmanager
    def alone(self, lock: threading.Lock) -> Iterator[None]:
        """Hold `lock`, under which it is called, waiting no longer than a call may take.

        Whoever waits has a place already, like whoever calls. Raises UpstreamUnavailable.
        """
        try:
            with self._places.taken(self.name), _held(lock, self.name):
                yield
        except NoPlace as error:
            raise UpstreamUnavailable(self.name, _NO_PLACE) from error

    @contextmanager
    def in_turn(self, locks: KeyedLocks, key: str) -> Iterator[None]:
        """Hold the lock of `key`, as `alone` holds a lock. Raises UpstreamUnavailable."""
        try:
            with (
                self._places.taken(self.name),
                locks.hold(key, _patience(self.name)) as is_held,
            ):
                if not is_held:
                    raise UpstreamUnavailable(self.name, _STILL_WAITS)
                yield
        except NoPlace as error:
            raise UpstreamUnavailable(self.name, _NO_PLACE) from error

    def why_unreachable(self) -> str | None:
        """Return why nothing below 500 is answered, None when it is; a refusal is an answer."""
        prepared = self._prepared("GET", "/", {"Accept": "application/json"}, None)
        try:
            status = self._exchange(prepared, READ_SECONDS).status_code
        except UpstreamUnavailable as error:
            return error.cause
        return None if status < 500 else status_cause(status)

    def _prepared(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> requests.PreparedRequest:
        """Return a request with our own fields; requests' preparing would change and add others."""
        prepared = requests.PreparedRequest()
        prepared.method = method
        prepared.url = self.base_url + path
        prepared.headers = CaseInsensitiveDict(
            {"User-Agent": self._user_agent, "Accept-Encoding": "identity", **headers}
        )
        prepared.body = body
        return prepared

    def _exchange(self, prepared: requests.PreparedRequest, read_seconds: float) -> WholeResponse:
        try:
            return self._transport.send(prepared, timeout=(CONNECT_SECONDS, read_seconds))
        except (requests.RequestException, AnswerInvalid, DeadlineExceeded) as error:
            raise UpstreamUnavailable(self.name, cause_of(error)) from error


class Upstreams:
    """Makes the upstreams of one process, which share a TLS context (`tls`) and connections.

    `threads` is the number of threads that the process serves with.
    """

    def __init__(self, user_agent: str, observe: Observer, threads: int = THREADS) -> None:
        self.tls = tls_context(DEFAULT_CA_BUNDLE_PATH)
        self._user_agent = user_agent
        self._transport = Transport(self.tls, max_bytes=MAX_ANSWER_BYTES, pool_size=POOL_SIZE)
        self._places = Places(threads)
        self._observe = observe

    @property
    def under_way(self) -> dict[tuple[str, str], int]:
        """How many calls are under way, by upstream and lane."""
        return self._places.under_way

    def at(self, name: str, base_url: str) -> Upstream:
        """Return the upstream called `name` (for logs and problems) at `base_url`."""
        return Upstream(
            name, base_url, self._user_agent, self._transport, self._places, self._observe
        )


@contextmanager
def _held(lock: threading.Lock, upstream: str) -> Iterator[None]:
    if not lock.acquire(timeout=_patience(upstream)):
        raise UpstreamUnavailable(upstream, _STILL_WAITS)
    try:
        yield
    finally:
        lock.release()


def _patience(upstream: str) -> float:
    """Return for how many seconds a call may wait; raises UpstreamUnavailable when none is left."""
    try:
        return remaining(READ_SECONDS)
    except DeadlineExceeded:
        raise UpstreamUnavailable(upstream, _STILL_WAITS) from None


def _seconds(text: str | None) -> int | None:
    """Read a `Retry-After` in seconds; its date form (RFC 9110 10.2.3) counts as not given."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 5:
        return None
    return int(text)
