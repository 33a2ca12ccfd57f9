"""gunicorn's messages in the app's own form."""

from __future__ import annotations

import logging
import re
from types import TracebackType

from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # gunicorn ships no types

from proxy.logs import configure_logs, log_event

_SIGNAL = re.compile(r"SIG[A-Z0-9]{2,10}")


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's `logger_class`: its messages in the app's own form, and no access log.

    The app logs every request itself, by the route's pattern. gunicorn's access lines hold paths
    and query strings, hence references and codes, and Heroku's buildpack for Python switches them
    on (`GUNICORN_CMD_ARGS="--access-logfile -"`, heroku-buildpack-python, read 2026-11).
    """

    def setup(self, cfg: object) -> None:
        """Send gunicorn's messages, and those of libraries, through the app's log."""
        super().setup(cfg)
        configure_logs()
        handler = _ThroughOurLog()
        self.error_log.handlers[:] = [handler]
        logging.getLogger().handlers[:] = [handler]

    def access(self, *_exchange: object) -> None:
        """Write nothing."""


class _ThroughOurLog(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        kind, place = None, ""
        if record.exc_info and record.exc_info[0] is not None:
            kind, place = record.exc_info[0].__name__, _place(record.exc_info[2])
        cause = _safe_message(record) + place
        log_event(record.name.partition(".")[0], record.levelno, error=kind, cause=cause)


def _safe_message(record: logging.LogRecord) -> str:
    """Return a message without what a request may have put into it.

    gunicorn's notes about its own life pass whole. Anything else can quote a request line, a path
    or a header: of its arguments only numbers and names of signals are shown, and of a text without
    arguments what stands before the first colon or equals sign.
    """
    if record.name == "gunicorn.error" and record.levelno == logging.INFO:
        return record.getMessage()
    text = str(record.msg)
    if not isinstance(record.args, tuple) or not record.args:
        return re.split("[:=]", text, maxsplit=1)[0]
    try:
        return text % tuple(_safe_argument(argument) for argument in record.args)
    except TypeError:
        return text


def _safe_argument(argument: object) -> object:
    is_safe = isinstance(argument, int) or _SIGNAL.fullmatch(str(argument))
    return argument if is_safe else "-"


def _place(trace: TracebackType | None) -> str:
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f" at {trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
