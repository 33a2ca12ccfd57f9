"""The demo marketplace: serves its pages, their files, and the control API that one uses."""

from pathlib import Path

from flask import Flask, Response, abort, render_template, send_from_directory
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from sandbox.control import create_control
from sandbox.gates import gates_of
from sandbox.proxy_process import ProxyProcess
from sandbox.rentals import add_rentals
from sandbox.stage import Stage

HERE = Path(__file__).resolve().parent
WEB, TEMPLATES = HERE / "web", HERE / "templates"


def create_marketplace(stage: Stage, proxy: ProxyProcess) -> Flask:
    """Return the marketplace: `/`, its boats, files under `/web` and `/cards`, and `/sandbox/…`.

    What is simulated is under `/services/…`, for browsers that reach nothing but this.
    `proxy` is what stands in front of it, for the control API.
    """
    app = Flask(__name__, static_folder=str(WEB), static_url_path="/web")
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 0  # whoever edits the page sees it on a reload
    app.register_blueprint(create_control(stage, proxy))
    add_rentals(app, stage)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, stage.services)  # type: ignore[method-assign]
    policy = content_security_policy(stage)
    cards = {one.simulator.name: one.simulator.card for one in stage.running if one.simulator.card}
    vendors = PrefixLoader({name: FileSystemLoader(folder) for name, folder in cards.items()})
    app.jinja_loader = ChoiceLoader([FileSystemLoader(TEMPLATES), vendors])
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}

    @app.get("/")
    def page() -> str:
        return render_template(
            "index.html",
            running=stage.running,
            checking=stage.checking,
            signing=stage.signing,
            documents=stage.documents,
            billing=stage.billing,
            left_out=stage.left_out,
            gates=gates_of(stage),
            boats=stage.sharetribe.listings.values(),
        )

    @app.get("/cards/<name>/<file>")
    def card(name: str, file: str) -> Response:
        return send_from_directory(cards.get(name) or abort(404), file)

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return app


def content_security_policy(stage: Stage) -> str:
    """Return the page's policy: its own files, and vendors' pages in frames.

    A vendor from elsewhere may lead to an address of its own.
    """
    framing = [one for one in stage.deciding if one.simulator.checks or one.simulator.signs]
    framed = " ".join(("'self'", *(one.vendor.base_url for one in framing)))
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            f"frame-src {framed}",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
