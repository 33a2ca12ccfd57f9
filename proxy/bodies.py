"""Request bodies of our own routes: JSON or transit, an object, with known fields only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Request
from werkzeug.exceptions import HTTPException

from proxy.deadline import counted_receives, deadline
from proxy.problems import Problem
from proxy.transit import TransitError, read_transit

MAX_BODY_BYTES = 100 * 1024
# A body of that size in this time is slower than any modem.
_BODY_SECONDS = 10.0


def read_body(request: Request, limit: int = MAX_BODY_BYTES) -> bytes:
    """Return a request's whole body; raises Problem `body-too-large` above `limit` bytes.

    Werkzeug cuts a body without a length off at `max_content_length`, which is therefore one byte
    more: what is cut off is too large. Raises Problem `bad-request` for a body that is framed
    wrongly or ends early: half a callback may read like a whole one.
    """
    request.max_content_length = limit + 1
    connection = request.environ.get("gunicorn.socket")
    with client_faults(), deadline(_BODY_SECONDS), counted_receives(connection):
        body = request.get_data()
    if len(body) > limit:
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


def unknown_field(name: str) -> Problem:
    """Return the refusal of a field that nobody reads; an odd name is not repeated."""
    shown = name if re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", name) else "with an odd name"
    return Problem("body-invalid", f"The field {shown} is unknown.")


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
