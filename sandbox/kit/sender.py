"""Sends what a vendor tells: one delivery after another, again where need be, never off loopback.

The vendor makes the bodies and signs them; here is how they travel.
"""

import contextlib
import http.client
import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from sandbox.hops import HopLog
from sandbox.kit.router import HOST, forwarded_for, led
from sandbox.kit.rudeness import CallbackMode

NO_ANSWER = (OSError, http.client.HTTPException, HTTPError, requests.RequestException)
LONGEST_WAIT_SECONDS = 60.0
REPEATS = 3
CALLBACKS = "/callbacks/"

Headers = list[tuple[str, str]]


@dataclass(slots=True, kw_only=True)
class Delivery:
    """Something to be told to the proxy; `statuses` gets one entry an attempt, None for no answer.

    `url` answers where to at each attempt, None once nobody wants it any more; `prove` makes the
    headers that each attempt has anew, such as a signature with its time. `settled` hears each
    status, and answers whether that was the last attempt; else there are `retries` more, each
    `retry_delay` seconds later. An answer is waited for `answer_seconds`; where a body is `wanted`,
    2xx with another counts as none. `note` says in words what it is, for the hop log.
    `address` is who sends it, as the router in front of the proxy sees it, and `claimed` what the
    sender has written into `X-Forwarded-For` itself.
    """

    caller: str
    url: Callable[[], str | None]
    headers: Headers
    body: bytes
    note: str
    settled: Callable[[int | None], bool]
    prove: Callable[[], Headers] = list
    retries: int = 0
    retry_delay: float = 0.0
    answer_seconds: float = 10.0
    address: str = HOST
    claimed: str = ""
    wanted: bytes | None = None
    statuses: list[int | None] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def again(self) -> "Delivery":
        """Return the same delivery, not sent yet."""
        kept = {name: getattr(self, name) for name in self.__slots__}
        return Delivery(**{**kept, "statuses": [], "done": threading.Event()})


class Sender:
    """Delivers in the order of `post`, from a thread of its own; never follows a redirect."""

    def __init__(self, hops: HopLog | None) -> None:
        """Start idle; every attempt is logged in `hops`."""
        self._hops = hops
        self._queue: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._undone = 0
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._open: set[HTTPConnection] = set()
        self._held: list[Delivery] = []
        self._newest_first = False

    def dispatch(self, mode: CallbackMode, due: Iterable[Delivery]) -> list[Delivery]:
        """Do with deliveries what `mode` says, and return those that are on their way.

        What `reorder` holds is released newest first.
        """
        if mode == "lose":
            return []
        if mode in {"delay", "reorder"}:
            with self._changed:
                self._held += due
                self._newest_first = mode == "reorder"
            return []
        if mode == "repeat":
            due = [one.again() for one in due for _ in range(REPEATS)]
        return [self.post(one) for one in due]

    def release(self) -> list[Delivery]:
        """Send what has been held back, in the order of the mode that held it last."""
        with self._changed:
            held, self._held = self._held, []
            if self._newest_first:
                held.reverse()
        return [self.post(one) for one in held]

    def post(self, delivery: Delivery) -> Delivery:
        """Queue `delivery` and return it; raises RuntimeError after `close()`."""
        with self._changed:
            if self._closed.is_set():
                raise RuntimeError("the simulated vendor is closed")
            if self._thread is None:
                name = f"{delivery.caller.lower()}-callbacks"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()
            self._undone += 1
            self._queue.put(delivery)
        return delivery

    def wait(self, timeout: float) -> bool:
        """Return whether everything posted so far is delivered within `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._undone == 0, timeout)

    def close(self) -> None:
        """Cut off what is under way, drop what is behind it and end the thread."""
        with self._changed:
            self._closed.set()
            thread = self._thread
            sockets = [connection.sock for connection in self._open]
        for open_socket in filter(None, sockets):
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
        self._queue.put(None)
        if thread is not None:
            thread.join()

    def send(self, delivery: Delivery) -> requests.Response:
        """Attempt `delivery` once, from the calling thread; return the answer, read whole.

        Raises ValueError for an address that is not on loopback, and one of `NO_ANSWER` where no
        answer comes; both are logged as hops without a status.
        """
        began = time.perf_counter()
        url, note, status = led(delivery.url() or ""), delivery.note, None
        try:
            require_loopback(url)
            answer = self._exchange(delivery, url)
            status = answer.status_code
        except ValueError as refusal:
            note = f"not sent: {refusal}"
            raise
        finally:
            if self._hops is not None:
                milliseconds = (time.perf_counter() - began) * 1000
                path = _shown(urlsplit(url).path)
                self._hops.add(delivery.caller, "proxy", "POST", path, status, milliseconds, note)
        return answer

    def _run(self) -> None:
        while (delivery := self._queue.get()) is not None:
            try:
                self._deliver(delivery)
            finally:
                delivery.done.set()
                with self._changed:
                    self._undone -= 1
                    self._changed.notify_all()

    def _deliver(self, delivery: Delivery) -> None:
        for attempt in range(delivery.retries + 1):
            if attempt:
                self._closed.wait(delivery.retry_delay)
            if self._closed.is_set() or delivery.url() is None:
                return
            status = None
            with contextlib.suppress(ValueError, *NO_ANSWER):
                answer = self.send(delivery)
                is_wanted = delivery.wanted in (None, answer.content)
                if is_wanted or not 200 <= answer.status_code < 300:
                    status = answer.status_code
            delivery.statuses.append(status)
            if delivery.settled(status):
                return

    def _exchange(self, delivery: Delivery, url: str) -> requests.Response:
        parts = urlsplit(url)
        connection = HTTPConnection(
            parts.hostname or "", parts.port, timeout=delivery.answer_seconds
        )
        with self._changed:
            self._open.add(connection)
        try:
            headers = [
                *delivery.headers,
                *delivery.prove(),
                forwarded_for(delivery.address, delivery.claimed),
            ]
            return exchange(connection, url, headers, delivery.body)
        finally:
            with self._changed:
                self._open.discard(connection)
            connection.close()


def exchange(
    connection: HTTPConnection, url: str, headers: Headers, body: bytes | list[bytes]
) -> requests.Response:
    """Post `body` over a connection of its own, since that allows to send a header twice.

    A list of bytes goes in so many pieces with chunked transfer coding (RFC 9112, 7.1). Returns the
    answer, read whole; raises one of `NO_ANSWER`, and ValueError for what HTTP cannot carry.
    """
    target = urlsplit(url)._replace(scheme="", netloc="", fragment="").geturl() or "/"
    sent = HTTPHeaderDict([*headers, ("Connection", "close")])
    chunked = isinstance(body, list)
    connection.request("POST", target, body, sent, preload_content=False, chunked=chunked)
    request = requests.Request("POST", url).prepare()
    answer = HTTPAdapter().build_response(request, connection.getresponse())
    _ = answer.content  # read before the connection is closed
    return answer


def statuses(deliveries: list[Delivery], *, wait: bool = True) -> list[int | None]:
    """Return what answered each attempt; without `wait`, those answers that are known so far."""
    if wait:
        for delivery in deliveries:
            delivery.done.wait(LONGEST_WAIT_SECONDS)
    return [status for delivery in deliveries for status in delivery.statuses]


def is_loopback(host: str) -> bool:
    """Return whether a host name or IP address stands for this machine."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_loopback(url: str) -> None:
    """Refuse an address outside this machine, to which a sandbox sends nothing: ValueError."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
        raise ValueError("not a loopback address")


def _shown(path: str) -> str:
    """Return a path without what follows a vendor's callback route: that may hold a secret."""
    route, found, rest = path.partition(CALLBACKS)
    vendor, slash, _ = rest.partition("/")
    return f"{route}{found}{vendor}/…" if slash else path
