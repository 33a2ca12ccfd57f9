"""Settings, upstreams and integrations, read together so that all problems show at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from proxy import VERSION
from proxy.connections.callback_reference import address_length
from proxy.logs import log_call
from proxy.operating.dangers import find_advice, find_dangers, refuses_dangers, said
from proxy.outgoing.upstream import Reachable, Upstream, Upstreams
from proxy.settings import ConfigurationError, Settings, SettingsReader, read_settings
from proxy.vendors.doors import TokenVendor, WebhookVendor
from proxy.vendors.integration import (
    ConnectionIntegration,
    ConnectionParts,
    Integration,
    ReferenceIntegration,
    TokenIntegration,
    WebhookIntegration,
)
from proxy.vendors.reference import ReferenceVendor


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that the environment says, checked; nothing has been sent yet.

    `warnings` are for every start and for `check` to say.
    """

    settings: Settings
    upstreams: Upstreams
    vendors: tuple[ReferenceVendor, ...]
    connections: tuple[ConnectionParts, ...] = ()
    tokens: tuple[TokenVendor, ...] = ()
    webhooks: tuple[WebhookVendor, ...] = ()
    warnings: tuple[str, ...] = ()

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
    def everything(self) -> tuple[Reachable, ...]:
        """All the systems that must be reachable."""
        of_vendors: list[Reachable] = []
        for vendor in self.vendors:
            of_vendors += vendor.upstreams
        for connected in self.connections:
            of_vendors += connected.vendor.upstreams
        doors: list[TokenVendor | WebhookVendor] = [*self.tokens, *self.webhooks]
        for door in doors:
            of_vendors += door.upstreams
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
    ConfigurationError with every problem, which in a deployment every danger is
    (proxy.operating.dangers).
    """
    reader = SettingsReader(variables)
    settings = read_settings(reader, tuple(integration.name for integration in known))
    user_agent = f"Echoseal/{VERSION} (+{settings.public_url})"
    upstreams = Upstreams(user_agent, log_call, settings.threads)
    enabled = [integration for integration in known if integration.name in settings.integrations]
    parts = _Parts()
    for integration in enabled:
        parts.add(integration, reader, upstreams)
    dangers = find_dangers(reader, settings)
    advice = find_advice(reader, settings, parts.connections)
    configuration = Configuration(
        settings,
        upstreams,
        vendors=tuple(parts.vendors),
        connections=tuple(parts.connections),
        tokens=tuple(parts.tokens),
        webhooks=tuple(parts.webhooks),
        warnings=tuple(said(settings, dangers, advice)),
    )
    _report_addresses(configuration, reader)
    if len(configuration.vendors) > 1:
        reader.report("INTEGRATIONS names several that answer /id-verification; keep one")
    if refuses_dangers(settings):
        for danger in dangers:
            reader.report(danger)
    if reader.problems:
        raise ConfigurationError(reader.problems)
    return configuration


def _report_addresses(configuration: Configuration, reader: SettingsReader) -> None:
    for vendor in configuration.vendors:
        excess = len(configuration.callback_url(vendor.name)) - vendor.limits.callback_url
        if excess > 0:
            reader.report(
                f"PUBLIC_URL is {excess} characters too long for {vendor.name}'s callbacks"
            )
    for connected in configuration.connections:
        limit = connected.vendor.max_callback_url
        length = address_length(configuration.callback_url(connected.vendor.name))
        if limit is not None and length > limit:
            reader.report(
                f"PUBLIC_URL is {length - limit} characters too long for"
                f" {connected.vendor.name}'s callbacks"
            )


@dataclass(frozen=True, slots=True)
class _Parts:
    """Configured vendors by the shape of their trip."""

    vendors: list[ReferenceVendor] = field(default_factory=list)
    connections: list[ConnectionParts] = field(default_factory=list)
    tokens: list[TokenVendor] = field(default_factory=list)
    webhooks: list[WebhookVendor] = field(default_factory=list)

    def add(self, integration: Integration, reader: SettingsReader, upstreams: Upstreams) -> None:
        match integration:
            case ReferenceIntegration():
                self.vendors.append(integration.configure(reader, upstreams))
            case ConnectionIntegration():
                self.connections.append(integration.configure(reader, upstreams))
            case TokenIntegration():
                self.tokens.append(integration.configure(reader, upstreams))
            case WebhookIntegration():
                self.webhooks.append(integration.configure(reader, upstreams))
