"""The composition root: `create_app` wires settings, kernel and integrations, and nothing else."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click
from flask import Blueprint, Flask
from flask.cli import FlaskGroup

import integrations
from crypto import Checksummer, Sealer
from proxy.connections.routes import connection_routes
from proxy.connections.trip import ConnectionTrip
from proxy.doors.account_links import AccountLinks
from proxy.doors.basic_guard import BasicGuard
from proxy.doors.portal_routes import webhook_routes
from proxy.doors.token_guard import TokenGuard
from proxy.doors.token_routes import token_routes
from proxy.http.attempts import Attempts
from proxy.http.browser import Browser
from proxy.http.web import OwnApp, install
from proxy.logs import configure_logs, log_event
from proxy.operating.assembly import connection_trip, operator_of
from proxy.operating.commands import add_commands
from proxy.operating.configuration import Configuration, read_configuration
from proxy.operating.health import Readiness
from proxy.operating.routes import OperatorGuard, operator_routes
from proxy.orders.callback import OrderCallback
from proxy.orders.record import OrderRecords
from proxy.orders.routes import order_routes
from proxy.orders.trip import OrderTrip
from proxy.passthrough.fields import Trust
from proxy.references.callback import ReferenceCallback
from proxy.references.carrier import Carrier
from proxy.references.record import Verifications
from proxy.references.routes import reference_routes
from proxy.references.trip import ReferenceTrip
from proxy.serving.server import EXTENSION, Behind
from proxy.settings import ConfigurationError
from proxy.sharetribe.client import Marketplace
from proxy.vendors.doors import TokenVendor
from proxy.vendors.orders import OrderVendor
from proxy.vendors.reference import ReferenceVendor
from proxy.vendors.workspace import WorkspaceVendor
from proxy.workspaces.trip import OperatorLookup, WorkspaceTrip, workspace_routes

Clock = Callable[[], float]
_CONTRACT = Path(__file__).with_name("openapi.json")


def create_app(environ: Mapping[str, str] | None = None, clock: Clock = time.time) -> Flask:
    """Return the app that `environ` (by default the process's environment) describes.

    `clock` gives unix seconds. What is dangerous about the configuration, and not refused, is
    logged. Raises ConfigurationError, which names every problem at once; only the Flask command
    line gets an app without routes then, so that `keys` and `check` work before anything is
    configured.
    """
    variables = os.environ if environ is None else environ
    app = OwnApp("echoseal", static_folder=None)
    add_commands(app, variables, integrations.ALL)
    try:
        configuration = read_configuration(variables, integrations.ALL)
    except ConfigurationError:
        if _is_only_asked_for_commands():
            return app
        raise
    configure_logs()
    if not _is_only_asked_for_commands():
        for warning in configuration.warnings:
            log_event("configuration", logging.WARNING, cause=warning)
    install(app, configuration.settings)
    app.extensions[EXTENSION] = _behind(configuration)
    _add_routes(app, configuration, clock)
    return app


def _is_only_asked_for_commands() -> bool:
    """Tell whether Flask's command line is looking for a command, not serving (`flask run`)."""
    context = click.get_current_context(silent=True)
    return context is not None and isinstance(context.command, FlaskGroup)


def _behind(configuration: Configuration) -> Behind:
    """Return what the server needs to know besides the app."""
    settings = configuration.settings
    origins = frozenset({*settings.marketplace_origins, settings.public_url})
    return Behind(
        settings.frontend_url,
        configuration.upstreams.tls,
        Trust(settings.trusted_proxy_hops, origins),
        settings.api_prefix,
    )


def _add_routes(app: Flask, configuration: Configuration, clock: Clock) -> None:
    settings = configuration.settings
    house = _House(configuration, clock)
    app.after_request(house.browser.hand_back)
    blueprints = (
        *house.connections(),
        *house.chats(),
        *house.references(),
        *house.doors(),
    )
    for blueprint in blueprints:
        app.register_blueprint(blueprint, url_prefix=settings.api_prefix)
    readiness = Readiness(configuration.everything)
    guard = OperatorGuard(settings.operator_token, Attempts())
    hops = settings.trusted_proxy_hops
    app.register_blueprint(operator_routes(readiness, guard, hops, _CONTRACT))


class _House:
    """What the trips share, and each trip put together from it."""

    def __init__(self, configuration: Configuration, clock: Clock) -> None:
        settings = configuration.settings
        self._configuration = configuration
        self._clock = clock
        self._marketplace = Marketplace(configuration.marketplace, settings.client_id)
        self._operator = operator_of(configuration)
        self._checksummer = Checksummer(settings.checksum_keys, settings.client_id)
        self.browser = Browser(settings, self._marketplace)
        self._connections = [
            (parts, connection_trip(configuration, parts.vendor, self._operator, clock))
            for parts in configuration.connections
        ]
        self._chats = [
            self._chat(parts.chat, trip) for parts, trip in self._connections if parts.chat
        ]

    def connections(self) -> Iterator[Blueprint]:
        """Iterate over the blueprints of the connection trip and of orders."""
        trips = [trip for _, trip in self._connections]
        if trips:
            yield connection_routes(trips, self.browser, self._configuration.settings)
        for parts, trip in self._connections:
            if parts.orders is not None:
                yield self._orders(parts.orders, trip)

    def _orders(self, vendor: OrderVendor, connections: ConnectionTrip) -> Blueprint:
        records, operator, clock = connections.records, self._operator, self._clock
        orders = OrderRecords(vendor, clock)
        trip = OrderTrip(vendor, records, orders, operator)
        callbacks = OrderCallback(vendor, records, connections.references, orders, operator, clock)
        return order_routes(vendor.name, trip, callbacks, self.browser)

    def _chat(self, vendor: WorkspaceVendor, connections: ConnectionTrip) -> WorkspaceTrip:
        verifications = Verifications(vendor.name, self._checksummer, self._clock)
        lookup = OperatorLookup(
            self._operator, vendor.operator_id, connections.records, verifications
        )
        return WorkspaceTrip(vendor, lookup, self._clock)

    def chats(self) -> Iterator[Blueprint]:
        """Iterate over the blueprints of chats."""
        for chat in self._chats:
            yield workspace_routes(chat)

    def doors(self) -> Iterator[Blueprint]:
        """Iterate over the blueprints of the guarded doors."""
        hops = self._configuration.settings.trusted_proxy_hops
        for token_vendor in self._configuration.tokens:
            guard, links = TokenGuard(token_vendor, self._clock), self._links(token_vendor)
            yield token_routes(token_vendor, guard, links, self.browser, hops)
        for webhook in self._configuration.webhooks:
            yield webhook_routes(webhook, BasicGuard(webhook.credentials, Attempts()), hops)

    def _links(self, vendor: TokenVendor) -> AccountLinks:
        settings = self._configuration.settings
        return AccountLinks(
            vendor.name,
            Sealer(settings.seal_keys, settings.client_id),
            self._checksummer,
            self._marketplace,
            self._operator,
            self._clock,
        )

    def references(self) -> Iterator[Blueprint]:
        """Iterate over the blueprints of the reference trip."""
        for vendor in self._configuration.vendors:
            yield self._reference(vendor)

    def _reference(self, vendor: ReferenceVendor) -> Blueprint:
        settings, clock = self._configuration.settings, self._clock
        sealer = Sealer(settings.seal_keys, settings.client_id)
        callback_url = self._configuration.callback_url(vendor.name)
        carrier = Carrier(sealer, vendor.name, vendor.limits, callback_url)
        listeners = [chat.tell for chat in self._chats]
        verifications = Verifications(vendor.name, self._checksummer, clock, listeners)
        trip = ReferenceTrip(vendor, carrier, verifications, clock)
        callbacks = ReferenceCallback(
            vendor, carrier, verifications, self._marketplace, self._operator, clock
        )
        return reference_routes(vendor, trip, callbacks, self.browser, settings)
