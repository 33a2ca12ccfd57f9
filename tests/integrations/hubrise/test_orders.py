"""How an order stands, and what an event tells, in every shape that HubRise is known to send."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from integrations.hubrise.orders import RANKS, HubRiseOrders, read_state
from proxy.outgoing.upstream import Answer, UpstreamRefused, UpstreamUnavailable
from proxy.vendors.connection import ConnectionLost, Grant
from proxy.vendors.orders import FINAL_RANK, OrderEvent, OrderExists, OrderState
from proxy.vendors.reference import CallbackUnreadable
from sandbox.hubrise.order_fields import STATUSES
from tests.integrations.hubrise.fakes import (
    GRANT,
    LOCATION,
    SALE_ID,
    StubUpstream,
    answered,
    body,
    empty,
    event,
    line,
    order,
    orders,
    orders_at,
    refused,
    sale,
)

FINAL = ("completed", "rejected", "cancelled", "delivery_failed")
STATE = OrderState("w3k8p", "accepted", RANKS["accepted"], SALE_ID)
EVENT = OrderEvent("e7t2d", "w3k8p", LOCATION, STATE)


def read(**fields: Any) -> OrderEvent | None:
    return orders().read_event(body(event(**fields)))


def stubbed(*answers: Answer | Exception) -> tuple[HubRiseOrders, StubUpstream]:
    upstream = StubUpstream(*answers)
    return orders_at(upstream), upstream


def test_every_documented_status_has_a_rank() -> None:
    assert set(STATUSES) == set(RANKS)


def test_ranks_grow_in_the_documented_order_and_four_statuses_end_an_order() -> None:
    ranks = [orders().rank(status) for status in STATUSES if status not in FINAL]
    assert sorted(ranks) == ranks
    assert {FINAL_RANK} == {orders().rank(status) for status in FINAL}


@pytest.mark.parametrize("word", ["delivered", "", "sending", "NEW", "unknown"])
def test_a_word_that_is_no_status_ranks_below_all(word: str) -> None:
    assert -1 == orders().rank(word)


@pytest.mark.parametrize("status", STATUSES)
def test_an_order_is_read_in_every_status(status: str) -> None:
    expected = OrderState("w3k8p", status, RANKS[status], SALE_ID)
    assert expected == read_state(order(status=status))


def test_a_status_of_later_years_is_unknown() -> None:
    assert OrderState("w3k8p", "unknown", -1, SALE_ID) == read_state(order(status="teleported"))


@pytest.mark.parametrize(
    "fields",
    [
        {"id": None},
        {"id": ""},
        {"id": 17},
        {"id": "../callback"},
        {"id": "a" * 61},
        {"id": "é"},
        {"id": "w3k8p\n"},
        {"status": None},
        {"status": 3},
        {"status": ["new"]},
    ],
)
def test_an_order_without_id_or_status_is_none(fields: dict[str, object]) -> None:
    assert read_state(order(**fields)) is None


@pytest.mark.parametrize("upper", [False, True])
def test_the_transaction_is_told_by_the_private_reference(upper: bool) -> None:
    text = str(SALE_ID).upper() if upper else str(SALE_ID)
    state = read_state(order(private_ref=text))
    assert state is not None
    assert SALE_ID == state.transaction_id


@pytest.mark.parametrize(
    "private_ref",
    [None, "", "T-1029", 7, ["x"], SALE_ID.hex, f"{{{SALE_ID}}}", f"urn:uuid:{SALE_ID}", "\ud800"],
)
def test_another_private_reference_is_not_ours(private_ref: object) -> None:
    state = read_state(order(private_ref=private_ref))
    assert state is not None
    assert state.transaction_id is None


def test_a_rejection_tells_the_shops_reason() -> None:
    fields = {"epos": {"rejection": {"cause": "Fermé ce soir"}}}
    state = read_state(order(status="rejected", custom_fields=fields))
    assert state is not None
    assert "Fermé ce soir" == state.reason


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        ("closed \ud800", "closed"),
        ("\udfff busy", "busy"),
        ("a\x00b\nc", "a b c"),
        ("\ud800", None),
        (" ", None),
    ],
)
def test_a_reason_is_told_without_what_cannot_be_stored(cause: str, reason: str | None) -> None:
    state = read_state(order(custom_fields={"epos": {"rejection": {"cause": cause}}}))
    assert state is not None
    assert reason == state.reason


def test_a_long_reason_is_cut() -> None:
    state = read_state(order(custom_fields={"epos": {"rejection": {"cause": "x" * 5000}}}))
    assert state is not None
    assert "x" * 200 == state.reason


@pytest.mark.parametrize(
    "fields",
    [
        None,
        [],
        "epos",
        {},
        {"epos": None},
        {"epos": {"rejection": "busy"}},
        {"epos": {"rejection": {"cause": None}}},
        {"epos": {"rejection": {"cause": ""}}},
        {"epos": {"rejection": {"cause": {"text": "busy"}}}},
    ],
)
def test_other_custom_fields_are_no_reason(fields: object) -> None:
    state = read_state(order(custom_fields=fields))
    assert state is not None
    assert state.reason is None


def test_todays_event_tells_how_the_order_stands() -> None:
    assert read() == EVENT


def test_an_order_that_was_created_is_news_too() -> None:
    assert read(event_type="create", previous_state=None) == EVENT


def test_the_older_shape_names_the_order_as_resource_and_has_no_id_of_its_own() -> None:
    told = read(id=None, created_at=None, order_id=None, resource_id="w3k8p")
    assert OrderEvent("", "w3k8p", LOCATION, STATE) == told


def test_an_event_of_ids_only_leaves_the_state_open() -> None:
    told = read(previous_state=None, new_state=None, account_id=None)
    assert OrderEvent("e7t2d", "w3k8p", {"location_id": "q4z7m-2"}, None) == told


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
    assert read(new_state=new_state) == OrderEvent("e7t2d", "w3k8p", LOCATION, None)


def test_an_order_of_another_program_of_ours_is_told_as_such() -> None:
    told = read(new_state=order(private_ref="T-1029"))
    assert told is not None
    assert told.state == OrderState("w3k8p", "accepted", RANKS["accepted"], None)


@pytest.mark.parametrize("resource", ["catalog", "customer", "delivery", "inventory", "location"])
def test_events_of_other_resources_need_nothing_done(resource: str) -> None:
    other = {"id": "e1", "resource_type": resource, "event_type": "update", f"{resource}_id": "x"}
    assert orders().read_event(body(other)) is None


def test_a_note_that_is_not_utf_8_does_not_cost_the_event() -> None:
    sent = body(event(new_state=order(customer_notes="Caf@")))
    told = orders().read_event(sent.replace(b"Caf@", b"Caf\xe9"))
    assert told == orders().read_event(sent)
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
        orders().read_event(sent)


@pytest.mark.parametrize(
    ("details", "places", "covered"),
    [
        ({"locationId": "q4z7m-2"}, {"location_id": "q4z7m-2"}, True),
        ({"locationId": "q4z7m-2"}, LOCATION, True),
        ({"locationId": "q4z7m-2"}, {"location_id": "q4z7m-3"}, False),
        ({"locationId": "q4z7m-2"}, {"account_id": "q4z7m"}, False),
        ({"locationId": "q4z7m-2"}, {}, False),
        ({"accountId": "q4z7m"}, LOCATION, False),
        ({}, {}, False),
    ],
)
def test_an_event_is_covered_by_its_location(
    details: dict[str, str], places: dict[str, str], covered: bool
) -> None:
    news = OrderEvent("e7t2d", "w3k8p", places)
    assert covered == orders().covers(Grant({"token": "t"}, details), news)


def test_an_order_is_created_at_the_connected_location() -> None:
    vendor, upstream = stubbed(answered(order(status="new")))
    state = vendor.create_order(GRANT, sale(line(1900)))
    assert OrderState("w3k8p", "new", 0, SALE_ID) == state
    assert ["POST /v1/location/orders"] == upstream.lines
    assert str(SALE_ID) == upstream.sent[0].document["private_ref"]


def test_a_private_reference_that_is_taken_tells_of_an_order_that_exists() -> None:
    answer = refused(422, "unprocessable_entity", "Validation failed", "private_ref")
    with pytest.raises(OrderExists):
        stubbed(answer)[0].create_order(GRANT, sale(line(1900)))


@pytest.mark.parametrize(
    "answer",
    [
        refused(422, "unprocessable_entity", "Validation failed", "items[0].price"),
        refused(422, "unprocessable_entity", "Validation failed", "private_ref", "ref"),
        refused(422, "unprocessable_entity", "Validation failed"),
        refused(400, "unprocessable_entity", "Validation failed", "private_ref"),
        refused(403, "forbidden", "A 'orders' write scope is required"),
    ],
)
def test_every_other_refusal_of_an_order_is_told(answer: Answer) -> None:
    with pytest.raises(UpstreamRefused):
        stubbed(answer)[0].create_order(GRANT, sale(line(1900)))


@pytest.mark.parametrize(
    "nonsense",
    [
        empty(),
        answered([order()]),
        answered({}),
        answered(order(id=None)),
        answered(order(private_ref=None)),
        answered(order(private_ref=str(UUID(int=7)))),
    ],
)
def test_an_answer_that_is_not_the_new_order_may_have_made_it(nonsense: Answer) -> None:
    with pytest.raises(UpstreamUnavailable):
        stubbed(nonsense)[0].create_order(GRANT, sale(line(1900)))


def test_an_order_is_found_by_its_transaction() -> None:
    vendor, upstream = stubbed(answered([order()]))
    assert vendor.find_order(GRANT, SALE_ID) == STATE
    assert [f"GET /v1/location/orders?private_ref={SALE_ID}"] == upstream.lines


def test_a_search_that_ignores_its_filter_finds_no_other_order() -> None:
    others = [order(id="a", private_ref=None), order(id="b", private_ref=str(UUID(int=7))), {}]
    vendor, _ = stubbed(answered(others, X_Cursor_Next="c1"), answered([order()]))
    assert vendor.find_order(GRANT, SALE_ID) == STATE


def test_an_order_that_was_never_made_is_not_found() -> None:
    assert stubbed(answered([]))[0].find_order(GRANT, SALE_ID) is None


def test_an_order_is_read_by_hubrises_id() -> None:
    vendor, upstream = stubbed(answered(order()))
    assert vendor.read_order(GRANT, "w3k8p") == STATE
    assert ["GET /v1/location/orders/w3k8p"] == upstream.lines


@pytest.mark.parametrize("order_id", ["", "../callback", "x?y", "x#z", "é", "a" * 61])
def test_what_is_no_id_of_hubrises_is_not_asked_for(order_id: str) -> None:
    assert orders().read_order(GRANT, order_id) is None


def test_an_events_id_cannot_leave_its_place_in_the_path() -> None:
    vendor, upstream = stubbed(empty())
    vendor.forget_event(GRANT, "../x?y#z")
    assert ["DELETE /v1/callback/events/..%2Fx%3Fy%23z"] == upstream.lines


def test_an_order_that_does_not_exist_is_none() -> None:
    assert stubbed(refused(404, "not_found"))[0].read_order(GRANT, "w3k8p") is None


@pytest.mark.parametrize("status", [400, 403, 422])
def test_an_order_that_may_not_be_read_is_told(status: int) -> None:
    with pytest.raises(UpstreamRefused):
        stubbed(refused(status, "forbidden"))[0].read_order(GRANT, "w3k8p")


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
        lambda: vendor.create_order(GRANT, sale(line(100))),
        lambda: vendor.find_order(GRANT, SALE_ID),
        lambda: vendor.read_order(GRANT, "w3k8p"),
        lambda: vendor.pending_events(GRANT),
        lambda: vendor.forget_event(GRANT, "e7t2d"),
    ):
        with pytest.raises(ConnectionLost):
            ask()
