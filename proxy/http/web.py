"""What all requests and answers share: ids, limits, CORS, security headers, problems, logs."""

from __future__ import annotations

import logging
import re
import time
from contextlib import ExitStack
from types import TracebackType
from uuid import uuid4

from flask import Flask, Request, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from proxy.http.bodies import MAX_BODY_BYTES
from proxy.logs import Calls, calls, log_event, request_id
from proxy.outgoing.deadline import deadline
from proxy.problems import CONTENT_TYPE, Problem
from proxy.refusals import SECURITY_HEADERS
from proxy.settings import Settings

# Heroku's router gives up on the first byte after 30 s; what is left is for our own work.
REQUEST_SECONDS = 25.0
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)  # RFC 9110 5.6.2
_HTTP_CODES = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "content-type-unsupported",
}


class OwnRequest(Request):
    """A request to our own routes."""

    max_content_length = MAX_BODY_BYTES + 1  # see proxy.http.bodies.read_body


class OwnApp(Flask):
    """A Flask app that never logs a path: Flask's own line about a failed handler would."""

    def log_exception(
        self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]
    ) -> None:
        """Log where a defect is; what it says may hold anything."""
        if exc_info[1] is not None:
            _log_defect(exc_info[1])


def install(app: Flask, settings: Settings) -> None:
    """Give `app` the manners that all routes share."""
    app.request_class = OwnRequest
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.before_request(_begin)
    app.after_request(lambda response: _finish(response, settings))
    app.teardown_request(_end)
    app.register_error_handler(Problem, _problem_answer)
    app.register_error_handler(HTTPException, _http_answer)
    app.register_error_handler(Exception, _internal_answer)


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid4())
    g.started = time.perf_counter()
    g.problem_code = g.daily_cause = None
    g.calls = Calls()
    calls.set(g.calls)
    request_id.set(g.request_id)
    g.until_end = ExitStack()
    g.until_end.enter_context(deadline(REQUEST_SECONDS))


def _finish(response: Response, settings: Settings) -> Response:
    # What a route has set itself stays.
    present = {name.lower() for name, _ in response.headers}
    missing = [pair for pair in SECURITY_HEADERS.items() if pair[0].lower() not in present]
    response.headers.extend([("X-Request-Id", g.request_id), *missing])
    _allow_listed_origin(response, settings.marketplace_origins)
    log_event(
        "request",
        method=request.method if request.method.isalpha() else "-",
        route=_route_for_logs(),
        status=response.status_code,
        code=g.problem_code,
        cause=g.daily_cause,
        ms=(time.perf_counter() - g.started) * 1000,
        calls=g.calls or None,
    )
    return response


def _route_for_logs() -> str:
    """Return the route's pattern: a path may hold a reference, and a query may hold anything."""
    return request.url_rule.rule if request.url_rule else "none"


def _allow_listed_origin(response: Response, origins: frozenset[str]) -> None:
    """Add CORS headers (Fetch standard) for a listed origin, on errors too."""
    if not origins:
        return
    response.headers.add("Vary", "Origin")
    origin = request.headers.get("Origin", "")
    if origin.lower() not in origins:
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers["Access-Control-Expose-Headers"] = "X-Request-Id, Retry-After"
    if request.method == "OPTIONS":
        allowed = request.headers.get("Access-Control-Request-Method", "")
        if allowed in (response.allow or ()):
            response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
        response.headers["Access-Control-Allow-Headers"] = allowed_headers("Authorization")
        response.headers["Access-Control-Max-Age"] = "600"


def allowed_headers(credential: str) -> str:
    """Return which request headers a preflight allows a page that may call with `credential`.

    Pages send what their tools add (`sentry-trace`, `traceparent`, `baggage`), and none of it gives
    a right here, so what is asked for is allowed. A wildcard would not do: it is not understood
    with cookies, and never covers `Authorization` (Fetch standard, CORS protocol).
    """
    asked = request.headers.get("Access-Control-Request-Headers", "")
    names = [name.strip(" \t") for name in asked.split(",")]
    usable = [name for name in names if _FIELD_NAME.fullmatch(name)]
    allowed = {name.lower(): name for name in (*usable, credential, "Content-Type")}
    return ", ".join(allowed.values())


def _end(_error: BaseException | None) -> None:
    g.until_end.close()
    request_id.set("-")
    calls.set(None)


def _problem_answer(problem: Problem) -> Response:
    g.problem_code = problem.code
    if problem.cause and not problem.is_logged:
        if problem.is_daily:
            # Visitors' pages ask all day long: it stands in the request's own line.
            g.daily_cause = problem.cause
        else:
            log_event("problem", logging.WARNING, code=problem.code, cause=problem.cause)
    response = Response(
        problem.body(g.request_id), status=problem.status, content_type=CONTENT_TYPE
    )
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = problem.challenge
    return response


def _http_answer(error: HTTPException) -> Response:
    """Answer what Flask itself refuses, as JSON: the frontend reads every error as JSON."""
    status = error.code or 500
    code = _HTTP_CODES.get(status, "bad-request" if status < 500 else "internal-error")
    response = _problem_answer(Problem(code, status=status))
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def _internal_answer(error: Exception) -> Response:
    """Answer a defect of ours: its type and place go to the log, its text may hold anything."""
    _log_defect(error)
    return _problem_answer(Problem("internal-error"))


def _log_defect(error: BaseException) -> None:
    place = "unknown"
    trace = error.__traceback__
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    log_event("defect", logging.ERROR, error=type(error).__name__, cause=place)
