"""What a vendor signs may still be anything: it is answered by the contract, and is never a defect.

An answer below 500 makes HubRise delete an event, so what is genuine and cannot be dealt with gets
503, and nothing else of that kind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.connected_ingredients import (
    commands,
    genuine_events,
    hubrise_events,
    pumble_requests,
)
from tests.hostile.hostile_request import EVENT_PATH, HostileRequest, event, workspace_request
from tests.hostile.ingredients import json_texts, path_texts

EXAMPLES = 200
WORDS = ("accepted", "rejected", "new")


@pytest.fixture(scope="module")
def signed() -> Iterator[AttackedWorld]:
    """Return one attacked world: none of this depends on Jumio's API."""
    world = AttackedWorld("netverify")
    yield world
    world.close()


@settings(max_examples=EXAMPLES, deadline=None)
@given(body=st.one_of(hubrise_events, hubrise_events, genuine_events, json_texts))
def test_a_signed_event_is_never_a_defect(signed: AttackedWorld, body: str) -> None:
    signed.reset()
    answer = signed.judge.send(event(body))
    assert answer.status_code in (200, 400, 403)
    signed.assert_nobody_is_approved()


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(body=genuine_events, reference=path_texts.filter(lambda text: "@@connection" not in text))
def test_a_signed_event_to_an_odd_address_stays_at_the_vendor(
    signed: AttackedWorld, body: str, reference: str
) -> None:
    answer = signed.judge.send(event(body, f"/api/callbacks/hubrise/{reference}"))
    assert answer.status_code in (404, 503)
    if answer.status_code == 503:
        assert "reference-invalid" == answer.get_json()["code"]


@settings(max_examples=EXAMPLES, deadline=None)
@given(body=genuine_events)
def test_whatever_an_event_says_can_be_stored(signed: AttackedWorld, body: str) -> None:
    """The order is the one that was made, so its news is written or is no news; never lost."""
    signed.reset()
    answer = signed.judge.send(event(body))
    assert answer.status_code == 200
    record = signed.sale.metadata["hubriseOrder"]
    assert record["status"] in WORDS
    assert json.dumps(record, ensure_ascii=False).encode()


@settings(max_examples=EXAMPLES, deadline=None)
@given(body=st.one_of(pumble_requests, pumble_requests, commands, json_texts))
def test_a_signed_request_of_a_workspace_is_never_a_defect(
    signed: AttackedWorld, body: str
) -> None:
    signed.restore()
    answer = signed.judge.send(workspace_request(body))
    assert answer.status_code in (200, 400)
    signed.assert_nobody_is_approved()


@settings(max_examples=EXAMPLES, deadline=None)
@given(body=commands)
def test_a_person_who_asks_gets_words(signed: AttackedWorld, body: str) -> None:
    signed.restore()
    answer = signed.judge.send(workspace_request(body))
    if answer.status_code == 200:
        assert answer.get_json()["message"]


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"\x00" * 9, b"[" * 50_000, b"1" * 102_401])
@pytest.mark.parametrize(("path", "signer"), [(EVENT_PATH, "hubrise"), (None, "pumble")])
def test_signed_bytes_are_refused_as_a_body(
    signed: AttackedWorld, raw: bytes, path: str | None, signer: str
) -> None:
    genuine = event("") if signer == "hubrise" else workspace_request("")
    hostile = HostileRequest("POST", path or genuine.path, body=raw, signer=genuine.signer)
    assert signed.judge.send(hostile).status_code in (400, 413)


@pytest.mark.parametrize(
    ("genuine", "status"), [(event("{}"), 401), (workspace_request("{}"), 403)]
)
def test_an_unsigned_request_is_not_even_read(
    signed: AttackedWorld, genuine: HostileRequest, status: int
) -> None:
    unsigned = HostileRequest("POST", genuine.path, body=b"\xff" + genuine.body)
    answer = signed.judge.send(unsigned)
    assert (status, "signature-invalid") == (answer.status_code, answer.get_json()["code"])
