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

    def change(self, changes: Mapping[str, Any]) -> None:
        """Have written what another process writes."""
        metadata = {**self._sale.metadata, **changes}
        self._sale = replace(self._sale, metadata=metadata)

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


def written(known: OrderState) -> Marketplace:
    """Return a marketplace where a state has been written."""
    marketplace = Marketplace()
    write(marketplace, known)
    marketplace.change(marketplace.writes.pop()[1])
    return marketplace


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


def noted(*changes: Mapping[str, Any]) -> Sale:
    """Return the sale after these writes."""
    metadata: dict[str, Any] = {}
    for change in changes:
        metadata = {k: v for k, v in {**metadata, **change}.items() if v is not None}
    return replace(sale(), metadata=metadata)


def test_an_attempt_is_noted_under_a_key_of_its_own_and_recognised() -> None:
    marketplace = Marketplace()
    RECORDS.note_attempt(cast(Operator, marketplace), sale())

    ((_, changes),) = marketplace.writes
    assert {"updatedAt": STAMP} == next(iter(changes.values()))
    assert "acmeOrder" not in changes
    assert RECORDS.is_attempted(noted(changes))
    assert RECORDS.read(noted(changes)) is None


def test_an_attempt_that_made_nothing_is_forgotten() -> None:
    marketplace = Marketplace()
    RECORDS.note_attempt(cast(Operator, marketplace), sale())
    RECORDS.forget_attempt(cast(Operator, marketplace), noted(marketplace.writes[0][1]))

    assert {} == noted(*(changes for _, changes in marketplace.writes)).metadata


@pytest.mark.parametrize(("later", "is_left"), [(590, True), (-590, True), (610, False)])
def test_another_processs_note_goes_when_its_attempt_has_long_ended(
    later: float, is_left: bool
) -> None:
    first, second = Marketplace(), Marketplace()
    RECORDS.note_attempt(cast(Operator, first), sale())
    another = OrderRecords(cast(Orders, Vendor()), lambda: NOW + later)
    another.note_attempt(cast(Operator, second), noted(first.writes[0][1]))

    assert 1 + is_left == len(noted(first.writes[0][1], second.writes[0][1]).metadata)


def test_the_note_of_an_earlier_version_is_recognised_and_forgotten() -> None:
    marketplace, old = Marketplace(), sale({"status": "sending", "updatedAt": STAMP})
    RECORDS.forget_attempt(cast(Operator, marketplace), old)

    assert RECORDS.is_attempted(old)
    assert marketplace.writes[0][1]["acmeOrder"] is None


@pytest.mark.parametrize("record", [None, {}, "sending", {"orderId": "o1", "status": "new"}])
def test_anything_else_is_no_attempt(record: object) -> None:
    assert not RECORDS.is_attempted(sale(record))


@pytest.mark.parametrize("known", [None, {"status": "sending"}, "rubbish"])
def test_the_first_state_is_written(known: object) -> None:
    marketplace = Marketplace(known)

    record = {"orderId": "o1", "status": "new", "updatedAt": STAMP}
    own = "acmeOrder-2352da72-new"
    assert "stored" == write(marketplace, state("new"))
    assert [(SALE_ID, {own: record, "acmeOrder": record})] == marketplace.writes


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
    marketplace = written(state(known))

    assert ("unchanged", []) == (write(marketplace, state(told)), marketplace.writes)


def test_another_orders_news_changes_nothing() -> None:
    marketplace = written(state("new"))

    assert "unchanged" == write(marketplace, state("done", order_id="o2"))
    assert [] == marketplace.writes


def test_an_older_record_of_one_value_is_read_and_given_a_key_of_its_own() -> None:
    old = {"orderId": "o1", "status": "accepted", "updatedAt": "2026-11-20T10:00:00.000Z"}
    marketplace = Marketplace(old)

    assert "unchanged" == write(marketplace, state("new"))
    own = "acmeOrder-2352da72-accepted"
    assert [(SALE_ID, {own: old, "acmeOrder": old})] == marketplace.writes


@pytest.mark.parametrize("left", [None, "rubbish", {"orderId": "o1", "status": "new"}])
def test_a_copy_that_a_late_write_has_left_is_put_right_at_the_next_look(left: object) -> None:
    marketplace = written(state("accepted"))
    marketplace.change({"acmeOrder": left})

    assert "accepted" == getattr(RECORDS.read(marketplace.transaction(SALE_ID)), "status", None)
    assert "unchanged" == write(marketplace, state("new"))
    assert "accepted" == marketplace.writes[0][1]["acmeOrder"]["status"]


def test_what_lies_behind_goes_with_the_write_that_passes_it() -> None:
    marketplace = written(state("new"))
    write(marketplace, state("accepted"))

    assert marketplace.writes[0][1]["acmeOrder-2352da72-new"] is None


@pytest.mark.parametrize(
    "key", ["acmeOrder-2352da72-done", "acmeOrder-00000000-new", "acmeOrder-", "otherOrder-new"]
)
def test_a_record_under_a_key_that_is_not_its_own_says_nothing(key: str) -> None:
    metadata = {key: {"orderId": "o1", "status": "new"}}

    assert RECORDS.read(replace(sale(), metadata=metadata)) is None


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
