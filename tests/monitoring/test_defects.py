"""Defects at Sentry: what failed and where; no value, no text, nothing of the request."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from proxy import VERSION
from proxy.logs import log_event
from proxy.references.record_store import RecordStore
from proxy.serving.server import EXTENSION
from proxy.sharetribe.client import User
from tests.conftest import StartWorld
from tests.kit.world import KitWorld
from tests.monitoring.conftest import Collector
from tests.watch import Watch, watch
from tests.world import World

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def watched(
    start_world: StartWorld,
    collector: Collector,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Watch]:
    """Return a watched world whose app tells the collector of its defects."""
    dsn = f"http://{KEY}@127.0.0.1:{collector.port}/42"
    world = start_world(integration_api=True, SENTRY_DSN=dsn, SENTRY_ENVIRONMENT="trial")
    yield from watch(world, monkeypatch, caplog)


def events(collector: Collector) -> list[dict[str, Any]]:
    """Return the events in what has been received: envelopes of JSON lines."""
    found = []
    for received in collector.received:
        lines = [json.loads(line) for line in received.body.splitlines() if line.strip()]
        found += [event for head, event in pairwise(lines) if head.get("type") == "event"]
    return found


def break_reading(watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let reading a user's records fail, with secrets in variables and in the exception."""

    def broken(_store: RecordStore, user: User) -> None:
        secret, private = watched.world.checks.api_key, user.private_data
        raise ValueError(f"{private} {secret}")

    monkeypatch.setattr(RecordStore, "read", broken)


def failing(world: World) -> None:
    """Ask in every way in which something of a user's could be taken along."""
    browser = world.browser()
    browser.read()
    secret = browser.cookie or ""
    path = f"/api/id-verification?canary={secret}"
    browser.call("GET", path, headers={"X-Canary": secret})
    browser.start(locale=secret)


def test_a_defect_is_told_with_its_places_and_nothing_else(
    watched: Watch, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_reading(watched, monkeypatch)
    watched.world.browser().read()
    collector.wait(lambda: bool(events(collector)))
    (event,) = events(collector)
    (told,) = event["exception"]["values"]
    assert ("ValueError", "error", "defect") == (told["type"], event["level"], event["logger"])
    assert ("trial", f"echoseal@{VERSION}") == (event["environment"], event["release"])
    last = told["stacktrace"]["frames"][-1]
    assert ("test_defects.py", f"{break_reading.__qualname__}.<locals>.broken", False) == (
        last["filename"],
        last["function"],
        last["in_app"],
    )
    ours = [frame["module"] for frame in told["stacktrace"]["frames"] if frame["in_app"]]
    assert "proxy.references.trip" in ours or "proxy.references.routes" in ours
    keys = {key for frame in told["stacktrace"]["frames"] for key in frame}
    assert {"filename", "function", "module", "lineno", "in_app"} == keys
    known = {
        "environment", "event_id", "exception", "level", "logger", "platform", "release", "sdk",
        "timestamp",
    }  # fmt: skip
    assert known == set(event)


def test_no_defect_takes_a_secret_along(
    watched: Watch, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_reading(watched, monkeypatch)
    failing(watched.world)
    collector.wait(lambda: len(events(collector)) >= 2)
    sent = b"\n".join(received.body for received in collector.received).decode()
    assert [] == watched.leaks_in("what Sentry got", sent)
    for odd in ("X-Canary", "canary", "id-verification", watched.world.user.id, "127.0.0.1"):
        assert odd not in sent


@pytest.mark.parametrize(
    "say",
    [
        lambda _world: log_event("callback", trip="passcheck", outcome="stored"),
        lambda _world: log_event("problem", logging.WARNING, code="vendor-unavailable"),
        lambda world: world.browser().call("POST", "/api/callbacks/passcheck/x"),
        lambda _world: log_event("opentelemetry", logging.ERROR, cause="Failed to export"),
    ],
)
def test_what_is_no_defect_is_not_told(
    watched: Watch, collector: Collector, say: Callable[[KitWorld], object]
) -> None:
    say(watched.world)
    log_event("defect", logging.ERROR, error="KeyError", cause="the last word")
    collector.wait(lambda: bool(events(collector)))
    values = [event["exception"]["values"][0] for event in events(collector)]
    assert [{"type": "KeyError", "value": "the last word"}] == values


def test_what_waits_is_sent_at_the_end(watched: Watch, collector: Collector) -> None:
    monitors = watched.world.app.extensions[EXTENSION].monitors
    for number in range(20):
        log_event("defect", logging.ERROR, error="KeyError", cause=f"number {number}")
    monitors.end()
    assert 20 == len(events(collector))
