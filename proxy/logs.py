"""Structured logs: one line per event, logfmt, and only the keys that are listed here.

The list is what keeps tokens, references, bodies and personal data out: a value can be logged only
under a name that cannot hold one.
"""

from __future__ import annotations

import logging
import re
import sys
from contextvars import ContextVar
from typing import TextIO

request_id: ContextVar[str] = ContextVar("request_id", default="-")

ALLOWED_KEYS = frozenset(
    {"method", "route", "status", "ms", "code", "cause", "upstream", "trip", "outcome", "error"}
)
_LOGGER = logging.getLogger("echoseal")
_PLAIN = re.compile(r"[A-Za-z0-9_./:<>*-]{1,200}", re.ASCII)


def configure_logs(stream: TextIO | None = None) -> None:
    """Send the log lines to `stream` (standard output: Heroku's log is fed from there)."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _LOGGER.handlers[:] = [handler]
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False


def silence_details(library: str) -> None:
    """Let a library log no more than warnings, however much the process logs.

    For those whose details hold whole bodies, secrets among them.
    """
    logging.getLogger(library).setLevel(logging.WARNING)


def log_event(event: str, level: int = logging.INFO, **fields: object) -> None:
    """Write one event; raises ValueError for a key that is not listed."""
    unknown = fields.keys() - ALLOWED_KEYS
    if unknown:
        raise ValueError(f"not a log key: {', '.join(sorted(unknown))}")
    parts = [f"event={event}", f"level={logging.getLevelName(level).lower()}"]
    parts += [f"{key}={_value(value)}" for key, value in fields.items() if value is not None]
    parts.append(f"request_id={_value(request_id.get())}")
    _LOGGER.log(level, " ".join(parts))


def _value(value: object) -> str:
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    if _PLAIN.fullmatch(text):
        return text
    escaped = re.sub(r"[^ !#-\[\]-~]", "?", text[:300])
    return f'"{escaped}"'
