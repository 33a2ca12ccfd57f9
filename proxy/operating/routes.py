"""The routes for the person who runs it: alive, ready, how things stand, and the contract."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Request, Response, jsonify, request

from crypto import equal
from proxy.http.attempts import Attempts
from proxy.http.guards import source_of_request
from proxy.monitoring.metrics import CONTENT_TYPE
from proxy.operating.status import Status
from proxy.problems import Problem

_CHALLENGE = 'Bearer realm="operator"'


class OperatorGuard:
    """Lets in whoever brings a token of the operator's; without one there is no door.

    Nobody is let in by their address: behind a router on the same machine, everybody comes from
    loopback.
    """

    def __init__(
        self,
        token: str | None,
        attempts: Attempts,
        trusted_hops: int,
        variable: str = "OPERATOR_TOKEN",
    ) -> None:
        """Take the token, failed attempts at it, and how many proxies in front are trusted.

        `variable` holds the token, for the log to name.
        """
        self._token = token
        self._variable = variable
        self._attempts = attempts
        self._trusted_hops = trusted_hops

    def check(self, asking: Request) -> None:
        """Let a request in, or raise Problem.

        `not-found` while no token is set, `credentials-invalid` without the right one, and
        `too-many-attempts` for a source that has to wait after others. Another scheme than Bearer
        is no token, and no attempt: browsers send the password of a page with all their requests.
        """
        if self._token is None:
            raise Problem("not-found")
        scheme, _, presented = asking.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise _invalid()
        with self._attempts.judging(source_of_request(asking, self._trusted_hops)) as attempt:
            if not equal(presented.strip(), self._token):
                attempt.failed()
                raise _invalid(f"the bearer token is not {self._variable}")
            attempt.succeeded()


def _invalid(cause: str = "") -> Problem:
    return Problem("credentials-invalid", cause=cause, challenge=_CHALLENGE)


def operator_routes(status: Status, guard: OperatorGuard, contract: Mapping[str, Any]) -> Blueprint:
    """Return `/healthz`, `/readyz`, `/statusz` and `/openapi.json`; `contract` is the last one."""
    routes = Blueprint("operator", __name__)
    document = json.dumps(contract, ensure_ascii=False).encode()

    @routes.get("/healthz")
    def alive() -> Response:
        return jsonify(status="alive")

    @routes.get("/readyz")
    def ready() -> Response:
        cause = status.unready
        if cause is None:
            return jsonify(status="ready")
        response = jsonify(status="not-ready", cause=cause)
        response.status_code = 503
        response.headers["Retry-After"] = "5"
        return response

    @routes.get("/statusz")
    def how() -> Response:
        guard.check(request)
        return jsonify(status.told())

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return Response(document, content_type="application/json")

    return routes


def metrics_route(page: Callable[[], bytes], guard: OperatorGuard) -> Blueprint:
    """Return `/metrics`, which `page` makes."""
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def metrics() -> Response:
        guard.check(request)
        return Response(page(), content_type=CONTENT_TYPE)

    return routes
