"""The routes of the reference trip: `/id-verification` and the vendors' callbacks."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, request

from proxy.callbacks import add_callback_route
from proxy.http.answers import as_response
from proxy.http.bodies import read_body, read_object
from proxy.kernel import Kernel
from proxy.references.callback import ReferenceCallback
from proxy.references.provider import Provider
from proxy.references.record import Listener, Verifications
from proxy.references.start_options import read_start_options
from proxy.references.trip import ReferenceTrip
from proxy.vendors.reference import Reference


def reference_routes(
    vendors: Sequence[Reference], kernel: Kernel, listeners: Sequence[Listener]
) -> Blueprint:
    """Return the blueprint of the reference trip, without the API prefix.

    The first of the vendors starts. `listeners` are told of each result that counts.
    """
    routes = Blueprint("references", __name__)
    verifications = Verifications(kernel, listeners)
    providers = [Provider(vendor, kernel) for vendor in vendors]
    trip = ReferenceTrip(providers, verifications, kernel)
    origins = kernel.settings.marketplace_origins
    limits = {vendor.name: vendor.limits for vendor in vendors}

    @routes.post("/id-verification")
    def start() -> Response:
        session = kernel.browser.session(request)
        body = read_object(request.mimetype, read_body(request))
        return as_response(trip.start(session, read_start_options(body, origins, limits)))

    @routes.get("/id-verification")
    def read() -> Response:
        return as_response(trip.read(kernel.browser.session(request)))

    for provider in providers:
        take = ReferenceCallback(provider, verifications, kernel).take
        add_callback_route(routes, provider.vendor, kernel, take, "", "/<reference>")
    return routes
