"""The way from one product process to one simulated upstream, where faults strike."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from werkzeug.test import run_wsgi_app

from bench.jumio_storm.calls import Call, CallReader
from bench.jumio_storm.faults import End, Fault, Plan
from bench.jumio_storm.journal import Journal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LATE_SECONDS = (0.2, 4.0)
_LATE_CALLS = (1, 6)
_TICK_SECONDS = 0.05


@dataclass(slots=True)
class _Waiting:
    user: int
    due_at: float
    calls_left: int
    apply: Callable[[], None] = field(repr=False)


class LateCalls:
    """Calls that were swallowed: each is applied after some seconds or some calls of its user."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, user: int, dice: random.Random, apply: Callable[[], None]) -> None:
        """Apply something later."""
        due_at = time.monotonic() + dice.uniform(*_LATE_SECONDS)
        with self._lock:
            self._waiting.append(_Waiting(user, due_at, dice.randint(*_LATE_CALLS), apply))

    def count(self, user: int) -> None:
        """Count a call of a user."""
        with self._lock:
            for one in self._waiting:
                one.calls_left -= one.user == user

    def apply_all(self) -> None:
        """Apply all that still waits, in the order in which it came."""
        self._apply(lambda _: True)

    def close(self) -> None:
        """End the thread that applies what is due."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(_TICK_SECONDS):
            self._apply(lambda one: one.calls_left <= 0 or one.due_at <= time.monotonic())

    def _apply(self, is_due: Callable[[_Waiting], bool]) -> None:
        with self._lock:
            due = [one for one in self._waiting if is_due(one)]
            self._waiting = [one for one in self._waiting if one not in due]
        for one in due:
            one.apply()


@dataclass(frozen=True, slots=True)
class Gates:
    """What all the ways share; `may_end` is asked before `end` ends the process that calls."""

    plan: Plan
    journal: Journal
    reader: CallReader
    late: LateCalls
    may_end: Callable[[], bool]
    end: Callable[[int, End], None]

    def around(self, app: WSGIApplication, upstream: str, process: int) -> WSGIApplication:
        """Return `app` as this process reaches it."""
        return _Gate(self, app, upstream, process)


@dataclass(frozen=True, slots=True)
class _Gate:
    gates: Gates
    app: WSGIApplication
    upstream: str
    process: int

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body: bytes = environ["wsgi.input"].read()
        gates, call = self.gates, self.gates.reader.read(environ, body)
        gates.journal.called(call.user, self.process, call.kind)
        gates.late.count(call.user)
        fault = gates.plan.next(self.upstream, call)
        if fault is None or (fault.end and not gates.may_end()):
            return self._answered(environ, body, call, start_response)
        gates.journal.struck(call.user, self.process, call.kind, fault.name)
        return self._struck(fault, environ, body, call, start_response)

    def _struck(
        self,
        fault: Fault,
        environ: WSGIEnvironment,
        body: bytes,
        call: Call,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        status = fault.status
        if fault.end and fault.applied != "now":
            self.gates.end(self.process, fault.end)
        if fault.applied in {"late", "twice"}:
            self._apply_later(environ, body, call)
        answer: Iterable[bytes] = ()
        if fault.applied in {"now", "twice"}:
            told: list[Any] = []
            answer = self._answered(environ, body, call, lambda *given: told.extend(given))  # type: ignore[arg-type]  # writes nothing itself
        if fault.end and fault.applied == "now":
            self.gates.end(self.process, fault.end)
        if fault.held and self.gates.plan.severity:
            time.sleep(self.gates.plan.severity.hang_seconds)
        if status == 0:
            start_response(*told)
            return answer
        if status is None:
            _hang_up(environ)
        start_response(f"{status or 500} Storm", [("Content-Type", "text/plain")])
        return [b"storm"]

    def _apply_later(self, environ: WSGIEnvironment, body: bytes, call: Call) -> None:
        def apply() -> None:
            self.gates.journal.note(call.user, f"     {call.kind} is applied late")
            self._answered(environ, body, call, lambda *_: None)  # type: ignore[arg-type]  # nobody hears it

        self.gates.late.put(call.user, self.gates.plan.dice(call.user), apply)

    def _answered(
        self, environ: WSGIEnvironment, body: bytes, call: Call, start_response: StartResponse
    ) -> Iterable[bytes]:
        chunks, status, headers = run_wsgi_app(
            self.app, {**environ, "wsgi.input": BytesIO(body)}, buffered=True
        )
        answer = b"".join(chunks)
        if status.startswith("200"):
            self.gates.reader.learn(call, answer)
        start_response(status, list(headers))
        return [answer]


def _hang_up(environ: WSGIEnvironment) -> None:
    connection: socket.socket = environ["werkzeug.socket"]
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # whoever called has gone already
