"""An order's record in every order of its writes: applied at once, late, twice or never.

Each piece of news is dealt with by one of several processes, with no lock shared. Then somebody
looks once more: news comes again, or the seller asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast
from uuid import UUID

import pytest

from proxy.orders.record import OrderRecords
from proxy.sales import Sale
from proxy.sharetribe.operator import Operator
from proxy.vendors.orders import FINAL_RANK, Orders, OrderState
from tests.kit.interleavings import Explorer, State, beginning, merged

SALE_ID, SELLER_ID = UUID(int=1), UUID(int=2)
RANKS = {"new": 0, "accepted": 1, "ready": 2, "collected": FINAL_RANK, "refused": FINAL_RANK}
COPY = "tillOrder"
Metadata = dict[str, Any]
# What a process does of what it has read; nothing where there is nothing to write.
Act = Callable[[OrderRecords, Operator, Sale], object]


class Vendor:
    """What the records ask a vendor."""

    name = "till"

    def rank(self, status: str) -> int:
        return RANKS.get(status, -1)


class Replayed:
    """An operator who shows what was read, and keeps what is to be written."""

    def __init__(self, read: str) -> None:
        self.sale = sale(json.loads(read))
        self.changes = ""

    def transaction(self, _: UUID) -> Sale:
        return self.sale

    def update_transaction(self, _: UUID, changes: Mapping[str, Any]) -> None:
        assert not self.changes, "one write at most"
        self.changes = json.dumps(changes)


def sale(metadata: Metadata) -> Sale:
    return Sale(SALE_ID, SELLER_ID, "", "", "", (), None, metadata)


@cache
def process(number: int) -> OrderRecords:
    """Return the records of a process; each has a clock of its own, a second behind the last."""
    return OrderRecords(cast(Orders, Vendor()), lambda: 1_800_000_000.0 - number)


def news(status: str, order_id: str = "o1") -> Act:
    state = OrderState(order_id, status, RANKS[status], SALE_ID)
    return lambda records, operator, _: records.write(operator, SELLER_ID, SALE_ID, state)


def written(act: Act, number: int, read: str) -> str:
    """Return what a process writes after it has read so, "" for nothing."""
    operator = Replayed(read)
    act(process(number), cast(Operator, operator), operator.sale)
    return operator.changes


def exploring(acts: Mapping[str, Act], check: Callable[[State], None]) -> Explorer:
    return Explorer(lambda name, number, read: written(acts[name], number, read), check)


LOOKING = 9  # the process that looks once more


def looked(store: str, status: str) -> str:
    """Return the metadata after one more piece of news, or a visit that reads this status."""
    return merged(store, written(news(status), LOOKING, store))


def copied(store: str) -> Any:
    """Return the status that frontends read."""
    return json.loads(store).get(COPY, {}).get("status")


def known(store: str) -> Any:
    state = process(LOOKING).read(sale(json.loads(store)))
    return None if state is None else state.status


def furthest(statuses: frozenset[str] | set[str]) -> Any:
    return max(statuses, key=lambda status: RANKS[status], default=None)


def check_news(state: State) -> None:
    """Whoever looks once more sees the furthest that was written, and leaves it so."""
    for again in state.applied:
        right = furthest(state.applied)
        assert right == known(state.store) == copied(looked(state.store, again)), (state, again)
        for late in state.later():
            right = furthest(state.told)
            assert right == known(late) == copied(looked(late, again)), (state, again)


LIVES = [
    (("new",), ("accepted",)),
    (("accepted",), ("collected",)),
    (("new", "accepted"), ("collected",)),
    (("accepted", "new"), ("refused",)),
    (("new",), ("accepted", "ready")),
    (("collected", "accepted"), ("new",)),
    (("new",), ("accepted",), ("collected",)),
]


@pytest.mark.parametrize("before", [{}, {COPY: {"orderId": "o1", "status": "new"}}], ids=str)
@pytest.mark.parametrize("processes", LIVES, ids=str)
def test_in_every_order_of_its_writes_an_order_ends_as_it_ended(
    processes: tuple[tuple[str, ...], ...], before: Metadata
) -> None:
    """The second time over what an earlier version has left: one value."""
    explorer = exploring({status: news(status) for status in RANKS}, check_news)
    assert 1 < explorer.orders(beginning(*processes, store=before))


def test_two_orders_of_one_sale_end_as_one_in_every_order_of_their_writes() -> None:
    """At a vendor that made two: which one counts does not depend on who wrote last."""
    ends: set[str] = set()

    def check(state: State) -> None:
        if len(state.applied) == 2 and not any(state.to_do):
            ends.add(json.loads(looked(state.store, "new"))[COPY]["orderId"])

    acts = {"one": news("new"), "other": news("accepted", "o2")}
    exploring(acts, check).orders(beginning(("one",), ("other",)))
    assert {"o1"} == ends


MAKING: Mapping[str, Act] = {
    "A notes": lambda records, operator, seen: records.note_attempt(operator, seen),
    "A is refused": lambda records, operator, seen: records.forget_attempt(operator, seen),
    "B notes": lambda records, operator, seen: records.note_attempt(operator, seen),
    "B has made it": news("new"),
}


def check_making(state: State) -> None:
    """An order that is written stays known, and until then that somebody may have made it."""
    if "B has made it" in state.applied:
        assert ("new", "new") == (known(state.store), copied(looked(state.store, "new"))), state
    elif "B notes" in state.applied:
        assert process(LOOKING).is_attempted(sale(json.loads(state.store))), state


def test_a_refused_attempt_takes_nothing_away_from_another_one() -> None:
    explorer = exploring(MAKING, check_making)
    first = beginning(("A notes", "A is refused"), ("B notes", "B has made it"))
    assert 1 < explorer.orders(first)


def test_the_keys_of_an_order_do_not_grow_in_number() -> None:
    """One for each process that has tried, and what is told takes away what lies behind it."""
    store, counts = "{}", []
    for number in range(3):
        store = merged(store, written(MAKING["A notes"], number, store))
        counts.append(len(json.loads(store)))
    for status in ("new", "accepted", "ready", "collected"):
        store = looked(store, status)
        counts.append(len(json.loads(store)))
    assert [1, 2, 3, 2, 2, 2, 2] == counts
