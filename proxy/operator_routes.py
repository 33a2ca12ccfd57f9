"""The routes for the person who runs it: alive, ready, and the contract."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, jsonify

from proxy.health import Readiness


def operator_routes(readiness: Readiness, contract: Path) -> Blueprint:
    """Return `/healthz`, `/readyz` and `/openapi.json`; `contract` is the OpenAPI file."""
    routes = Blueprint("operator", __name__)
    document = contract.read_bytes()

    @routes.get("/healthz")
    def alive() -> Response:
        return jsonify(status="alive")

    @routes.get("/readyz")
    def ready() -> Response:
        states = readiness.states()
        is_ready = set(states.values()) <= {"up"}
        response = jsonify(status="ready" if is_ready else "not-ready", upstreams=states)
        if not is_ready:
            response.status_code = 503
            response.headers["Retry-After"] = "5"
        return response

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return Response(document, content_type="application/json")

    return routes
