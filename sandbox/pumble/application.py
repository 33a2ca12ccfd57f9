"""The WSGI application around page, exchange and API: records, faults and refusals."""

from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from sandbox.hops import HopLog
from sandbox.kit.pages import add_templates
from sandbox.kit.traffic import keep_record
from sandbox.pumble import api, consent, exchange
from sandbox.pumble.access_request import AccessRefusedError
from sandbox.pumble.refusal import RefusalError, refusal_answer
from sandbox.pumble.registration import Registration

LONGEST_BODY = 1_048_576


def make_application(registration: Registration, hops: HopLog | None) -> Flask:
    """Return the application of `registration`."""
    app = Flask("sandbox.pumble", static_folder=None)
    add_templates(app, Path(__file__).parent / "templates")
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    app.register_blueprint(consent.blueprint(registration))
    app.register_blueprint(exchange.blueprint(registration))
    app.register_blueprint(api.blueprint(registration))
    keep_record(app, registration, "Pumble", hops, lambda path: path == consent.PAGE_PATH)
    app.register_error_handler(RefusalError, refusal_answer)
    app.register_error_handler(AccessRefusedError, consent.refused_page)

    @app.errorhandler(HTTPException)
    def refuse_unknown(error: HTTPException) -> Response:
        status = error.code or 500
        if request.path == consent.PAGE_PATH:
            return consent.refused_page(AccessRefusedError(status, error.name))
        return refusal_answer(RefusalError(status, 0, error.name))

    return app
