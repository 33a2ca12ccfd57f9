"""The order in a transaction's metadata: what is written, and what may replace what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.orders.record import OrderRecords, Written, is_news
from proxy.outgoing.upstream import UpstreamRefused
from proxy.sales import Sale
from proxy.sharetribe.operator import Operator
from proxy.vendors.orders import FINAL_RANK, Orders, OrderState

unhurried = settings(deadline=None)  # other work may hold the machine

NOW, STAMP = 1_800_000_000.0, "2027-01-15T08:00:00.000Z"
SALE_ID = UUID("0a1b2c3d-4e5f-4a6b-8c7d-000000000001")
SELLER_ID = UUID("0a1b2c3d-4e5f-4a6b-8c7d-000000000002")
RANKS = {"new": 0, "accepted": 2, "ready": 5, "done": FINAL_RANK, "refused": FINAL_RANK}


class Vendor:
    """What the records ask a vendor."""

    name = "acme"

    def rank(self, status: str) -> int:
        return RANKS.get(status, -1)


class Marketplace:
    """An operator's view of one sale, of which `known` is noted; writes are kept."""

    def __init__(self, known: object = None, status: int | None = None) -> None:
        self._sale, self._status = sale(known), status
        self.writes: list[tuple[UUID, Mapping[str, Any]]] = []

    def transaction(self, transaction_id: UUID) -> Sale:
        if self._status is not None:
            raise UpstreamRefused("sharetribe", self._status)
        return replace(self._sale, id=transaction_id)

    def update_transaction(self, transaction_id: UUID, metadata: Mapping[str, Any]) -> None:
        self.writes.append((transaction_id, metadata))


RECORDS = OrderRecords(cast(Orders, Vendor()), lambda: NOW)


def sale(order: object = None) -> Sale:
    metadata = {} if order is None else {"acmeOrder": order}
    return Sale(
        id=SALE_ID,
        provider_id=SELLER_ID,
        title="",
        buyer_name="",
        last_transition="",
        lines=(),
        total=None,
        metadata=metadata,
    )


def state(status: str, order_id: str = "o1", reason: str | None = None) -> OrderState:
    return OrderState(order_id, status, RANKS[status], SALE_ID, reason)


def write(marketplace: Marketplace, new: OrderState, seller_id: UUID = SELLER_ID) -> Written:
    return RECORDS.write(cast(Operator, marketplace), seller_id, SALE_ID, new)


def test_an_order_is_read() -> None:
    record = {"orderId": "o1", "status": "refused", "reason": "closed", "updatedAt": STAMP}

    assert state("refused", reason="closed") == RECORDS.read(sale(record))


@pytest.mark.parametrize(
    "record",
    [None, "accepted", [], {}, {"orderId": "o1"}, {"status": "new"}, {"orderId": 1, "status": "x"}],
)
def test_a_record_that_names_no_order_is_none(record: object) -> None:
    assert RECORDS.read(sale(record)) is None


def test_a_status_that_is_no_status_ranks_below_all() -> None:
    read = RECORDS.read(sale({"orderId": "o1", "status": "teleported"}))

    assert read is not None
    assert -1 == read.rank


def test_an_attempt_is_noted_and_recognised() -> None:
    marketplace = Marketplace()
    RECORDS.note_attempt(cast(Operator, marketplace), sale())

    record = {"status": "sending", "updatedAt": STAMP}
    assert [(SALE_ID, {"acmeOrder": record})] == marketplace.writes
    assert RECORDS.is_attempted(sale(record))
    assert RECORDS.read(sale(record)) is None


def test_an_attempt_that_made_nothing_is_forgotten() -> None:
    marketplace = Marketplace()
    RECORDS.forget_attempt(cast(Operator, marketplace), sale())

    assert [(SALE_ID, {"acmeOrder": None})] == marketplace.writes


@pytest.mark.parametrize("record", [None, {}, "sending", {"orderId": "o1", "status": "new"}])
def test_anything_else_is_no_attempt(record: object) -> None:
    assert not RECORDS.is_attempted(sale(record))


@pytest.mark.parametrize("known", [None, {"status": "sending"}, "rubbish"])
def test_the_first_state_is_written(known: object) -> None:
    marketplace = Marketplace(known)

    record = {"orderId": "o1", "status": "new", "updatedAt": STAMP}
    assert "stored" == write(marketplace, state("new"))
    assert [(SALE_ID, {"acmeOrder": record})] == marketplace.writes


def test_a_reason_is_written() -> None:
    marketplace = Marketplace()
    write(marketplace, state("refused", reason="closed"))

    assert "closed" == marketplace.writes[0][1]["acmeOrder"]["reason"]


def test_a_later_state_is_written() -> None:
    assert "stored" == write(Marketplace({"orderId": "o1", "status": "new"}), state("accepted"))


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ("accepted", "accepted"),
        ("ready", "accepted"),
        ("done", "ready"),
        ("done", "refused"),
        ("refused", "done"),
        ("done", "done"),
    ],
)
def test_old_news_changes_nothing(known: str, told: str) -> None:
    marketplace = Marketplace({"orderId": "o1", "status": known})

    assert ("unchanged", []) == (write(marketplace, state(told)), marketplace.writes)


def test_another_orders_news_changes_nothing() -> None:
    marketplace = Marketplace({"orderId": "o1", "status": "new"})

    assert "unchanged" == write(marketplace, state("done", order_id="o2"))
    assert [] == marketplace.writes


def test_another_sellers_sale_is_left_alone() -> None:
    marketplace = Marketplace()

    assert "ignored" == write(marketplace, state("new"), seller_id=SALE_ID)
    assert [] == marketplace.writes


def test_a_sale_that_is_gone_is_left_alone() -> None:
    assert "ignored" == write(Marketplace(status=404), state("new"))


def test_a_marketplace_that_refuses_is_not_passed_over() -> None:
    with pytest.raises(UpstreamRefused):
        write(Marketplace(status=403), state("new"))


ranks = st.integers(-1, FINAL_RANK)


@unhurried
@given(ranks, ranks)
def test_no_two_states_supersede_each_other(one: int, other: int) -> None:
    first, second = (replace(state("new"), rank=rank) for rank in (one, other))

    assert not (is_news(first, second) and is_news(second, first))


@unhurried
@given(st.permutations(["new", "accepted", "ready", "accepted", "done"]))
def test_in_any_order_of_arrival_the_order_ends_as_it_ended(arrivals: list[str]) -> None:
    known = state("new")
    for told in arrivals:
        known = state(told) if is_news(known, state(told)) else known

    assert "done" == known.status
