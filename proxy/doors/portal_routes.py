"""The routes of a webhook whose contract is a vendor's: basic authentication, JSON, its own paths.

Who knocks is checked before the body is read. Refusals are problem details like all of ours, with
the text once more as `message`, which is what the contract's callers read.
"""

from __future__ import annotations

import json
from functools import partial

from flask import Blueprint, Response, request

from proxy.doors.basic_guard import BasicGuard
from proxy.http.answers import JsonAnswer, as_response
from proxy.http.attempts import Attempts
from proxy.http.bodies import read_body, read_object
from proxy.http.guards import source_of_request
from proxy.http.upstream_problems import vendor_problems
from proxy.kernel import Kernel
from proxy.logs import log_event
from proxy.problems import CONTENT_TYPE, Problem
from proxy.vendors.doors import PortalDoor, PortalRefused


def portal_routes(vendor: PortalDoor, kernel: Kernel) -> Blueprint:
    """Return the blueprint of one portal door, without the API prefix."""
    routes = Blueprint(f"portal-{vendor.name}", __name__)
    guard = BasicGuard(vendor.credentials, Attempts())
    trusted_hops = kernel.settings.trusted_proxy_hops
    for operation, method in vendor.operations.items():
        routes.add_url_rule(
            f"/{vendor.name}/{operation}",
            operation.replace("/", "-"),
            partial(_answer, vendor, guard, trusted_hops, operation),
            methods=[method],
        )
    routes.after_request(_repeat_detail)
    return routes


def _answer(vendor: PortalDoor, guard: BasicGuard, trusted_hops: int, operation: str) -> Response:
    source = source_of_request(request, trusted_hops)
    guard.check(request.headers.get("Authorization"), source)
    # The contract lists the content type as optional, so it is not looked at.
    document = read_object("application/json", read_body(request))
    try:
        with vendor_problems():
            answer = vendor.handle(operation, document)
    except PortalRefused as refusal:
        raise Problem(refusal.code, refusal.detail, cause=refusal.detail) from None
    log_event("webhook", trip=vendor.name, outcome=operation)
    if answer.body is None:
        return Response(status=answer.status)
    return as_response(JsonAnswer(answer.status, answer.body))


def _repeat_detail(response: Response) -> Response:
    """Give every problem its `message`: refusals, too large a body, and defects of ours."""
    if response.mimetype == CONTENT_TYPE:
        document = response.get_json(force=True)
        response.set_data(json.dumps({**document, "message": document["detail"]}))
    return response
