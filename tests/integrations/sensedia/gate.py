"""A gate in front of moto: it notes every request, and misbehaves at the one it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

from sandbox.sensedia import Aws
from sandbox.server import Server, sever

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PASSING = "Unable to complete operation due to concurrent modification. Please try again later."
REFUSALS = {
    "403": (403, "AccessDeniedException", "refused"),
    "404": (404, "NotFoundException", "refused"),
    "409": (409, "ConflictException", "It already exists"),
    "429": (429, "TooManyRequestsException", "refused"),
    "500": (500, "InternalFailure", "refused"),
    "busy": (409, "ConflictException", PASSING),
    "key": (404, "NotFoundException", "Invalid API Key identifier specified"),
    "plan": (404, "NotFoundException", "Invalid Usage Plan ID specified"),
    "stage": (409, "ConflictException", "API Key has another Usage Plan for this API Stage"),
}
# What is met, and whether AWS has done it all the same: a refusal has no effect. One of each kind
# that an order can tell apart: 500, a reset and garbage are all no answer to it (test_aws.py), and
# only what hangs takes the order's time along.
FAULTS = [
    ("403", False), ("404", False), ("409", False), ("429", False), ("500", False),
    ("reset", True), ("hang", True),
]  # fmt: skip
HANG_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Passed:
    """What moto answered."""

    status: str
    headers: Headers
    body: bytes

    def document(self) -> Any:
        """Return the body's JSON."""
        return json.loads(self.body)


Script = Callable[[str, "WSGIEnvironment"], Passed | None]


def answered(document: object, status: str = "200 OK") -> Passed:
    """Return an answer of the tests' own making."""
    return Passed(
        status, Headers({"Content-Type": "application/json"}), json.dumps(document).encode()
    )


def refusal(kind: str) -> Passed:
    """Return how AWS refuses (docs.aws.amazon.com/apigateway, common errors, read 2026-11)."""
    status, code, text = REFUSALS[kind]
    headers = Headers({"Content-Type": "application/json", "x-amzn-ErrorType": code})
    return Passed(f"{status} Refused", headers, json.dumps({"message": text}).encode())


class Gate:
    """moto behind a gate, served at `url`."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self._lock = threading.Lock()
        self._server = Server(self)
        self.url = self._server.url
        self._released = threading.Event()
        self.reset()

    def reset(self) -> None:
        """Let everything pass from now on, what hangs too, and count anew."""
        self._released.set()
        self._released = threading.Event()
        self.calls: list[str] = []
        self.script: Script | None = None
        self._step, self._last, self._kind, self._takes_effect = 0, 0, "", False

    def strike(
        self, step: int, kind: str, *, takes_effect: bool = False, until: int | None = None
    ) -> None:
        """Misbehave at the `step`-th request, counted from 1, and on to the `until`-th.

        With `takes_effect` moto gets the request, and only its answer is lost.
        """
        self._step, self._last = step, until or step
        self._kind, self._takes_effect = kind, takes_effect

    def pass_on(self, environ: WSGIEnvironment) -> Passed:
        """Ask moto."""
        chunks, status, headers = run_wsgi_app(self.aws.app, environ)
        return Passed(status, headers, b"".join(chunks))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._lock:
            self.calls.append(_name(environ))
            is_struck = self._step <= len(self.calls) <= self._last
            kind, takes_effect = self._kind, self._takes_effect
        if is_struck:
            if takes_effect:
                self.pass_on(environ)
            passed = self._misbehave(kind, environ)
        else:
            scripted = self.script(_name(environ), environ) if self.script else None
            passed = scripted or self.pass_on(environ)
        start_response(passed.status, passed.headers.to_wsgi_list())
        return [passed.body]

    def _misbehave(self, kind: str, environ: WSGIEnvironment) -> Passed:
        if kind == "garbage":
            return Passed("200 OK", Headers({"Content-Type": "text/html"}), b"<html>hello</html>")
        if kind == "hang":
            self._released.wait(HANG_SECONDS)
        if kind in ("hang", "reset"):
            sever(environ["werkzeug.socket"])
            return answered({})
        return refusal(kind)

    def close(self) -> None:
        """Let go of what hangs, and stop."""
        self.reset()
        self._server.close()


def _name(environ: WSGIEnvironment) -> str:
    """Return a request's name: method and path, or the action of Cognito."""
    action = str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
    return action or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
