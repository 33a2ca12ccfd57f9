"""Settings, upstreams and integrations, read together so that all problems show at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proxy import VERSION
from proxy.integration import ReferenceIntegration
from proxy.logs import log_event
from proxy.outgoing import Upstreams
from proxy.settings import ConfigurationError, Settings, SettingsReader, read_settings
from proxy.vendor import ReferenceVendor


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that the environment says, checked; nothing has been sent yet."""

    settings: Settings
    upstreams: Upstreams
    vendors: tuple[ReferenceVendor, ...]


def read_configuration(
    variables: Mapping[str, str], known: tuple[ReferenceIntegration, ...]
) -> Configuration:
    """Return the configuration that `variables` describe.

    Only the integrations that `INTEGRATIONS` lists are configured and need their variables. Raises
    ConfigurationError with every problem.
    """
    reader = SettingsReader(variables)
    settings = read_settings(reader, tuple(integration.name for integration in known))
    upstreams = Upstreams(f"Echoseal/{VERSION} (+{settings.public_url})", _log_call)
    enabled = [integration for integration in known if integration.name in settings.integrations]
    vendors = tuple(integration.configure(reader, upstreams) for integration in enabled)
    if reader.problems:
        raise ConfigurationError(reader.problems)
    return Configuration(settings, upstreams, vendors)


def _log_call(upstream: str, method: str, status: int | None, seconds: float) -> None:
    log_event("upstream", upstream=upstream, method=method, status=status, ms=seconds * 1000)
