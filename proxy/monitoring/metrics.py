"""Metrics for Prometheus, counted from what the log tells and sampled from the server.

Every label has few values: names of the configuration, words of ours, patterns of routes. A value
of another form, and whatever comes after the first few hundred of a metric, is counted as `other`:
so a defect elsewhere can neither put a secret into a label nor fill the memory.

Where several processes serve, prometheus_client keeps their numbers in files of one folder
(`PROMETHEUS_MULTIPROC_DIR`, which gunicorn.conf.py sets), and whichever process is asked answers
for all of them. Source: prometheus.github.io/client_python (multiprocess mode; read 2026-11).
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from proxy import VERSION
from proxy.monitoring.sample import Sample
from proxy.monitoring.words import METHODS, OTHER, called_back, level_word, word

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_MOST_CHILDREN = 500
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0)
# They have counters of their own, or stand in the line of a request.
_COUNTED_APART = frozenset({"request", "upstream", "log"})
_WITH_ENDS = frozenset({"start", "callback", "pull"})
_FIRST_REFUSAL = 400
_TOO_MANY = 429


class _Family:
    """A metric and its children by their labels, so many at most."""

    def __init__(self, metric: Any, labels: tuple[str, ...]) -> None:
        self._metric = metric
        self._others = (OTHER,) * len(labels)
        self._children: dict[tuple[object, ...], Any] = {}
        self._adding = threading.Lock()

    def of(self, *values: object) -> Any:
        """Return the child of these labels' values; None is no value."""
        child = self._children.get(values)
        return child if child is not None else self._add(values)

    def _add(self, values: tuple[object, ...]) -> Any:
        labels = tuple("" if value is None else word(value) for value in values)
        with self._adding:
            if len(self._children) >= _MOST_CHILDREN:
                return self._metric.labels(*self._others)
            child = self._metric.labels(*labels)
            if OTHER not in labels:
                self._children[values] = child
            return child


class Metrics:
    """Counts for one app; a listener of the log (`proxy.logs.Listener`)."""

    def __init__(self, callbacks: str, called_back: Iterable[str] = ()) -> None:
        """`callbacks` is the path under which vendors call, without a slash at its end.

        `called_back` are those vendors: what alerts look for begins at 0, or its first rise would
        be none to Prometheus.
        """
        self._client = import_module("prometheus_client")
        self._client.disable_created_metrics()
        self._callbacks = callbacks
        self._folder = os.environ.get(FOLDER_VARIABLE)
        self._registry = self._client.CollectorRegistry()
        self._requests = self._counter(
            "requests", "Requests that were answered.", "method", "route", "status"
        )
        self._request_seconds = self._histogram(
            "request_seconds", "How long requests took to be answered.", "route"
        )
        self._problems = self._counter(
            "problems", "Requests that were refused or failed, by problem code.", "code"
        )
        self._refused_callbacks = self._counter(
            "refused_callbacks", "Callbacks that were not acknowledged.", "trip", "code"
        )
        ends = ("trip", "matter", "outcome", "result")
        self._ends = {
            "start": self._counter("starts", "Trips that users have begun.", *ends),
            "callback": self._counter("callbacks", "Callbacks, by what was done.", *ends),
            "pull": self._counter("pulls", "Results that vendors were asked for.", *ends),
        }
        self._events = self._counter(
            "events", "All other lines of the log.", "event", "trip", "outcome", "level"
        )
        self._upstream_seconds = self._histogram(
            "upstream_seconds", "How long upstreams took to answer.", "upstream", "status"
        )
        self._defects = self._counter("defects", "Defects of our own code.")
        self._dropped = self._counter("log_lines_dropped", "Log lines that nobody read in time.")
        self._add_gauges()
        self._problems.of("overloaded")
        for trip in called_back:
            for code in ("origin-not-allowed", "signature-invalid"):
                self._refused_callbacks.of(trip, code)

    def _add_gauges(self) -> None:
        self._in_flight = self._gauge(
            "requests_in_flight", "Requests that are being served.", "kind"
        )
        self._waiting = self._gauge("requests_waiting", "Requests that wait for a thread.", "kind")
        self._share_taken = self._gauge("share_taken", "How much is taken of a share.", "share")
        self._share_limit = self._gauge("share_limit", "How much there is of a share.", "share")
        self._places = self._gauge(
            "calls_in_flight", "Calls to upstreams that are under way.", "upstream", "kind"
        )
        self._alive = self._gauge("processes", "Processes that serve.")
        self._started_at = self._gauge(
            "start_time_seconds", "When the newest process has started, in unix time.", mode="max"
        )
        build = self._gauge("build_info", "What runs here.", "version", "python", mode="max")
        python = ".".join(map(str, sys.version_info[:3]))
        build.of(VERSION, python).set(1)

    def _counter(self, name: str, told: str, *labels: str) -> Any:
        return self._family(self._client.Counter, name, told, labels)

    def _histogram(self, name: str, told: str, *labels: str) -> Any:
        return self._family(self._client.Histogram, name, told, labels, buckets=_BUCKETS)

    def _gauge(self, name: str, told: str, *labels: str, mode: str = "livesum") -> Any:
        return self._family(self._client.Gauge, name, told, labels, multiprocess_mode=mode)

    def _family(self, kind: Any, name: str, told: str, labels: tuple[str, ...], **more: Any) -> Any:
        metric = kind(f"echoseal_{name}", told, labels, registry=self._registry, **more)
        return _Family(metric, labels) if labels else metric

    def begin(self) -> None:
        """Note that this process serves from now on; in the process itself, after it was forked."""
        self._alive.set(1)
        self._started_at.set(time.time())

    # -- what the log tells -------------------------------------------------------------------

    def heard_event(self, event: str, level: int, fields: Mapping[str, object]) -> None:
        """Count an event."""
        if event == "request":
            self._count_request(fields)
        elif event in _WITH_ENDS:
            ends = (fields.get("trip"), fields.get("matter"), fields.get("outcome"))
            self._ends[event].of(*ends, fields.get("result")).inc()
        elif event == "log":
            self._dropped.inc(_count(fields.get("dropped")))
        if event == "refused":
            self._problems.of(fields.get("code")).inc()
        if event == "defect":
            self._defects.inc()
        if event not in _COUNTED_APART and event not in _WITH_ENDS:
            outcome = fields.get("outcome")
            # Some tell how many there were.
            told = None if str(outcome).isdigit() else outcome
            self._events.of(event, fields.get("trip"), told, level_word(level)).inc()

    def _count_request(self, fields: Mapping[str, object]) -> None:
        method, route = fields.get("method"), fields.get("route")
        status, code = fields.get("status"), fields.get("code")
        self._requests.of(method if method in METHODS else OTHER, route, status).inc()
        seconds = fields.get("ms")
        if isinstance(seconds, float):
            self._request_seconds.of(route).observe(seconds / 1000)
        if code is not None:
            self._problems.of(code).inc()
        trip = called_back(route, self._callbacks)
        if trip is not None and isinstance(status, int) and status >= _FIRST_REFUSAL:
            self._refused_callbacks.of(trip, code or status).inc()

    def heard_call(
        self, upstream: str, _method: str, status: int | None, seconds: float, /
    ) -> None:
        """Count an upstream call."""
        self._upstream_seconds.of(upstream, _class_of(status)).observe(seconds)

    # -- what the server tells ----------------------------------------------------------------

    def sampled(self, sample: Sample) -> None:
        """Take what is under way."""
        for kind, count in sample.in_flight.items():
            self._in_flight.of(kind).set(count)
        for kind, count in sample.waiting.items():
            self._waiting.of(kind).set(count)
        for share, (taken, most) in sample.shares.items():
            self._share_taken.of(share).set(taken)
            self._share_limit.of(share).set(most)
        for (upstream, kind), count in sample.places.items():
            self._places.of(upstream, kind).set(count)

    def page(self) -> bytes:
        """Return all metrics in Prometheus's text format, of all processes that serve together."""
        registry = self._registry
        if self._folder is not None:
            registry = self._client.CollectorRegistry()
            files = import_module("prometheus_client.multiprocess")
            files.MultiProcessCollector(registry, self._folder)
        page: bytes = self._client.generate_latest(registry)
        return page


def _class_of(status: int | None) -> str:
    """Return `none` without an answer, `429`, or the class of a status such as `2xx`."""
    if status is None:
        return "none"
    return "429" if status == _TOO_MANY else f"{status // 100}xx"


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
