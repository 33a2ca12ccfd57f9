"""The WSGI application around the OAuth server and the API: records, faults and refusals."""

from pathlib import Path

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from sandbox.hops import HopLog
from sandbox.hubrise import api, callback_api, consent_page, token_endpoint
from sandbox.hubrise.authorization import AUTHORIZE_PATH
from sandbox.hubrise.callbacks import Callbacks
from sandbox.hubrise.rate_limits import RateLimits
from sandbox.hubrise.refusals import RefusalError, refusal_answer
from sandbox.hubrise.tenant import Tenant
from sandbox.kit.pages import add_templates
from sandbox.kit.traffic import keep_record

LONGEST_BODY = 1_048_576


def make_application(tenant: Tenant, hops: HopLog | None, callbacks: Callbacks) -> Flask:
    """Return the application of `tenant`."""
    app = Flask("sandbox.hubrise", static_folder=None)
    add_templates(app, Path(__file__).parent / "templates")
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    limits = RateLimits(tenant.clock)
    app.register_blueprint(consent_page.blueprint(tenant))
    app.register_blueprint(token_endpoint.blueprint(tenant))
    app.register_blueprint(api.blueprint(tenant, limits))
    app.register_blueprint(callback_api.blueprint(tenant, limits, callbacks))
    app.register_error_handler(RefusalError, refusal_answer)
    app.register_error_handler(HTTPException, _refuse_unknown)
    keep_record(app, tenant, "HubRise", hops, lambda path: path == AUTHORIZE_PATH)
    return app


def _refuse_unknown(error: HTTPException) -> Response:
    """Answer what no route answers; a method that a route does not know is an unknown route too."""
    if error.code in {404, 405}:
        return refusal_answer(RefusalError(404, "routing_error"))
    if error.code is None or error.code >= 500:
        return refusal_answer(RefusalError(500, "internal_error"))
    return refusal_answer(RefusalError(error.code, "unprocessable_entity", error.name))
