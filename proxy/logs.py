"""Structured logs: one line per event, logfmt, and only the keys that are listed here.

The list is what keeps tokens, references, bodies and personal data out: a value can be logged only
under a name that cannot hold one. `subject` and `case` are words made with a key
(`crypto.LogWords`).
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Protocol, TextIO

from proxy.log_writer import WriteBehind, write_at_once

request_id: ContextVar[str] = ContextVar("request_id", default="-")

ALLOWED_KEYS = frozenset(
    {
        "method", "route", "status", "ms", "code", "cause", "upstream", "trip", "outcome", "error",
        "calls", "dropped", "subject", "case", "matter", "result", "reason", "rights",
    }
)  # fmt: skip
_LOGGER = logging.getLogger("echoseal")
_PLAIN = re.compile(r"[A-Za-z0-9_./:<>*-]{1,200}", re.ASCII)
_ODD = re.compile(r"[^ !#-\[\]-~]")
_MOST_CHARACTERS = 300
_LEVELS = {
    level: logging.getLevelName(level).lower()
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)
}
_MOST_CALLS = 20
# How long the end of a process waits for a reader of its output that has stalled.
_FLUSH_SECONDS = 2.0


class Calls:
    """The upstream calls of one request, for its line: `acme 200 8.9, sharetribe - 4000.0`.

    Name, status (`-` where no answer came) and milliseconds of each; of many, the first twenty.
    """

    __slots__ = ("_calls",)

    def __init__(self) -> None:
        self._calls: list[tuple[str, int | None, float]] = []

    def add(self, upstream: str, status: int | None, seconds: float) -> None:
        """Add a call."""
        self._calls.append((upstream, status, seconds))

    def __len__(self) -> int:
        return len(self._calls)

    def __str__(self) -> str:
        told = [
            f"{upstream} {status or '-'} {seconds * 1000:.1f}"
            for upstream, status, seconds in self._calls[:_MOST_CALLS]
        ]
        if len(self._calls) > _MOST_CALLS:
            told.append(f"and {len(self._calls) - _MOST_CALLS} more")
        return ", ".join(told)


# Those of the request that this context serves.
calls: ContextVar[Calls | None] = ContextVar("calls", default=None)


class Listener(Protocol):
    """Hears what is logged, in the thread that logs it: it must neither wait nor log.

    What it raises is logged by its kind, and fails nobody.
    """

    def heard_event(self, event: str, level: int, fields: Mapping[str, object], /) -> None:
        """Hear an event of any level; `fields` may hold None where there is no value."""

    def heard_call(self, upstream: str, method: str, status: int | None, seconds: float, /) -> None:
        """Hear of an upstream call that has ended; `status` is None without an answer."""


class _Lines(logging.Handler):
    """Writes each line, without the lock that logging would hold meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._at_once = self._write = write_at_once(sys.stdout)
        self._behind: WriteBehind | None = None

    def handle(self, record: logging.LogRecord) -> bool:
        self.write(record.getMessage())
        return True

    def write(self, line: str) -> None:
        self._write(f"{line}\n")

    def write_to(self, stream: TextIO) -> None:
        self.write_at_once()
        self._at_once = self._write = write_at_once(stream)

    def write_behind(self) -> None:
        self._behind = WriteBehind(self._at_once, _dropped_line)
        self._write = self._behind.put

    def write_at_once(self) -> None:
        self._write = self._at_once
        if self._behind is not None:
            self._behind.end(_FLUSH_SECONDS)
            self._behind = None

    def flush(self) -> None:
        # logging itself calls this when the interpreter ends.
        if self._behind is not None:
            self._behind.flush(_FLUSH_SECONDS)


def _dropped_line(count: int) -> str:
    fields = {"dropped": count}
    _tell_event("log", logging.WARNING, fields)
    return f"{_line('log', logging.WARNING, fields)}\n"


_LINES = _Lines()
_listeners: tuple[Listener, ...] = ()


def configure_logs(stream: TextIO | None = None) -> None:
    """Send the log lines to `stream` (standard output: Heroku's log is fed from there).

    Whoever logs writes: see `write_behind`.
    """
    _LINES.write_to(stream or sys.stdout)
    _LOGGER.handlers[:] = [_LINES]
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False


def write_behind() -> None:
    """Let a thread write the lines from now on, so that logging never waits.

    For a process that serves, after it was forked: the thread is started here. What is logged
    before the interpreter ends is written, unless the reader has stalled for some seconds.
    """
    _LINES.write_at_once()
    _LINES.write_behind()


def flush() -> None:
    """Wait, some seconds at most, until what has been logged is written."""
    _LINES.flush()


def silence_details(library: str) -> None:
    """Let a library log no more than warnings, however much the process logs.

    For those whose details hold whole bodies, secrets among them.
    """
    logging.getLogger(library).setLevel(logging.WARNING)


def listen(*listeners: Listener) -> None:
    """Let `listeners` hear all that is logged from now on, instead of those before.

    A process serves one app, so its log has the listeners of the app that was made last.
    """
    global _listeners  # noqa: PLW0603 - the log is the process's own, like the stream it writes to
    _listeners = listeners


def log_call(upstream: str, method: str, status: int | None, seconds: float) -> None:
    """Note an upstream call (`status` is None without an answer).

    It stands in the line of the request that this context serves; without one, in its own.
    """
    for listener in _listeners:
        try:
            listener.heard_call(upstream, method, status, seconds)
        except Exception as error:  # whatever it is, the call's own work goes on
            _write_defect(listener, error)
    of_request = calls.get()
    if of_request is not None:
        of_request.add(upstream, status, seconds)
    else:
        log_event("upstream", upstream=upstream, method=method, status=status, ms=seconds * 1000)


def log_event(event: str, level: int = logging.INFO, **fields: object) -> None:
    """Write one event; raises ValueError for a key that is not listed."""
    if not fields.keys() <= ALLOWED_KEYS:
        unknown = sorted(fields.keys() - ALLOWED_KEYS)
        raise ValueError(f"not a log key: {', '.join(unknown)}")
    if _listeners:
        _tell_event(event, level, fields)
    if not _LOGGER.isEnabledFor(level):
        return
    _write(event, level, fields)


def _tell_event(event: str, level: int, fields: Mapping[str, object]) -> None:
    for listener in _listeners:
        try:
            listener.heard_event(event, level, fields)
        except Exception as error:  # whatever it is, the event's own work goes on
            _write_defect(listener, error)


def _write_defect(listener: Listener, error: Exception) -> None:
    """Write what is wrong with a listener; no listener is told of it."""
    cause = f"{type(listener).__name__}, a listener"
    _write("defect", logging.ERROR, {"error": type(error).__name__, "cause": cause})


def _write(event: str, level: int, fields: Mapping[str, object]) -> None:
    line = _line(event, level, fields)
    if _LOGGER.handlers == [_LINES]:
        # What logging would find out about the thread and the source costs as much as the line.
        _LINES.write(line)
    else:
        _LOGGER.handle(logging.LogRecord(_LOGGER.name, level, "", 0, line, None, None))


def _line(event: str, level: int, fields: Mapping[str, object]) -> str:
    parts = [f"event={event} level={_LEVELS.get(level, level)}"]
    parts += [f"{key}={_value(value)}" for key, value in fields.items() if value is not None]
    parts.append(f"request_id={_value(request_id.get())}")
    return " ".join(parts)


def _value(value: object) -> str:
    if isinstance(value, Calls):
        return _quoted(str(value))  # bounded by itself
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    return text if _PLAIN.fullmatch(text) else _quoted(text[:_MOST_CHARACTERS])


def _quoted(text: str) -> str:
    return f'"{_ODD.sub("?", text)}"'
