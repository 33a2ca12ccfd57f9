"""Xero's settings: what they default to, and what is reported."""

from __future__ import annotations

import pytest

from integrations.xero import XERO
from integrations.xero.connection import XeroConnection
from integrations.xero.invoices import XeroInvoices
from proxy.settings_reader import SettingsReader
from tests.integrations.stub_upstream import PreparedUpstreams
from tests.integrations.xero.fakes import StubUpstream

WHOLE = {"XERO_CLIENT_ID": "client-1", "XERO_CLIENT_SECRET": "secret-1"}


def built(**variables: str) -> tuple[XeroConnection, XeroInvoices, list[str]]:
    reader = SettingsReader(variables)
    connection, invoices = XERO.build(reader, PreparedUpstreams(StubUpstream()))
    assert isinstance(connection, XeroConnection)
    assert isinstance(invoices, XeroInvoices)
    return connection, invoices, reader.problems


def test_id_and_secret_are_enough() -> None:
    connection, invoices, problems = built(**WHOLE)
    assert [] == problems
    assert ("offline_access", "accounting.invoices") == connection.oauth.scopes
    assert "transition/confirm-payment" in invoices.sale_transitions


def test_what_is_missing_is_reported_together() -> None:
    assert ["XERO_CLIENT_ID is not set", "XERO_CLIENT_SECRET is not set"] == built()[2]


def test_without_offline_access_a_connection_would_end_at_once() -> None:
    (problem,) = built(**WHOLE, XERO_SCOPES="accounting.invoices")[2]
    assert problem.startswith("XERO_SCOPES must list offline_access")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("XERO_INVOICE_STATUS", "PAID"),
        ("XERO_LINE_AMOUNTS", "inclusive"),
        ("XERO_ACCOUNT_CODE", "2 0"),
        ("XERO_BASE_URL", "http://xero.example"),
    ],
)
def test_an_odd_value_is_reported(name: str, value: str) -> None:
    (problem,) = built(**WHOLE, **{name: value})[2]
    assert problem.startswith(name)
