"""Sends callbacks one after another from a background thread and a source address of choice."""

import contextlib
import http.client
import queue
import socket
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from sandbox.hops import HopLog
from sandbox.jumio.fields import is_loopback

USER_AGENT = "JumioSandbox Callback/1.0"
TIMEOUT_SECONDS = 10.0
LONGEST_ANSWER = 65_536
CALLBACK_PATH = "/callbacks/jumio/"


@dataclass(frozen=True, slots=True)
class Message:
    """One callback as it goes over the wire; `note` is its kind, in words for the hop log."""

    url: str
    content_type: str
    body: bytes
    note: str


@dataclass(slots=True)
class Delivery:
    """A message on its way; `statuses` gets one entry per attempt, None where no answer came."""

    message: Message
    caller: str
    source_address: str
    retries: int
    retry_delay: float
    records: tuple[list[int | None], ...] = ()
    statuses: list[int | None] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


class CallbackSender:
    """Delivers in the order of `post`; never follows a redirect, never leaves loopback."""

    def __init__(self, hops: HopLog | None) -> None:
        """Start idle; the thread begins with the first delivery."""
        self._hops = hops
        self._queue: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._undone = 0
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection: http.client.HTTPConnection | None = None

    def post(self, delivery: Delivery) -> Delivery:
        """Queue `delivery` and return it; raises RuntimeError after `close()`."""
        with self._changed:
            if self._closed.is_set():
                raise RuntimeError("the simulated vendor is closed")
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="jumio-callbacks", daemon=True
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
        """Cut off the delivery under way, drop those behind it and end the thread."""
        with self._changed:
            self._closed.set()
            thread = self._thread
            open_socket = self._connection.sock if self._connection else None
        if open_socket is not None:
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
        self._queue.put(None)
        if thread is not None:
            thread.join()

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
            if self._closed.is_set():
                return
            status = self._attempt(delivery)
            for record in (delivery.statuses, *delivery.records):
                record.append(status)
            if status == http.client.OK:
                return

    def _attempt(self, delivery: Delivery) -> int | None:
        parts = urlsplit(delivery.message.url)
        # A sandbox sends nothing to a real host.
        local = parts.scheme == "http" and is_loopback(parts.hostname or "")
        began = time.perf_counter()
        status = self._exchange(delivery, parts) if local else None
        if self._hops is not None:
            self._hops.add(
                caller=delivery.caller,
                callee="proxy",
                method="POST",
                path=_shown(parts.path),
                status=status,
                milliseconds=(time.perf_counter() - began) * 1000,
                note=delivery.message.note if local else "not sent: not a loopback address",
            )
        return status

    def _exchange(self, delivery: Delivery, parts: SplitResult) -> int | None:
        connection = http.client.HTTPConnection(
            parts.hostname or "",
            parts.port,
            timeout=TIMEOUT_SECONDS,
            source_address=(delivery.source_address, 0),
        )
        with self._changed:
            self._connection = connection
        headers = {
            "Content-Type": delivery.message.content_type,
            "User-Agent": USER_AGENT,
            "Connection": "close",
        }
        target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        try:
            connection.request("POST", target, delivery.message.body, headers)
            with connection.getresponse() as answer:
                answer.read(LONGEST_ANSWER)
                return answer.status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


def _shown(path: str) -> str:
    """Return the path without what follows the callback route: that segment may hold a secret."""
    route, found, _ = path.partition(CALLBACK_PATH)
    return f"{route}{found}…" if found else path
