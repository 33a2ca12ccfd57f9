"""The routes of the connection trip: `/connections`, and what each vendor adds below it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.wrappers import Response as BaseResponse

from proxy.connections.nonce_cookies import NonceCookies
from proxy.connections.trip import Arrival, ConnectionTrip, End
from proxy.http.answers import as_response
from proxy.http.bodies import read_body, read_object, unknown_field
from proxy.http.upstream_problems import marketplace_problems
from proxy.kernel import Kernel
from proxy.problems import Problem
from proxy.vendors.connection import Option

_MAX_CODE_CHARACTERS = 2_000


def connection_routes(trips: Sequence[ConnectionTrip], kernel: Kernel) -> Blueprint:
    """Return the blueprint of all connections, without the API prefix."""
    routes = Blueprint("connections", __name__)

    @routes.get("/connections")
    def list_all() -> Response:
        reader = kernel.browser.reader(request)
        session = reader.session
        with marketplace_problems():
            user = session.show()
        if reader.only_looks:
            return jsonify(connections=[trip.keeper.glance(session, user) for trip in trips])
        return jsonify(connections=[trip.keeper.entry(session, user) for trip in trips])

    for trip in trips:
        _add_trip(routes, trip, kernel)
    return routes


def _add_trip(routes: Blueprint, trip: ConnectionTrip, kernel: Kernel) -> None:
    vendor, browser, settings = trip.vendor, kernel.browser, kernel.settings
    path = f"/connections/{vendor.name}"
    cookies = NonceCookies(vendor.name, secure=settings.cookie_secure)

    @routes.post(path, endpoint=f"begin-{vendor.name}")
    def begin() -> Response:
        session = browser.session(request)
        body = read_object(request.mimetype, read_body(request))
        options = read_options(body, vendor.options)
        departure = trip.begin(session, options, comes_back=browser.is_from_cookie(session))
        response = jsonify(authorizeUrl=departure.authorize_url)
        cookies.add(response, departure, request.headers.get("Cookie"))
        return response

    def come_back(state: str) -> BaseResponse:
        if request.method != "GET":
            # Flask answers HEAD wherever it answers GET; to look must not redeem the code.
            raise MethodNotAllowed(["GET"])
        arrival = Arrival(
            session=browser.returning_session(request),
            state=_agreed(request.args.getlist("state"), state),
            code=request.args.get("code", ""),
            error=request.args.get("error", "") if _is_plain() else "invalid_request",
            nonces=cookies.nonces(request.headers.get("Cookie")),
        )
        landing = trip.finish(arrival)
        response = redirect(_page(trip, landing.end, settings.connections_return_url), 303)
        if landing.spent is not None:
            cookies.remove(response, landing.spent)
        return response

    come_back_rule = f"{path}/return"
    routes.add_url_rule(come_back_rule, f"return-{vendor.name}", come_back, defaults={"state": ""})
    if vendor.state_in_path:
        routes.add_url_rule(f"{come_back_rule}/<state>", f"return-{vendor.name}", come_back)

    @routes.delete(path, endpoint=f"disconnect-{vendor.name}")
    def disconnect() -> Response:
        return as_response(trip.keeper.disconnect(browser.session(request)))


def read_options(body: Mapping[str, Any], known: Sequence[Option]) -> dict[str, str]:
    """Return what the frontend chose; a null field counts as not given.

    Raises Problem `body-invalid`, naming the field.
    """
    options = {option.name: option for option in known}
    chosen: dict[str, str] = {}
    for name, value in body.items():
        option = options.get(name)
        if option is None:
            raise unknown_field(name)
        if value is None or value is False:
            continue
        if option.pattern is None:
            if value is not True:
                raise Problem("body-invalid", f"The field {name} must be true or false.")
            chosen[name] = "true"
        elif isinstance(value, str) and re.fullmatch(option.pattern, value):
            chosen[name] = value
        else:
            raise Problem("body-invalid", f"The field {name} does not have the expected form.")
    return chosen


def _agreed(in_query: Sequence[str], in_path: str) -> str:
    """Return the one state that a return carries; "" where there is none, or more than one."""
    given = {state for state in (*in_query, in_path) if state}
    return given.pop() if len(given) == 1 else ""


def _is_plain() -> bool:
    """Tell whether code and error stand in the query once at most, and not longer than is meant."""
    given = [request.args.getlist(name) for name in ("code", "error")]
    return all(len(values) <= 1 for values in given) and all(
        len(value) <= _MAX_CODE_CHARACTERS for values in given for value in values
    )


def _page(trip: ConnectionTrip, end: End, marketplace_page: str) -> str:
    pages = trip.vendor.pages
    page = (pages.success if end == "connected" else pages.error) or marketplace_page
    return f"{page}{'&' if '?' in page else '?'}{trip.vendor.name}={end}"
