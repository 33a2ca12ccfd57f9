"""The routes of the reference trip: `/id-verification` and the vendor's callbacks."""

from __future__ import annotations

from flask import Blueprint, Response, request

from proxy.http.answers import as_response
from proxy.http.bodies import read_body, read_object
from proxy.http.browser import Browser
from proxy.http.guards import client_address, is_from
from proxy.logs import log_event
from proxy.problems import Problem
from proxy.references.callback import ReferenceCallback
from proxy.references.start_options import read_start_options
from proxy.references.trip import ReferenceTrip
from proxy.settings import Settings
from proxy.vendors.reference import ReferenceVendor


def reference_routes(
    vendor: ReferenceVendor,
    trip: ReferenceTrip,
    callbacks: ReferenceCallback,
    browser: Browser,
    settings: Settings,
) -> Blueprint:
    """Return the blueprint of one vendor's reference trip, without the API prefix."""
    routes = Blueprint(f"reference-{vendor.name}", __name__)

    @routes.post("/id-verification")
    def start() -> Response:
        session = browser.session(request)
        body = read_object(request.mimetype, read_body(request))
        options = read_start_options(body, settings.marketplace_origins, vendor.limits)
        return as_response(trip.start(session, options))

    @routes.get("/id-verification")
    def read() -> Response:
        return as_response(trip.read(browser.session(request)))

    @routes.post(f"/callbacks/{vendor.name}", defaults={"overflow": None})
    @routes.post(f"/callbacks/{vendor.name}/<overflow>")
    def callback(overflow: str | None) -> Response:
        sender = client_address(
            request.headers.get("X-Forwarded-For"),
            request.remote_addr,
            settings.trusted_proxy_hops,
        )
        if not is_from(sender, vendor.callback_networks):
            raise Problem("origin-not-allowed")
        if request.mimetype != vendor.callback_content_type:
            raise Problem("content-type-unsupported")
        answer = callbacks.receive(read_body(request), overflow)
        log_event("callback", trip=vendor.name, outcome=answer.body["status"])
        return as_response(answer)

    return routes
