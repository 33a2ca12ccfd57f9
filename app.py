"""The composition root: `create_app` wires settings, kernel and integrations, and nothing else."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping

import click
from flask import Blueprint, Flask
from flask.cli import FlaskGroup

import integrations
from proxy.connections.callback import TakeNews, connection_callback_routes
from proxy.connections.refresh import FreshGrants
from proxy.connections.routes import connection_routes
from proxy.connections.trip import ConnectionTrip
from proxy.doors.portal_routes import portal_routes
from proxy.doors.token_routes import token_routes
from proxy.http.attempts import Attempts
from proxy.http.web import OwnApp, install
from proxy.kernel import Kernel
from proxy.links.routes import link_routes
from proxy.logs import configure_logs, listen, log_event
from proxy.monitoring.monitors import Monitors
from proxy.operating.commands import add_commands
from proxy.operating.configuration import Configuration, read_configuration
from proxy.operating.reachability import Reachability
from proxy.operating.routes import OperatorGuard, metrics_route, operator_routes
from proxy.operating.status import Status
from proxy.orders.callback import OrderNews
from proxy.orders.record import OrderRecords
from proxy.orders.routes import order_routes
from proxy.orders.trip import OrderTrip
from proxy.passthrough.fields import Trust
from proxy.passthrough.loops import name_in_loops
from proxy.references.routes import reference_routes, serve_references
from proxy.serving.env_file import EnvFile, read_env_file, refused_with
from proxy.serving.server import EXTENSION, Behind
from proxy.settings_reader import ConfigurationError
from proxy.vendors.connection import Connection, ConnectionCallbacks
from proxy.vendors.doors import PortalDoor, TokenDoor
from proxy.vendors.integration import Integration
from proxy.vendors.orders import Orders
from proxy.vendors.part import CalledBack
from proxy.vendors.reference import Reference
from proxy.vendors.workspace import Workspace
from proxy.workspaces.trip import WorkspaceTrip, workspace_routes

Clock = Callable[[], float]


def create_app(
    environ: Mapping[str, str] | None = None,
    clock: Clock = time.time,
    known: tuple[Integration, ...] = integrations.ALL,
) -> Flask:
    """Return the app that `environ` (by default the process's environment) describes.

    Of the process's own environment, the file `.env` is a part (`proxy.serving.env_file`).
    `clock` gives unix seconds, `known` holds the integrations that can be enabled. What is
    dangerous about the configuration, and not refused, is logged. Raises ConfigurationError, which
    names every problem at once; only the Flask command line gets an app without routes then, so
    that `keys` and `check` work before anything is configured.
    """
    # Whoever names the environment means that one; the process's own may be completed by a file.
    variables = os.environ if environ is None else environ
    app = OwnApp("echoseal", static_folder=None)
    env_file = _env_file() if environ is None else None
    add_commands(app, variables, known, env_file)
    try:
        configuration = read_configuration(variables, known)
    except ConfigurationError as error:
        if _is_only_asked_for_commands():
            return app
        raise _told_by_commands(refused_with(error, env_file)) from None
    configure_logs()
    if not _is_only_asked_for_commands():
        if env_file is not None:
            log_event("configuration", cause=env_file.told())
        for warning in configuration.warnings:
            log_event("configuration", logging.WARNING, cause=warning)
    install(app, configuration.settings)
    monitors = _monitors(configuration)
    if monitors.traces is not None:
        monitors.traces.follow(app)
    app.extensions[EXTENSION] = _behind(configuration, monitors)
    _add_routes(app, configuration, clock, monitors)
    listen(*monitors.listeners)
    return app


def _env_file() -> EnvFile | None:
    """Complete the process's environment by the file; a command tells what is wrong with it."""
    try:
        return read_env_file(os.environ)
    except ConfigurationError as error:
        raise _told_by_commands(error) from None


def _told_by_commands(error: ConfigurationError) -> BaseException:
    """Return what ends Flask's command line without a traceback; for others, the error itself."""
    is_command = click.get_current_context(silent=True) is not None
    return SystemExit(f"Error: {error}") if is_command else error


def _is_only_asked_for_commands() -> bool:
    """Tell whether Flask's command line is looking for a command, not serving (`flask run`)."""
    context = click.get_current_context(silent=True)
    return context is not None and isinstance(context.command, FlaskGroup)


def _monitors(configuration: Configuration) -> Monitors:
    callbacks = f"{configuration.settings.api_prefix}/callbacks"
    upstreams = configuration.upstreams
    names = [part.name for part in configuration.parts.of(CalledBack)]
    return Monitors(
        configuration.monitoring,
        callbacks=callbacks,
        called_back=names,
        places=lambda: upstreams.under_way,
    )


def _behind(configuration: Configuration, monitors: Monitors) -> Behind:
    """Return what the server needs to know besides the app."""
    settings = configuration.settings
    origins = frozenset({*settings.marketplace_origins, settings.public_url})
    loop_name = name_in_loops(settings.public_url, settings.frontend_url)
    return Behind(
        frontend_url=settings.frontend_url,
        tls=configuration.upstreams.tls,
        trust=Trust(settings.trusted_proxy_hops, origins, loop_name),
        api_prefix=settings.api_prefix,
        monitors=monitors,
        away=configuration.away_page,
        logs_pass_through=configuration.logs.pass_through,
        public=f"{settings.public_url}{settings.source_of('PUBLIC_URL')}",
    )


def _add_routes(app: Flask, configuration: Configuration, clock: Clock, monitors: Monitors) -> None:
    settings, kernel = configuration.settings, configuration.kernel(clock)
    app.after_request(kernel.browser.hand_back)
    for blueprint in _blueprints(configuration, kernel):
        app.register_blueprint(blueprint, url_prefix=settings.api_prefix)
    status = Status(configuration, monitors, Reachability(configuration.everything))
    hops = settings.trusted_proxy_hops
    guard = OperatorGuard(settings.operator_token, Attempts(), hops)
    app.register_blueprint(operator_routes(status, guard, configuration.contract))
    if monitors.metrics is not None and monitors.token is not None:
        guard = OperatorGuard(monitors.token, Attempts(), hops, "METRICS_TOKEN")
        app.register_blueprint(metrics_route(monitors.metrics.page, guard))


def _blueprints(configuration: Configuration, kernel: Kernel) -> Iterator[Blueprint]:
    """Iterate over the routes of every part of every integration."""
    parts, links = configuration.parts, configuration.link_pages
    connections = parts.of(Connection)
    grants = {vendor.name: FreshGrants(vendor, kernel) for vendor in connections}
    trips = [
        ConnectionTrip(
            vendor, parts.named(ConnectionCallbacks, vendor.name), grants[vendor.name], kernel
        )
        for vendor in connections
    ]
    if trips:
        yield connection_routes(trips, kernel)
    take_news: dict[str, TakeNews] = {}
    for orders in parts.of(Orders):
        records = OrderRecords(orders, kernel.clock)
        callbacks = parts.named(ConnectionCallbacks, orders.name)
        fresh = grants[orders.name]
        trip = OrderTrip(orders, callbacks, records, fresh, kernel)
        yield order_routes(orders.name, trip, kernel)
        take_news[orders.name] = OrderNews(orders, records, fresh, kernel.log_words).take
    for callbacks in parts.of(ConnectionCallbacks):
        yield connection_callback_routes(callbacks, kernel, take_news.get(callbacks.name))
    workspaces = [
        WorkspaceTrip(workspace, grants[workspace.name], kernel)
        for workspace in parts.of(Workspace)
    ]
    for workspace in workspaces:
        yield workspace_routes(workspace, kernel)
    vendors = parts.of(Reference)
    if vendors:
        references = serve_references(vendors, kernel, [workspace.tell for workspace in workspaces])
        yield reference_routes(references, kernel)
        if links is not None and kernel.operator is not None:
            yield link_routes(references.subjects, links, kernel.operator, kernel)
    for token_door in parts.of(TokenDoor):
        yield token_routes(token_door, kernel)
    for portal_door in parts.of(PortalDoor):
        yield portal_routes(portal_door, kernel)


# The same commands as `flask --app app` has. That reads `.env` by itself before it loads this file,
# and ends with a traceback where it cannot; here all of it is read as the server reads it.
if __name__ == "__main__":
    FlaskGroup(create_app=create_app, load_dotenv=False).main()
