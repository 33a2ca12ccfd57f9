"""How an order stands, in every shape that HubRise is known to send, and how one is made."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from integrations.hubrise.orders import RANKS, HubRiseOrders, read_state
from proxy.vendors import (
    FINAL_RANK,
    Answer,
    ConnectionLost,
    OrderExists,
    OrderState,
    UpstreamRefused,
    UpstreamUnavailable,
)
from sandbox.hubrise.order_fields import STATUSES
from tests.integrations.hubrise.fakes import (
    GRANT,
    SALE_ID,
    StubUpstream,
    answered,
    empty,
    line,
    order,
    orders,
    orders_at,
    refused,
    sale,
)

FINAL = ("completed", "rejected", "cancelled", "delivery_failed")
STATE = OrderState("w3k8p", "accepted", RANKS["accepted"], SALE_ID)


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


def test_an_order_that_does_not_exist_is_none() -> None:
    assert stubbed(refused(404, "not_found"))[0].read_order(GRANT, "w3k8p") is None


@pytest.mark.parametrize("status", [400, 403, 422])
def test_an_order_that_may_not_be_read_is_told(status: int) -> None:
    with pytest.raises(UpstreamRefused):
        stubbed(refused(status, "forbidden"))[0].read_order(GRANT, "w3k8p")


def test_a_dead_token_is_told_by_every_question() -> None:
    vendor, _ = stubbed(refused(401, "unauthorized"))
    asks: tuple[Callable[[], object], ...] = (
        lambda: vendor.create_order(GRANT, sale(line(100))),
        lambda: vendor.find_order(GRANT, SALE_ID),
        lambda: vendor.read_order(GRANT, "w3k8p"),
    )
    for ask in asks:
        with pytest.raises(ConnectionLost):
            ask()
