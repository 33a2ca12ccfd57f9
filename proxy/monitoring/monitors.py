"""All that watches one app: made with it, begun in the process that serves, ended with that."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from proxy.logs import Listener, log_event
from proxy.monitoring.defects import Defects
from proxy.monitoring.history import History
from proxy.monitoring.metrics import Metrics
from proxy.monitoring.sample import Sample, Vitals
from proxy.monitoring.settings import Monitoring
from proxy.monitoring.traces import Traces

# For how long the end of a process waits for whoever collects traces and defects.
_LAST_SECONDS = 2.0
Places = Callable[[], Mapping[tuple[str, str], int]]


class Monitors:
    """What listens to the log, as far as it is configured, and what the server tells.

    `metrics` and `traces` are None where they are not configured; their libraries are not imported
    then.
    """

    def __init__(
        self,
        settings: Monitoring,
        *,
        callbacks: str,
        called_back: Iterable[str],
        places: Places,
    ) -> None:
        """`callbacks` is the path under which the vendors of `called_back` call.

        `places` tells the calls under way.
        """
        self._places = places
        self.vitals = Vitals()
        self.history = History(callbacks)
        self.port, self.token = settings.port, settings.token
        self.metrics = Metrics(callbacks, called_back) if settings.metrics else None
        self.traces = Traces() if settings.traces else None
        dsn = settings.sentry_dsn
        self._defects = None if dsn is None else Defects(dsn, settings.sentry_environment)

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Those who hear the log."""
        found = (self.history, self.metrics, self.traces, self._defects)
        return tuple(one for one in found if one is not None)

    def begin(self) -> None:
        """Begin in the process that serves; what cannot begin is logged and does without."""
        for one in (self.metrics, self.traces, self._defects):
            if one is None:
                continue
            try:
                one.begin()
            except Exception as error:  # whatever a library says of its own variables
                cause = f"{type(one).__name__.lower()} cannot begin"
                log_event("monitoring", logging.WARNING, error=type(error).__name__, cause=cause)

    def sampled(self, sample: Sample) -> None:
        """Take what the server has under way."""
        whole = replace(sample, places=self._places())
        self.vitals.sample = whole
        if self.metrics is not None:
            self.metrics.sampled(whole)

    def end(self) -> None:
        """Send what waits, as far as that takes no more than some seconds."""
        ending = [
            threading.Thread(target=one.end, daemon=True)
            for one in (self.traces, self._defects)
            if one is not None
        ]
        for thread in ending:
            thread.start()
        until = time.monotonic() + _LAST_SECONDS
        for thread in ending:
            thread.join(max(0.0, until - time.monotonic()))
