"""Users write their own private data: nothing in it breaks the app or makes anybody verified."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.hostile_request import HostileRequest
from tests.hostile.ingredients import SESSION
from tests.hostile.values import odd_names, odd_values

EXAMPLES = 50
READ = HostileRequest("GET", "/api/id-verification", SESSION)
START = HostileRequest("POST", "/api/id-verification", SESSION)

_CHECKSUMS = st.one_of(
    st.sampled_from(["1." + "A" * 43, "1.", ".", "256.x", "²." + "A" * 43, "1." + "A" * 9_000]),
    odd_values,
)


@pytest.fixture(scope="module")
def owner() -> Iterator[AttackedWorld]:
    """Return a world in which a check is under way."""
    world = AttackedWorld("passcheck")
    yield world
    world.close()


@settings(max_examples=EXAMPLES, deadline=None)
@given(record=odd_values, checksum=_CHECKSUMS)
def test_what_a_user_makes_up_is_never_verified(
    owner: AttackedWorld, record: Any, checksum: Any
) -> None:
    made_up = {"idVerification": record, "idVerificationChecksum": checksum}
    owner.world.sharetribe.replace_private_data(owner.user.id, made_up)
    answer = owner.judge.send(READ).get_json()
    assert answer["status"] in ("none", "invalid")
    assert (False, True) == (answer["verified"], answer["checksum"] != "valid")
    assert 201 == owner.judge.send(START).status_code


@pytest.mark.parametrize("is_summary", [True, False])
@settings(max_examples=EXAMPLES, deadline=None)
@given(name=odd_names, value=odd_values)
def test_a_genuine_checksum_holds_for_no_other_record(
    owner: AttackedWorld, name: str, value: Any, *, is_summary: bool
) -> None:
    """The summary and the session's own record, each of them alone."""
    genuine = {
        key: kept
        for key, kept in owner.pending.items()
        if is_summary == (key in ("idVerification", "idVerificationChecksum"))
    }
    changed = copy.deepcopy(genuine)
    changed[next(iter(genuine))][name] = value
    owner.world.sharetribe.replace_private_data(owner.user.id, changed)
    answer = owner.judge.send(READ).get_json()
    assert (changed == genuine) == (answer["checksum"] == "valid")
    assert answer["verified"] is False
