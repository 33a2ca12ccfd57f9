"""What the tests of HubRise's code stand on: a stub upstream, sales, documents in its shapes."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from integrations.hubrise.api import HubRiseApi
from integrations.hubrise.callbacks import HubRiseCallbacks
from integrations.hubrise.connection import HubRiseConnection, hubrise_oauth
from integrations.hubrise.orders import HubRiseOrders
from proxy.vendors import (
    Answer,
    ExchangeRequest,
    Grant,
    Line,
    Money,
    OAuth2App,
    Sale,
    Upstream,
)
from tests.integrations.stub_upstream import PreparedUpstream, PreparedUpstreams

CLIENT_ID = "731058264419.clients.hubrise.com"
CLIENT_SECRET = "a secret: with a colon & an ampersand"
TOKEN = "5b0e7d91c2f84a36"
SALE_ID = UUID("c2d9a1f4-70b3-4a58-9e16-5d0f83b7264a")
SELLER_ID = UUID("0b7de3a8-12c4-4f95-8a6d-93e1f7c05b28")
LOCATION = {"account_id": "q4z7m", "location_id": "q4z7m-2"}
SOLD = "transition/confirm-payment"
GRANT = Grant({"token": TOKEN}, {"locationId": "q4z7m-2", "accountId": "q4z7m"})
_BASE_URL = "https://hubrise.test"
SCOPE = "location[orders.write,catalog.read]"


class StubUpstream(PreparedUpstream):
    """HubRise with prepared answers."""

    vendor = "hubrise"
    usual_base_url = "https://hubrise.test"


def answered(document: object, status: int = 200, **headers: str) -> Answer:
    """Return an answer whose body is `document` as JSON; `X_Cursor_Next` is X-Cursor-Next."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer("hubrise", status, json.dumps(document).encode(), named)


def refused(status: int, error_type: str, message: str = "", *fields: str) -> Answer:
    """Return a refusal as HubRise words it; `fields` are those that it objects to."""
    errors = [{"field": field, "message": "is invalid"} for field in fields]
    document = {"message": message, "errors": errors, "error_type": error_type}
    return answered({name: value for name, value in document.items() if value}, status)


def empty(status: int = 200) -> Answer:
    """Return an answer without a body."""
    return Answer("hubrise", status, b"")


def connection(
    manager: Upstream | None = None,
    api: Upstream | None = None,
    *,
    in_form: bool = False,
    scope: str = SCOPE,
    takes_orders: bool = True,
    secret: str = CLIENT_SECRET,
) -> HubRiseConnection:
    """Return HubRise's consent with made-up credentials; `manager` is the OAuth server."""
    return HubRiseConnection(
        hubrise_oauth(scope, "form" if in_form else "basic"),
        OAuth2App(CLIENT_ID, secret),
        PreparedUpstreams(manager or StubUpstream()),
        HubRiseApi(api or StubUpstream()),
        takes_orders=takes_orders,
    )


def exchanging(code: str) -> ExchangeRequest:
    """Return what redeems a code; HubRise wants the code alone."""
    return ExchangeRequest(code, "https://proxy.example/return", "verifier")


def callbacks(*answers: Answer | Exception) -> HubRiseCallbacks:
    """Return HubRise's callbacks; without `answers` nothing may be sent."""
    return callbacks_at(StubUpstream(*answers))


def callbacks_at(upstream: Upstream, secret: str = CLIENT_SECRET) -> HubRiseCallbacks:
    """Return HubRise's callbacks behind `upstream`, signed with `secret`."""
    return HubRiseCallbacks(HubRiseApi(upstream), secret)


def orders(*answers: Answer | Exception) -> HubRiseOrders:
    """Return HubRise's orders; without `answers` nothing may be sent."""
    return orders_at(StubUpstream(*answers))


def orders_at(upstream: Upstream) -> HubRiseOrders:
    """Return HubRise's orders behind `upstream`."""
    return HubRiseOrders(HubRiseApi(upstream), "collection", frozenset({SOLD}))


def line(
    total: int,
    *,
    unit: int | None = None,
    quantity: str = "1",
    code: str = "line-item/item",
    currency: str = "EUR",
) -> Line:
    """Return a line item; `unit` and `total` are in the currency's minor unit."""
    unit_price = Money(total if unit is None else unit, currency)
    return Line(code, Decimal(quantity), unit_price, Money(total, currency))


def sale(*lines: Line, **fields: Any) -> Sale:
    """Return a sale of `lines`, whose total is their sum unless `fields` say otherwise."""
    currency = lines[0].total.currency if lines else "EUR"
    usual: dict[str, Any] = {
        "id": SALE_ID,
        "provider_id": SELLER_ID,
        "title": "Samoussas",
        "buyer_name": "Ida B",
        "last_transition": SOLD,
        "lines": lines,
        "total": Money(sum(one.total.amount for one in lines), currency),
        "metadata": {},
    }
    return Sale(**{**usual, **fields})


def order(**fields: Any) -> dict[str, Any]:
    """Return an order document in the shape of "Retrieve Order", with what our code may read."""
    return {
        "id": "w3k8p",
        "location_id": "q4z7m-2",
        "ref": "C2D9A1F4",
        "private_ref": str(SALE_ID),
        "status": "accepted",
        "service_type": "collection",
        "created_at": "2026-11-19T20:14:09+04:00",
        "created_by": "Some Client",
        "total": "21.40 EUR",
        "items": [],
        "custom_fields": {},
        **fields,
    }


def event(**fields: Any) -> dict[str, Any]:
    """Return an event in today's shape: of "Retrieve Event"; None takes a field away."""
    document = {
        "id": "e7t2d",
        "resource_type": "order",
        "event_type": "update",
        "created_at": "2026-11-19T20:15:41+04:00",
        **LOCATION,
        "order_id": "w3k8p",
        "previous_state": order(status="received"),
        "new_state": order(),
        **fields,
    }
    return {name: value for name, value in document.items() if value is not None}


def body(document: object) -> bytes:
    """Return a document as a callback's body."""
    return json.dumps(document, ensure_ascii=False).encode()
