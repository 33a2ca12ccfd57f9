"""The simulated HubRise's orders: what may be sent, what is calculated, what can be changed."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.hubrise import Connection, HubRise
from sandbox.hubrise.order_fields import creation_errors, patch_errors
from tests.sandbox.hubrise_callers import ELSEWHERE, HERE, MONEY, Client

ITEM: dict[str, Any] = {"product_name": "Marinara", "price": "7.40 EUR", "quantity": "2"}
OPTION = {"option_list_name": "Crust", "name": "Thin"}


@pytest.fixture
def hubrise() -> Iterator[HubRise]:
    with HubRise() as hubrise:
        yield hubrise


@pytest.fixture
def client(hubrise: HubRise) -> Client:
    return Client(hubrise)


@pytest.fixture
def connection(client: Client) -> Connection:
    return client.connect()


def _fields(client: Client, connection: Connection, **body: object) -> list[str]:
    errors = client.refusal(connection, "POST", "/location/orders", {"status": "new", **body})
    return [field for field, _ in errors]


def test_status_alone_makes_an_order(client: Client, connection: Connection) -> None:
    order = client.order(connection)

    assert ("new", HERE, "0.00 EUR", None) == (
        order["status"], order["location_id"], order["total"], order["payment_discrepancy"]
    )  # fmt: skip
    assert order == client.hubrise.orders[order["id"]]


def test_order_without_status_is_refused(client: Client, connection: Connection) -> None:
    errors = client.refusal(connection, "POST", "/location/orders", {})

    assert [("status", "is missing")] == errors


def test_total_is_calculated(client: Client, connection: Connection) -> None:
    option = {"option_list_name": "Sauce", "name": "Chili", "price": "0.50 EUR", "quantity": 2}
    order = client.order(
        connection,
        items=[{**ITEM, "options": [option]}],
        charges=[{"name": "Delivery", "price": "1.90 EUR"}],
        discounts=[{"name": "Regulars", "price_off": "2.00 EUR"}],
        payments=[{"name": "Card", "amount": "16.00 EUR"}],
    )

    assert "16.80 EUR" == order["items"][0]["subtotal"]
    assert ("16.70 EUR", "0.70 EUR") == (order["total"], order["payment_discrepancy"])


def test_option_without_price_is_free(client: Client, connection: Connection) -> None:
    order = client.order(connection, items=[{**ITEM, "options": [OPTION]}])

    assert "14.80 EUR" == order["total"]


def test_fraction_of_a_cent_is_rounded_half_up(client: Client, connection: Connection) -> None:
    order = client.order(connection, items=[{**ITEM, "price": "0.01 EUR", "quantity": "0.5"}])

    assert "0.01 EUR" == order["total"]


def test_times_are_told_in_the_locations_zone(client: Client, connection: Connection) -> None:
    order = client.order(connection, expected_time="2027-01-31T22:30:00+01:00")

    assert "2027-02-01T01:30:00+04:00" == order["expected_time"]
    assert order["created_at"].endswith("+04:00")


def test_deal_keys_are_renumbered(client: Client, connection: Connection) -> None:
    order = client.order(
        connection,
        items=[{**ITEM, "deal_line": {"deal_key": "lunch"}}],
        deals={"lunch": {"name": "Lunch"}},
    )

    assert {"0": {"name": "Lunch"}} == order["deals"]
    assert "0" == order["items"][0]["deal_line"]["deal_key"]


def test_guest_has_no_id(client: Client, connection: Connection) -> None:
    order = client.order(connection, customer={"first_name": "Noor", "email": None})

    assert (None, "Noor", None) == tuple(
        order["customer"][name] for name in ("id", "first_name", "email")
    )


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("price", "abc", "'abc' is not a valid monetary amount"),
        ("price", 7.4, "7.4 is not a valid monetary amount"),
        ("price", "7.4 EUR", "'7.4 EUR' is not a valid monetary amount"),
        ("price", "7.40EUR", "'7.40EUR' is not a valid monetary amount"),
        ("price", "7.40 USD", "must be in EUR"),
        ("price", "1234567890.00 EUR", "'1234567890.00 EUR' is not a valid monetary amount"),
        ("quantity", 2, "2 is not a valid decimal"),
        ("quantity", "two", "'two' is not a valid decimal"),
        ("product_name", 1, "1 is not a string"),
        ("product_name", None, "is missing"),
        ("options", {}, "is not an array"),
        ("subtotal", MONEY, "is unknown"),
        ("name", "x", "is unknown"),
    ],
)
def test_wrong_item_is_told_by_field(
    client: Client, connection: Connection, field: str, value: object, message: str
) -> None:
    body = {"status": "new", "items": [ITEM, {**ITEM, field: value}]}

    errors = client.refusal(connection, "POST", "/location/orders", body)

    assert [(f"items[1].{field}", message)] == errors


@pytest.mark.parametrize(
    "body",
    [
        {"status": "delivered"},
        {"status": "NEW"},
        {"service_type": "takeaway"},
        {"expected_time": "2027-01-31"},
        {"expected_time": "2027-01-31T22:30:00"},
        {"expected_time": "2027-02-31T22:30:00Z"},
        {"expected_time": 1},
        {"expected_time": "0001-01-01T00:00:00+14:00"},
        {"private_ref": ""},
        {"private_ref": "x" * 256},
        {"private_ref": 1},
        {"coupon_codes": "TEN"},
        {"items": ITEM},
        {"custom_fields": []},
        {"custom_fields": {"x": "y" * 8192}},
        {"customer": "Noor"},
        {"customer_id": "ab12c"},
        {"loyalty_operations": []},
        {"total": MONEY},
        {"id": "ab12c"},
        {"deals": []},
    ],
)
def test_wrong_field_is_refused(
    client: Client, connection: Connection, body: dict[str, object]
) -> None:
    assert list(body) == _fields(client, connection, **body)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"items": [1]}, "items[0]"),
        ({"items": [{**ITEM, "options": [{"name": "x"}]}]}, "items[0].options[0].option_list_name"),
        ({"items": [{**ITEM, "options": [{**OPTION, "quantity": True}]}]},
         "items[0].options[0].quantity"),
        ({"items": [{**ITEM, "deal_line": {"deal_key": "0"}}]}, "items[0].deal_line.deal_key"),
        (
            {"items": [{**ITEM, "deal_line": {"deal_key": "0", "pricing_effect": "fixed_price",
                                              "pricing_value": "10"}}]},
            "items[0].deal_line.pricing_value",
        ),
        ({"discounts": [{"name": "x"}]}, "discounts[0].price_off"),
        ({"charges": [{"price": MONEY}]}, "charges[0].name"),
        ({"payments": [{"amount": "1"}]}, "payments[0].amount"),
        ({"payments": [{"amount": MONEY, "info": "x"}]}, "payments[0].info"),
        ({"deals": {"0": {}}}, "deals.0.name"),
        ({"customer": {"age": 1}}, "customer.age"),
        ({"customer": {"sms_marketing": "no"}}, "customer.sms_marketing"),
        ({"customer": {"latitude": 1.5}}, "customer.latitude"),
    ],
)  # fmt: skip
def test_wrong_part_is_refused(
    client: Client, connection: Connection, body: dict[str, object], field: str
) -> None:
    assert [field] == _fields(client, connection, **body)


def test_all_problems_are_told_at_once(client: Client, connection: Connection) -> None:
    assert ["ref", "foo"] == _fields(client, connection, ref=1, foo=2)


def test_null_leaves_an_optional_field_unset(client: Client, connection: Connection) -> None:
    order = client.order(connection, expected_time=None, items=None, customer=None, deals=None)

    assert (None, [], None, {}) == tuple(
        order[name] for name in ("expected_time", "items", "customer", "deals")
    )


def test_private_ref_is_accepted_once(client: Client, connection: Connection) -> None:
    client.order(connection, private_ref="tx-1")

    body = {"status": "new", "private_ref": "tx-1"}
    errors = client.refusal(connection, "POST", "/location/orders", body)

    assert [("private_ref", "is already used")] == errors
    assert 1 == len(client.hubrise.orders)


def test_private_ref_of_the_till_is_not_ours(client: Client, connection: Connection) -> None:
    order_id = client.hubrise.place_order(HERE, "tx-1")

    answer = client.call(connection, "GET", f"/location/orders/{order_id}")
    assert answer.get_json()["private_ref"] is None
    assert [] == client.call(connection, "GET", "/location/orders?private_ref=tx-1").get_json()
    assert "tx-1" == client.order(connection, private_ref="tx-1")["private_ref"]


def test_order_is_retrieved_as_it_was_made(client: Client, connection: Connection) -> None:
    order = client.order(connection, items=[ITEM], ref="R-1")

    assert order == client.call(connection, "GET", f"/location/orders/{order['id']}").json


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_order_of_another_location_is_not_found(
    client: Client, connection: Connection, method: str
) -> None:
    order = client.order(client.connect(ELSEWHERE))

    answer = client.call(connection, method, f"/location/orders/{order['id']}", {})

    assert (404, {"error_type": "not_found"}) == (answer.status_code, answer.get_json())


_NAMES = st.sampled_from(
    ["status", "items", "price", "quantity", "options", "deal_line", "deal_key", "deals",
     "pricing_effect", "pricing_value", "custom_fields", "customer", "expected_time", "id",
     "product_name", "option_list_name", "name", "payments", "amount", "deleted"]
)  # fmt: skip
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["new", "9.00 EUR", "2", "fixed_price", "2027-01-31T22:30:00Z", "0"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_NAMES | st.text(), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(st.dictionaries(_NAMES, _VALUES))
def test_any_body_is_judged(body: dict[str, object]) -> None:
    assert isinstance([*creation_errors(body, "EUR"), *patch_errors(body, "EUR")], list)


@settings(max_examples=50)
@given(
    price=st.decimals(-999999999, 999999999, places=2),
    quantity=st.decimals(0, 999999999, places=6),
    times=st.integers(0, 9999),
    time=st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat(timespec="seconds")),
)
def test_any_accepted_amount_is_calculated(
    price: object, quantity: object, times: int, time: str
) -> None:
    option = {"option_list_name": "x", "name": "y", "price": f"{price} EUR", "quantity": times}
    item = {**ITEM, "price": f"{price} EUR", "quantity": str(quantity), "options": [option]}
    with HubRise() as hubrise:
        client = Client(hubrise)
        body = {"status": "new", "items": [item] * 3, "expected_time": time}
        answer = client.call(client.connect(), "POST", "/location/orders", body)

    assert answer.status_code in {200, 422}
