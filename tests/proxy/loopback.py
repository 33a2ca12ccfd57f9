"""Raw servers and clients on loopback, for everything that well-behaved ones would not do."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message

DRIP_SECONDS = 0.01
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came over the wire: line, headers, and the body without its framing."""

    line: str
    headers: Message
    body: bytes

    @property
    def target(self) -> str:
        """What stands between the method and the version."""
        return self.line.split(" ")[1]


class Connection:
    """The server's end of one accepted connection."""

    def __init__(self, accepted: socket.socket, closing: threading.Event) -> None:
        self._socket = accepted
        self._reader = accepted.makefile("rb")
        self.closing = closing

    def receive(self) -> Received | None:
        """Read one request to its end; None when the client has hung up."""
        line = self._reader.readline().decode("latin-1").rstrip("\r\n")
        if not line:
            return None
        headers = http.client.parse_headers(self._reader)
        return Received(line, headers, b"".join(self._body(headers)))

    def receive_head(self) -> Message:
        """Read the head of one request and leave its body on the wire."""
        self._reader.readline()
        return http.client.parse_headers(self._reader)

    def read(self, count: int) -> bytes:
        """Read exactly `count` bytes of what follows the head."""
        return self._reader.read(count)

    def _body(self, headers: Message) -> Iterator[bytes]:
        if headers.get("Transfer-Encoding", "").lower() != "chunked":
            yield self._reader.read(int(headers.get("Content-Length", "0")))
            return
        while size := int(self._reader.readline(), 16):
            yield self._reader.read(size)
            self._reader.readline()
        self._reader.readline()

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self._socket.sendall(data)

    def drip(self, data: bytes) -> None:
        """Send `data` byte by byte, until the client hangs up or the server closes."""
        for position in range(len(data)):
            if self.closing.wait(DRIP_SECONDS):
                return
            self.send(data[position : position + 1])

    def hang(self) -> None:
        """Say nothing until the server closes."""
        self.closing.wait()

    def reset(self) -> None:
        """Drop the connection with a TCP reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._reader.close()
        self._socket.close()


Serve = Callable[[Connection], None]


class LoopbackServer:
    """Gives each connection to `serve` in its own thread, and closes it afterwards.

    `connections` counts what was accepted.
    """

    def __init__(self, serve: Serve, context: ssl.SSLContext | None = None) -> None:
        self._serve = serve
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_POLL_SECONDS)
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self.closing = threading.Event()
        self.connections = 0
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        self._accepting.start()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                accepted, _ = self._listener.accept()
            except TimeoutError:
                continue
            accepted.setblocking(True)
            self.connections += 1
            self._sockets.append(accepted)
            thread = threading.Thread(target=self._run, args=(accepted,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _run(self, accepted: socket.socket) -> None:
        # The client may hang up at any moment: that is what many tests are about.
        with contextlib.suppress(OSError, ValueError):
            if self._context is not None:
                accepted = self._context.wrap_socket(accepted, server_side=True)
                self._sockets.append(accepted)
            connection = Connection(accepted, self.closing)
            try:
                self._serve(connection)
            finally:
                connection.close()

    def close(self) -> None:
        """Stop listening, drop all connections and end all threads."""
        self.closing.set()
        self._accepting.join()
        self._listener.close()
        self.drop_connections()

    def drop_connections(self) -> None:
        """Drop all connections and wait until nothing is served any more."""
        for accepted in list(self._sockets):
            with contextlib.suppress(OSError):
                accepted.shutdown(socket.SHUT_RDWR)
            accepted.close()
        for thread in list(self._threads):
            thread.join(5)


def answer(
    body: bytes = b"", *headers: str, status: str = "200 OK", length: int | None = None
) -> bytes:
    """Return a whole HTTP/1.1 answer; `length` replaces the true Content-Length."""
    lines = [f"HTTP/1.1 {status}", *headers]
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def answering(*answers: bytes, received: list[Received] | None = None) -> Serve:
    """Return a `serve` that gives the answers in turn on every connection, the last for ever."""

    def serve(connection: Connection) -> None:
        turn = 0
        while (request := connection.receive()) is not None:
            if received is not None:
                received.append(request)
            connection.send(answers[min(turn, len(answers) - 1)])
            turn += 1

    return serve


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer read from the wire."""

    status: int
    headers: Message
    body: bytes


def send_raw(port: int, request: bytes, method: str = "GET") -> Reply:
    """Send bytes as they are to a loopback port and read one answer to its end."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(request)
        with http.client.HTTPResponse(client, method=method) as response:
            response.begin()
            return Reply(response.status, response.headers, response.read())
