"""The routes of orders: `/<vendor>/orders`."""

from __future__ import annotations

import re
from uuid import UUID

from flask import Blueprint, Response, request

from proxy.http.answers import as_response
from proxy.http.bodies import read_body, read_object
from proxy.kernel import Kernel
from proxy.orders.trip import OrderTrip
from proxy.problems import Problem

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


def order_routes(vendor: str, trip: OrderTrip, kernel: Kernel) -> Blueprint:
    """Return the blueprint of one vendor's orders, without the API prefix."""
    routes = Blueprint(f"orders-{vendor}", __name__)
    browser = kernel.browser

    @routes.post(f"/{vendor}/orders")
    def create() -> Response:
        session = browser.session(request)
        body = read_object(request.mimetype, read_body(request))
        if body.keys() != {"transactionId"}:
            raise Problem("body-invalid", "The body has the field transactionId and no other.")
        return as_response(trip.create(session, _transaction_id(body["transactionId"])))

    @routes.get(f"/{vendor}/orders/<transaction_id>")
    def read(transaction_id: str) -> Response:
        session = browser.session(request)
        if not _UUID.fullmatch(transaction_id):
            raise Problem("transaction-unknown")
        return as_response(trip.read(session, UUID(transaction_id)))

    @routes.post(f"/{vendor}/orders/catch-up")
    def catch_up() -> Response:
        return as_response(trip.catch_up(browser.session(request)))

    return routes


def _transaction_id(value: object) -> UUID:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise Problem("body-invalid", "The field transactionId must be a transaction's uuid.")
    return UUID(value)
