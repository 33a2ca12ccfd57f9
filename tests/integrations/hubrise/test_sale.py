"""A marketplace sale as a HubRise order: money, percentages, discounts, and what the buyer pays.

Judged against what hubrise.com/developers ("Orders", "Common Data Types", read 2026-11) asks of a
new order, as the simulated HubRise checks it.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.hubrise.api import HubRiseApi
from integrations.hubrise.sale import money, order_document
from proxy.sales import AmountUnclear, Line, Money, Sale
from sandbox.hubrise.order_fields import creation_errors
from tests.integrations.hubrise.fakes import SALE_ID, TOKEN, StubUpstream, empty, line, sale

AMOUNTS = st.integers(-10_000_000, 10_000_000)
UNITS = st.integers(1, 100_000)
CODES = st.sampled_from(["item", "service-fee", "delivery", "promo_code", "tax", "-fee", ""])
QUANTITIES = st.decimals(0, 1_000, allow_nan=False, allow_infinity=False, places=2)
TEXTS = st.text(max_size=200) | st.sampled_from(["\ud800", "Samoussas \udfff", "\udc00" * 300])


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """Draw a line: a price times a quantity, or a total that has nothing to do with them."""
    unit, quantity = draw(UNITS), draw(st.integers(1, 50))
    total = draw(st.sampled_from([unit * quantity, -unit * quantity]) | AMOUNTS)
    shown = str(draw(st.sampled_from([Decimal(quantity)]) | QUANTITIES))
    return line(total, unit=unit, quantity=shown, code=f"line-item/{draw(CODES)}")


SALES = st.builds(
    lambda drawn, title, buyer: sale(*drawn, title=title, buyer_name=buyer),
    st.lists(lines(), min_size=1, max_size=6),
    TEXTS,
    TEXTS,
)


def document(*drawn: Line, **fields: Any) -> dict[str, Any]:
    return order_document(sale(*drawn, **fields), "collection")


def errors(order: dict[str, Any], currency: str = "EUR") -> list[Any]:
    return list(creation_errors(order, currency))


def amount(text: str) -> Decimal:
    return Decimal(text.partition(" ")[0])


def no_number(text: str) -> float:
    raise AssertionError(f"{text} is not in a text")


def total(order: dict[str, Any]) -> Decimal:
    """Return what HubRise will calculate: items and charges without discounts."""
    items = sum(amount(item["price"]) * Decimal(item["quantity"]) for item in order["items"])
    charges = sum(amount(charge["price"]) for charge in order["charges"])
    discounts = sum(amount(discount["price_off"]) for discount in order["discounts"])
    return Decimal(items + charges - discounts)


def test_a_sale_is_a_new_order_under_its_transactions_id() -> None:
    order = document(line(1900, unit=950, quantity="2"))
    assert ("new", "collection") == (order["status"], order["service_type"])
    assert (str(SALE_ID), "C2D9A1F4") == (order["private_ref"], order["ref"])
    assert [] == errors(order)


def test_what_is_bought_is_an_item_by_unit_price_and_quantity() -> None:
    (item,) = document(line(1900, unit=950, quantity="2"))["items"]
    assert {"product_name": "Samoussas", "price": "9.50 EUR", "quantity": "2"} == item


@pytest.mark.parametrize(
    ("quantity", "shown"),
    [("1", "1"), ("10", "10"), ("300", "300"), ("2.0", "2"), ("1.50", "1.5"), ("0.25", "0.25")],
)
def test_a_quantity_is_a_plain_decimal_in_a_text(quantity: str, shown: str) -> None:
    drawn = line(int(Decimal(quantity) * 400), unit=400, quantity=quantity)
    assert shown == document(drawn)["items"][0]["quantity"]


@pytest.mark.parametrize(
    ("drawn", "price"),
    [
        (line(90, unit=900, quantity="1"), "0.90 EUR"),  # ten per cent of 9.00
        (line(3600, unit=600, quantity="3"), "36.00 EUR"),  # two seats for three nights each
        (line(1000, unit=333, quantity="3"), "10.00 EUR"),  # rounded elsewhere
    ],
)
def test_where_price_and_quantity_do_not_make_the_total_the_total_is_told(
    drawn: Line, price: str
) -> None:
    (item,) = document(drawn)["items"]
    assert (price, "1") == (item["price"], item["quantity"])


@pytest.mark.parametrize("kind", ["service-fee", "customer-commission", "vat-tax", "courier-tip"])
def test_what_comes_on_top_is_a_charge(kind: str) -> None:
    order = document(line(1900), line(120, code=f"line-item/{kind}"))
    name = kind.replace("-", " ").capitalize()
    assert [{"name": name, "price": "1.20 EUR"}] == order["charges"]
    assert 1 == len(order["items"])


@pytest.mark.parametrize(
    "code", ["line-item/promo-code", "line-item/service-fee", "line-item/item"]
)
def test_whatever_is_taken_off_is_a_discount_of_a_positive_amount(code: str) -> None:
    order = document(line(1900), line(-250, unit=-250, code=code))
    assert ["2.50 EUR"] == [discount["price_off"] for discount in order["discounts"]]
    assert [] == order["charges"]
    assert [] == errors(order)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("line-item/service-fee", "Service fee"),
        ("line-item/promo_code-2", "Promo code 2"),
        ("delivery", "Delivery"),
        ("line-item/", "Item"),
        ("", "Item"),
    ],
)
def test_a_line_is_named_in_words(code: str, name: str) -> None:
    assert name == document(line(-100, code=code))["discounts"][0]["name"]


def test_an_item_without_a_title_is_named_by_its_code() -> None:
    (item,) = document(line(100, code="line-item/cooking-class"), title="")["items"]
    assert "Cooking class" == item["product_name"]


def test_what_the_buyer_has_paid_is_the_payment_and_the_total() -> None:
    order = document(line(1900, unit=950, quantity="2"), line(120, code="x-fee"), line(-250))
    assert [{"name": "Marketplace", "amount": "17.70 EUR"}] == order["payments"]
    assert Decimal("17.70") == total(order)


def test_a_sale_without_a_total_is_unpaid() -> None:
    order = document(line(1900), total=None)
    assert "payments" not in order
    assert [] == errors(order)


def test_the_buyer_is_a_guest_by_the_name_that_the_marketplace_shows() -> None:
    order = document(line(100), buyer_name="Ida B")
    assert {"first_name": "Ida B"} == order["customer"]


def test_a_buyer_without_a_name_is_nobody() -> None:
    assert "customer" not in document(line(100), buyer_name="")


@pytest.mark.parametrize("service_type", ["collection", "delivery", "eat_in"])
def test_the_service_type_is_the_settings(service_type: str) -> None:
    order = order_document(sale(line(100)), service_type)
    assert service_type == order["service_type"]
    assert [] == errors(order)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Money(0, "EUR"), "0.00 EUR"),
        (Money(1, "EUR"), "0.01 EUR"),
        (Money(890, "EUR"), "8.90 EUR"),
        (Money(-5, "GBP"), "-0.05 GBP"),
        (Money(123_456_789, "USD"), "1234567.89 USD"),
        (Money(1_200, "JPY"), "1200.00 JPY"),
        (Money(1, "XPF"), "1.00 XPF"),
        (Money(25_000, "KRW"), "25000.00 KRW"),
        (Money(1_250, "KWD"), "1.25 KWD"),
        (Money(-2_000, "BHD"), "-2.00 BHD"),
        (Money(10**18 + 10, "OMR"), "1000000000000000.01 OMR"),
        (Money(500, "CLF"), "0.05 CLF"),
    ],
)
def test_money_has_two_decimals_and_the_currency(value: Money, written: str) -> None:
    assert written == money(value)


@pytest.mark.parametrize("amount", [1_255, 1, -9, 10**18 + 1])
def test_more_than_two_decimals_are_refused_never_rounded(amount: int) -> None:
    with pytest.raises(AmountUnclear, match="two decimals"):
        money(Money(amount, "KWD"))


def test_a_sale_in_several_currencies_is_refused() -> None:
    with pytest.raises(AmountUnclear, match="several currencies"):
        document(line(100), line(100, currency="USD"))
    with pytest.raises(AmountUnclear, match="several currencies"):
        document(line(100), total=Money(100, "JPY"))


def test_a_currency_without_a_minor_unit_is_priced_right_throughout() -> None:
    order = document(
        line(2400, unit=1200, quantity="2", currency="JPY"),
        line(150, code="line-item/service-fee", currency="JPY"),
        line(-50, currency="JPY"),
    )
    assert "1200.00 JPY" == order["items"][0]["price"]
    assert "2500.00 JPY" == order["payments"][0]["amount"]
    assert Decimal(2500) == total(order)
    assert [] == errors(order, "JPY")


@settings(deadline=None)
@given(SALES)
def test_any_sale_is_an_order_that_hubrise_takes(drawn: Sale) -> None:
    assert [] == errors(order_document(drawn, "collection"))


@settings(deadline=None)
@given(SALES)
def test_any_order_adds_up_to_what_is_paid(drawn: Sale) -> None:
    order = order_document(drawn, "collection")
    assert total(order) == amount(order["payments"][0]["amount"])


@settings(deadline=None)
@given(SALES)
def test_any_order_can_be_sent_and_nothing_in_it_is_a_float(drawn: Sale) -> None:
    upstream = StubUpstream(empty())
    HubRiseApi(upstream).post("/location/orders", TOKEN, order_document(drawn, "collection"))
    received = json.loads((upstream.sent[0].body or b"").decode(), parse_float=no_number)
    assert ("new", str(SALE_ID)) == (received["status"], received["private_ref"])
