"""No request, however hostile, gets an answer that the contract does not name."""

from __future__ import annotations

import itertools
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.hostile_request import (
    WORST_BODIES,
    HostileRequest,
    event,
    genuine_callback,
    hostile_requests,
    workspace_request,
)
from tests.hostile.ingredients import DEEP, READ_TYPES, SESSION
from tests.hostile.judge import Judge

EXAMPLES = 400


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_hostile_requests_get_documented_answers(
    attacked: AttackedWorld, data: st.DataObject
) -> None:
    hostile = data.draw(hostile_requests(attacked.judge.rules))
    attacked.restore()
    attacked.judge.send(hostile)
    attacked.assert_nobody_is_approved()


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_without_upstreams_only_the_upstreams_fail(cut_off: Judge, data: st.DataObject) -> None:
    response = cut_off.send(data.draw(hostile_requests(cut_off.rules)))
    assert response.status_code < 500 or response.status_code == 503


def test_the_worst_bodies_get_documented_answers(attacked: AttackedWorld) -> None:
    posts = [path for path, method in attacked.judge.rules if method == "POST"]
    for path, content_type, body in itertools.product(posts, READ_TYPES, WORST_BODIES):
        attacked.judge.send(HostileRequest("POST", path, SESSION, body, content_type))
    attacked.assert_nobody_is_approved()


@pytest.mark.parametrize("header", ["Cookie", "X-Forwarded-For", "Authorization", "X-Request-Id"])
def test_the_worst_headers_get_documented_answers(attacked: AttackedWorld, header: str) -> None:
    prefix = "st-@@client@@-token=" if header == "Cookie" else ""
    attacked.restore()
    for (path, method), text in itertools.product(attacked.judge.rules, DEEP):
        hostile = {header: prefix + quote(text, safe="[]"), "Sec-Fetch-Site": "none"}
        attacked.judge.send(HostileRequest(method, path, hostile))


GENUINE = {
    "the verification": (HostileRequest("GET", "/api/id-verification", SESSION), 200),
    "the list": (HostileRequest("GET", "/api/connections", SESSION), 200),
    "the order": (HostileRequest("GET", "/api/hubrise/orders/@@sale@@", SESSION), 200),
    "what was missed": (HostileRequest("POST", "/api/hubrise/orders/catch-up", SESSION), 200),
    "an event": (
        event('{"resource_type":"order","order_id":"x","location_id":"@@location@@"}'),
        200,
    ),
    "an event of another place": (event('{"resource_type":"order","order_id":"x"}'), 403),
    "a command": (workspace_request('{"messageType":"SLASH_COMMAND"}'), 200),
}


@pytest.mark.parametrize(("genuine", "status"), GENUINE.values(), ids=GENUINE)
def test_the_generator_reaches_what_it_attacks(
    attacked: AttackedWorld, genuine: HostileRequest, status: int
) -> None:
    """Genuine parts pass every check, so that rubbish beside them is what is tested."""
    attacked.restore()
    assert status == attacked.judge.send(genuine).status_code


def test_the_generator_reaches_the_vendors_callback(attacked: AttackedWorld) -> None:
    is_kyx = attacked.world.settings["JUMIO_API"] == "kyx"
    answer = attacked.judge.send(genuine_callback(is_kyx=is_kyx))
    assert "vendor-unavailable" == answer.get_json()["code"]


@pytest.mark.parametrize("vendor", ["hubrise", "pumble"])
def test_the_generator_reaches_the_exchange(attacked: AttackedWorld, vendor: str) -> None:
    simulated = attacked.world.hubrise if vendor == "hubrise" else attacked.world.pumble
    before = len(simulated.calls)
    query = f"state=@@{vendor}-state@@&code=made-up"
    back = HostileRequest("GET", f"/api/connections/{vendor}/return", SESSION, query=query)
    assert 303 == attacked.judge.send(back).status_code
    assert before < len(simulated.calls)
