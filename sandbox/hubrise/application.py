"""The WSGI application around the OAuth server and the API: records, faults and refusals."""

import time

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox.faults import DROPPED, Faults
from sandbox.hops import HopLog
from sandbox.hubrise import api, callback_api, consent_page, token_endpoint
from sandbox.hubrise.authorization import AUTHORIZE_PATH
from sandbox.hubrise.callbacks import Callbacks
from sandbox.hubrise.rate_limits import RateLimits
from sandbox.hubrise.refusals import RefusalError
from sandbox.hubrise.tenant import Tenant

LONGEST_BODY = 1_048_576


def make_application(
    tenant: Tenant, faults: Faults, hops: HopLog | None, callbacks: Callbacks
) -> Flask:
    """Return the application of `tenant`."""
    app = Flask("sandbox.hubrise", template_folder="templates", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    limits = RateLimits(tenant.clock)
    app.register_blueprint(consent_page.blueprint(tenant))
    app.register_blueprint(token_endpoint.blueprint(tenant))
    app.register_blueprint(api.blueprint(tenant, limits))
    app.register_blueprint(callback_api.blueprint(tenant, limits, callbacks))
    app.register_error_handler(RefusalError, refusal_answer)
    app.register_error_handler(HTTPException, _refuse_unknown)
    _keep_record(app, tenant, faults, hops)
    return app


def refusal_answer(refusal: RefusalError) -> Response:
    """Return the documented error answer."""
    answer = jsonify(refusal.body())
    answer.status_code = refusal.status
    if refusal.retry_after is not None:
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def _refuse_unknown(error: HTTPException) -> Response:
    """Answer what no route answers; a method that a route does not know is an unknown route too."""
    if error.code in {404, 405}:
        return refusal_answer(RefusalError(404, "routing_error"))
    if error.code is None or error.code >= 500:
        return refusal_answer(RefusalError(500, "internal_error"))
    return refusal_answer(RefusalError(error.code, "unprocessable_entity", error.name))


def _keep_record(app: Flask, tenant: Tenant, faults: Faults, hops: HopLog | None) -> None:
    """Note every request in `tenant.calls` and `hops`, those that meet a fault included."""

    @app.before_request
    def record() -> None:
        g.began = time.perf_counter()
        tenant.calls.append(f"{request.method} {request.path}")

    app.before_request(faults.apply)

    @app.after_request
    def log(answer: Response) -> Response:
        if hops is not None:
            hops.add(
                caller="browser" if request.path == AUTHORIZE_PATH else "proxy",
                callee="HubRise",
                method=request.method,
                path=request.path if request.url_rule else "(unknown path)",
                status=None if request.environ.get(DROPPED) else answer.status_code,
                milliseconds=(time.perf_counter() - g.began) * 1000,
                note=g.get("note", ""),
            )
        return answer
