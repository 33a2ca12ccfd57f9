"""The WSGI application around page, exchange and API: records, faults and refusals."""

import time

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from sandbox.faults import DROPPED, Faults
from sandbox.hops import HopLog
from sandbox.pumble import api, consent, exchange
from sandbox.pumble.access_request import AccessRefusedError
from sandbox.pumble.refusal import RefusalError, refusal_answer
from sandbox.pumble.registration import Registration

LONGEST_BODY = 1_048_576


def make_application(registration: Registration, faults: Faults, hops: HopLog | None) -> Flask:
    """Return the application of `registration`."""
    app = Flask("sandbox.pumble", template_folder="templates", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    app.register_blueprint(consent.blueprint(registration))
    app.register_blueprint(exchange.blueprint(registration))
    app.register_blueprint(api.blueprint(registration))
    _keep_record(app, registration, faults, hops)
    app.register_error_handler(RefusalError, refusal_answer)
    app.register_error_handler(AccessRefusedError, consent.refused_page)

    @app.errorhandler(HTTPException)
    def refuse_unknown(error: HTTPException) -> Response:
        status = error.code or 500
        if request.path == consent.PAGE_PATH:
            return consent.refused_page(AccessRefusedError(status, error.name))
        return refusal_answer(RefusalError(status, 0, error.name))

    return app


def _keep_record(
    app: Flask, registration: Registration, faults: Faults, hops: HopLog | None
) -> None:
    """Note every request in `calls` and `hops`, those that meet a fault included."""

    @app.before_request
    def record() -> None:
        g.began = time.perf_counter()
        registration.calls.append(f"{request.method} {request.path}")

    app.before_request(faults.apply)

    @app.after_request
    def log(answer: Response) -> Response:
        if hops is not None:
            hops.add(
                caller="browser" if request.path == consent.PAGE_PATH else "proxy",
                callee="Pumble",
                method=request.method,
                path=request.path,
                status=None if request.environ.get(DROPPED) else answer.status_code,
                milliseconds=(time.perf_counter() - g.began) * 1000,
                note=g.get("note", ""),
            )
        return answer
