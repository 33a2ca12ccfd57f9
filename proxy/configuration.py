"""Settings, upstreams and integrations, read together so that all problems show at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proxy import VERSION
from proxy.integration import ReferenceIntegration
from proxy.logs import log_event
from proxy.outgoing import Upstream, Upstreams
from proxy.settings import ConfigurationError, Settings, SettingsReader, read_settings
from proxy.vendor import ReferenceVendor


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that the environment says, checked; nothing has been sent yet."""

    settings: Settings
    upstreams: Upstreams
    vendors: tuple[ReferenceVendor, ...]

    @property
    def marketplace(self) -> Upstream:
        """Sharetribe's Marketplace and Authentication APIs."""
        return self.upstreams.at("sharetribe", self.settings.marketplace_url)

    @property
    def integration_api(self) -> Upstream | None:
        """Sharetribe's Integration API, where that is configured."""
        credentials = self.settings.integration
        return self.upstreams.at("sharetribe", credentials.base_url) if credentials else None

    @property
    def everything(self) -> tuple[Upstream, ...]:
        """All the systems that must be reachable."""
        of_vendors = [upstream for vendor in self.vendors for upstream in vendor.upstreams]
        operator = [self.integration_api] if self.integration_api else []
        return (self.marketplace, *operator, *of_vendors)

    def callback_url(self, vendor: ReferenceVendor) -> str:
        """Where a vendor's callbacks are to go."""
        settings = self.settings
        return f"{settings.public_url}{settings.api_prefix}/callbacks/{vendor.name}"


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
    configuration = Configuration(settings, upstreams, vendors)
    for vendor in vendors:
        excess = len(configuration.callback_url(vendor)) - vendor.limits.callback_url
        if excess > 0:
            reader.report(
                f"PUBLIC_URL is {excess} characters too long for {vendor.name}'s callbacks"
            )
    if len(vendors) > 1:
        reader.report("INTEGRATIONS names several that answer /id-verification; keep one")
    if reader.problems:
        raise ConfigurationError(reader.problems)
    return configuration


def _log_call(upstream: str, method: str, status: int | None, seconds: float) -> None:
    log_event("upstream", upstream=upstream, method=method, status=status, ms=seconds * 1000)
