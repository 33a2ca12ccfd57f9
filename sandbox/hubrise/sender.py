"""Delivers events one after another from a background thread; never leaves this machine.

What counts as received: "Active Callbacks" in "Callbacks", read 2026-11-20.
"""

import contextlib
import hashlib
import hmac
import http.client
import ipaddress
import queue
import socket
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from sandbox.hops import HopLog
from sandbox.hubrise.connections import Connection
from sandbox.hubrise.events import Event

SIGNATURE_HEADER = "X-HubRise-Hmac-SHA256"
USER_AGENT = "HubRiseSandbox Callback/1.0"
CALLBACK_PATH = "/callbacks/hubrise/"
NO_ANSWER = (OSError, http.client.HTTPException, HTTPError, requests.RequestException)

Headers = list[tuple[str, str]]


def signature(secret: str, body: bytes) -> str:
    """Return the hexadecimal HMAC-SHA256 of `body`: "Event Signatures" in "Callbacks"."""
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def acknowledges(status: int | None) -> bool:
    """Return whether an answer makes the vendor delete the event: any from 200 to 499 does."""
    return status is not None and 200 <= status <= 499


@dataclass(slots=True)
class Delivery:
    """An event on its way; `statuses` gets one entry per attempt, None where no answer came."""

    connection: Connection
    event: Event
    body: bytes
    headers: Headers
    retries: int
    retry_delay: float
    answer_seconds: float
    statuses: list[int | None] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


class CallbackSender:
    """Delivers in the order of `post`; never follows a redirect."""

    def __init__(self, hops: HopLog | None) -> None:
        """Start idle; the thread begins with the first delivery."""
        self._hops = hops
        self._queue: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._undone = 0
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._open: set[HTTPConnection] = set()

    def post(self, delivery: Delivery) -> Delivery:
        """Queue `delivery` and return it; raises RuntimeError after `close()`."""
        with self._changed:
            if self._closed.is_set():
                raise RuntimeError("the simulated vendor is closed")
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="hubrise-callbacks", daemon=True
                )
                self._thread.start()
            self._undone += 1
            self._queue.put(delivery)
        return delivery

    def wait(self, timeout: float) -> bool:
        """Return whether everything posted so far is delivered within `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._undone == 0, timeout)

    def close(self) -> None:
        """Cut off what is under way, drop those behind it and end the thread."""
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

    def send(
        self, caller: str, url: str, headers: Headers, body: bytes, seconds: float, note: str
    ) -> requests.Response:
        """Send one callback now, from the calling thread, and return the answer, read whole.

        Raises ValueError for an address outside this machine, and one of `NO_ANSWER` where no
        answer comes; both are logged as hops without a status.
        """
        began = time.perf_counter()
        status = None
        parts = urlsplit(url)
        try:
            _check_loopback(parts)
            answer = self._exchange(parts, headers, body, seconds)
            status = answer.status_code
        except ValueError as refusal:
            note = f"not sent: {refusal}"
            raise
        finally:
            if self._hops is not None:
                milliseconds = (time.perf_counter() - began) * 1000
                path = _shown(parts.path)
                self._hops.add(caller, "proxy", "POST", path, status, milliseconds, note)
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
            url = delivery.connection.callback_url
            if self._closed.is_set() or url is None or delivery.connection.dead:
                return
            status = self._attempt(delivery, url)
            delivery.statuses.append(status)
            if acknowledges(status):
                delivery.connection.pending.pop(delivery.event.id, None)
                return

    def _attempt(self, delivery: Delivery, url: str) -> int | None:
        try:
            answer = self.send(
                "HubRise",
                url,
                delivery.headers,
                delivery.body,
                delivery.answer_seconds,
                delivery.event.name,
            )
        except (ValueError, *NO_ANSWER):
            return None
        return answer.status_code

    def _exchange(
        self, parts: SplitResult, headers: Headers, body: bytes, seconds: float
    ) -> requests.Response:
        """Exchange over a connection of its own, since that allows to send a header twice."""
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
        with self._changed:
            self._open.add(connection)
        usual = [("Content-Type", "application/json"), ("User-Agent", USER_AGENT)]
        target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        try:
            connection.request(
                "POST",
                target,
                body,
                HTTPHeaderDict([*usual, *headers, ("Connection", "close")]),
                preload_content=False,
            )
            sent = requests.Request("POST", parts.geturl()).prepare()
            answer = HTTPAdapter().build_response(sent, connection.getresponse())
            _ = answer.content  # read before the connection is closed
            return answer
        finally:
            with self._changed:
                self._open.discard(connection)
            connection.close()


def _check_loopback(parts: SplitResult) -> None:
    host = parts.hostname or ""
    try:
        local = host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if parts.scheme != "http" or not local:
        raise ValueError("not a loopback address")


def _shown(path: str) -> str:
    """Return the path without what follows the callback route: that segment may hold a secret."""
    route, found, _ = path.partition(CALLBACK_PATH)
    return f"{route}{found}…" if found else path
