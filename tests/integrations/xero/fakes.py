"""What the tests of Xero's code stand on: a prepared upstream, grants, sales."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from integrations.xero.connection import XERO_OAUTH, XeroApi, XeroConnection
from integrations.xero.invoices import XeroInvoices
from proxy.outgoing.upstream import Answer
from proxy.vendors import Grant, Line, Money, OAuth2App, Sale
from tests.integrations.stub_upstream import PreparedUpstream, PreparedUpstreams

EVENT_ID = "5b8fd7a2-0f3b-4b36-9a8e-2f6d9c1e7a40"
TENANT_ID = "fe79f7dd-b6d4-4a92-ba7b-538af6289c58"
CONNECTION_ID = "7cb59f93-2964-421d-bb5e-a0f7a4572a44"
INVOICE_ID = "ed255415-e141-4150-aab7-89c3bbbb851c"
SALE_ID = UUID("c2d9a1f4-70b3-4a58-9e16-5d0f83b7264a")
SOLD = "transition/confirm-payment"
DETAILS = {
    "connectionId": CONNECTION_ID,
    "tenantId": TENANT_ID,
    "tenantName": "Demo Company (NZ)",
}


class StubUpstream(PreparedUpstream):
    """Xero with prepared answers."""

    vendor = "xero"
    usual_base_url = "https://xero.test"


def answered(document: object, status: int = 200) -> Answer:
    """Return an answer whose body is `document` as JSON."""
    return Answer("xero", status, json.dumps(document).encode())


def token(**claims: object) -> str:
    """Return an access token in the form of Xero's, which says `claims`."""
    payload = urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.c2lnbmVk"


def grant(access_token: str | None = None) -> Grant:
    """Return a grant of an organisation."""
    known = token(authentication_event_id=EVENT_ID)
    return Grant({"token": access_token or known, "refreshToken": "r1"}, DETAILS)


def connection(*answers: Answer | Exception) -> tuple[XeroConnection, StubUpstream]:
    """Return Xero's consent with prepared answers, for the token endpoint and the API alike."""
    upstream = StubUpstream(*answers)
    oauth = replace(XERO_OAUTH, scopes=("offline_access", "accounting.invoices"))
    app = OAuth2App("client-1", "secret-1")
    return XeroConnection(oauth, app, PreparedUpstreams(upstream), XeroApi(upstream)), upstream


def invoices(*answers: Answer | Exception, **usual: str) -> tuple[XeroInvoices, StubUpstream]:
    """Return Xero's invoices with prepared answers; `usual` is what all invoices have."""
    upstream = StubUpstream(*answers)
    common = {"Status": "DRAFT", "LineAmountTypes": "Inclusive", "AccountCode": "", **usual}
    return XeroInvoices(XeroApi(upstream), frozenset({SOLD}), common), upstream


def tenant(**changes: object) -> dict[str, Any]:
    """Return a connection as `GET /connections` lists it (the example of xero-identity.yaml)."""
    return {
        "id": CONNECTION_ID,
        "authEventId": EVENT_ID,
        "tenantId": TENANT_ID,
        "tenantName": "Demo Company (NZ)",
        "tenantType": "ORGANISATION",
        **changes,
    }


def invoice(**changes: object) -> dict[str, Any]:
    """Return an invoice as Xero lists it."""
    return {
        "InvoiceID": INVOICE_ID,
        "Type": "ACCREC",
        "Status": "DRAFT",
        "Reference": str(SALE_ID),
        **changes,
    }


def line(
    total: int,
    *,
    unit: int | None = None,
    quantity: str = "1",
    code: str = "line-item/item",
    currency: str = "EUR",
) -> Line:
    """Return a line item; `unit` and `total` are in the currency's minor unit."""
    price = Money(total if unit is None else unit, currency)
    return Line(code, Decimal(quantity), price, Money(total, currency))


def sale(*lines: Line, **changes: Any) -> Sale:
    """Return a sale of `lines`."""
    usual: dict[str, Any] = {
        "id": SALE_ID,
        "provider_id": UUID(int=1),
        "title": "Pizza Margherita",
        "buyer_name": "Ida B",
        "last_transition": SOLD,
        "lines": lines,
        "total": None,
        "metadata": {},
    }
    return Sale(**{**usual, **changes})
