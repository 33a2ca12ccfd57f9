"""Traces: a span a request and a span a call, by pattern and name, in the trace that was begun."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import request
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from proxy import VERSION
from tests.conftest import StartWorld
from tests.kit.world import KitWorld
from tests.monitoring.conftest import Collector
from tests.patience import PATIENCE_SECONDS, wait_until
from tests.watch import Watch, watch

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
# The example of W3C Trace Context, section 3.2.
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
SERVER, CLIENT, FAILED = 2, 3, 2


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, str]]:
    """Return a function that sets OpenTelemetry's variables, where its library looks for them."""

    def set_all(url: str) -> dict[str, str]:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return variables

    return set_all


@pytest.fixture
def watched(
    start_world: StartWorld,
    collector: Collector,
    environment: Callable[[str], dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Watch]:
    """Return a watched world whose app sends traces to the collector."""
    world = start_world(integration_api=True, **environment(collector.url))
    yield from watch(world, monkeypatch, caplog)


def exports(collector: Collector) -> list[ExportTraceServiceRequest]:
    """Return what has been received, decoded by OpenTelemetry's own definition."""
    sent = [received for received in collector.received if received.path == "/v1/traces"]
    return [ExportTraceServiceRequest.FromString(received.body) for received in sent]


def spans(collector: Collector) -> list[Any]:
    """Return all spans, in the order in which they ended."""
    return [
        span
        for export in exports(collector)
        for resource in export.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def attributes(of: Any) -> dict[str, object]:
    """Return attributes as a dict."""
    return {
        one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value")
        for one in of.attributes
    }


def wait_for_requests(collector: Collector, count: int) -> None:
    collector.wait(lambda: count <= sum(span.kind == SERVER for span in spans(collector)))


def test_a_request_and_its_calls_are_one_trace(watched: Watch, collector: Collector) -> None:
    watched.world.browser().start()
    wait_for_requests(collector, 1)
    (request,) = [span for span in spans(collector) if span.kind == SERVER]
    assert "POST /api/id-verification" == request.name
    assert {
        "http.request.method": "POST",
        "http.route": "/api/id-verification",
        "http.response.status_code": 201,
    } == attributes(request)
    calls = [span for span in spans(collector) if span.kind == CLIENT]
    assert {request.span_id} == {call.parent_span_id for call in calls}
    assert {request.trace_id} == {call.trace_id for call in calls}
    names = [call.name for call in calls]
    assert "POST passcheck" in names
    assert "GET sharetribe" in names
    for call in calls:
        assert request.start_time_unix_nano <= call.end_time_unix_nano
        assert call.start_time_unix_nano < call.end_time_unix_nano <= request.end_time_unix_nano


def test_it_is_told_who_sends(watched: Watch, collector: Collector) -> None:
    watched.world.browser().read()
    wait_for_requests(collector, 1)
    (resource,) = exports(collector)[0].resource_spans
    told = attributes(resource.resource)
    assert ("echoseal", VERSION) == (told["service.name"], told["service.version"])


def test_a_trace_that_was_begun_goes_on_here_and_no_further(
    watched: Watch, collector: Collector
) -> None:
    sent: list[str] = []
    for upstream in (watched.world.sharetribe, watched.world.passcheck):
        upstream.app.before_request(lambda: sent.extend(name for name, _ in request.headers))
    watched.world.browser().call("POST", headers={"traceparent": TRACEPARENT})
    wait_for_requests(collector, 1)
    (span,) = [span for span in spans(collector) if span.kind == SERVER]
    assert (TRACE, PARENT) == (span.trace_id.hex(), span.parent_span_id.hex())
    assert sent
    assert "traceparent" not in {name.lower() for name in sent}


@pytest.mark.parametrize(
    "odd", ["", "x", TRACEPARENT[:-1], f"00-{'0' * 32}-{PARENT}-01", "0" * 9_000]
)
def test_an_odd_traceparent_begins_a_trace_of_its_own(
    watched: Watch, collector: Collector, odd: str
) -> None:
    answered = watched.world.browser().call("GET", headers={"traceparent": odd})
    assert answered.status_code < 500
    wait_for_requests(collector, 1)
    (request,) = [span for span in spans(collector) if span.kind == SERVER]
    assert b"" == request.parent_span_id


def test_what_failed_is_marked(watched: Watch, collector: Collector) -> None:
    watched.world.passcheck.faults.mode = "reset"
    watched.world.browser().start()
    wait_for_requests(collector, 1)
    failed = {
        span.name: attributes(span) for span in spans(collector) if span.status.code == FAILED
    }
    assert {"POST passcheck", "POST /api/id-verification"} == set(failed)
    assert "no answer" == failed["POST passcheck"]["error.type"]
    assert "vendor-unavailable" == failed["POST /api/id-verification"]["error.type"]


def test_no_trace_takes_a_secret_along(watched: Watch, collector: Collector) -> None:
    world = watched.world
    browser = world.browser()
    reference = browser.start().json()["transactionReference"]
    world.checks.finish(reference)
    browser.call("GET", f"/api/id-verification?canary={browser.cookie}")
    browser.call("POST", f"/api/callbacks/passcheck/{world.checks.check.reference}")
    browser.call("GET", f"/canary/{world.user.id}")
    wait_for_requests(collector, 5)
    sent = b"".join(received.body for received in collector.received).decode("latin-1")
    assert [] == watched.leaks_in("traces", sent)
    for odd in ("canary", world.user.id, "127.0.0.1", reference):
        assert odd not in sent


def test_a_collector_that_is_silent_holds_up_nobody(
    silent: socket.socket, environment: Callable[[str], dict[str, str]]
) -> None:
    port = silent.getsockname()[1]
    settings: dict[str, Any] = {**environment(f"http://127.0.0.1:{port}")}
    world = KitWorld(**settings)
    try:
        assert 201 == world.browser().start().status_code
        began = time.monotonic()
    finally:
        world.close()
    assert time.monotonic() - began < PATIENCE_SECONDS / 2
    # Else the library goes on trying beside the tests that follow.
    silent.close()
    wait_until(lambda: not _is_exporting(), "the library still exports")


def _is_exporting() -> bool:
    return any("BatchSpan" in thread.name for thread in threading.enumerate())
