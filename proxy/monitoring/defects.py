"""Defects to Sentry: what failed and where, and nothing of what was being done.

Each event is made here, of a defect's type and the places in the code that led to it: no values of
variables, no text of the exception, no request, no breadcrumbs, no user. The library only sends it;
none of its integrations is on, and what it adds by itself is taken out again.
Source: docs.sentry.io (Python SDK: options, filtering; event payloads; read 2026-11).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from importlib import import_module
from traceback import walk_tb
from typing import Any

from proxy import VERSION
from proxy.monitoring.words import level_word, word

_OURS = ("app", "crypto", "integrations", "proxy")
# What an event may have; the library adds more of its own.
_KEPT = frozenset(
    {
        "event_id", "timestamp", "platform", "level", "logger", "release", "environment",
        "exception", "tags", "sdk",
    }
)  # fmt: skip
# A collector of traces that is away says so every few seconds, and each report is paid for.
_OTHERS = frozenset({"opentelemetry"})
_FLUSH_SECONDS = 2.0


class Defects:
    """Sends defects of this process; a listener of the log (`proxy.logs.Listener`)."""

    def __init__(self, dsn: str, environment: str) -> None:
        """Take where to send to, and what Sentry is to call this deployment."""
        self._dsn = dsn
        self._environment = environment
        self._sentry = import_module("sentry_sdk")
        self._client: Any = None

    def begin(self) -> None:
        """Be ready to send; in the process that serves, after it was forked."""
        self._client = self._sentry.Client(
            dsn=self._dsn,
            default_integrations=False,
            auto_enabling_integrations=False,
            auto_session_tracking=False,
            include_local_variables=False,
            include_source_context=False,
            max_breadcrumbs=0,
            before_send=_only_what_is_known,
            environment=self._environment,
            release=f"echoseal@{VERSION}",
            server_name="",
        )

    def heard_event(self, event: str, level: int, fields: Mapping[str, object]) -> None:
        """Send a defect, with the places that led to it where it is being handled."""
        is_told = event == "defect" or (level >= logging.ERROR and event not in _OTHERS)
        if self._client is None or not is_told:
            return
        kind = word(fields.get("error") or event)
        told: dict[str, Any] = {"type": kind, "value": str(fields.get("cause") or "")}
        frames = _frames_of(kind)
        if frames:
            told["stacktrace"] = {"frames": frames}
        self._client.capture_event(
            {
                "platform": "python",
                "level": level_word(max(level, logging.ERROR)),
                "logger": word(event),
                "exception": {"values": [told]},
            }
        )

    def heard_call(self, *_call: object) -> None:
        """Hear of an upstream call, which is no defect of ours."""

    def end(self) -> None:
        """Send what waits, for two seconds at most."""
        if self._client is not None:
            self._client.close(timeout=_FLUSH_SECONDS)


def _frames_of(kind: str) -> list[dict[str, Any]]:
    """Return the places that led to the error of this type that is being handled, ours marked."""
    error = sys.exc_info()[1]
    if error is None or type(error).__name__ != kind:
        return []
    frames = []
    for frame, line in walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        frames.append(
            {
                "filename": frame.f_code.co_filename.rsplit("/", 1)[-1],
                "function": frame.f_code.co_qualname,
                "module": module,
                "lineno": line,
                "in_app": module.partition(".")[0] in _OURS,
            }
        )
    return frames


def _only_what_is_known(event: dict[str, Any], _hint: object) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name in _KEPT}
