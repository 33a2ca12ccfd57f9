"""What the sandbox shows of Xero: the control API's part, and the steps of the driven demo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from sandbox.sharetribe import Sharetribe
from sandbox.simulator import Place
from sandbox.xero import SIMULATOR, Xero
from tests.sandbox.demo import client_of, json_of, stage_with

LINES = [{"Description": "Pizza", "Quantity": 1, "UnitAmount": 8.9}]
INVOICE = {"Type": "ACCREC", "Contact": {"Name": "Ida"}, "LineItems": LINES}


@pytest.fixture
def xero() -> Iterator[Xero]:
    """Return a Xero with an organisation that is connected."""
    with Xero() as xero:
        yield xero


@pytest.fixture
def client(xero: Xero) -> FlaskClient:
    """Return a client of the demo marketplace."""
    return client_of(stage_with(SIMULATOR, xero))


@pytest.fixture
def invoice_id(xero: Xero) -> str:
    """Return the id of an invoice that somebody made in Xero."""
    (made,) = xero.organisations[0].ledger.create({"Invoices": [dict(INVOICE)]}, None)
    return str(made["InvoiceID"])


def test_people_pay_an_invoice(client: FlaskClient, invoice_id: str) -> None:
    path = f"xero/invoices/{invoice_id}"
    assert {"number": "INV-0001", "status": "DRAFT"} == json_of(client, "GET", path)
    told = json_of(client, "POST", f"{path}/status", {"status": "PAID"})
    assert {"number": "INV-0001", "status": "PAID"} == told


@pytest.mark.parametrize("body", [{"status": "EATEN"}, {"status": 7}, {}])
def test_a_status_that_is_none_is_refused(
    client: FlaskClient, invoice_id: str, body: dict[str, object]
) -> None:
    answer = client.post(f"/sandbox/xero/invoices/{invoice_id}/status", json=body)
    assert 400 == answer.status_code


def test_an_invoice_that_nobody_made_is_not_there(client: FlaskClient) -> None:
    assert 404 == client.get("/sandbox/xero/invoices/x").status_code


def test_people_disconnect_the_app(client: FlaskClient, xero: Xero) -> None:
    xero.organisations[0].connection_id = "c1"
    json_of(client, "POST", "xero/disconnect", {})
    assert [None, None] == [one.connection_id for one in xero.organisations]


def test_an_operator_registers_the_return_address_and_tells_the_proxy(xero: Xero) -> None:
    place = Place(Sharetribe(), "http://127.0.0.1:1/api", {})
    told = SIMULATOR.environment(xero, place)
    expected = {
        "XERO_BASE_URL": xero.base_url,
        "XERO_CLIENT_ID": xero.client_id,
        "XERO_CLIENT_SECRET": xero.client_secret,
    }
    assert expected == told
    assert ["http://127.0.0.1:1/api/connections/xero/return"] == xero.redirect_uris
