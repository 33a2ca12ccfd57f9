"""HubRise's callbacks: set, signed, read in every shape it is known to send, and fetched."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.hubrise.callbacks import HubRiseCallbacks
from integrations.hubrise.orders import RANKS
from proxy.vendors import (
    Answer,
    CallbackUnreadable,
    ConnectionEvent,
    ConnectionLost,
    Grant,
    OrderEvent,
    OrderState,
    UpstreamRefused,
)
from tests.integrations.hubrise.fakes import (
    GRANT,
    SALE_ID,
    TOKEN,
    StubUpstream,
    answered,
    body,
    callbacks,
    callbacks_at,
    empty,
    event,
    order,
    refused,
)
from tests.integrations.parts import NO_HEADERS, proven

STATE = OrderState("w3k8p", "accepted", RANKS["accepted"], SALE_ID)
EVENT = OrderEvent("e7t2d", "q4z7m-2", "w3k8p", STATE)
# The vendor's own example (github.com/HubRise/ruby-app 1.2.14, `spec/controllers/hubrise_app/
# callback_controller_spec.rb`, read 2026-11).
SIGNED_BODY = b'{"key":"val","app_instance_id":"hr_id1"}'
SIGNATURE = "edb1136a4bd15e6637f2720b9804f21a4913ce41e5ba31b8ad62bad00fa53ce5"


def stubbed(*answers: Answer | Exception) -> tuple[HubRiseCallbacks, StubUpstream]:
    upstream = StubUpstream(*answers)
    return callbacks_at(upstream), upstream


def received(sent: bytes) -> ConnectionEvent | None:
    return callbacks().read_callback(NO_HEADERS, sent)


def read(**fields: Any) -> ConnectionEvent | None:
    return received(body(event(**fields)))


@pytest.mark.parametrize("url", ["https://proxy.example/api/callbacks/hubrise/sealed", None])
def test_order_updates_are_asked_for(url: str | None) -> None:
    vendor, upstream = stubbed(answered({"url": url, "events": {"order": ["update"]}}))
    vendor.register(GRANT, url)
    assert ["POST /v1/callback"] == upstream.lines
    assert {"url": url, "events": {"order": ["update"]}} == upstream.sent[0].document
    assert TOKEN == upstream.sent[0].headers["X-Access-Token"]


@pytest.mark.parametrize(
    ("secret", "name", "is_theirs"),
    [
        ("dummy_secret", "X-HubRise-Hmac-SHA256", True),
        ("dummy_secret", "X-Hub-Signature-256", False),
        ("another_secret", "X-HubRise-Hmac-SHA256", False),
    ],
)
def test_what_the_client_secret_signed_in_hubrises_header_is_theirs(
    secret: str, name: str, is_theirs: bool
) -> None:
    vendor = callbacks_at(StubUpstream(), secret)
    assert is_theirs == (proven(vendor, SIGNED_BODY, {name: SIGNATURE}) is not None)


@pytest.mark.parametrize("changed", [SIGNED_BODY + b"\n", SIGNED_BODY.replace(b"val", b"vaI"), b""])
def test_the_signature_of_another_body_is_not_theirs(changed: bytes) -> None:
    vendor = callbacks_at(StubUpstream(), "dummy_secret")
    assert proven(vendor, changed, {"X-HubRise-Hmac-SHA256": SIGNATURE}) is None


def test_without_a_signature_nothing_is_theirs() -> None:
    assert proven(callbacks(), SIGNED_BODY) is None


def test_todays_event_tells_how_the_order_stands() -> None:
    assert read() == EVENT


def test_an_order_that_was_created_is_news_too() -> None:
    assert read(event_type="create", previous_state=None) == EVENT


def test_the_older_shape_names_the_order_as_resource_and_has_no_id_of_its_own() -> None:
    told = read(id=None, created_at=None, order_id=None, resource_id="w3k8p")
    assert OrderEvent("", "q4z7m-2", "w3k8p", STATE) == told


def test_an_event_of_ids_only_leaves_the_state_open() -> None:
    told = read(previous_state=None, new_state=None, account_id=None)
    assert OrderEvent("e7t2d", "q4z7m-2", "w3k8p", None) == told


@pytest.mark.parametrize(
    "new_state",
    [
        order(private_ref=None),  # whether it is told in events is not documented
        order(id="other"),
        order(id=None),
        order(status=None),
        {},
        [],
        "accepted",
    ],
)
def test_a_state_that_cannot_be_relied_on_is_left_open(new_state: object) -> None:
    assert read(new_state=new_state) == OrderEvent("e7t2d", "q4z7m-2", "w3k8p", None)


def test_an_order_of_another_program_of_ours_is_told_as_such() -> None:
    foreign = OrderState("w3k8p", "accepted", RANKS["accepted"], None)
    told = read(new_state=order(private_ref="T-1029"))
    assert OrderEvent("e7t2d", "q4z7m-2", "w3k8p", foreign) == told


@pytest.mark.parametrize("resource", ["catalog", "customer", "delivery", "inventory", "location"])
def test_events_of_other_resources_need_nothing_done(resource: str) -> None:
    other = {"id": "e1", "resource_type": resource, "event_type": "update", f"{resource}_id": "x"}
    assert received(body(other)) is None


def test_a_note_that_is_not_utf_8_does_not_cost_the_event() -> None:
    sent = body(event(new_state=order(customer_notes="Caf@")))
    told = received(sent.replace(b"Caf@", b"Caf\xe9"))
    assert told == received(sent)
    assert told is not None


def test_a_patched_inventory_needs_nothing_done() -> None:
    changes = [{"sku_ref": "SAM-6", "stock": "0"}]
    assert read(resource_type="inventory", event_type="patch", state_change=changes) is None


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b"null",
        b"[]",
        b'"order"',
        b"{}",
        b'{"resource_type": 1}',
        b'{"resource_type": ""}',
        b'{"resource_type": "Order"}',
        b'{"resource_type": "order "}',
        b'{"resource_type": "catalog", "resource_type": "order", "order_id": "w3k8p"}',
        b'{"resource_type": "order", "order_id": "w3k8\xe9"}',
        '{"resource_type": "order", "order_id": "w3k8p"}'.encode("utf-16"),
        b'{"resource_type": "order"}',
        b'{"resource_type": "order", "order_id": null, "resource_id": "w3k8p"}',
        b'{"resource_type": "order", "order_id": "../../callback"}',
        b'{"resource_type": "order", "order_id": {"id": "w3k8p"}}',
    ],
)
def test_a_body_that_names_no_order_is_unreadable(sent: bytes) -> None:
    with pytest.raises(CallbackUnreadable):
        received(sent)


@pytest.mark.parametrize("odd", [None, "", 7, "../callback", "é", ["q4z7m-2"], {"id": "q4z7m-2"}])
def test_an_event_without_a_usable_location_is_of_no_place(odd: object) -> None:
    assert OrderEvent("e7t2d", None, "w3k8p", STATE) == read(location_id=odd)


@pytest.mark.parametrize(
    ("details", "place", "covered"),
    [
        ({"locationId": "q4z7m-2"}, "q4z7m-2", True),
        ({"locationId": "q4z7m-2", "accountId": "q4z7m"}, "q4z7m-2", True),
        ({"locationId": "q4z7m-2"}, "q4z7m-3", False),
        ({"locationId": "q4z7m-2", "accountId": "q4z7m"}, "q4z7m", False),
        ({"locationId": "q4z7m-2"}, None, False),
        ({"accountId": "q4z7m"}, "q4z7m-2", False),
        ({"accountId": "q4z7m"}, "q4z7m", False),
        ({}, None, False),
    ],
)
def test_an_event_is_covered_by_its_location(
    details: dict[str, str], place: str | None, covered: bool
) -> None:
    news = OrderEvent("e7t2d", place, "w3k8p")
    assert covered == callbacks().covers(Grant({"token": "t"}, details), news)


def test_an_events_id_cannot_leave_its_place_in_the_path() -> None:
    vendor, upstream = stubbed(empty())
    vendor.forget_event(GRANT, "../x?y#z")
    assert ["DELETE /v1/callback/events/..%2Fx%3Fy%23z"] == upstream.lines


def test_pending_events_are_the_orders_own_oldest_first() -> None:
    listed = [
        event(id="e1", previous_state=None, new_state=None),
        event(id="e2", resource_type="customer", order_id=None, customer_id="c1"),
        event(id="e3", order_id="other", previous_state=None, new_state=None),
        event(id=None),
        event(id="e5", order_id=None),
    ]
    vendor, upstream = stubbed(answered(listed))
    told = vendor.pending_events(GRANT)
    assert [("e1", "w3k8p"), ("e3", "other")] == [(one.event_id, one.order_id) for one in told]
    assert ["GET /v1/callback/events"] == upstream.lines


def test_at_most_a_hundred_events_are_taken_at_once() -> None:
    pages = [
        answered([event(id=f"e{page}-{n}") for n in range(60)], X_Cursor_Next=f"c{page}")
        for page in range(3)
    ]
    assert 100 == len(stubbed(*pages)[0].pending_events(GRANT))


def test_an_event_is_forgotten_by_its_id() -> None:
    vendor, upstream = stubbed(empty())
    vendor.forget_event(GRANT, "e7t2d")
    assert ["DELETE /v1/callback/events/e7t2d"] == upstream.lines


def test_an_event_that_is_gone_is_forgotten() -> None:
    stubbed(refused(404, "not_found"))[0].forget_event(GRANT, "e7t2d")


@pytest.mark.parametrize("status", [400, 403, 422])
def test_an_event_that_may_not_be_deleted_is_told(status: int) -> None:
    with pytest.raises(UpstreamRefused):
        stubbed(refused(status, "forbidden"))[0].forget_event(GRANT, "e7t2d")


def test_a_dead_token_is_told_by_every_question() -> None:
    vendor, _ = stubbed(refused(401, "unauthorized"))
    for ask in (
        lambda: vendor.register(GRANT, None),
        lambda: vendor.pending_events(GRANT),
        lambda: vendor.forget_event(GRANT, "e7t2d"),
    ):
        with pytest.raises(ConnectionLost):
            ask()
