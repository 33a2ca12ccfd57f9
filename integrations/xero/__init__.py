"""Xero: sellers connect an organisation, and the marketplace's sales become its invoices.

Source: developer.xero.com (OAuth 2.0, scopes, Invoices; read 2026-11). Apps that were made since
2026-03-02 have granular scopes only: `accounting.invoices` in the place of the broad
`accounting.transactions`, which older apps may use until 2027-09.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from integrations.xero.connection import XERO_OAUTH, XeroApi, XeroConnection
from integrations.xero.invoices import XeroInvoices
from proxy.vendors import Integration, Part, SettingsReader, Upstreams, read_app

_API = "https://api.xero.com"
_DEFAULT_SCOPES = "offline_access,accounting.invoices"
# Of Sharetribe's default processes: paid for (purchase, negotiation), and accepted (booking).
_SALE_TRANSITIONS = "transition/confirm-payment,transition/accept,transition/operator-accept"


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Part, ...]:
    """Return Xero as the settings `XERO_…` describe it."""
    app = read_app(reader, "xero")
    scopes = reader.names("XERO_SCOPES", _DEFAULT_SCOPES)
    if "offline_access" not in scopes:
        reader.report("XERO_SCOPES must list offline_access: access tokens live half an hour")
    usual = {
        "Status": reader.choice("XERO_INVOICE_STATUS", ("DRAFT", "SUBMITTED"), "DRAFT"),
        "LineAmountTypes": reader.choice(
            "XERO_LINE_AMOUNTS", ("Inclusive", "Exclusive", "NoTax"), "Inclusive"
        ),
        "AccountCode": reader.text(
            "XERO_ACCOUNT_CODE",
            "",
            pattern=r"[0-9A-Za-z]{1,10}",
            form="10 letters and digits at most, such as 200",
        ),
    }
    api = XeroApi(upstreams.at("xero", app.base_url or _API))
    transitions = frozenset(reader.names("XERO_SALE_TRANSITIONS", _SALE_TRANSITIONS))
    oauth = replace(XERO_OAUTH, scopes=scopes)
    connection = XeroConnection(oauth, app, upstreams, api)
    return connection, XeroInvoices(api, transitions, usual)


XERO = Integration("xero", build, Path(__file__).with_name("contract.json"))
