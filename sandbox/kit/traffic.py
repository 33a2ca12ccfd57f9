"""What surrounds every request to a simulated vendor: a record, and the misbehaviour asked for."""

import time
from collections.abc import Callable

from flask import Flask, Response, g, request

from sandbox.faults import DROPPED
from sandbox.hops import HopLog
from sandbox.kit.vendor import SimulatedVendor


def keep_record(
    app: Flask,
    vendor: SimulatedVendor,
    callee: str,
    hops: HopLog | None,
    is_browsers: Callable[[str], bool] = lambda _: False,
) -> None:
    """Note every request in the calls of `vendor` and, to `callee`, in `hops`; let faults happen.

    `is_browsers` tells whether a path is one that browsers open. A view says more for the log of
    hops in `g.note`.
    """

    @app.before_request
    def record() -> None:
        g.began = time.perf_counter()
        vendor.calls.append(f"{request.method} {request.path}")

    app.before_request(vendor.faults.apply)

    @app.after_request
    def log(answer: Response) -> Response:
        if hops is not None:
            hops.add(
                caller="browser" if is_browsers(request.path) else "proxy",
                callee=callee,
                method=request.method,
                path=request.path if request.url_rule else "(unknown path)",
                status=None if request.environ.get(DROPPED) else answer.status_code,
                milliseconds=(time.perf_counter() - g.began) * 1000,
                note=g.get("note", ""),
            )
        return answer
