"""What surrounds every request to the simulated Sharetribe: records, CORS and error bodies."""

import re
import time

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from sandbox.faults import DROPPED
from sandbox.hops import HopLog
from sandbox.sharetribe.messages import ApiError, error_answer

CALLER_HEADER = "X-Sandbox-Caller"
BROWSER_AGENTS = ("sharetribe-flex-sdk", "sharetribe-flex-integration-sdk", "Mozilla/")


class Traffic:
    """Records each request in `calls` and in the hop log, and lets browsers call cross-origin."""

    def __init__(self, calls: list[str], hops: HopLog | None) -> None:
        """Append to `calls` as requests come, and to `hops` as they are answered."""
        self._calls = calls
        self._hops = hops

    def surround(self, app: Flask) -> None:
        """Attach to `app`; whatever is attached later runs only for requests that were recorded."""
        app.before_request(self.begin)
        app.after_request(self.end)
        app.register_error_handler(ApiError, error_answer)
        app.register_error_handler(404, _not_found)
        app.register_error_handler(405, _not_found)

    def begin(self) -> Response | None:
        """Record the request; a CORS preflight is answered here."""
        g.started = time.perf_counter()
        self._calls.append(f"{request.method} {request.path}")
        if request.method == "OPTIONS":
            g.note = "CORS preflight"
            return Response(status=204)
        return None

    def end(self, response: Response) -> Response:
        """Open the answer to every origin and log the hop."""
        response.headers["Access-Control-Allow-Origin"] = "*"
        if request.method == "OPTIONS":
            asked = request.headers.get("Access-Control-Request-Headers", "")
            response.headers["Access-Control-Allow-Headers"] = asked
            response.headers["Access-Control-Allow-Methods"] = "GET, POST"
            response.headers["Access-Control-Max-Age"] = "600"
        if self._hops is not None:
            self._log(self._hops, response)
        return response

    @staticmethod
    def _log(hops: HopLog, response: Response) -> None:
        hops.add(
            caller=_caller(),
            callee="Sharetribe",
            method=request.method,
            path=request.path if request.url_rule else "(unknown path)",
            status=None if DROPPED in request.environ else response.status_code,
            milliseconds=(time.perf_counter() - g.started) * 1000,
            note=g.get("note", ""),
        )


def _caller() -> str:
    named = request.headers.get(CALLER_HEADER, "")
    if re.fullmatch("[A-Za-z ]{1,30}", named):
        return named
    is_browser = request.headers.get("User-Agent", "").startswith(BROWSER_AGENTS)
    return "browser" if is_browser else "proxy"


def _not_found(_: HTTPException) -> Response:
    return error_answer(ApiError(404, "not-found"))
