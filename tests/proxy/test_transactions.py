"""Transactions, read from what Sharetribe's APIs answer."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.sales import AmountUnclear, Line, Money, Sale
from proxy.sharetribe.transactions import TransactionUnreadable, read_transaction

# ISO 4217, list one (six-group.com, published 2026-01-01).
_DIGITS = {"EUR": 2, "JPY": 0, "UGX": 0, "ISK": 0, "KWD": 3, "IQD": 3, "TND": 3, "UYW": 4, "MGA": 2}

unhurried = settings(deadline=None)  # other work may hold the machine

SALE, SELLER, BUYER, LISTING = (
    UUID(f"0a1b2c3d-4e5f-4a6b-8c7d-00000000000{number}") for number in range(4)
)


def money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def line(code: str, amount: int, quantity: object = "1", **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "unitPrice": money(amount),
        "quantity": quantity,
        "lineTotal": money(amount),
        "reversal": False,
        "includeFor": ["customer", "provider"],
        **more,
    }


DOCUMENT: dict[str, Any] = {
    "data": {
        "id": str(SALE),
        "type": "transaction",
        "attributes": {
            "lastTransition": "transition/confirm-payment",
            "payinTotal": money(1450),
            "lineItems": [
                line("line-item/item", 700, "2", lineTotal=money(1400)),
                line("line-item/service", 50, includeFor=["customer"]),
                line("line-item/commission", -140, includeFor=["provider"]),
                line("line-item/item", 700, reversal=True),
            ],
            "metadata": {"acmeOrder": {"orderId": "o1"}},
        },
        "relationships": {
            "provider": {"data": {"id": str(SELLER), "type": "user"}},
            "customer": {"data": {"id": str(BUYER), "type": "user"}},
            "listing": {"data": {"id": str(LISTING), "type": "listing"}},
        },
    },
    "included": [
        {"id": str(BUYER), "type": "user", "attributes": {"profile": {"displayName": "Bo B"}}},
        {"id": str(LISTING), "type": "listing", "attributes": {"title": "Two loaves"}},
    ],
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value in a document."""
    if isinstance(value, dict):
        children = list(value.items())
    else:
        children = list(enumerate(value)) if isinstance(value, list) else []
    below = [place for key, child in children for place in places(child, (*path, key))]
    return [path, *below] if path else below


def changed(path: tuple[Any, ...], value: object) -> dict[str, Any]:
    """Return the document with another value at a path."""
    document = deepcopy(DOCUMENT)
    parent: Any = document
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return document


def without(*path: Any) -> dict[str, Any]:
    document = changed(path, None)
    parent: Any = document
    for key in path[:-1]:
        parent = parent[key]
    del parent[path[-1]]
    return document


def test_a_transaction_is_read() -> None:
    expected = Sale(
        id=SALE,
        provider_id=SELLER,
        title="Two loaves",
        buyer_name="Bo B",
        last_transition="transition/confirm-payment",
        lines=(
            Line("line-item/item", Decimal(2), Money(700, "EUR"), Money(1400, "EUR")),
            Line("line-item/service", Decimal(1), Money(50, "EUR"), Money(50, "EUR")),
        ),
        total=Money(1450, "EUR"),
        metadata={"acmeOrder": {"orderId": "o1"}},
    )

    assert expected == read_transaction(DOCUMENT)


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [("0.5", Decimal("0.5")), (3, Decimal(3)), (1.25, Decimal("1.25")), (None, Decimal(1))],
)
def test_a_quantity_is_a_decimal_number(quantity: object, expected: Decimal) -> None:
    document = changed(("data", "attributes", "lineItems"), [line("line-item/hour", 900, quantity)])

    assert expected == read_transaction(document).lines[0].quantity


def test_a_transaction_without_a_price_has_no_total_and_no_lines() -> None:
    document = changed(("data", "attributes"), {})
    read = read_transaction(document)

    assert (None, (), {}) == (read.total, read.lines, read.metadata)


@pytest.mark.parametrize("transition", [None, 7, ["transition/confirm-payment"]])
def test_a_transition_that_is_no_text_is_none(transition: object) -> None:
    path = ("data", "attributes", "lastTransition")

    assert "" == read_transaction(changed(path, transition)).last_transition


def test_a_title_is_cut_and_cleaned() -> None:
    path = ("included", 1, "attributes", "title")
    read = read_transaction(changed(path, "\x1bTwo\ud800loaves" + "!" * 500))

    assert "Two loaves" + "!" * 189 == read.title


@pytest.mark.parametrize("name", ["customer", "listing"])
@pytest.mark.parametrize("value", [None, {}, {"data": None}])
def test_what_is_not_told_of_buyer_and_listing_is_empty(name: str, value: object) -> None:
    read = read_transaction(changed(("data", "relationships", name), value))

    assert "" == (read.buyer_name if name == "customer" else read.title)


def test_what_is_not_included_is_empty() -> None:
    read = read_transaction(without("included"))

    assert ("", "") == (read.buyer_name, read.title)


def test_a_banned_or_deleted_buyer_has_no_name() -> None:
    read = read_transaction(changed(("included", 0, "attributes"), {"banned": True}))

    assert "" == read.buyer_name


@pytest.mark.parametrize(
    "path",
    [
        ("data",),
        ("data", "id"),
        ("data", "attributes"),
        ("data", "relationships"),
        ("data", "relationships", "provider"),
        ("data", "relationships", "provider", "data", "id"),
        ("data", "attributes", "lineItems", 0, "code"),
        ("data", "attributes", "lineItems", 0, "unitPrice"),
        ("data", "attributes", "lineItems", 0, "lineTotal", "currency"),
        ("data", "attributes", "payinTotal", "amount"),
    ],
    ids=lambda path: ".".join(map(str, path)),
)
def test_a_document_that_lacks_what_every_transaction_has_is_unreadable(
    path: tuple[Any, ...],
) -> None:
    with pytest.raises(TransactionUnreadable):
        read_transaction(without(*path))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unitPrice", {"amount": 7}),
        ("quantity", "NaN"),
        ("quantity", "Infinity"),
        ("quantity", "1e9"),
        ("quantity", "two"),
        ("code", 7),
    ],
)
def test_a_line_that_cannot_be_sold_is_unreadable(field: str, value: object) -> None:
    path = ("data", "attributes", "lineItems", 0, field)
    with pytest.raises(TransactionUnreadable):
        read_transaction(changed(path, value))


@pytest.mark.parametrize(
    "amount",
    [
        {"amount": 7.5, "currency": "EUR"},
        {"amount": True, "currency": "EUR"},
        {"amount": "7", "currency": "EUR"},
        {"amount": 2**53 + 1, "currency": "EUR"},
        {"amount": 7, "currency": "€"},
        {"amount": 7, "currency": ""},
    ],
)
def test_an_amount_that_cannot_be_read_is_unclear_and_the_rest_is_not(amount: object) -> None:
    sale = read_transaction(changed(("data", "attributes", "payinTotal"), amount))
    assert sale.total is not None
    with pytest.raises(AmountUnclear):
        sale.total.in_units()


def test_more_lines_than_there_can_be_are_cut_off() -> None:
    many = [line("line-item/item", 100)] * 60
    document = changed(("data", "attributes", "lineItems"), many)

    assert 50 == len(read_transaction(document).lines)


@unhurried
@given(st.sampled_from(places(DOCUMENT)), json_values)
def test_any_value_anywhere_is_read_or_unreadable(path: tuple[Any, ...], value: object) -> None:
    try:
        read = read_transaction(changed(path, value))
    except TransactionUnreadable:
        return
    assert isinstance(read.metadata, dict)
    assert all(
        isinstance(text, str) for text in (read.title, read.buyer_name, read.last_transition)
    )
    assert all(line.quantity.is_finite() for line in read.lines)


@pytest.mark.parametrize("metadata", [None, [], ["x"], "x", 7, True])
def test_metadata_that_is_no_object_is_empty(metadata: object) -> None:
    read = read_transaction(changed(("data", "attributes", "metadata"), metadata))

    assert {} == read.metadata


@unhurried
@given(st.dictionaries(st.text(), json_values))
def test_any_document_is_unreadable_at_most(document: dict[str, Any]) -> None:
    with pytest.raises(TransactionUnreadable):
        read_transaction(document)


@pytest.mark.parametrize(("currency", "digits"), _DIGITS.items())
def test_an_amount_has_the_decimals_of_its_currency(currency: str, digits: int) -> None:
    assert Decimal(12345).scaleb(-digits) == Money(12345, currency).in_units()


@pytest.mark.parametrize("currency", ["XAU", "XXX", "XDR", "QQQ", "eur", "EURO", "", "JOD"])
def test_what_has_no_sure_minor_unit_has_no_value(currency: str) -> None:
    with pytest.raises(AmountUnclear, match="not sure"):
        Money(100, currency).in_units()
