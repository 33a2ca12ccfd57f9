"""What has happened here since this process started: the last of each kind, by vendor."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from proxy.monitoring.words import called_back, word
from proxy.timestamps import format_utc

# Fields with few values, none of which tells of a user.
_TOLD = ("matter", "outcome", "result", "reason", "code", "status")
_KINDS = frozenset({"start", "callback", "pull"})
# A callback of the doctor's, which says nothing of the vendor (`proxy.http.callback_tests`).
_TESTED = "tested"
_FAILED, _TOO_MANY, _REFUSED = 500, 429, 400
# Vendors and upstreams are a few of the configuration; more would be a defect.
_MOST_NAMES = 100


class History:
    """Remembers the last start, callback, pull and error of each vendor, and how many there were.

    A listener of the log (`proxy.logs.Listener`). An upstream's errors stand beside those of the
    vendor of its name.
    """

    def __init__(self, callbacks: str, clock: Callable[[], float] = time.time) -> None:
        """`callbacks` is the path under which vendors call; `clock` gives unix seconds."""
        self._callbacks = callbacks
        self._clock = clock
        self.started_at = clock()
        # Held for moments only.
        self._lock = threading.Lock()
        self._last: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)

    def heard_event(self, event: str, level: int, fields: Mapping[str, object]) -> None:
        """Remember an event of a vendor's."""
        trip, status = fields.get("trip"), fields.get("status")
        if event == "request" and isinstance(status, int) and status >= _REFUSED:
            trip = called_back(fields.get("route"), self._callbacks)
            if trip is not None:
                self._note(trip, "refusedCallback", fields)
        elif trip is not None and event in _KINDS and not _is_refused_callback(event, fields):
            is_test = event == "callback" and fields.get("outcome") == _TESTED
            self._note(str(trip), "testedCallback" if is_test else event, fields)
        if trip is not None and event != "request" and level >= logging.WARNING:
            self._note(str(trip), "error", {"event": event, **fields})

    def heard_call(
        self, upstream: str, _method: str, status: int | None, _seconds: float, /
    ) -> None:
        """Remember a call that has failed."""
        if status is None or status == _TOO_MANY or status >= _FAILED:
            told = {"event": "upstream", "status": status or "no answer"}
            self._note(upstream, "error", told)

    def _note(self, name: str, kind: str, fields: Mapping[str, object]) -> None:
        told = {
            field: value if isinstance(value, int) else word(value)
            for field, value in fields.items()
            if field in ("event", *_TOLD) and value is not None
        }
        with self._lock:
            if name not in self._last and len(self._last) >= _MOST_NAMES:
                return
            self._last[name][kind] = {"at": format_utc(self._clock()), **told}
            self._counts[name][kind] += 1

    def told(self) -> dict[str, dict[str, Any]]:
        """Return the last of each kind by vendor, and under `counts` how many there were."""
        with self._lock:
            return {
                name: {**self._last[name], "counts": dict(sorted(self._counts[name].items()))}
                for name in sorted(self._last)
            }

    def uptime_seconds(self) -> int:
        """Return for how long this process has been there."""
        return max(0, int(self._clock() - self.started_at))


def _is_refused_callback(event: str, fields: Mapping[str, object]) -> bool:
    """Tell whether a callback was not acknowledged: its request says so, whatever stopped it."""
    return event == "callback" and fields.get("outcome") in ("refused", "failed")
