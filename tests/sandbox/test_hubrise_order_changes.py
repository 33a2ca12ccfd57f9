"""How orders of the simulated HubRise can be changed, and how not."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.hubrise import Connection, HubRise
from tests.sandbox.hubrise_callers import MONEY, Client

ITEM: dict[str, Any] = {"product_name": "Marinara", "price": "7.40 EUR", "quantity": "2"}


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


def _patched(client: Client, connection: Connection, order: Any, **changes: object) -> Any:
    path = f"/location/orders/{order['id']}"
    answer = client.call(connection, "PATCH", path, changes)
    assert (200, client.call(connection, "GET", path).json) == (answer.status_code, answer.json)
    return answer.get_json()


def test_documented_fields_can_be_changed(client: Client, connection: Connection) -> None:
    order = client.order(connection, ref="R-1")
    changes = {
        "status": "cancelled",
        "confirmed_time": "2027-01-31T22:30:00+04:00",
        "seller_notes": "sold out",
        "collection_code": "A7",
        "private_ref": "tx-9",
    }

    assert {**order, **changes} == _patched(client, connection, order, **changes)


@pytest.mark.parametrize(
    "changes",
    [{"ref": "x"}, {"expected_time": None}, {"status": "done"}, {"customer": {}}, {"total": MONEY}],
)
def test_other_fields_cannot_be_changed(
    client: Client, connection: Connection, changes: dict[str, object]
) -> None:
    order = client.order(connection)

    errors = client.refusal(connection, "PATCH", f"/location/orders/{order['id']}", changes)

    assert list(changes) == [field for field, _ in errors]


def test_own_private_ref_can_be_repeated(client: Client, connection: Connection) -> None:
    order = client.order(connection, private_ref="tx-1")

    assert order == _patched(client, connection, order, private_ref="tx-1")


def test_private_ref_of_another_order_is_refused(client: Client, connection: Connection) -> None:
    client.order(connection, private_ref="tx-1")
    order = client.order(connection)
    changes = {"private_ref": "tx-1", "status": "accepted"}

    errors = client.refusal(connection, "PATCH", f"/location/orders/{order['id']}", changes)

    assert [("private_ref", "is already used")] == errors
    assert "new" == client.hubrise.orders[order["id"]]["status"]


def test_custom_fields_are_merged_and_null_removes(client: Client, connection: Connection) -> None:
    order = client.order(connection, custom_fields={"a": 1, "b": {"c": 2}})

    changed = _patched(client, connection, order, custom_fields={"a": None, "d": 3})

    assert {"b": {"c": 2}, "d": 3} == changed["custom_fields"]


def test_custom_fields_cannot_grow_beyond_8_kilobytes(
    client: Client, connection: Connection
) -> None:
    order = client.order(connection, custom_fields={"a": "x" * 5000})
    changes = {"custom_fields": {"b": "x" * 5000}}

    errors = client.refusal(connection, "PATCH", f"/location/orders/{order['id']}", changes)

    assert [("custom_fields", "must not exceed 8 kilobytes")] == errors


def test_elements_are_added_and_marked_as_deleted(client: Client, connection: Connection) -> None:
    order = client.order(connection, items=[ITEM])
    first = order["items"][0]["id"]

    changed = _patched(
        client,
        connection,
        order,
        items=[{"id": first, "deleted": True}, {**ITEM, "quantity": "1"}],
    )

    assert [True, False] == [item["deleted"] for item in changed["items"]]
    assert "7.40 EUR" == changed["total"]


def test_element_gets_a_private_ref(client: Client, connection: Connection) -> None:
    order = client.order(connection, items=[ITEM])
    change = {"id": order["items"][0]["id"], "private_ref": "line-1"}

    assert (
        "line-1" == _patched(client, connection, order, items=[change])["items"][0]["private_ref"]
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "nosuch", "deleted": True}, "items[0].id"),
        ({"id": "OWN", "deleted": False}, "items[0].deleted"),
        ({"id": "OWN", "price": MONEY}, "items[0].price"),
        ({"id": "OWN", "deleted": True, "private_ref": "x"}, "items[0].private_ref"),
    ],
)
def test_elements_cannot_be_modified(
    client: Client, connection: Connection, change: dict[str, object], field: str
) -> None:
    order = client.order(connection, items=[ITEM])
    if change["id"] == "OWN":
        change = {**change, "id": order["items"][0]["id"]}

    errors = client.refusal(
        connection, "PATCH", f"/location/orders/{order['id']}", {"items": [change]}
    )

    assert [field] == [name for name, _ in errors]
