"""Request bodies of our own routes: JSON or transit, an object, with known fields only."""

from __future__ import annotations

import codecs
import json
import re
from enum import Enum
from typing import Any

from flask import Request
from werkzeug.exceptions import HTTPException

from proxy.http.transit import TransitError, read_transit
from proxy.lenient_json import NameRepeated, unrepeated
from proxy.problems import Problem

MAX_BODY_BYTES = 100 * 1024
# Where the server tells, in the WSGI environ, how far a body has come.
BODY_STATE = "echoseal.body_state"


class BodyState(Enum):
    """How far a body has come when the app is asked."""

    WHOLE = "whole"
    AWAITED = "awaited"
    BROKEN_OFF = "broken off"


class BodyAwaited(BaseException):
    """The request would be served if its body were there: the app is asked again when it is.

    No thread waits for a client this way. What stands before the body is read is done twice, so it
    must cost nothing. Not an Exception: nothing but the server is to catch it. `limit` is the
    number of bytes that are wanted at most.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


def read_body(request: Request, limit: int = MAX_BODY_BYTES) -> bytes:
    """Return a request's whole body; raises Problem `body-too-large` above `limit` bytes.

    Raises Problem `bad-request` for a body that is framed wrongly, ends early or takes too long:
    half a callback may read like a whole one. Raises BodyAwaited while it is on its way.
    """
    if (request.content_length or 0) > limit:
        raise Problem("body-too-large")
    state = request.environ.get(BODY_STATE, BodyState.WHOLE)
    if state is BodyState.AWAITED:
        raise BodyAwaited(limit)
    # Werkzeug cuts a body without a length off there: one byte more shows that it is too large.
    request.max_content_length = limit + 1
    try:
        body = request.get_data()
    except HTTPException:
        raise
    except Exception as error:  # WSGI (PEP 3333) does not say what a server raises
        raise Problem("bad-request", cause=type(error).__name__) from error
    if len(body) > limit:
        raise Problem("body-too-large")
    if state is BodyState.BROKEN_OFF or request.content_length not in (None, len(body)):
        raise Problem("bad-request", cause="the body ends early")
    return body


def without_mark(body: bytes) -> bytes:
    """Return a body without its byte order mark, which is no part of the text (RFC 8259 8.1).

    A signature is over the bytes as they came, so it is judged before. A second mark stays, and so
    do those of UTF-16 and UTF-32, which no body may be in: they are refused by whoever parses.
    """
    return body.removeprefix(codecs.BOM_UTF8)


def read_object(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the body's object; an empty body is an empty object.

    `content_type` is the media type without parameters. Raises Problem `body-invalid`,
    `content-type-unsupported`.
    """
    body = without_mark(body)
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
        return json.loads(body.decode("utf-8"), object_pairs_hook=unrepeated)
    except NameRepeated:
        raise Problem("body-invalid", "The body names a field twice.") from None
    except (ValueError, RecursionError):
        raise Problem("body-invalid", "The body is not JSON.") from None


def _read_transit(body: bytes) -> Any:
    try:
        return read_transit(body.decode("utf-8"))
    except (TransitError, UnicodeDecodeError):
        raise Problem("body-invalid", "The body is not transit+json that is read here.") from None
