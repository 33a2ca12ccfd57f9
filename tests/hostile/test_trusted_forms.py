"""A form that is believed (`JUMIO_CONFIRM=callback`) is stored whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.hostile_request import HostileRequest
from tests.hostile.ingredients import genuine_forms

EXAMPLES = 120


@pytest.fixture(scope="module")
def believing() -> Iterator[AttackedWorld]:
    """Return a world whose app believes the posted form, and keeps all that it may keep."""
    fields = "firstName,lastName,dateOfBirth,documentNumber,expiryDate,gender,nationality"
    world = AttackedWorld("netverify", JUMIO_CONFIRM="callback", JUMIO_RESULT_FIELDS=fields)
    yield world
    world.close()


@settings(max_examples=EXAMPLES, deadline=None)
@given(form=genuine_forms)
def test_whatever_is_stored_has_a_checksum_that_holds(believing: AttackedWorld, form: str) -> None:
    believing.reset()
    content_type = "application/x-www-form-urlencoded"
    callback = HostileRequest(
        "POST", "/api/callbacks/jumio", body=form.encode(), content_type=content_type
    )
    answer = believing.judge.send(callback)
    stored = believing.user.private_data != believing.pending
    assert stored == (answer.get_json()["status"] == "stored")
    assert believing.world.checksum_holds()
