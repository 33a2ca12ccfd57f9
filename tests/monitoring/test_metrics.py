"""What is counted, and under which labels: few values, none of them anybody's."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from app import create_app
from proxy.monitoring.metrics import Metrics
from proxy.monitoring.sample import Sample
from tests.contract import served_contract
from tests.example_environment import read_example
from tests.flows.problems import assert_problem
from tests.flows.steps import log_fields, logged
from tests.kit.world import KitWorld
from tests.monitoring.prometheus import judge
from tests.proxy.conftest import StartWorld
from tests.source_tree import ROOT

CALLBACKS = "/api/callbacks"
TOKEN = "1f0e3dad99908345f7439f8ffabdffc4-metrics"


def numbers(page: str) -> dict[str, float]:
    """Return the samples of a page that are not 0, by name and labels as PromQL writes them."""
    found = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            told = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            if sample.value and "le=" not in told:
                found[f"{sample.name.removeprefix('echoseal_')}{{{told}}}"] = sample.value
    return found


def counted(*events: tuple[str, int, Mapping[str, object]]) -> dict[str, float]:
    """Return what some events alone have been counted as."""
    metrics = Metrics(CALLBACKS)
    before = numbers(metrics.page().decode())
    for event, level, fields in events:
        metrics.heard_event(event, level, fields)
    after = numbers(metrics.page().decode())
    return {name: value for name, value in after.items() if before.get(name) != value}


REQUEST = {"method": "GET", "route": "/api/id-verification", "status": 200, "ms": 50.0}


@pytest.mark.parametrize(
    ("event", "level", "fields", "expected"),
    [
        (
            "request",
            logging.INFO,
            REQUEST,
            {
                "requests_total{method=GET,route=/api/id-verification,status=200}": 1,
                "request_seconds_count{route=/api/id-verification}": 1,
                "request_seconds_sum{route=/api/id-verification}": 0.05,
            },
        ),
        (
            "request",
            logging.INFO,
            {"method": "POST", "route": "/api/callbacks/acme/<reference>", "status": 403,
             "code": "origin-not-allowed"},
            {
                "requests_total{method=POST,route=/api/callbacks/acme/<reference>,status=403}": 1,
                "problems_total{code=origin-not-allowed}": 1,
                "refused_callbacks_total{code=origin-not-allowed,trip=acme}": 1,
            },
        ),
        (
            "request",
            logging.DEBUG,
            {"method": "BREW", "route": "passed-through", "status": 200},
            {"requests_total{method=other,route=passed-through,status=200}": 1},
        ),
        (
            "callback",
            logging.INFO,
            {"trip": "acme", "matter": "identity", "outcome": "stored", "result": "approved",
             "subject": "u-canary", "case": "c-canary", "cause": "canary"},
            {"callbacks_total{matter=identity,outcome=stored,result=approved,trip=acme}": 1},
        ),
        (
            "pull",
            logging.INFO,
            {"trip": "acme", "matter": "signing/rules", "outcome": "stored", "result": None},
            {"pulls_total{matter=signing/rules,outcome=stored,result=,trip=acme}": 1},
        ),
        (
            "start",
            logging.INFO,
            {"trip": "acme", "matter": "identity", "outcome": "begun"},
            {"starts_total{matter=identity,outcome=begun,result=,trip=acme}": 1},
        ),
        (
            "renewal",
            logging.WARNING,
            {"trip": "till", "outcome": "lost"},
            {"events_total{event=renewal,level=warning,outcome=lost,trip=till}": 1},
        ),
        (
            "catch-up",
            logging.INFO,
            {"trip": "till", "outcome": "17"},
            {"events_total{event=catch-up,level=info,outcome=,trip=till}": 1},
        ),
        (
            "defect",
            logging.ERROR,
            {"error": "ValueError", "cause": "trip.py:3"},
            {"defects_total{}": 1, "events_total{event=defect,level=error,outcome=,trip=}": 1},
        ),
        ("log", logging.WARNING, {"dropped": 3}, {"log_lines_dropped_total{}": 3}),
        (
            "refused",
            logging.INFO,
            {"status": 408, "code": "request-timeout"},
            {
                "problems_total{code=request-timeout}": 1,
                "events_total{event=refused,level=info,outcome=,trip=}": 1,
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_an_event_is_counted(
    event: str, level: int, fields: dict[str, object], expected: dict[str, float]
) -> None:
    assert expected == counted((event, level, fields))


@pytest.mark.parametrize(
    ("status", "label"), [(None, "none"), (200, "2xx"), (404, "4xx"), (429, "429"), (503, "5xx")]
)
def test_a_call_is_counted_by_what_came(status: int | None, label: str) -> None:
    metrics = Metrics(CALLBACKS)
    metrics.heard_call("acme", "GET", status, 0.25)
    found = numbers(metrics.page().decode())
    assert 1 == found[f"upstream_seconds_count{{status={label},upstream=acme}}"]
    assert 0.25 == found[f"upstream_seconds_sum{{status={label},upstream=acme}}"]


@pytest.mark.parametrize("odd", ["two words", "x" * 121, 'a"b', "line\nbreak", "user@mail.example"])
def test_a_value_that_is_no_word_of_ours_is_counted_as_other(odd: str) -> None:
    found = counted(("callback", logging.INFO, {"trip": odd, "outcome": "stored"}))
    assert {"callbacks_total{matter=,outcome=stored,result=,trip=other}": 1} == found


def test_many_values_take_no_more_room_than_five_hundred() -> None:
    events = [("renewal", logging.INFO, {"trip": f"t-{n}"}) for n in range(2_000)]
    found = counted(*events)
    assert (501, 2_000) == (len(found), sum(found.values()))
    assert 1_500 == found["events_total{event=other,level=other,outcome=other,trip=other}"]


def test_what_is_under_way_is_told_as_it_was_last_seen() -> None:
    metrics = Metrics(CALLBACKS)
    for taken in (7, 3):
        metrics.sampled(
            Sample(
                {"visitors": taken},
                {"callbacks": taken},
                {"threads": (taken, 200)},
                {("acme", "visitors"): taken},
            )
        )
    found = numbers(metrics.page().decode())
    expected = {
        "requests_in_flight{kind=visitors}": 3,
        "requests_waiting{kind=callbacks}": 3,
        "share_taken{share=threads}": 3,
        "share_limit{share=threads}": 200,
        "calls_in_flight{kind=visitors,upstream=acme}": 3,
    }
    assert expected == {name: found[name] for name in expected}


def read(world: KitWorld, token: str = TOKEN) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{world.url}/metrics", headers=headers, timeout=10)


def test_trips_are_counted_on_a_page_that_prometheus_reads(start_world: StartWorld) -> None:
    world = start_world(METRICS_TOKEN=TOKEN)
    browser = world.browser()
    reference = browser.start().json()["transactionReference"]
    world.checks.finish(reference)
    world.browser().call("POST", "/api/callbacks/passcheck/made-up")
    answered = read(world)
    assert "text/plain; version=0.0.4; charset=utf-8" == answered.headers["Content-Type"]
    found = numbers(answered.text)
    route = "/api/id-verification"
    assert 1 == found[f"requests_total{{method=POST,route={route},status=201}}"]
    assert 1 == found["refused_callbacks_total{code=signature-invalid,trip=passcheck}"]
    stored = [name for name in found if re.match(r"callbacks_total\{.*outcome=stored,", name)]
    assert [1] == [found[name] for name in stored]
    assert found["upstream_seconds_count{status=2xx,upstream=passcheck}"] >= 1
    assert 40 == found["share_limit{share=threads}"]
    judge("check", "metrics", told=answered.text)


def test_the_metrics_need_their_own_token(start_world: StartWorld) -> None:
    operator = "c4ca4238a0b923820dcc509a6f75849b-operator"
    world = start_world(METRICS_TOKEN=TOKEN, OPERATOR_TOKEN=operator)
    assert_problem(requests.get(f"{world.url}/metrics", timeout=10), 401, "credentials-invalid")
    with logged() as lines:
        assert_problem(read(world, operator), 401, "credentials-invalid")
    causes = [log_fields(line).get("cause") for line in lines if line.startswith("event=problem ")]
    assert ["the bearer token is not METRICS_TOKEN"] == causes
    statuses = [read(world, f"guess-{number}").status_code for number in range(20)]
    assert 429 == statuses[-1]


def test_without_settings_there_are_no_metrics(world: KitWorld) -> None:
    assert_problem(read(world), 404, "not-found")


def test_the_contract_has_the_metrics_where_they_are() -> None:
    for settings, expected in (({}, False), ({"METRICS_TOKEN": TOKEN}, True)):
        contract: Any = served_contract(create_app({**read_example(), **settings}))
        assert expected == ("/metrics" in contract["paths"])


def test_nothing_is_imported_for_what_is_not_configured() -> None:
    program = (
        "import sys; from app import create_app;"
        " from tests.example_environment import read_example; create_app(read_example());"
        " print(sorted({name.partition('.')[0] for name in sys.modules}"
        " & {'prometheus_client', 'opentelemetry', 'sentry_sdk'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "[]" == done.stdout.splitlines()[-1]
