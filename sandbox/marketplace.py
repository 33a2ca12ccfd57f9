"""The demo marketplace: serves the demo page, its files, and the control API that it uses."""

from pathlib import Path

from flask import Flask, Response

from sandbox.control import create_control
from sandbox.proxy_process import ProxyProcess
from sandbox.stage import Stage

WEB = Path(__file__).resolve().parent / "web"


def create_marketplace(stage: Stage, proxy: ProxyProcess) -> Flask:
    """Return the marketplace as a WSGI application: `/`, `/web/<file>` and `/sandbox/…`.

    `proxy` is what stands in front of it, for the control API.
    """
    app = Flask(__name__, static_folder=str(WEB), static_url_path="/web")
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 0  # whoever edits the page sees it on a reload
    app.register_blueprint(create_control(stage, proxy))
    policy = content_security_policy(stage)

    @app.get("/")
    def page() -> Response:
        return app.send_static_file("index.html")

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return app


def content_security_policy(stage: Stage) -> str:
    """Return the page's policy: its own files, Sharetribe's API and a checking vendor's iframe."""
    framed = stage.checking.vendor.base_url if stage.checking else "'none'"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self' {stage.sharetribe_url}",
            f"frame-src {framed}",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
