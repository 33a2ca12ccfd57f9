"""Two sessions of a user in every order, with every write applied now, late, twice or never."""

from __future__ import annotations

import pytest

from proxy.vendors.matters import Status
from tests.references.chance import History, Kind
from tests.references.one_value import OneValueProcess
from tests.references.orders import Script, Walk, session, visit
from tests.references.stage import Stage
from tests.references.vendor import Manners

APPROVED, REJECTED = Status.APPROVED, Status.REJECTED
CALM = 1_000.0
HISTORIES = 120


def two_sessions() -> tuple[Script, Script]:
    """Return the scripts of an approved session and a rejected one."""
    return (
        session("A", APPROVED, is_told_at_once=True),
        session("B", REJECTED, processes=(1, 0), is_told_at_once=True),
    )


@pytest.mark.parametrize("has_operator", [False, True])
def test_no_order_of_two_sessions_loses_a_result(has_operator: bool) -> None:
    walk = Walk(Stage({"acme": Manners()}, has_operator=has_operator), CALM, *two_sessions())
    assert [] == walk.faults[:1]
    assert 25_536 == walk.orders


@pytest.mark.parametrize("is_dated", [False, True])
@pytest.mark.parametrize("tells_revision", [False, True])
def test_no_order_loses_a_corrected_result(is_dated: bool, tells_revision: bool) -> None:
    stage = Stage({"acme": Manners(is_dated=is_dated, tells_revision=tells_revision)})
    walk = Walk(stage, CALM, session("A", APPROVED, REJECTED), visit())
    assert [] == walk.faults[:1]
    assert walk.orders > 11_000


def test_one_value_for_all_sessions_loses_results() -> None:
    stage = Stage({"acme": Manners()}, process=OneValueProcess)
    walk = Walk(stage, CALM, *two_sessions())
    assert any("answered: ('B', 'rejected')" in fault[-1] for fault in walk.faults)


@pytest.mark.parametrize("has_operator", [False, True])
@pytest.mark.parametrize("edits", [False, True])
def test_three_sessions_by_chance_end_right(has_operator: bool, edits: bool) -> None:
    kind = Kind(has_operator=has_operator, edits=edits)
    histories = (History(seed, kind) for seed in range(HISTORIES))
    assert [] == [(history.log, history.fault) for history in histories if history.fault]
