"""The WSGI application around the two APIs and the hosted page: records, faults and refusals."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox.hops import HopLog
from sandbox.jumio import hosted_page, kyx, netverify
from sandbox.jumio.admission import RefusalError
from sandbox.jumio.tenant import Tenant
from sandbox.jumio.transactions import Transaction
from sandbox.kit.pages import add_templates
from sandbox.kit.traffic import keep_record

KYX_PATHS = ("/api/v1/", "/oauth2/")
LONGEST_BODY = 102_400


def make_application(
    tenant: Tenant,
    hops: HopLog | None,
    opened: Callable[[Transaction], None],
    finished: Callable[[Transaction, str], None],
) -> Flask:
    """Return the application of `tenant`.

    `opened` and `finished` are told what users do on the hosted page.
    """
    app = Flask("sandbox.jumio", static_folder=None)
    add_templates(app, Path(__file__).parent / "templates")
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    app.register_blueprint(netverify.blueprint(tenant))
    app.register_blueprint(kyx.blueprint(tenant))
    app.register_blueprint(hosted_page.blueprint(tenant, opened, finished))

    keep_record(app, tenant, "Jumio", hops, lambda path: path.startswith("/web/"))

    @app.errorhandler(RefusalError)
    def refuse(refusal: RefusalError) -> Response:
        if request.path.startswith(KYX_PATHS):
            answer = jsonify(kyx.refusal_body(refusal))
        else:
            answer = jsonify(netverify.refusal_body(tenant, refusal))
        answer.status_code = refusal.status
        return answer

    @app.errorhandler(HTTPException)
    def refuse_unknown(error: HTTPException) -> Response:
        return refuse(RefusalError(error.code or 500, error.name))

    return app
