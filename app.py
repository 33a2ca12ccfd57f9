"""The composition root: `create_app` wires settings, kernel and integrations, and nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import click
from flask import Blueprint, Flask
from flask.cli import FlaskGroup

import integrations
from crypto import Checksummer, Sealer
from proxy.browser import Browser
from proxy.carrier import Carrier
from proxy.commands import add_commands
from proxy.configuration import Configuration, read_configuration
from proxy.health import Readiness
from proxy.logs import configure_logs
from proxy.marketplace import Marketplace, Operator
from proxy.operator_routes import operator_routes
from proxy.passthrough import Frontend
from proxy.reference_callback import ReferenceCallback
from proxy.reference_routes import reference_routes
from proxy.reference_trip import ReferenceTrip
from proxy.settings import ConfigurationError
from proxy.vendor import ReferenceVendor
from proxy.verification import Verifications
from proxy.web import OwnApp, install

Clock = Callable[[], float]
_CONTRACT = Path(__file__).with_name("openapi.json")


def create_app(environ: Mapping[str, str] | None = None, clock: Clock = time.time) -> Flask:
    """Return the app that `environ` (by default the process's environment) describes.

    `clock` gives unix seconds. Raises ConfigurationError, which names every problem at once; only
    the Flask command line gets an app without routes then, so that `keys` and `check` work before
    anything is configured.
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
    settings, upstreams = configuration.settings, configuration.upstreams
    frontend = None
    if settings.frontend_url is not None:
        believes_proto = settings.trusted_proxy_hops > 0
        frontend = Frontend(settings.frontend_url, upstreams.tls, believes_proto=believes_proto)
    install(app, settings, frontend)
    _add_routes(app, configuration, clock)
    return app


def _is_only_asked_for_commands() -> bool:
    """Tell whether Flask's command line is looking for a command, not serving (`flask run`)."""
    context = click.get_current_context(silent=True)
    return context is not None and isinstance(context.command, FlaskGroup)


def _add_routes(app: Flask, configuration: Configuration, clock: Clock) -> None:
    settings = configuration.settings
    marketplace = Marketplace(configuration.marketplace, settings.client_id)
    browser = Browser(settings, marketplace)
    app.after_request(browser.hand_back)
    for vendor in configuration.vendors:
        routes = _reference_routes(configuration, vendor, marketplace, browser, clock)
        app.register_blueprint(routes, url_prefix=settings.api_prefix)
    readiness = Readiness(configuration.everything)
    app.register_blueprint(operator_routes(readiness, _CONTRACT))


def _reference_routes(
    configuration: Configuration,
    vendor: ReferenceVendor,
    marketplace: Marketplace,
    browser: Browser,
    clock: Clock,
) -> Blueprint:
    settings = configuration.settings
    operator = None
    if settings.integration is not None and configuration.integration_api is not None:
        operator = Operator(configuration.integration_api, settings.integration)
    sealer = Sealer(settings.seal_keys, settings.client_id)
    carrier = Carrier(sealer, vendor.name, vendor.limits, configuration.callback_url(vendor))
    checksummer = Checksummer(settings.checksum_keys, settings.client_id)
    verifications = Verifications(vendor.name, checksummer, clock)
    trip = ReferenceTrip(vendor, carrier, verifications, clock)
    callbacks = ReferenceCallback(vendor, carrier, verifications, marketplace, operator, clock)
    return reference_routes(vendor, trip, callbacks, browser, settings)
