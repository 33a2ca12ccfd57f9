"""Xero as the sandbox runs it, and its routes of the control API: what people do in Xero."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, abort

from sandbox.control_requests import refusals_as_400, text_field
from sandbox.simulator import Place, Simulator, served
from sandbox.xero.drive import BooksDrive
from sandbox.xero.vendor import Xero


def _settings(xero: Xero, place: Place) -> Mapping[str, str]:
    """Register the return address with the app, as an operator does in Xero."""
    xero.redirect_uris = [f"{place.api_url}/connections/xero/return"]
    return {"XERO_CLIENT_ID": xero.client_id, "XERO_CLIENT_SECRET": xero.client_secret}


def _add_control(control: Blueprint, xero: Xero) -> None:
    @control.get("/invoices/<invoice_id>")
    def invoice(invoice_id: str) -> dict[str, Any]:
        ledgers = [one.ledger.invoices for one in xero.organisations]
        found = next((each[invoice_id] for each in ledgers if invoice_id in each), None)
        if found is None:
            abort(404, "no such invoice")
        return {"number": found["InvoiceNumber"], "status": found["Status"]}

    @control.post("/invoices/<invoice_id>/status")
    def set_status(invoice_id: str) -> dict[str, Any]:
        invoice(invoice_id)
        with refusals_as_400():
            xero.set_status(invoice_id, text_field("status"))
        return invoice(invoice_id)

    @control.post("/disconnect")
    def disconnect() -> dict[str, Any]:
        xero.disconnect()
        return {}


SIMULATOR = Simulator(
    name="xero",
    title="Xero",
    rank=60,
    start=served(Xero),
    address="XERO_BASE_URL",
    settings=_settings,
    connects=True,
    control=_add_control,
    steps=lambda visit, xero: BooksDrive(visit, xero).steps,
    card=Path(__file__).parent / "card",
)
