"""Users write their own private data: nothing in it breaks the app or makes anybody verified."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.hostile_request import HostileRequest
from tests.hostile.ingredients import SESSION
from tests.hostile.values import odd_names, odd_values

EXAMPLES = 100
READ = HostileRequest("GET", "/api/id-verification", SESSION)
START = HostileRequest("POST", "/api/id-verification", SESSION)

_CHECKSUMS = st.one_of(
    st.sampled_from(["1." + "A" * 43, "1.", ".", "256.x", "²." + "A" * 43, "1." + "A" * 9_000]),
    odd_values,
)


@pytest.fixture(scope="module")
def netverify() -> Any:
    """Return one attacked world: how private data is read does not depend on the vendor's API."""
    world = AttackedWorld("netverify")
    yield world
    world.close()


@settings(max_examples=EXAMPLES, deadline=None)
@given(record=odd_values, checksum=_CHECKSUMS)
def test_what_a_user_makes_up_is_never_verified(
    netverify: AttackedWorld, record: Any, checksum: Any
) -> None:
    made_up = {"idVerification": record, "idVerificationChecksum": checksum}
    netverify.world.sharetribe.replace_private_data(netverify.user.id, made_up)
    answer = netverify.judge.send(READ).get_json()
    assert answer["status"] in ("none", "invalid")
    assert (False, True) == (answer["verified"], answer["checksum"] != "valid")
    assert 201 == netverify.judge.send(START).status_code


@settings(max_examples=EXAMPLES, deadline=None)
@given(name=odd_names, value=odd_values)
def test_a_genuine_checksum_holds_for_no_other_record(
    netverify: AttackedWorld, name: str, value: Any
) -> None:
    changed = copy.deepcopy(netverify.pending)
    changed["idVerification"][name] = value
    netverify.world.sharetribe.replace_private_data(netverify.user.id, changed)
    answer = netverify.judge.send(READ).get_json()
    is_unchanged = changed == netverify.pending
    assert ("valid" if is_unchanged else "invalid") == answer["checksum"]
    assert answer["verified"] is False
