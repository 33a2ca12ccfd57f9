"""Bodies of the Marketplace and Integration APIs: JSON or transit, as the headers ask.

The formats are those of sharetribe.com/api-reference ("Response format", "Errors"), read
2026-11-20. Sizes and codes come from "API error codes" and "Extended data" there.
"""

import json
import math
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NoReturn
from uuid import UUID, uuid4

from flask import Response, request

from sandbox import transit
from sandbox.transit import Keyword, TaggedValue

TRANSIT = "application/transit+json"
JSON = "application/json"


class ApiError(Exception):
    """A refusal in the documented form; `key` names the body field or query parameter at fault."""

    def __init__(self, status: int, code: str, key: str | None = None) -> None:
        """Keep what `error_answer` needs."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.key = key


def answer(body: Any, status: int = 200) -> Response:
    """Make the answer that the request's Accept header asks for; JSON unless it names transit."""
    if TRANSIT in request.headers.get("Accept", ""):
        verbose = request.headers.get("X-Transit-Verbose") == "true"
        text, kind = transit.write(_with_keyword_keys(body), verbose), TRANSIT
    else:
        text, kind = json.dumps(body, separators=(",", ":"), default=_json_form), JSON
    return Response(text, status, content_type=f"{kind};charset=UTF-8")


def error_answer(error: ApiError) -> Response:
    """Make the documented error body."""
    content: dict[str, Any] = {
        "id": uuid4(),
        "status": error.status,
        "code": error.code,
        "title": HTTPStatus(error.status).phrase,
    }
    if error.key is not None:
        kind = "query" if request.method == "GET" else "body"
        content["source"] = {"path": [error.key], "type": kind}
    return answer({"errors": [content]}, error.status)


def request_body() -> dict[str, Any]:
    """Return the request's body as plain JSON values; raises ApiError for an unusable one."""
    if request.mimetype == JSON:
        body = _read_json(request.get_data())
    elif request.mimetype == TRANSIT:
        body = _read_transit(request.get_data())
    else:
        raise ApiError(400, "unsupported-content-type")
    if not isinstance(body, dict):
        raise ApiError(400, "bad-request")
    return body


def _read_json(raw: bytes) -> Any:
    try:
        return json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "bad-request") from error


def _read_transit(raw: bytes) -> Any:
    try:
        return _as_json_value(transit.read(raw))
    except (transit.TransitError, RecursionError) as error:
        raise ApiError(400, "bad-request") from error


def _as_json_value(value: Any) -> Any:
    """Turn what transit carries into what the JSON form of the same value would be."""
    if isinstance(value, dict):
        return {str(_as_json_value(key)): _as_json_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json_value(item) for item in value]
    if isinstance(value, TaggedValue):
        return _tagged_as_json_value(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ApiError(400, "bad-request")
    if isinstance(value, UUID | datetime):
        return _json_form(value)
    return str(value) if isinstance(value, Keyword) else value


def _tagged_as_json_value(tagged: TaggedValue) -> Any:
    if tagged.tag == "f" and isinstance(tagged.value, str):
        return _number(tagged.value)
    fields = {"mn": ("amount", "currency"), "geo": ("lat", "lng")}.get(tagged.tag)
    if fields is None or not isinstance(tagged.value, list) or len(tagged.value) != len(fields):
        raise ApiError(400, "bad-request")
    return dict(zip(fields, tagged.value, strict=True))


def _with_keyword_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {Keyword(key): _with_keyword_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_keyword_keys(item) for item in value]
    return value


def _json_form(value: object) -> Any:
    """Turn what JSON has no type for into the reference's JSON form of it."""
    if isinstance(value, TaggedValue):
        return _tagged_as_json_value(value)
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).isoformat(timespec="milliseconds")
        return f"{moment.removesuffix('+00:00')}Z"
    return str(value)


def _number(text: str) -> int | float:
    """Turn a decimal into a number: that it is one in JSON is a choice of the sandbox."""
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError as error:
        raise ApiError(400, "bad-request") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
