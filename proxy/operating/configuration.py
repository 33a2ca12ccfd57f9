"""Settings, upstreams and integrations, read together so that all problems show at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from proxy import VERSION
from proxy.access.policy import AccessPolicy, read_access_policy
from proxy.connections.callback_reference import address_length
from proxy.kernel import Kernel
from proxy.links.settings import LinkPages, read_link_pages
from proxy.listening import read_listening
from proxy.log_settings import LogSettings, read_log_settings
from proxy.logs import log_call
from proxy.monitoring.settings import Monitoring, read_monitoring
from proxy.operating.contract.composition import ContractError, compose
from proxy.operating.dangers import find_advice, find_dangers, refuses_dangers, said
from proxy.operating.listed_integrations import build_parts, find_integrations
from proxy.operating.mistakes import judge_mistakes
from proxy.outgoing.upstream import Reachable, Upstream, Upstreams
from proxy.passthrough.away import AwayPage, read_away_page
from proxy.passthrough.loops import loop_advice, loop_at_start
from proxy.references.subject import Subject
from proxy.settings import Settings, read_settings
from proxy.settings_reader import ConfigurationError, SettingsReader
from proxy.sharetribe.client import Marketplace
from proxy.sharetribe.operator import Operator
from proxy.vendors.connection import ConnectionCallbacks
from proxy.vendors.integration import Integration
from proxy.vendors.part import Parts
from proxy.vendors.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Everything that the environment says, checked; nothing has been sent yet.

    `integrations` names those that are enabled, `link_pages` is None where there are none.
    `warnings` are for every start and for `check` to say. `contract` is the OpenAPI document of
    what is enabled.
    """

    settings: Settings
    upstreams: Upstreams
    integrations: tuple[str, ...]
    parts: Parts
    logs: LogSettings
    policy: AccessPolicy = field(default_factory=AccessPolicy)
    link_pages: LinkPages | None = None
    away_page: AwayPage = field(default_factory=AwayPage)
    monitoring: Monitoring = field(default_factory=Monitoring)
    warnings: tuple[str, ...] = ()
    contract: Mapping[str, Any] = field(default_factory=dict, repr=False)

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
    def assets(self) -> Upstream:
        """Sharetribe's Asset Delivery API: only commands ask it, so nothing waits for it."""
        return self.upstreams.at("sharetribe", self.settings.assets_url)

    @property
    def everything(self) -> tuple[Reachable, ...]:
        """All the systems that must be reachable."""
        operator = [self.integration_api] if self.integration_api else []
        of_vendors = [upstream for part in self.parts for upstream in part.upstreams]
        return (self.marketplace, *operator, *of_vendors)

    def kernel(self, clock: Callable[[], float]) -> Kernel:
        """Return what every trip stands on; `clock` gives unix seconds."""
        credentials, upstream = self.settings.integration, self.integration_api
        operator = Operator(upstream, credentials) if upstream and credentials else None
        marketplace = Marketplace(self.marketplace, self.settings.client_id)
        return Kernel(self.settings, marketplace, operator, clock, self.logs.keys, self.policy)


def read_configuration(
    variables: Mapping[str, str], known: tuple[Integration, ...]
) -> Configuration:
    """Return the configuration that `variables` describe.

    Only the integrations that `INTEGRATIONS` lists are built and need their variables. Raises
    ConfigurationError with every problem, which in a deployment every danger is
    (proxy.operating.dangers).
    """
    reader = SettingsReader(variables)
    settings = read_settings(reader)
    logs = read_log_settings(reader, settings.checksum_keys)
    integrations = find_integrations(reader, known)
    user_agent = f"Echoseal/{VERSION} (+{settings.public_url})"
    upstreams = Upstreams(user_agent, log_call, settings.threads)
    parts = build_parts(integrations, reader, upstreams)
    policy = read_access_policy(
        reader, _subjects(parts), has_operator=settings.integration is not None
    )
    link_pages = read_link_pages(reader, settings, parts.of(Reference))
    monitoring = read_monitoring(reader)
    away_page = read_away_page(reader)
    names = tuple(integration.name for integration in integrations)
    judge_mistakes(variables, reader, settings, known, names)
    warnings = _judged(reader, settings, parts)
    _report_addresses(settings, parts, reader)
    _report_loop(settings, variables, reader)
    if reader.problems:
        raise ConfigurationError(reader.problems)
    configuration = Configuration(
        settings=settings,
        upstreams=upstreams,
        integrations=names,
        parts=parts,
        logs=logs,
        policy=policy,
        link_pages=link_pages,
        away_page=away_page,
        monitoring=monitoring,
        warnings=warnings,
    )
    return replace(configuration, contract=_contract(configuration, integrations))


def _judged(reader: SettingsReader, settings: Settings, parts: Parts) -> tuple[str, ...]:
    """Return what every start says; dangers that are refused here are reported."""
    dangers = find_dangers(reader, settings)
    advice = (*find_advice(reader, settings, parts), *loop_advice(settings))
    if refuses_dangers(settings):
        for danger in dangers:
            reader.report(danger)
    return tuple(said(settings, dangers, advice))


def _subjects(parts: Parts) -> list[str]:
    """Return the titles of all that vendors of the reference trip are asked about."""
    titles = [
        Subject(part.matter, name).title for part in parts.of(Reference) for name in part.subjects
    ]
    return list(dict.fromkeys(titles))


def _report_addresses(settings: Settings, parts: Parts, reader: SettingsReader) -> None:
    """Report a PUBLIC_URL that makes callback addresses longer than a vendor takes."""
    for reference in parts.of(Reference):
        if reference.limits.callback_url is not None:
            length = len(settings.callback_url(reference.name))
            _report_excess(length - reference.limits.callback_url, reference.name, reader)
    for callbacks in parts.of(ConnectionCallbacks):
        if callbacks.max_callback_url is not None:
            length = address_length(settings.callback_url(callbacks.name))
            _report_excess(length - callbacks.max_callback_url, callbacks.name, reader)


def _report_excess(characters: int, vendor: str, reader: SettingsReader) -> None:
    if characters > 0:
        reader.report(f"PUBLIC_URL is {characters} characters too long for {vendor}'s callbacks")


def _report_loop(settings: Settings, variables: Mapping[str, str], reader: SettingsReader) -> None:
    """Report a FRONTEND_URL that leads back here; what is wrong with HOST, whoever serves says."""
    host, port = read_listening(SettingsReader(variables))
    loop = loop_at_start(settings, host, port)
    if loop is not None:
        reader.report(loop)


def _contract(
    configuration: Configuration, integrations: tuple[Integration, ...]
) -> Mapping[str, Any]:
    """Return the OpenAPI document of what is enabled. Raises ConfigurationError."""
    try:
        return compose(
            integrations,
            configuration.parts,
            configuration.settings.api_prefix,
            link_pages=configuration.link_pages is not None,
            metrics=bool(configuration.monitoring.token),
        )
    except ContractError as error:
        raise ConfigurationError([f"the OpenAPI document cannot be composed ({error})"]) from None
