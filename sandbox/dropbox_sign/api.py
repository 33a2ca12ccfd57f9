"""What all of Dropbox Sign's API has: keys, limits of use, and refusals in its own words.

Source: hellosign-openapi @ad21451f (ErrorResponse, response headers, authentication),
developers.hellosign.com, warnings and errors; help.dropbox.com, limits (read 2026-11).
"""

import base64
from collections.abc import Callable, Collection
from typing import Any, NoReturn

from flask import Response, abort, jsonify, make_response, request

from sandbox.kit.bodies import JSON, json_object, same
from sandbox.kit.shapes import Check

NAMES = {
    400: "bad_request",
    401: "unauthorized",
    402: "payment_required",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    410: "deleted",
    429: "exceeded_rate",
}
TEST_REQUESTS_A_MINUTE = 10


def refusal(status: int, message: str, path: str = "") -> Response:
    """Return a refusal; `path` names the field that it is about."""
    error = {"error_msg": message, "error_name": NAMES[status]}
    return make_response(jsonify(error=error | ({"error_path": path} if path else {})), status)


def refuse(status: int, message: str, path: str = "") -> NoReturn:
    """End the request as Dropbox Sign does."""
    abort(refusal(status, message, path))


def admit(keys: Collection[str]) -> None:
    """Let in who shows one of the account's keys: the user name of basic authentication."""
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    try:
        user, colon, password = base64.b64decode(sent, validate=True).decode().partition(":")
    except ValueError:
        scheme, user, colon, password = "", "", "", ""
    is_known = any(same(user, key) for key in keys)
    if scheme != "Basic" or not colon or password or not is_known:
        refuse(401, "Unauthorized api key")


def read_fields(shape: Check) -> dict[str, Any]:
    """Return the fields of the request's JSON body, which has to have that shape."""
    if request.mimetype != JSON or request.args:
        refuse(400, f"The body has to be {JSON}, and there is no query")
    try:
        fields = json_object(request.get_data())
    except ValueError as problem:
        refuse(400, str(problem))
    for wrong in shape(fields, ""):
        refuse(400, str(wrong), wrong.field)
    return fields


def with_limits(answer: Response, clock: Callable[[], float]) -> Response:
    """Tell what is left of the account's limit in every answer."""
    answer.headers["X-RateLimit-Limit"] = str(TEST_REQUESTS_A_MINUTE)
    is_over = answer.status_code == 429
    answer.headers["X-RateLimit-Remaining"] = "0" if is_over else str(TEST_REQUESTS_A_MINUTE - 1)
    answer.headers["X-Ratelimit-Reset"] = str(int(clock()) + 60)
    return answer
