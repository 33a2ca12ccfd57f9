"""The composition root: `create_app` wires settings, kernel and integrations, and nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import click
from flask import Flask
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
    frontend = Frontend(settings.frontend_url, upstreams.tls) if settings.frontend_url else None
    install(app, settings, frontend)
    _add_routes(app, configuration, clock)
    return app


def _is_only_asked_for_commands() -> bool:
    """Tell whether Flask's command line is looking for a command, not serving (`flask run`)."""
    context = click.get_current_context(silent=True)
    return context is not None and isinstance(context.command, FlaskGroup)


def _add_routes(app: Flask, configuration: Configuration, clock: Clock) -> None:
    settings, upstreams = configuration.settings, configuration.upstreams
    sharetribe = upstreams.at("sharetribe", settings.marketplace_url)
    marketplace = Marketplace(sharetribe, settings.client_id)
    operator = None
    if settings.integration is not None:
        integration_api = upstreams.at("sharetribe", settings.integration.base_url)
        operator = Operator(integration_api, settings.integration)
    browser = Browser(settings, marketplace)
    app.after_request(browser.hand_back)
    for vendor in configuration.vendors:
        _add_reference_vendor(app, configuration, vendor, marketplace, operator, browser, clock)
    vendor_upstreams = [u for vendor in configuration.vendors for u in vendor.upstreams]
    readiness = Readiness((sharetribe, *vendor_upstreams))
    app.register_blueprint(operator_routes(readiness, _CONTRACT))


def _add_reference_vendor(
    app: Flask,
    configuration: Configuration,
    vendor: ReferenceVendor,
    marketplace: Marketplace,
    operator: Operator | None,
    browser: Browser,
    clock: Clock,
) -> None:
    settings = configuration.settings
    callback_url = f"{settings.public_url}{settings.api_prefix}/callbacks/{vendor.name}"
    sealer = Sealer(settings.seal_keys, settings.client_id)
    carrier = Carrier(sealer, vendor.name, vendor.limits, callback_url)
    checksummer = Checksummer(settings.checksum_keys, settings.client_id)
    verifications = Verifications(vendor.name, checksummer, clock)
    trip = ReferenceTrip(vendor, carrier, verifications, clock)
    callbacks = ReferenceCallback(vendor, carrier, verifications, marketplace, operator, clock)
    routes = reference_routes(vendor, trip, callbacks, browser, settings)
    app.register_blueprint(routes, url_prefix=settings.api_prefix)
