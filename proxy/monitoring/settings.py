"""What is monitored, and how: opt-in, by the environment."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.util import find_spec

from proxy.listening import DEFAULT_PORT, bind_of, read_host
from proxy.settings_reader import SettingsReader

# Sentry's own form: https://<public key>@<host>/<path with the project's number>.
_DSN = r"https?://[!-~]+@[!-~]+/[0-9]+"
_PRODUCTION = "production"
_ENVIRONMENT = r"[A-Za-z0-9_.-]{1,64}"
# A service's address, under <NAME>_PORT (kubernetes.io/docs, Service, environment variables).
_SERVICE_LINK = re.compile(r"(?:tcp|udp|sctp)://")
LOCK_FILE = "requirements-monitoring.txt"


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Where metrics are read (`port` on `host`, by `token` at `/metrics`), and what is sent where.

    `traces`: whether OpenTelemetry's own variables name somebody who collects them.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    token: str | None = field(default=None, repr=False)
    sentry_dsn: str | None = field(default=None, repr=False)
    sentry_environment: str = _PRODUCTION
    traces: bool = False

    @property
    def metrics(self) -> bool:
        """Whether there are metrics."""
        return self.port is not None or self.token is not None

    @property
    def bind(self) -> str | None:
        """Where the port of the metrics is bound (`host:port`), None where they have none."""
        return None if self.port is None else bind_of(self.host, self.port)


def read_monitoring(reader: SettingsReader) -> Monitoring:
    """Read what is monitored; a library that is needed for metrics and missing is a problem.

    Those of traces and defects are not: platforms and their add-ons set OpenTelemetry's variables
    and Sentry's for all that they run.
    """
    host = read_host(reader, "METRICS_HOST", "127.0.0.1")
    port = _port(reader)
    token = reader.token("METRICS_TOKEN")
    if port is not None or token:
        name = "METRICS_PORT" if port is not None else "METRICS_TOKEN"
        _report_missing(reader, name, "prometheus_client", "prometheus-client")
    dsn, environment = _sentry_dsn(reader), _PRODUCTION
    if dsn is not None:
        environment = reader.text(
            "SENTRY_ENVIRONMENT",
            _PRODUCTION,
            pattern=_ENVIRONMENT,
            form="a word such as production",
        )
    else:
        reader.asked.add("SENTRY_ENVIRONMENT")
    return Monitoring(host, port, token, dsn, environment, _has_traces(reader))


def _port(reader: SettingsReader) -> int | None:
    told = reader.optional("METRICS_PORT")
    if told is None:
        return None
    if _SERVICE_LINK.match(told):
        reader.advise(
            "METRICS_PORT is what Kubernetes tells of a service called metrics, and is left out:"
            " there are no metrics by it; enableServiceLinks: false keeps such variables away"
        )
        return None
    port = reader.integer("METRICS_PORT", 9464, minimum=1, maximum=65_535)
    if str(port) == (reader.optional("PORT") or str(DEFAULT_PORT)):
        reader.report("METRICS_PORT is the port of the app itself (PORT): choose another")
    return port


def _sentry_dsn(reader: SettingsReader) -> str | None:
    dsn = reader.optional("SENTRY_DSN")
    if dsn is None:
        return None
    if not _is_installed("sentry_sdk"):
        reader.advise(
            "SENTRY_DSN is set, and sentry-sdk is not installed: defects are in the log alone."
            f" Install {LOCK_FILE} in place of requirements.txt, or leave SENTRY_DSN empty"
        )
        return None
    if not re.fullmatch(_DSN, dsn):
        reader.report("SENTRY_DSN is no DSN such as https://key@host/1: copy it from the project")
    return dsn


def _has_traces(reader: SettingsReader) -> bool:
    endpoints = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    named = [name for name in endpoints if reader.optional(name)]
    is_disabled = (reader.optional("OTEL_SDK_DISABLED") or "").lower() == "true"
    has_none = (reader.optional("OTEL_TRACES_EXPORTER") or "").lower() == "none"
    if not named or is_disabled or has_none:
        return False
    protocols = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    protocol = next((name for name in protocols if reader.optional(name)), "")
    if _is_installed("opentelemetry.sdk") and _is_installed(
        "opentelemetry.exporter.otlp.proto.http"
    ):
        if protocol and reader.optional(protocol) == "grpc":
            reader.advise(
                f"{protocol} is grpc, and spans are sent as OTLP over HTTP: {named[0]} must be"
                " where the collector takes that (mostly port 4318, not 4317)"
            )
        for name in named:
            if not re.match("https?://", reader.optional(name) or "", re.IGNORECASE):
                reader.advise(
                    f"{name} does not begin with http:// or https://, and no span is sent without"
                )
        return True
    reader.advise(
        f"{named[0]} is set, and OpenTelemetry is not installed: there are no traces. Install"
        f" {LOCK_FILE}, or say OTEL_TRACES_EXPORTER=none"
    )
    return False


def _report_missing(reader: SettingsReader, variable: str, module: str, package: str) -> None:
    if not _is_installed(module):
        reader.report(
            f"{variable} is set, and {package} is not installed: install {LOCK_FILE} in place of"
            f" requirements.txt, or leave {variable} empty"
        )


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # a package above it
        return False
