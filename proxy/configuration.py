"""Settings, upstreams and integrations, read together so that all problems show at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proxy import VERSION
from proxy.connection import ConnectionVendor
from proxy.connection_reference import address_length
from proxy.integration import ConnectionParts, Integration, ReferenceIntegration
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
    connections: tuple[ConnectionParts, ...] = ()

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
        vendors: list[ReferenceVendor | ConnectionVendor] = [*self.vendors]
        vendors += [connected.vendor for connected in self.connections]
        of_vendors = [upstream for vendor in vendors for upstream in vendor.upstreams]
        operator = [self.integration_api] if self.integration_api else []
        return (self.marketplace, *operator, *of_vendors)

    def callback_url(self, vendor: str) -> str:
        """Where the callbacks of the vendor with this name are to go."""
        return f"{self.settings.public_url}{self.settings.api_prefix}/callbacks/{vendor}"

    def return_url(self, vendor: str) -> str:
        """Where the consent page of the vendor with this name sends the user back to."""
        settings = self.settings
        return f"{settings.public_url}{settings.api_prefix}/connections/{vendor}/return"


def read_configuration(
    variables: Mapping[str, str], known: tuple[Integration, ...]
) -> Configuration:
    """Return the configuration that `variables` describe.

    Only the integrations that `INTEGRATIONS` lists are configured and need their variables. Raises
    ConfigurationError with every problem.
    """
    reader = SettingsReader(variables)
    settings = read_settings(reader, tuple(integration.name for integration in known))
    upstreams = Upstreams(f"Echoseal/{VERSION} (+{settings.public_url})", _log_call)
    vendors: list[ReferenceVendor] = []
    connections: list[ConnectionParts] = []
    for integration in known:
        if integration.name not in settings.integrations:
            continue
        if isinstance(integration, ReferenceIntegration):
            vendors.append(integration.configure(reader, upstreams))
        else:
            connections.append(integration.configure(reader, upstreams))
    configuration = Configuration(settings, upstreams, tuple(vendors), tuple(connections))
    for vendor in vendors:
        excess = len(configuration.callback_url(vendor.name)) - vendor.limits.callback_url
        if excess > 0:
            reader.report(
                f"PUBLIC_URL is {excess} characters too long for {vendor.name}'s callbacks"
            )
    for parts in connections:
        limit = parts.vendor.max_callback_url
        length = address_length(configuration.callback_url(parts.vendor.name))
        if limit is not None and length > limit:
            reader.report(
                f"PUBLIC_URL is {length - limit} characters too long for"
                f" {parts.vendor.name}'s callbacks"
            )
    if len(vendors) > 1:
        reader.report("INTEGRATIONS names several that answer /id-verification; keep one")
    if reader.problems:
        raise ConfigurationError(reader.problems)
    return configuration


def _log_call(upstream: str, method: str, status: int | None, seconds: float) -> None:
    log_event("upstream", upstream=upstream, method=method, status=status, ms=seconds * 1000)
