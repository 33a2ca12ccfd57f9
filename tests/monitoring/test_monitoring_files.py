"""The dashboard, the alerts and the page about them speak of what is exported alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from proxy.monitoring.metrics import Metrics
from proxy.monitoring.sample import Sample
from tests.monitoring.prometheus import judge
from tests.source_tree import ROOT

DOCS = ROOT / "docs"
FOLDER = DOCS / "monitoring"
ALERTS = (FOLDER / "alerts.yml").read_text()
ALERTS_TEST = ROOT / "tests" / "monitoring" / "alerts_test.yml"
# Prometheus's own: what a scrape finds, the job that it is of, and a histogram's bounds.
OWN_METRICS, OWN_LABELS = {"up"}, {"job", "le"}


def exported() -> dict[str, set[str]]:
    """Return every metric with its labels, as they stand on the page once all has happened."""
    metrics = Metrics("/api/callbacks", ["acme"])
    metrics.begin()
    metrics.heard_event("request", 20, {"method": "GET", "route": "/x", "status": 200, "ms": 1.0})
    for event in ("start", "callback", "pull", "renewal"):
        metrics.heard_event(event, 20, {"trip": "acme", "outcome": "stored"})
    metrics.heard_call("acme", "GET", 200, 0.1)
    one = {"visitors": 1}
    metrics.sampled(Sample(one, one, {"threads": (1, 2)}, {("acme", "visitors"): 1}))
    return {
        f"{family.name}_total" if family.type == "counter" else family.name: {
            name for sample in family.samples for name in sample.labels
        }
        - OWN_LABELS
        for family in text_string_to_metric_families(metrics.page().decode())
    }


EXPORTED = exported()


def expressions() -> dict[str, str]:
    """Return each expression of the alerts and of the dashboard, by where it stands."""
    found = {
        name: " ".join(expression.split())
        for name, expression in re.findall(r"- alert: (\w+)\n +expr: >-\n((?: {10}.*\n)+)", ALERTS)
    }
    board = json.loads((FOLDER / "grafana-dashboard.json").read_text())
    for panel in board["panels"]:
        for target in panel["targets"]:
            found[f"{panel['title']} {target['refId']}"] = target["expr"]
    return found


@pytest.mark.parametrize("place", expressions())
def test_an_expression_speaks_of_what_is_exported(place: str) -> None:
    expression = expressions()[place]
    bare = re.sub(r'"[^"]*"', '""', expression)
    named = set(re.findall(r"\b(?:echoseal_\w+|up)\b", bare))
    known = {re.sub(r"_(bucket|count|sum)$", "", name) for name in named - OWN_METRICS}
    assert named
    assert known <= EXPORTED.keys()
    labels = set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", bare))
    for several in re.findall(r"by \(([^)]*)\)", bare):
        labels |= {name.strip() for name in several.split(",")}
    of_these = set().union(*(EXPORTED[name] for name in known if name in EXPORTED))
    assert labels <= of_these | OWN_LABELS


def test_the_page_lists_every_metric_with_its_labels() -> None:
    rows = re.findall(r"^\| `(echoseal_\w+)` \| ([^|]*) \|", _page(), re.MULTILINE)
    assert EXPORTED == {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}


def test_every_alert_is_on_the_page_and_says_what_to_do() -> None:
    names = re.findall(r"- alert: (\w+)", ALERTS)
    assert sorted(names) == sorted(re.findall(r"`(Echoseal\w+)`", _page()))
    for field in ("severity: (?:page|ticket)", 'summary: ".', "description: >-\n +.", "runbook: ."):
        assert len(names) == len(re.findall(rf"^ +{field}", ALERTS, re.MULTILINE))


def test_every_alert_leads_to_a_section_of_the_docs() -> None:
    for page, _, section in (link.partition("#") for link in re.findall("runbook: (.*)", ALERTS)):
        text = (ROOT / page).read_text()
        titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
        assert not section or section in anchors


def _page() -> str:
    return (DOCS / "monitor.md").read_text()


def test_prometheus_takes_the_files() -> None:
    judge("check", "config", FOLDER / "prometheus.yml")


def test_the_alerts_fire_when_they_should_and_only_then() -> None:
    told = set(re.findall(r'alertname="(\w+)"', ALERTS_TEST.read_text()))
    assert set(re.findall(r"- alert: (\w+)", ALERTS)) == told
    judge("test", "rules", ALERTS_TEST)


def test_prometheus_understands_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "5m")}
        for number, expression in enumerate(expressions().values())
    ]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    judge("check", "rules", file)
