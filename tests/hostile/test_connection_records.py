"""Users write their own private data, operators transactions' metadata: nothing there breaks."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.hostile_request import HostileRequest, told
from tests.hostile.ingredients import SESSION
from tests.hostile.values import odd_values
from tests.kit.examples import CONNECTIONS

EXAMPLES = 50
LIST = HostileRequest("GET", "/api/connections", SESSION)
SEND_ORDER = HostileRequest(
    "POST", "/api/till/orders", SESSION, b'{"transactionId":"@@sale@@"}', "application/json"
)
READ_ORDER = HostileRequest("GET", "/api/till/orders/@@sale@@", SESSION)
CATCH_UP = HostileRequest("POST", "/api/till/orders/catch-up", SESSION)
EVENT = told(
    "till",
    '{"kind":"order","id":"e","place":"north","order":{"id":"@@order@@","status":"accepted",'
    '"reference":"@@sale@@"}}',
    "/api/callbacks/till/@@till@@",
)
QUESTION = told("guild", '{"kind":"question","guild":"north","user":"@@member@@"}')

_FIELDS = ("sealed", "connectedAt", "lastFailedReason", "lastFailedAt", "placeId", "placeName")
_RECORDS = st.one_of(odd_values, st.dictionaries(st.sampled_from(_FIELDS), odd_values))
_VENDORS = st.sampled_from(CONNECTIONS)


@pytest.fixture(scope="module")
def owner() -> Iterator[AttackedWorld]:
    """Return a world in which everything is connected."""
    world = AttackedWorld("passcheck,calendar,till,guild")
    yield world
    world.close()


def _listed(owner: AttackedWorld, vendor: str) -> dict[str, Any]:
    answer = owner.judge.send(LIST)
    assert 200 == answer.status_code
    entries: list[dict[str, Any]] = answer.get_json()["connections"]
    return next(entry for entry in entries if entry["vendor"] == vendor)


def _write(owner: AttackedWorld, vendor: str, record: Any) -> None:
    others = {k: v for k, v in owner.pending.items() if not k.startswith(f"{vendor}Connection")}
    changed = {**others, f"{vendor}Connection": record}
    owner.world.sharetribe.replace_private_data(owner.user.id, changed)


@settings(max_examples=EXAMPLES, deadline=None)
@given(record=_RECORDS, vendor=_VENDORS)
def test_what_a_user_makes_up_connects_nothing(
    owner: AttackedWorld, record: Any, vendor: str
) -> None:
    _write(owner, vendor, record)
    expected = "not-connected" if record is None else "needs-reconnection"
    assert expected == _listed(owner, vendor)["status"]
    assert 200 == owner.judge.send(QUESTION).status_code
    if vendor == "till":
        for request in (SEND_ORDER, READ_ORDER, CATCH_UP):
            assert 409 == owner.judge.send(request).status_code
        assert (200 if record is None else 503) == owner.judge.send(EVENT).status_code


@settings(max_examples=EXAMPLES, deadline=None)
@given(record=_RECORDS, vendor=_VENDORS)
def test_what_a_user_makes_up_can_be_removed(
    owner: AttackedWorld, record: Any, vendor: str
) -> None:
    _write(owner, vendor, record)
    remove = HostileRequest("DELETE", f"/api/connections/{vendor}", SESSION)
    assert 200 == owner.judge.send(remove).status_code
    assert owner.user.private_data.get(f"{vendor}Connection") is None


@settings(max_examples=EXAMPLES, deadline=None)
@given(name=st.sampled_from(_FIELDS), value=odd_values, vendor=_VENDORS)
def test_only_what_is_sealed_counts(
    owner: AttackedWorld, name: str, value: Any, vendor: str
) -> None:
    genuine = owner.pending[f"{vendor}Connection"]
    _write(owner, vendor, {**genuine, name: value, "sealed": genuine["sealed"]})
    entry = _listed(owner, vendor)
    assert genuine["connectedAt"] == entry["connectedAt"]
    assert set(entry["details"].items()) <= set(genuine.items())
    assert entry["status"] in ("connected", "needs-reconnection")


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    record=st.one_of(
        odd_values,
        st.dictionaries(st.sampled_from(["orderId", "status", "reason", "updatedAt"]), odd_values),
        st.fixed_dictionaries(
            {
                "orderId": st.sampled_from(["..", "", "a/b?c", "\ud800", "z" * 9_000]),
                "status": st.sampled_from(["new", "sending", "completed", "made-up", "\ud800"]),
            }
        ),
    )
)
def test_no_metadata_breaks_an_order(owner: AttackedWorld, record: Any) -> None:
    owner.reset()
    for request in (SEND_ORDER, READ_ORDER, EVENT):
        owner.sale.metadata = {"tillOrder": copy.deepcopy(record)}
        answer = owner.judge.send(request)
        assert answer.status_code in (200, 404, 502, 503)
