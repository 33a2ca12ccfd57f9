"""What becomes of a sale in Xero, and what is read of an invoice."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.vendors import (
    FINAL_RANK,
    AmountUnclear,
    Answer,
    Line,
    OrderState,
    UpstreamUnavailable,
)
from tests.integrations.xero.fakes import (
    INVOICE_ID,
    SALE_ID,
    TENANT_ID,
    answered,
    grant,
    invoice,
    invoices,
    line,
    sale,
)

NUMBERS = st.integers() | st.none() | st.text(max_size=3)


def listed(*found: dict[str, Any]) -> Answer:
    return answered({"Id": "x", "Status": "OK", "Invoices": list(found)})


def sent(*lines: Line, usual: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """Return the invoice that is made of a sale."""
    vendor, upstream = invoices(listed(invoice()), **(usual or {}))
    vendor.create_order(grant(), sale(*lines, **changes))
    (made,) = upstream.sent[0].document["Invoices"]
    return dict(made)


def test_an_invoice_has_what_the_sale_says() -> None:
    expected = {
        "Type": "ACCREC",
        "Contact": {"Name": "Ida B"},
        "Reference": str(SALE_ID),
        "CurrencyCode": "EUR",
        "Status": "DRAFT",
        "LineAmountTypes": "Inclusive",
        "LineItems": [
            {"Description": "Pizza Margherita", "Quantity": 2.0, "UnitAmount": 8.9},
            {"Description": "Customer commission", "Quantity": 1.0, "UnitAmount": 1.78},
        ],
    }
    items = line(1780, unit=890, quantity="2"), line(178, code="line-item/customer-commission")
    assert expected == sent(*items)


def test_it_is_created_once_by_the_sales_id_and_nothing_is_changed() -> None:
    vendor, upstream = invoices(listed(invoice()))
    vendor.create_order(grant(), sale(line(100)))
    headers = upstream.sent[0].headers
    assert ["PUT /api.xro/2.0/Invoices"] == upstream.lines
    assert (str(SALE_ID), TENANT_ID) == (headers["Idempotency-Key"], headers["Xero-Tenant-Id"])


def test_the_operators_settings_are_in_every_invoice() -> None:
    made = sent(line(100), usual={"Status": "SUBMITTED", "AccountCode": "200"})
    assert ("SUBMITTED", "200") == (made["Status"], made["LineItems"][0]["AccountCode"])


def test_a_percentage_is_told_by_its_total() -> None:
    (item,) = sent(line(178, unit=1780, quantity="0.101"))["LineItems"]
    assert (1, 1.78) == (item["Quantity"], item["UnitAmount"])


def test_a_discount_is_negative() -> None:
    assert -2.5 == sent(line(-250, code="line-item/discount"))["LineItems"][0]["UnitAmount"]


def test_a_buyer_without_a_name_is_the_marketplace() -> None:
    assert {"Name": "Marketplace"} == sent(line(100), buyer_name="")["Contact"]


@pytest.mark.parametrize(
    ("currency", "amount", "expected"),
    [("JPY", 1250, 1250), ("EUR", 1250, 12.5), ("KWD", 10, 0.01)],
)
def test_amounts_are_in_the_currencys_own_unit(currency: str, amount: int, expected: float) -> None:
    assert expected == sent(line(amount, currency=currency))["LineItems"][0]["UnitAmount"]


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (line(1, currency="KWD"),),  # three decimals
        (line(100, currency="JOD"),),
        (line(100, currency="???"),),
        (line(100), line(100, currency="USD")),
        (line(12345678901234567890),),  # more digits than a number of JSON keeps
    ],
)
def test_an_amount_that_cannot_be_told_is_not_sent(lines: tuple[Line, ...]) -> None:
    vendor, upstream = invoices()
    with pytest.raises(AmountUnclear):
        vendor.create_order(grant(), sale(*lines))
    assert [] == upstream.sent


@given(st.integers(-(10**12), 10**12))
def test_every_cent_is_sent_as_it_is(cents: int) -> None:
    (item,) = sent(line(cents))["LineItems"]
    assert cents == round(item["UnitAmount"] * 100)


@pytest.mark.parametrize(
    "answer",
    [
        listed(),
        listed(invoice(Reference="another")),
        listed(invoice(InvoiceID=None)),
        answered({"Invoices": "x"}),
        answered([]),
    ],
)
def test_an_answer_without_the_invoice_is_no_answer(answer: Answer) -> None:
    vendor, _ = invoices(answer)
    with pytest.raises(UpstreamUnavailable):
        vendor.create_order(grant(), sale(line(100)))


def test_an_invoice_is_found_by_its_reference() -> None:
    vendor, upstream = invoices(listed(invoice(Reference="INV"), invoice(Status="AUTHORISED")))
    assert OrderState(INVOICE_ID, "AUTHORISED", 2, SALE_ID) == vendor.find_order(grant(), SALE_ID)
    asked = parse_qs(urlsplit(upstream.sent[0].path).query)
    expected = {"where": [f'Type=="ACCREC" AND Reference=="{SALE_ID}"'], "createdByMyApp": ["true"]}
    assert expected == asked


def test_one_that_lives_is_found_before_one_that_was_deleted() -> None:
    other = "00000000-0000-4000-8000-000000000001"
    found = invoice(Status="DELETED"), invoice(Status="PAID", InvoiceID=other)
    state = invoices(listed(*found))[0].find_order(grant(), SALE_ID)
    assert state is not None
    assert other == state.order_id


def test_where_there_is_none_none_is_found() -> None:
    assert invoices(listed())[0].find_order(grant(), SALE_ID) is None


def test_an_invoice_is_read_by_its_id() -> None:
    vendor, upstream = invoices(listed(invoice(Status="PAID")))
    assert OrderState(INVOICE_ID, "PAID", 3, SALE_ID) == vendor.read_order(grant(), INVOICE_ID)
    assert [f"GET /api.xro/2.0/Invoices/{INVOICE_ID}"] == upstream.lines


@pytest.mark.parametrize("order_id", ["", "../Contacts", "x?y", INVOICE_ID + "/pdf"])
def test_what_somebody_wrote_into_the_metadata_is_no_address(order_id: str) -> None:
    assert invoices()[0].read_order(grant(), order_id) is None


def test_an_invoice_that_is_gone_is_none() -> None:
    assert invoices(answered({}, 404))[0].read_order(grant(), INVOICE_ID) is None


def test_a_status_that_is_not_known_is_before_all_others() -> None:
    state = invoices(listed(invoice(Status="WRITTEN-OFF")))[0].read_order(grant(), INVOICE_ID)
    assert OrderState(INVOICE_ID, "unknown", -1, SALE_ID) == state


def test_ranks_grow_along_an_invoices_life() -> None:
    vendor, _ = invoices()
    life = ["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED"]
    assert sorted(life, key=vendor.rank) == life
    assert {FINAL_RANK} == {vendor.rank(status) for status in ("VOIDED", "DELETED")}


@given(
    st.dictionaries(
        st.sampled_from(["InvoiceID", "Status", "Reference", "Invoices"]),
        NUMBERS | st.lists(NUMBERS) | st.just(INVOICE_ID),
    )
)
def test_any_answer_is_read_or_passed_over(found: dict[str, Any]) -> None:
    state = invoices(listed(found))[0].read_order(grant(), INVOICE_ID)
    assert state is None or state.order_id == INVOICE_ID
