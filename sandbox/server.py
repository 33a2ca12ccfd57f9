"""Serve a WSGI application on loopback from a background thread, with HTTP/1.1 keep-alive."""

import contextlib
import selectors
import socket
import threading
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers
from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app
from werkzeug.wsgi import ClosingIterator, LimitedStream

from sandbox.closable import Closable
from sandbox.kit.router import HOST

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

CLOSING_SECONDS = 2.0


class Server(Closable):
    """A WSGI application on its own loopback port, served by daemon threads until `close()`."""

    def __init__(self, app: "WSGIApplication", port: int = 0) -> None:
        """Listen and start to serve at once; port 0 picks a free one.

        Raises OSError when the port is taken.
        """
        try:
            self._server = _TrackingServer(HOST, port, app, handler=_KeepAliveHandler)
        except SystemExit as refusal:
            raise OSError(f"cannot listen on {HOST}:{port}") from refusal
        self.port: int = self._server.port
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_until_ended, name=f"server-{self.port}", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening and drop every open connection; calling it twice is harmless."""
        self._server.end()
        self._thread.join()
        self._server.drop_connections()


class _TrackingServer(ThreadedWSGIServer):
    """Remembers its open connections, because an idle keep-alive one would outlive the server."""

    timeout = 0.0  # of `handle_request`: only called when there is one

    def __init__(self, *args: Any, **options: Any) -> None:
        self._connections: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(*args, **options)
        self._ending, self._ended = socket.socketpair()

    def serve_until_ended(self) -> None:
        """Serve as `serve_forever` does, which looks only now and then whether it is to end."""
        with self._ended, selectors.DefaultSelector() as selector:
            selector.register(self._ended, selectors.EVENT_READ)
            selector.register(self, selectors.EVENT_READ)
            while self._ended not in [key.fileobj for key, _ in selector.select()]:
                self.handle_request()
        self.server_close()

    def end(self) -> None:
        self._ending.close()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()

    def drop_connections(self) -> None:
        with self._changed:
            for connection in self._connections:
                sever(connection)
            self._changed.wait_for(lambda: not self._connections, timeout=CLOSING_SECONDS)


class _KeepAliveHandler(WSGIRequestHandler):
    """Answers any number of requests per connection.

    Werkzeug's own `run_wsgi` closes the connection after each answer, since it does not keep track
    of where a request's body ends. This one reads each body to its end.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        self.environ = self.make_environ()
        body = _body_of(self.environ)
        if body is None:
            self.send_error(400)
            return
        self.environ["wsgi.input"] = body
        chunks, status, headers = run_wsgi_app(self.server.app, self.environ)
        answer = ClosingIterator(chunks, getattr(chunks, "close", None))
        try:
            self._send(answer, status, headers)
        finally:
            answer.close()
        with contextlib.suppress(ClientDisconnected):  # who has the answer may leave
            while body.read(65536):
                pass

    def _send(self, chunks: ClosingIterator, status: str, headers: Headers) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers.items():
            self.send_header(name, value)
        bodiless = self.command == "HEAD" or code in {"204", "304"} or code.startswith("1")
        chunked = False
        if not bodiless and "Content-Length" not in headers:
            chunked = self.request_version != "HTTP/1.0"
            if chunked:
                self.send_header("Transfer-Encoding", "chunked")
            else:
                self.send_header("Connection", "close")
        self.end_headers()
        for chunk in chunks:
            if chunk and not bodiless:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the hop log is the record of what happened."""


def _body_of(environ: "WSGIEnvironment") -> Any:
    """Return a stream that ends with the request's body, or None for an unusable length."""
    if environ.get("wsgi.input_terminated"):
        return environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()):
        return None
    return LimitedStream(environ["wsgi.input"], int(length))


def sever(connection: socket.socket) -> None:
    """Shut a connection down in both directions; whoever reads from it sees the end at once."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster
