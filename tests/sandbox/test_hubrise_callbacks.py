"""The simulated HubRise's callbacks: registering them, and what their events say."""

import hashlib
import hmac
from collections.abc import Iterator

import pytest

from sandbox.hubrise import Connection, HubRise
from tests.sandbox.hubrise_callers import ELSEWHERE, HERE, Client, Receiver

URL = "https://proxy.example/api/callbacks/hubrise/ref"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


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


def test_unset_callback_is_empty(client: Client, connection: Connection) -> None:
    assert {"url": None, "events": {}} == client.call(connection, "GET", "/callback").json


def test_callback_is_replaced(client: Client, connection: Connection) -> None:
    client.listen(connection, URL, "create")
    client.listen(connection, f"{URL}2", "update")

    assert {"url": f"{URL}2", "events": {"order": ["update"]}} == (
        client.call(connection, "GET", "/callback").json
    )


def test_callback_is_deleted_with_its_events(client: Client, connection: Connection) -> None:
    client.listen(connection, None)
    client.hubrise.place_order(HERE)

    answer = client.call(connection, "DELETE", "/callback")

    assert (200, b"") == (answer.status_code, answer.data)
    assert ("", {}, []) == (
        connection.callback_url or "",
        connection.callback_events,
        client.hubrise.pending_events(connection.token),
    )


@pytest.mark.parametrize("length", [255, 256])
def test_url_has_at_most_255_characters(
    client: Client, connection: Connection, length: int
) -> None:
    url = "https://proxy.example/".ljust(length, "x")

    answer = client.call(
        connection, "POST", "/callback", {"url": url, "events": {"order": ["update"]}}
    )

    assert (200 if length == 255 else 422) == answer.status_code


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "proxy.example"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://proxy.example/#x"}, "url"),
        ({"url": "https://proxy.example:port/"}, "url"),
        ({"url": "https://proxy.example/a b"}, "url"),
        ({"url": 1}, "url"),
        ({"target": URL}, "target"),
        ({"events": None}, "events"),
        ({"events": {}}, "events"),
        ({"events": ["order.update"]}, "events"),
        ({"events": {"order": []}}, "events.order"),
        ({"events": {"order": "update"}}, "events.order"),
        ({"events": {"order": ["delete"]}}, "events.order"),
        ({"events": {"order": [["update"]]}}, "events.order"),
        ({"events": {"customer_list": ["update"]}}, "events.customer_list"),
    ],
)
def test_wrong_callback_is_refused(
    client: Client, connection: Connection, body: dict[str, object], field: str
) -> None:
    usual = {"url": URL, "events": {"order": ["update"]}}

    answer = client.call(connection, "POST", "/callback", {**usual, **body})

    assert 422 == answer.status_code
    assert [field] == [error["field"] for error in answer.get_json()["errors"]]


@pytest.mark.parametrize("resource", ["order", "delivery"])
def test_callback_on_orders_needs_their_scope(client: Client, resource: str) -> None:
    connection = client.connect(scope="location[catalog.read]")

    answer = client.call(
        connection, "POST", "/callback", {"url": URL, "events": {resource: ["update"]}}
    )

    assert (422, "orders scope required") == (
        answer.status_code, answer.get_json()["errors"][0]["message"]
    )  # fmt: skip


def test_update_by_the_till_is_told_with_both_states(
    client: Client, connection: Connection, receiver: Receiver
) -> None:
    client.listen(connection, receiver.url)
    order = client.order(connection, private_ref="tx-1")

    statuses = client.hubrise.set_status(order["id"], "accepted")

    (callback,) = receiver.received
    event = callback.event()
    assert [200] == statuses
    assert {"resource_type": "order", "event_type": "update", "order_id": order["id"]}.items() <= (
        event.items()
    )
    assert ("k7w2p", HERE) == (event["account_id"], event["location_id"])
    assert order == event["previous_state"]
    assert {**order, "status": "accepted"} == event["new_state"]


def test_callback_is_signed_over_its_bytes(
    client: Client, connection: Connection, receiver: Receiver
) -> None:
    client.listen(connection, receiver.url)
    order = client.order(connection, customer_notes="sans oignons, merci à l'équipe")
    client.hubrise.set_status(order["id"], "accepted")

    (callback,) = receiver.received
    expected = hmac.new(client.hubrise.client_secret.encode(), callback.body, hashlib.sha256)
    assert expected.hexdigest() == callback.headers["x-hubrise-hmac-sha256"]
    assert "application/json" == callback.headers["content-type"]
    assert "équipe".encode() in callback.body


def test_published_signature_is_reproduced(hubrise: HubRise, receiver: Receiver) -> None:
    """HubRise's own Ruby application (github.com/HubRise/ruby-app 1.2.14) tests with this one."""
    hubrise.send_event(
        receiver.url, {"key": "val", "app_instance_id": "hr_id1"}, secret="dummy_secret"
    )

    expected = "edb1136a4bd15e6637f2720b9804f21a4913ce41e5ba31b8ad62bad00fa53ce5"
    assert expected == receiver.received[0].headers["x-hubrise-hmac-sha256"]


def test_order_made_at_the_till_is_told(
    client: Client, connection: Connection, receiver: Receiver
) -> None:
    client.listen(connection, receiver.url)

    order_id = client.hubrise.place_order(HERE, "till-ref")

    event = receiver.received[0].event()
    assert ("create", order_id, None) == (
        event["event_type"], event["order_id"], event["new_state"]["private_ref"]
    )  # fmt: skip
    assert "previous_state" not in event


def test_client_does_not_hear_of_its_own_doing(
    client: Client, connection: Connection, receiver: Receiver
) -> None:
    client.listen(connection, receiver.url)
    other = client.connect(device_id="d-2")
    client.listen(other, receiver.url)

    order = client.order(connection)
    client.call(connection, "PATCH", f"/location/orders/{order['id']}", {"status": "cancelled"})

    assert [] == receiver.received
    assert [] == client.hubrise.pending_events(other.token)


def test_every_listening_connection_hears(
    client: Client, connection: Connection, receiver: Receiver
) -> None:
    client.listen(connection, receiver.url)
    client.listen(client.connect(device_id="d-2"), receiver.url)
    client.listen(client.connect(ELSEWHERE), receiver.url)
    client.listen(client.connect(scope="account[orders.read]"), receiver.url)
    client.listen(client.connect(ELSEWHERE, scope="account[orders.read]"), receiver.url)

    client.hubrise.place_order(HERE)

    assert 3 == len(receiver.received)


def test_only_events_asked_for_are_told(
    client: Client, connection: Connection, receiver: Receiver
) -> None:
    client.listen(connection, receiver.url, "update")

    order_id = client.hubrise.place_order(HERE)

    assert [200] == client.hubrise.set_status(order_id, "completed")
    assert ["completed"] == [callback.status() for callback in receiver.received]


@pytest.mark.parametrize("reason", ["revoked", "blocked", "unpaid"])
def test_dead_connection_hears_nothing(
    client: Client, connection: Connection, receiver: Receiver, reason: str
) -> None:
    client.listen(connection, receiver.url)
    client.hubrise.block(connection.token, reason)  # type: ignore[arg-type]  # one of the three

    client.hubrise.place_order(HERE)

    assert [] == receiver.received
    assert [] == client.hubrise.pending_events(connection.token)


def test_rejection_tells_its_cause(
    client: Client, connection: Connection, receiver: Receiver
) -> None:
    client.listen(connection, receiver.url)
    order = client.order(connection)

    client.hubrise.set_status(order["id"], "rejected", "Oven broken")

    state = receiver.received[0].event()["new_state"]
    assert {"epos": {"rejection": {"cause": "Oven broken"}}} == state["custom_fields"]


def test_ids_only_event_has_no_states(
    client: Client, connection: Connection, receiver: Receiver
) -> None:
    client.hubrise.event_shape = "ids-only"
    client.listen(connection, receiver.url)
    order = client.order(connection)
    client.hubrise.set_status(order["id"], "accepted")

    event = receiver.received[0].event()

    assert order["id"] == event["order_id"]
    assert {"previous_state", "new_state"}.isdisjoint(event)


def test_old_event_names_its_order_otherwise(
    client: Client, connection: Connection, receiver: Receiver
) -> None:
    client.hubrise.event_shape = "old"
    client.listen(connection, receiver.url)
    order = client.order(connection)
    client.hubrise.set_status(order["id"], "accepted")

    event = receiver.received[0].event()

    assert (order["id"], "accepted") == (event["resource_id"], event["new_state"]["status"])
    assert {"id", "created_at", "order_id"}.isdisjoint(event)


def test_events_can_be_without_private_ref(
    client: Client, connection: Connection, receiver: Receiver
) -> None:
    client.hubrise.private_ref_in_events = False
    client.listen(connection, receiver.url)
    order = client.order(connection, private_ref="tx-1")
    client.hubrise.set_status(order["id"], "accepted")

    assert receiver.received[0].event()["new_state"]["private_ref"] is None
    assert "tx-1" == client.hubrise.orders[order["id"]]["private_ref"]


def test_passive_callback_keeps_events(client: Client, connection: Connection) -> None:
    client.listen(connection, None)
    order = client.order(connection)

    assert [] == client.hubrise.set_status(order["id"], "accepted")

    (event,) = client.hubrise.pending_events(connection.token)
    path = f"/callback/events/{event['id']}"
    assert event == client.call(connection, "GET", path).json
    assert 200 == client.call(connection, "DELETE", path).status_code
    assert 404 == client.call(connection, "GET", path).status_code
    assert 404 == client.call(connection, "DELETE", path).status_code


def test_listed_events_have_no_states_and_come_in_pages(
    client: Client, connection: Connection
) -> None:
    client.listen(connection, None)
    made = [client.hubrise.place_order(HERE) for _ in range(3)]

    first = client.call(connection, "GET", "/callback/events?count=2")
    cursor = first.headers["X-Cursor-Next"]
    second = client.call(connection, "GET", f"/callback/events?count=2&cursor={cursor}")

    events = [*first.get_json(), *second.get_json()]
    assert made == [event["order_id"] for event in events]
    assert {"id", "created_at", "resource_type", "event_type", "account_id", "location_id",
            "order_id"} == set(events[0])  # fmt: skip


def test_events_of_other_connections_are_not_shown(client: Client, connection: Connection) -> None:
    client.listen(connection, None)
    client.hubrise.place_order(HERE)
    (event,) = client.hubrise.pending_events(connection.token)
    other = client.connect(device_id="d-2")

    assert 404 == client.call(other, "GET", f"/callback/events/{event['id']}").status_code


def test_unknown_order_or_status_is_refused(hubrise: HubRise) -> None:
    order_id = hubrise.place_order(HERE)

    with pytest.raises(KeyError):
        hubrise.set_status("nosuch", "accepted")
    with pytest.raises(ValueError, match="delivered"):
        hubrise.set_status(order_id, "delivered")
    with pytest.raises(KeyError):
        hubrise.place_order("nosuch-1")
