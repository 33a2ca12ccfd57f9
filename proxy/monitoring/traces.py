"""Traces by OpenTelemetry: a span for each request to our own routes, one for each upstream call.

Configured by OpenTelemetry's own variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`,
`OTEL_TRACES_SAMPLER` ...), sent as OTLP over HTTP. A request's span continues the trace of its
`traceparent` (W3C Trace Context). None is sent to upstreams: they are other people's, and a trace's
id would tell them which of their calls belong together. Spans are named by method and route; no
path, query, header, body, address or user is in them. Source: opentelemetry.io (semantic
conventions for HTTP spans, environment variables, OTLP exporter; read 2026-11).
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextvars import ContextVar
from importlib import import_module
from typing import Any

from flask import Flask, request

from proxy import VERSION
from proxy.monitoring.words import METHODS

_TRACEPARENT = re.compile(r"[0-9a-f-]{55,200}", re.ASCII)
_FAILED = 500
_NANOSECONDS = 1_000_000_000
# The span of the request that this context serves.
_request: ContextVar[Any] = ContextVar("traced_request", default=None)


class Traces:
    """Makes spans of what the log tells; a listener of the log (`proxy.logs.Listener`)."""

    def __init__(self) -> None:
        self._api = import_module("opentelemetry.trace")
        self._sdk = import_module("opentelemetry.sdk.trace")
        self._resources = import_module("opentelemetry.sdk.resources")
        self._exporting = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        self._sending = import_module("opentelemetry.sdk.trace.export")
        self._propagator = import_module(
            "opentelemetry.trace.propagation.tracecontext"
        ).TraceContextTextMapPropagator()
        self._provider: Any = None
        self._tracer: Any = None

    def begin(self) -> None:
        """Be ready to send; in the process that serves, after it was forked."""
        resources, exporter = self._resources, self._exporting.OTLPSpanExporter()
        named = resources.OTELResourceDetector().detect().attributes
        own = {"service.version": VERSION}
        if "service.name" not in named:
            own["service.name"] = "echoseal"
        self._provider = self._sdk.TracerProvider(
            resource=resources.Resource.create(own), shutdown_on_exit=False
        )
        self._provider.add_span_processor(self._sending.BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("echoseal", VERSION)

    def follow(self, app: Flask) -> None:
        """Let the requests to `app` have spans."""
        app.before_request(self._begin_request)
        app.teardown_request(_end_request)

    def _begin_request(self) -> None:
        if self._tracer is None:
            return
        parent, traceparent = None, request.headers.get("traceparent")
        if traceparent is not None and _TRACEPARENT.fullmatch(traceparent):
            parent = self._propagator.extract({"traceparent": traceparent})
        method = request.method if request.method in METHODS else "_OTHER"
        told, name = {"http.request.method": method}, method
        if request.url_rule is not None:
            told["http.route"] = request.url_rule.rule
            name = f"{method} {request.url_rule.rule}"
        kind = self._api.SpanKind.SERVER
        _request.set(self._tracer.start_span(name, parent, kind=kind, attributes=told))

    def heard_event(self, event: str, _level: int, fields: Mapping[str, object], /) -> None:
        """End a request's span with its line."""
        span = _request.get()
        if event != "request" or span is None:
            return
        _request.set(None)
        status, code = fields.get("status"), fields.get("code")
        span.set_attribute("http.response.status_code", status)
        if code is not None:
            span.set_attribute("error.type", code)
        if isinstance(status, int) and status >= _FAILED:
            span.set_status(self._api.StatusCode.ERROR)
        span.end()

    def heard_call(self, upstream: str, method: str, status: int | None, seconds: float) -> None:
        """Add a span for a call that has ended."""
        parent = _request.get()
        if self._tracer is None or parent is None:
            return
        ended_at = time.time_ns()
        told = {"http.request.method": method, "peer.service": upstream}
        span = self._tracer.start_span(
            f"{method} {upstream}",
            self._api.set_span_in_context(parent),
            kind=self._api.SpanKind.CLIENT,
            attributes=told,
            start_time=ended_at - int(seconds * _NANOSECONDS),
        )
        if status is None:
            span.set_attribute("error.type", "no answer")
        else:
            span.set_attribute("http.response.status_code", status)
        if status is None or status >= _FAILED:
            span.set_status(self._api.StatusCode.ERROR)
        span.end(ended_at)

    def end(self) -> None:
        """Send what waits, and stop."""
        if self._provider is not None:
            self._provider.shutdown()


def _end_request(_error: BaseException | None) -> None:
    """End the span of a request that has no line: it is asked again once its body has come."""
    span = _request.get()
    if span is not None:
        _request.set(None)
        span.end()
