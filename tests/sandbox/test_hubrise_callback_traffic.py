"""How often, in which order and how late the callbacks of the simulated HubRise arrive."""

import threading
import time
from collections.abc import Iterator

import pytest

from sandbox.hops import HopLog
from sandbox.hubrise import Connection, HubRise
from tests.sandbox.hubrise_callers import HERE, NOON, PATIENCE, Client, Clock, Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def hops() -> HopLog:
    return HopLog()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hubrise(hops: HopLog, clock: Clock) -> Iterator[HubRise]:
    with HubRise(hops, clock) as hubrise:
        hubrise.retry_delay = 0.01
        yield hubrise


@pytest.fixture
def client(hubrise: HubRise) -> Client:
    return Client(hubrise)


@pytest.fixture
def connection(client: Client, receiver: Receiver) -> Connection:
    connection = client.connect()
    client.listen(connection, receiver.url)
    return connection


@pytest.fixture
def order_id(client: Client, connection: Connection) -> str:
    return str(client.order(connection)["id"])


def _pending(client: Client, connection: Connection) -> list[str]:
    events = client.hubrise.pending_events(connection.token)
    return [event["new_state"]["status"] for event in events]


@pytest.mark.parametrize("status", [200, 204, 302, 401, 404, 429, 499])
def test_any_answer_from_200_to_499_deletes_the_event(
    client: Client, connection: Connection, receiver: Receiver, order_id: str, status: int
) -> None:
    client.hubrise.retries = 2
    receiver.statuses = [status]

    assert [status] == client.hubrise.set_status(order_id, "accepted")
    assert [] == _pending(client, connection)


@pytest.mark.parametrize("status", [500, 503, 599])
def test_server_error_keeps_the_event(
    client: Client, connection: Connection, receiver: Receiver, order_id: str, status: int
) -> None:
    receiver.statuses = [status]

    assert [status] == client.hubrise.set_status(order_id, "accepted")
    assert ["accepted"] == _pending(client, connection)


def test_retries_end_with_the_first_acknowledgement(
    client: Client, connection: Connection, receiver: Receiver, order_id: str
) -> None:
    client.hubrise.retries = 5
    receiver.statuses = [503, 500, 404]

    assert [503, 500, 404] == client.hubrise.set_status(order_id, "accepted")
    assert [] == _pending(client, connection)
    assert 1 == len({callback.body for callback in receiver.received})


def test_retries_are_counted(client: Client, receiver: Receiver, order_id: str) -> None:
    client.hubrise.retries = 2
    receiver.statuses = [503] * 9

    assert [503] * 3 == client.hubrise.set_status(order_id, "accepted")


def test_late_answer_counts_as_none(
    client: Client, connection: Connection, receiver: Receiver, order_id: str
) -> None:
    client.hubrise.answer_seconds = 0.05
    receiver.gate.clear()

    assert [None] == client.hubrise.set_status(order_id, "accepted")
    assert ["accepted"] == _pending(client, connection)


def test_receiver_that_is_gone_counts_as_none(
    client: Client, connection: Connection, receiver: Receiver, order_id: str
) -> None:
    receiver.server.close()

    assert [None] == client.hubrise.set_status(order_id, "accepted")
    assert ["accepted"] == _pending(client, connection)


def test_event_nobody_acknowledges_is_given_up_after_an_hour(
    client: Client, connection: Connection, clock: Clock, order_id: str
) -> None:
    client.hubrise.callbacks = "lose"
    client.hubrise.set_status(order_id, "accepted")

    clock.now = NOON + 3_780
    assert ["accepted"] == _pending(client, connection)
    clock.now = NOON + 3_781
    assert [] == _pending(client, connection)


def test_passive_events_are_kept_longer(
    client: Client, connection: Connection, clock: Clock, order_id: str
) -> None:
    client.listen(connection, None)
    client.hubrise.set_status(order_id, "accepted")
    clock.now = NOON + 100_000

    assert ["accepted"] == _pending(client, connection)


def test_lost_callback_stays_pending(
    client: Client, connection: Connection, receiver: Receiver, order_id: str
) -> None:
    client.hubrise.callbacks = "lose"

    assert [] == client.hubrise.set_status(order_id, "accepted")
    assert [] == receiver.received
    assert ["accepted"] == _pending(client, connection)


def test_delayed_callbacks_wait_for_their_release(
    client: Client, connection: Connection, receiver: Receiver, order_id: str
) -> None:
    client.hubrise.callbacks = "delay"
    before = [client.hubrise.set_status(order_id, status) for status in ("received", "accepted")]
    waiting = _pending(client, connection)

    released = client.hubrise.release_callbacks()

    assert ([[], []], ["received", "accepted"]) == (before, waiting)
    assert [200, 200] == released
    assert ["received", "accepted"] == [callback.status() for callback in receiver.received]
    assert ([], []) == (_pending(client, connection), client.hubrise.release_callbacks())


def test_reordered_callbacks_come_newest_first(
    client: Client, receiver: Receiver, order_id: str
) -> None:
    client.hubrise.callbacks = "reorder"
    for status in ("received", "accepted", "completed"):
        client.hubrise.set_status(order_id, status)
    client.hubrise.callbacks = "send"

    client.hubrise.release_callbacks()

    assert ["completed", "accepted", "received"] == [one.status() for one in receiver.received]


def test_repeated_callbacks_arrive_three_times_the_same(
    client: Client, receiver: Receiver, order_id: str
) -> None:
    client.hubrise.callbacks = "repeat"

    assert [200] * 3 == client.hubrise.set_status(order_id, "accepted")
    assert 1 == len({callback.body for callback in receiver.received})


def test_held_callback_is_late_even_if_acknowledged_meanwhile(
    client: Client, connection: Connection, receiver: Receiver, order_id: str
) -> None:
    client.hubrise.callbacks = "delay"
    client.hubrise.set_status(order_id, "accepted")
    (event,) = client.hubrise.pending_events(connection.token)
    client.call(connection, "DELETE", f"/callback/events/{event['id']}")

    assert [200] == client.hubrise.release_callbacks()
    assert 1 == len(receiver.received)


def test_deleted_callback_is_not_called_any_more(
    client: Client, connection: Connection, receiver: Receiver, order_id: str
) -> None:
    client.hubrise.callbacks = "delay"
    client.hubrise.set_status(order_id, "accepted")
    client.call(connection, "DELETE", "/callback")

    assert [] == client.hubrise.release_callbacks()
    assert [] == receiver.received


def test_connection_that_died_meanwhile_is_not_called(
    client: Client, connection: Connection, receiver: Receiver, order_id: str
) -> None:
    client.hubrise.callbacks = "delay"
    client.hubrise.set_status(order_id, "accepted")
    client.hubrise.block(connection.token, "blocked")

    assert [] == client.hubrise.release_callbacks()
    assert [] == receiver.received


def test_held_callback_goes_to_the_url_set_last(
    client: Client, connection: Connection, receiver: Receiver, order_id: str
) -> None:
    client.hubrise.callbacks = "delay"
    client.hubrise.set_status(order_id, "accepted")
    client.listen(connection, f"{receiver.url}-2")
    client.hubrise.release_callbacks()

    assert ["/api/callbacks/hubrise/secret-segment-2"] == [one.path for one in receiver.received]


def test_setting_the_same_status_again_is_an_event_too(
    client: Client, receiver: Receiver, order_id: str
) -> None:
    for _ in range(2):
        client.hubrise.set_status(order_id, "accepted")

    assert ["accepted", "accepted"] == [callback.status() for callback in receiver.received]


@pytest.mark.parametrize("name", ["callbacks", "event_shape"])
def test_unknown_mode_is_a_value_error(hubrise: HubRise, name: str) -> None:
    with pytest.raises(ValueError, match="unknown"):
        setattr(hubrise, name, "loose")


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/x", "http://192.0.2.1/x", "http://shop.example/"]
)
def test_nothing_is_sent_to_a_host_that_is_not_loopback(
    client: Client, connection: Connection, hops: HopLog, order_id: str, url: str
) -> None:
    client.listen(connection, url)
    hops.clear()

    assert [None] == client.hubrise.set_status(order_id, "accepted")
    assert "not sent: not a loopback address" == hops.since(0)[-1].note
    with pytest.raises(ValueError, match="loopback"):
        client.hubrise.send_event(url, {})


def test_hop_of_a_callback_hides_its_reference(client: Client, hops: HopLog, order_id: str) -> None:
    hops.clear()
    client.hubrise.set_status(order_id, "accepted")

    (hop,) = hops.since(0)
    assert ("HubRise", "proxy", "POST", "/api/callbacks/hubrise/…", 200) == (
        hop.caller, hop.callee, hop.method, hop.path, hop.status
    )  # fmt: skip
    assert "order.update accepted" == hop.note


def test_redirect_is_not_followed(client: Client, receiver: Receiver, order_id: str) -> None:
    receiver.statuses = [307]
    client.hubrise.set_status(order_id, "accepted")

    assert 1 == len(receiver.received)


def test_event_by_hand_is_sent_as_told(hubrise: HubRise, receiver: Receiver, hops: HopLog) -> None:
    receiver.statuses = [418]

    answer = hubrise.send_event(
        receiver.url,
        {},
        raw=b"not json",
        headers=[("X-HubRise-Hmac-SHA256", "one"), ("X-HubRise-Hmac-SHA256", "two")],
    )

    (callback,) = receiver.received
    assert (418, "seen 14") == (answer.status_code, answer.text)
    assert b"not json" == callback.body
    assert "one,two" == callback.headers["x-hubrise-hmac-sha256"].replace(" ", "")
    assert "forger" == hops.since(0)[0].caller


def test_event_by_hand_can_be_unsigned(hubrise: HubRise, receiver: Receiver) -> None:
    hubrise.send_event(receiver.url, {}, headers=[])

    assert "x-hubrise-hmac-sha256" not in receiver.received[0].headers


def test_event_by_hand_is_signed_as_a_genuine_one(
    hubrise: HubRise, receiver: Receiver, hops: HopLog
) -> None:
    hubrise.send_event(receiver.url, {"a": 1})
    hubrise.send_event(receiver.url, {"a": 1}, secret="another")

    genuine, forged = (one.headers["x-hubrise-hmac-sha256"] for one in receiver.received)
    assert genuine != forged
    assert ["HubRise", "forger"] == [hop.caller for hop in hops.since(0)]


def test_event_by_hand_without_an_answer_raises(hubrise: HubRise, receiver: Receiver) -> None:
    receiver.gate.clear()
    hubrise.answer_seconds = 0.05

    with pytest.raises(TimeoutError):
        hubrise.send_event(receiver.url, {})


def test_change_without_waiting_returns_at_once(
    client: Client, receiver: Receiver, order_id: str
) -> None:
    receiver.gate.clear()

    assert [] == client.hubrise.set_status(order_id, "accepted", wait=False)
    receiver.gate.set()
    assert client.hubrise.wait_for_callbacks(PATIENCE)
    assert 1 == len(receiver.received)


def test_close_does_not_wait_for_a_receiver_that_hangs(
    client: Client, receiver: Receiver, order_id: str
) -> None:
    others = set(threading.enumerate())
    receiver.gate.clear()
    client.hubrise.set_status(order_id, "accepted", wait=False)
    assert receiver.arrived.wait(PATIENCE)

    began = time.monotonic()
    client.hubrise.close()

    assert time.monotonic() - began < PATIENCE / 2
    started = {thread.name for thread in threading.enumerate() if thread not in others}
    assert "hubrise-callbacks" not in started


def test_close_does_not_wait_for_retries(client: Client, receiver: Receiver, order_id: str) -> None:
    client.hubrise.retries = 1
    client.hubrise.retry_delay = 60
    receiver.statuses = [503]
    client.hubrise.set_status(order_id, "accepted", wait=False)
    assert receiver.arrived.wait(PATIENCE)

    closing = threading.Thread(target=client.hubrise.close)
    closing.start()
    closing.join(PATIENCE)

    assert not closing.is_alive()


def test_closed_vendor_sends_nothing_more(client: Client, order_id: str) -> None:
    client.hubrise.close()

    with pytest.raises(RuntimeError, match="closed"):
        client.hubrise.set_status(order_id, "accepted")


def test_change_from_within_a_callback_does_not_block(
    client: Client, connection: Connection, receiver: Receiver, order_id: str
) -> None:
    receiver.gate.clear()
    client.hubrise.set_status(order_id, "accepted", wait=False)
    assert receiver.arrived.wait(PATIENCE)

    answer = client.call(connection, "GET", f"/location/orders/{order_id}")

    assert "accepted" == answer.get_json()["status"]


def test_place_order_waits_for_its_callback(
    client: Client, connection: Connection, receiver: Receiver
) -> None:
    client.hubrise.place_order(HERE)

    assert [] == _pending(client, connection)
    assert 1 == len(receiver.received)
