"""Pages that a vendor shows to people: what they load, who may embed them, and where they lead."""

import secrets
from pathlib import Path
from typing import Any

from flask import Flask, Response, make_response, redirect, render_template
from jinja2 import ChoiceLoader, FileSystemLoader

TEMPLATES = Path(__file__).parent / "templates"
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def add_templates(app: Flask, folder: Path) -> None:
    """Let `app` render the templates in `folder`, which extend `page.html`."""
    app.jinja_loader = ChoiceLoader([FileSystemLoader(folder), FileSystemLoader(TEMPLATES)])


def page(template: str, status: int = 200, *, embedders: str = "'none'", **shown: Any) -> Response:
    """Return a page that loads nothing but its own style and script, which know its `nonce`.

    `embedders` are the sources that may show it in a frame.
    """
    nonce = secrets.token_urlsafe(16)
    answer = make_response(render_template(template, nonce=nonce, **shown), status)
    # No form-action: browsers apply it to the redirects that follow, and those lead anywhere.
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; img-src data:; style-src 'nonce-{nonce}'; "
        f"script-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors {embedders}"
    )
    answer.headers.update(HEADERS)
    return answer


def leave(address: str) -> Response:
    """Send the browser to `address`, which only it may learn."""
    answer = make_response(redirect(address, 302))
    answer.headers.update(HEADERS | {"Content-Security-Policy": "default-src 'none'"})
    return answer
