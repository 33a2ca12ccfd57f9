"""What is monitored is opt-in, and a library that is missing is said at the start."""

from __future__ import annotations

import pytest

from proxy.monitoring import settings as monitoring_settings
from proxy.monitoring.settings import Monitoring, read_monitoring
from proxy.settings_reader import SettingsReader

TOKEN = "9bf31c7ff062936a96d3c8bd1f8f2ff3-metrics"
DSN = "https://0123456789abcdef@sentry.example/42"
ENDPOINT = "http://127.0.0.1:4318"


def read(**variables: str) -> tuple[Monitoring, SettingsReader]:
    reader = SettingsReader(variables)
    return read_monitoring(reader), reader


def problems(**variables: str) -> list[str]:
    return read(**variables)[1].problems


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have none of the libraries."""
    monkeypatch.setattr(monitoring_settings, "find_spec", lambda _name: None)


def test_nothing_is_monitored_by_default() -> None:
    monitoring, reader = read()
    assert (Monitoring(), [], []) == (monitoring, reader.problems, reader.advice)
    assert (False, None) == (monitoring.metrics, monitoring.bind)


@pytest.mark.parametrize(
    ("host", "bind"), [("", "127.0.0.1:9464"), ("::", "[::]:9464"), ("192.0.2.1", "192.0.2.1:9464")]
)
def test_a_port_has_metrics_on_loopback_unless_told_otherwise(host: str, bind: str) -> None:
    monitoring, _ = read(METRICS_PORT="9464", METRICS_HOST=host)
    assert (True, bind) == (monitoring.metrics, monitoring.bind)


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"METRICS_PORT": "0"}, "METRICS_PORT must be a whole number from 1 to 65535"),
        ({"METRICS_PORT": "8000"}, "METRICS_PORT is the port of the app itself (PORT)"),
        ({"METRICS_PORT": "5000", "PORT": "5000"}, "METRICS_PORT is the port of the app itself"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN does not have the expected form (32 or more"),
        ({"METRICS_HOST": "a b"}, "METRICS_HOST does not have the expected form"),
        ({"SENTRY_DSN": "https://sentry.example/42"}, "SENTRY_DSN is no DSN"),
        ({"SENTRY_DSN": DSN, "SENTRY_ENVIRONMENT": "a b"}, "SENTRY_ENVIRONMENT does not have"),
    ],
)
def test_a_setting_that_cannot_be_is_told(variables: dict[str, str], problem: str) -> None:
    (told,) = problems(**variables)
    assert told.startswith(problem)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("variables", "package"),
    [
        ({"METRICS_PORT": "9464"}, "prometheus-client"),
        ({"METRICS_TOKEN": TOKEN}, "prometheus-client"),
    ],
)
def test_a_missing_library_is_a_problem(variables: dict[str, str], package: str) -> None:
    (variable,) = variables
    (problem,) = problems(**variables)
    assert f"{variable} is set, and {package} is not installed: install " in problem


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("dsn", [DSN, "disabled"])
def test_what_an_addon_sets_for_sentry_stops_no_start(dsn: str) -> None:
    monitoring, reader = read(SENTRY_DSN=dsn, SENTRY_ENVIRONMENT="Production (EU)")
    assert (None, []) == (monitoring.sentry_dsn, reader.problems)
    assert "SENTRY_DSN is set, and sentry-sdk is not installed" in reader.advice[0]


def test_what_kubernetes_sets_for_a_service_called_metrics_is_no_port() -> None:
    monitoring, reader = read(METRICS_PORT="tcp://10.96.0.7:9464")
    assert (False, []) == (monitoring.metrics, reader.problems)
    assert "enableServiceLinks: false" in reader.advice[0]


@pytest.mark.usefixtures("bare")
def test_without_opentelemetry_its_variables_are_advised_about() -> None:
    monitoring, reader = read(OTEL_EXPORTER_OTLP_ENDPOINT=ENDPOINT)
    assert (False, []) == (monitoring.traces, reader.problems)
    assert "OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is not" in reader.advice[0]


@pytest.mark.parametrize(
    ("also", "has_traces"),
    [
        ({}, True),
        ({"OTEL_SDK_DISABLED": "TRUE"}, False),
        ({"OTEL_SDK_DISABLED": "false"}, True),
        ({"OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_traces_follow_opentelemetrys_own_variables(also: dict[str, str], has_traces: bool) -> None:
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        assert has_traces == read(**{name: ENDPOINT}, **also)[0].traces
    assert not read(**also)[0].traces


def test_a_protocol_that_is_not_spoken_is_advised_about() -> None:
    monitoring, reader = read(
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4317", OTEL_EXPORTER_OTLP_PROTOCOL="grpc"
    )
    (advice,) = reader.advice
    assert monitoring.traces
    assert advice.startswith("OTEL_EXPORTER_OTLP_PROTOCOL is grpc, and spans are sent as OTLP over")


def test_a_collector_without_a_scheme_is_advised_about() -> None:
    monitoring, reader = read(OTEL_EXPORTER_OTLP_ENDPOINT="127.0.0.1:4318")
    (advice,) = reader.advice
    assert monitoring.traces
    assert advice.startswith("OTEL_EXPORTER_OTLP_ENDPOINT does not begin with http://")


@pytest.mark.parametrize("variables", [{"METRICS_TOKEN": TOKEN}, {"SENTRY_DSN": DSN}])
def test_no_secret_is_shown(variables: dict[str, str]) -> None:
    (secret,) = variables.values()
    assert secret not in repr(read(**variables)[0])
