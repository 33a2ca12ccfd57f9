"""The API: who may call it, the location, and its orders.

"Locations, Accounts and Users" and "Orders", read 2026-11-20. Only the short forms of the addresses
(`/location/orders`) are simulated; what else the API has is answered as an unknown route.
"""

from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from sandbox.hubrise.connections import DEAD_MESSAGES, Connection
from sandbox.hubrise.locations import Location
from sandbox.hubrise.order_fields import creation_errors, patch_errors
from sandbox.hubrise.orders import create_order, patch_order
from sandbox.hubrise.paging import filters, page
from sandbox.hubrise.rate_limits import RateLimits
from sandbox.hubrise.refusals import RefusalError, invalid, not_found, unauthorized
from sandbox.hubrise.request_body import json_object
from sandbox.hubrise.tenant import CLIENT_NAME, Tenant

TOKEN_HEADER = "X-Access-Token"
FILTERS = frozenset({"private_ref", "status"})


def admission(tenant: Tenant, limits: RateLimits) -> None:
    """Put the connection that makes the current request into `g.connection`.

    Raises RefusalError: 401 for a missing or dead token (the Authorization header is not read), 429
    where the rate limits are on and passed.
    """
    connection = tenant.connections.get(request.headers.get(TOKEN_HEADER, ""))
    if connection is None:
        raise unauthorized(DEAD_MESSAGES["revoked"])
    if connection.dead is not None:
        raise unauthorized(DEAD_MESSAGES[connection.dead])
    if tenant.rate_limits:
        limits.count(connection.token, high_load=request.endpoint == "api.list_orders")
    g.connection = connection


def blueprint(tenant: Tenant, limits: RateLimits) -> Blueprint:
    """Return the routes of the location and its orders for `tenant`."""
    routes = Blueprint("api", __name__, url_prefix="/v1")
    routes.before_request(lambda: admission(tenant, limits))

    @routes.get("/location")
    def location() -> Response:
        return jsonify(_location(tenant).document())

    @routes.get("/location/orders")
    def list_orders() -> Response:
        here = _location(tenant)
        _require("orders", "read")
        wanted = filters(FILTERS)
        return page(_orders_at(tenant, here), wanted)

    @routes.post("/location/orders")
    def create() -> Response:
        here = _location(tenant)
        _require("orders", "write")
        body = json_object()
        if errors := creation_errors(body, here.currency):
            raise invalid(errors)
        order = create_order(tenant, here, body, CLIENT_NAME)
        g.note = f"order {order['id']}"
        return jsonify(order)

    @routes.get("/location/orders/<order_id>")
    def retrieve(order_id: str) -> Response:
        here = _location(tenant)
        _require("orders", "read")
        return jsonify(_order(tenant, here, order_id))

    @routes.patch("/location/orders/<order_id>")
    def update(order_id: str) -> Response:
        here = _location(tenant)
        _require("orders", "write")
        order = _order(tenant, here, order_id)
        body = json_object()
        if errors := patch_errors(body, here.currency):
            raise invalid(errors)
        patch_order(tenant, order, body)
        return jsonify(order)

    return routes


def _require(resource: str, right: str) -> None:
    if not _connection().parsed_scope.grants(resource, right):
        raise RefusalError(403, "forbidden", f"A '{resource}' {right} scope is required")


def _location(tenant: Tenant) -> Location:
    """Return the one location of the connection; how others are refused is not documented."""
    location_id = _connection().location_id
    if location_id is None:
        raise RefusalError(403, "forbidden", "A location access level is required")
    return tenant.locations[location_id]


def _connection() -> Connection:
    connection: Connection = g.connection
    return connection


def _orders_at(tenant: Tenant, location: Location) -> dict[str, dict[str, Any]]:
    with tenant.lock:
        orders = list(tenant.orders.items())
    return {order_id: order for order_id, order in orders if order["location_id"] == location.id}


def _order(tenant: Tenant, location: Location, order_id: str) -> dict[str, Any]:
    order = tenant.orders.get(order_id)
    if order is None or order["location_id"] != location.id:
        raise not_found()
    return order
