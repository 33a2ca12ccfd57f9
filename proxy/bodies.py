"""Request bodies of our own routes: JSON or transit, an object, with known fields only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Request
from werkzeug.exceptions import HTTPException

from proxy.problems import Problem
from proxy.reference_trip import StartOptions
from proxy.settings import origin_of
from proxy.transit import TransitError, read_transit
from proxy.vendor import Limits

MAX_BODY_BYTES = 100 * 1024
_LOCALE = re.compile(r"[A-Za-z]{2}(-[A-Za-z]{2})?", re.ASCII)


def read_body(request: Request) -> bytes:
    """Return a request's whole body; raises Problem `body-too-large` above MAX_BODY_BYTES.

    Werkzeug cuts a body without a length off at `max_content_length`, which is therefore one byte
    more: what is cut off is too large. Raises Problem `bad-request` for a body that is framed
    wrongly or ends early: half a callback may read like a whole one.
    """
    with client_faults():
        body = request.get_data()
    if len(body) > MAX_BODY_BYTES:
        raise Problem("body-too-large")
    if request.content_length not in (None, len(body)):
        raise Problem("bad-request", cause="the body ends early")
    return body


@contextmanager
def client_faults() -> Iterator[None]:
    """Blame the client for whatever the server raises while its body is read.

    WSGI (PEP 3333) does not say what that is; gunicorn's errors about chunks are no OSError.
    Raises Problem `bad-request`, and what Werkzeug raises for a body that is too large or cut off.
    """
    try:
        yield
    except HTTPException:
        raise
    except Exception as error:
        raise Problem("bad-request", cause=type(error).__name__) from error


def read_object(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the body's object; an empty body is an empty object.

    `content_type` is the media type without parameters. Raises Problem `body-invalid`,
    `content-type-unsupported`.
    """
    if not body:
        return {}
    if content_type == "application/transit+json":
        value = _read_transit(body)
    elif content_type == "application/json":
        value = _read_json(body)
    else:
        raise Problem("content-type-unsupported")
    if not isinstance(value, dict):
        raise Problem("body-invalid", "The body must be an object.")
    return value


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Problem("body-invalid", "The body is not JSON.") from None


def _read_transit(body: bytes) -> Any:
    try:
        return read_transit(body.decode("utf-8"))
    except (TransitError, UnicodeDecodeError):
        raise Problem("body-invalid", "The body is not transit+json that is read here.") from None


def read_start_options(
    body: Mapping[str, Any], origins: frozenset[str], limits: Limits
) -> StartOptions:
    """Return the options of a start; a null field counts as not given.

    Raises Problem `body-invalid`, naming the field.
    """
    known = ("locale", "successUrl", "errorUrl", "restart")
    for name in body:
        if name not in known:
            shown = name if re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", name) else "with an odd name"
            raise Problem("body-invalid", f"The field {shown} is unknown.")
    locale, restart = body.get("locale"), body.get("restart")
    if locale is not None and not (isinstance(locale, str) and _LOCALE.fullmatch(locale)):
        raise Problem("body-invalid", "The field locale must look like en or en-GB.")
    if restart is not None and not isinstance(restart, bool):
        raise Problem("body-invalid", "The field restart must be true or false.")
    return StartOptions(
        locale=locale,
        success_url=_return_url(body, "successUrl", origins, limits.success_url),
        error_url=_return_url(body, "errorUrl", origins, limits.error_url),
        restart=bool(restart),
    )


def _return_url(
    body: Mapping[str, Any], name: str, origins: frozenset[str], limit: int
) -> str | None:
    """Read an address to send the user back to: only the marketplace's own origins will do."""
    url = body.get(name)
    if url is None:
        return None
    if not isinstance(url, str) or origin_of(url) not in origins:
        raise Problem("body-invalid", f"The field {name} must lie in a listed marketplace origin.")
    if len(url) > limit:
        raise Problem("body-invalid", f"The field {name} is longer than {limit} characters.")
    return url
