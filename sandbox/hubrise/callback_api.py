"""The API of callbacks and their pending events: "Callbacks", read 2026-11-20."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, g, jsonify

from sandbox.hubrise.api import admission
from sandbox.hubrise.callbacks import Callbacks
from sandbox.hubrise.connections import Connection
from sandbox.hubrise.events import ALLOWED_EVENTS
from sandbox.hubrise.paging import filters, page
from sandbox.hubrise.rate_limits import RateLimits
from sandbox.hubrise.refusals import invalid, not_found
from sandbox.hubrise.request_body import json_object
from sandbox.hubrise.tenant import Tenant
from sandbox.kit.shapes import FieldError

LONGEST_URL = 255
"""Not documented: what a text column holds by default in the framework of the vendor's own apps."""
READABLE_BY = {
    "catalog": ("catalog", "all_catalogs"),
    "customer": ("customer_list", "all_customer_lists"),
    "delivery": ("orders",),
    "inventory": ("inventory", "catalog", "all_catalogs"),
    "order": ("orders",),
}
"""Which permissions let a connection hear of a resource; `location` needs none."""


def blueprint(tenant: Tenant, limits: RateLimits, callbacks: Callbacks) -> Blueprint:
    """Return the routes under `/v1/callback` for `tenant`."""
    routes = Blueprint("callback_api", __name__, url_prefix="/v1/callback")
    routes.before_request(lambda: admission(tenant, limits))

    @routes.get("")
    def show() -> Response:
        return _shown(g.connection)

    @routes.post("")
    def replace() -> Response:
        connection: Connection = g.connection
        body = json_object()
        if errors := [*_url_errors(body), *_event_errors(body, connection)]:
            raise invalid(errors)
        connection.callback_url = _text(body.get("url"))
        connection.callback_events = _event_map(body)
        return _shown(connection)

    @routes.delete("")
    def remove() -> Response:
        connection: Connection = g.connection
        connection.drop_callback()
        return Response(status=200)

    @routes.get("/events")
    def list_events() -> Response:
        wanted = filters(frozenset())
        pending = callbacks.pending(g.connection)
        return page({event_id: event.summary() for event_id, event in pending.items()}, wanted)

    @routes.get("/events/<event_id>")
    def show_event(event_id: str) -> Response:
        event = callbacks.pending(g.connection).get(event_id)
        if event is None:
            raise not_found()
        return jsonify(event.document)

    @routes.delete("/events/<event_id>")
    def acknowledge(event_id: str) -> Response:
        connection: Connection = g.connection
        if connection.pending.pop(event_id, None) is None:
            raise not_found()
        return Response(status=200)

    return routes


def _shown(connection: Connection) -> Response:
    return jsonify(url=connection.callback_url, events=connection.callback_events)


def _url_errors(body: dict[str, object]) -> list[FieldError]:
    unknown = [
        FieldError(name[:50], "is unknown") for name in body if name not in {"url", "events"}
    ]
    url = body.get("url")
    if url is None:
        return unknown
    if not isinstance(url, str):
        return [*unknown, FieldError("url", "is not a string")]
    if len(url) > LONGEST_URL:
        return [*unknown, FieldError("url", f"is too long (maximum is {LONGEST_URL} characters)")]
    return unknown if _is_address(url) else [*unknown, FieldError("url", "is not a valid URL")]


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.fragment
        _ = parts.port
    except ValueError:
        return False
    return valid and url.isascii() and url.isprintable() and " " not in url


def _event_errors(body: dict[str, object], connection: Connection) -> list[FieldError]:
    events = body.get("events")
    if not isinstance(events, dict) or not events:
        return [FieldError("events", "is not a map of resource types to event types")]
    errors = []
    for resource, kinds in events.items():
        field = f"events.{resource[:50]}"
        if not isinstance(kinds, list) or not kinds:
            errors.append(FieldError(field, "is not a list of event types"))
        elif any(f"{resource}.{kind}" not in ALLOWED_EVENTS for kind in kinds):
            errors.append(FieldError(field, "has an event type that is not allowed"))
        elif resource in READABLE_BY and not connection.parsed_scope.names(*READABLE_BY[resource]):
            # "orders scope required" is what the vendor has been seen to answer.
            errors.append(FieldError("events", f"{READABLE_BY[resource][0]} scope required"))
    return errors


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _event_map(body: dict[str, object]) -> dict[str, list[str]]:
    events = body["events"]
    return dict(events) if isinstance(events, dict) else {}
