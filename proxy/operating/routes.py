"""The routes for the person who runs it: alive, ready, and the contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from crypto import equal
from proxy.http.attempts import Attempts
from proxy.http.guards import source_of_request
from proxy.operating.health import Readiness
from proxy.problems import Problem

CHALLENGE = 'Bearer realm="operator"'


class OperatorGuard:
    """Tells the operator from the public, by a token of his own; without one there is no telling.

    Nobody is taken for the operator by his address: behind a router on the same machine, everybody
    comes from loopback.
    """

    def __init__(self, token: str | None, attempts: Attempts) -> None:
        self._token = token
        self._attempts = attempts

    def is_operator(self, authorization: str | None, source: str) -> bool:
        """Tell whether the operator asks; raises Problem.

        `credentials-invalid` for a wrong token, and `too-many-attempts` for a source that has to
        wait after others. Who brings none is the public, and so is everybody while none is set.
        Another scheme is no token: browsers send the password of a page with all their requests.
        """
        scheme, _, presented = (authorization or "").partition(" ")
        if self._token is None or scheme.lower() != "bearer":
            return False
        with self._attempts.judging(source) as attempt:
            if not equal(presented.strip(), self._token):
                attempt.failed()
                raise Problem("credentials-invalid", challenge=CHALLENGE)
            attempt.succeeded()
        return True


def operator_routes(
    readiness: Readiness, guard: OperatorGuard, trusted_hops: int, contract: Mapping[str, Any]
) -> Blueprint:
    """Return `/healthz`, `/readyz` and `/openapi.json`; `contract` is the OpenAPI document."""
    routes = Blueprint("operator", __name__)
    document = json.dumps(contract, ensure_ascii=False).encode()

    @routes.get("/healthz")
    def alive() -> Response:
        return jsonify(status="alive")

    @routes.get("/readyz")
    def ready() -> Response:
        source = source_of_request(request, trusted_hops)
        is_operator = guard.is_operator(request.headers.get("Authorization"), source)
        states = readiness.states()
        is_ready = set(states.values()) <= {"up"}
        status = "ready" if is_ready else "not-ready"
        # Which services this marketplace uses, and which is down now, is nobody else's business.
        response = jsonify(status=status, **({"upstreams": states} if is_operator else {}))
        if not is_ready:
            response.status_code = 503
            response.headers["Retry-After"] = "5"
        return response

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return Response(document, content_type="application/json")

    return routes
