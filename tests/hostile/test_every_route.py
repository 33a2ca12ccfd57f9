"""No request, however hostile, gets an answer that the contract does not name.

Every route that exists is attacked, of the example vendors with everything at work, and of each
real one with dead upstreams; a new vendor needs no line here.
"""

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
    hostile_requests,
    named,
    told,
)
from tests.hostile.ingredients import DEEP, DOORS, READ_TYPES, SESSION
from tests.hostile.judge import Judge
from tests.kit.examples import CONNECTIONS

EXAMPLES = 80
DEPTHS = 4
CALLBACK = (
    '{"type":"check.finished","checkId":"@@transaction@@","subjectId":"@@subject@@",'
    '"reference":"@@reference@@"}'
)
EVENT = '{"kind":"order","id":"e","place":"north","order":{"id":"@@order@@"}}'
NEWS = '{"id":"e","kind":"changed","place":"north"}'


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_hostile_requests_get_documented_answers(
    attacked: AttackedWorld, data: st.DataObject
) -> None:
    hostile = data.draw(hostile_requests(attacked.judge.rules, list(attacked.judge.proofs)))
    attacked.restore()
    attacked.judge.send(hostile)
    attacked.assert_nobody_is_approved()


@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(data=st.data())
def test_without_upstreams_only_the_upstreams_fail(cut_off: Judge, data: st.DataObject) -> None:
    hostile = data.draw(hostile_requests(cut_off.rules, list(cut_off.proofs)))
    assert cut_off.send(hostile).status_code not in (500, 501, 502, 504)


def test_the_worst_bodies_get_documented_answers(attacked: AttackedWorld) -> None:
    posts = [named(path) for path, method in attacked.judge.rules if method == "POST"]
    for path, content_type, body in itertools.product(posts, READ_TYPES, WORST_BODIES):
        guards = DOORS if path.startswith(("/api/badge/link", "/api/vault")) else SESSION
        signer = next((name for name in attacked.judge.proofs if name in path), None)
        hostile = HostileRequest("POST", path, guards, body, content_type, signer=signer)
        attacked.judge.send(hostile)
    attacked.assert_nobody_is_approved()


def test_the_worst_bodies_of_a_vendors_own_are_no_defects(cut_off: Judge) -> None:
    posts = [named(path) for path, method in cut_off.rules if method == "POST"]
    for path, content_type, body in itertools.product(posts, READ_TYPES, WORST_BODIES):
        signer = next((name for name in cut_off.proofs if name in path), None)
        cut_off.send(HostileRequest("POST", path, SESSION, body, content_type, signer=signer))


@pytest.mark.parametrize("header", ["Cookie", "X-Forwarded-For", "Authorization", "X-Request-Id"])
def test_the_worst_headers_get_documented_answers(attacked: AttackedWorld, header: str) -> None:
    prefix = "st-@@client@@-token=" if header == "Cookie" else ""
    attacked.restore()
    # Routes read headers by the same code: each meets some of the texts, and all together all.
    for number, (path, method) in enumerate(attacked.judge.rules):
        for text in DEEP[number % DEPTHS :: DEPTHS]:
            hostile = {header: prefix + quote(text, safe="[]"), "Sec-Fetch-Site": "none"}
            attacked.judge.send(HostileRequest(method, named(path), hostile))


GENUINE = {
    "the verification": (HostileRequest("GET", "/api/id-verification", SESSION), 200),
    "the list": (HostileRequest("GET", "/api/connections", SESSION), 200),
    "the order": (HostileRequest("GET", "/api/till/orders/@@sale@@", SESSION), 200),
    "what was missed": (HostileRequest("POST", "/api/till/orders/catch-up", SESSION), 200),
    "a callback": (told("passcheck", CALLBACK), 503),
    "an event": (told("till", EVENT, "/api/callbacks/till/@@till@@"), 200),
    "an event of another place": (
        told("till", EVENT.replace("north", "south"), "/api/callbacks/till/@@till@@"),
        403,
    ),
    "news": (
        told(
            "calendar",
            NEWS,
            "/api/callbacks/calendar/@@calendar@@",
        ),
        200,
    ),
    "a question": (told("guild", '{"kind":"question","guild":"north","user":"@@member@@"}'), 200),
    "a holder": (HostileRequest("GET", "/api/badge/me", DOORS), 200),
    "a code": (HostileRequest("POST", "/api/badge/link-codes", SESSION), 201),
    "a key": (HostileRequest("POST", "/api/vault/v1/keys", DOORS, b'{"app":"x"}'), 200),
}


@pytest.mark.parametrize(("genuine", "status"), GENUINE.values(), ids=GENUINE)
def test_the_generator_reaches_what_it_attacks(
    attacked: AttackedWorld, genuine: HostileRequest, status: int
) -> None:
    """Genuine parts pass every check, so that rubbish beside them is what is tested."""
    attacked.log_in()
    attacked.reset()
    attacked.restore()
    assert status == attacked.judge.send(genuine).status_code


@pytest.mark.parametrize("vendor", CONNECTIONS)
def test_the_generator_reaches_the_exchange(attacked: AttackedWorld, vendor: str) -> None:
    attacked.restore()
    before = len(attacked.world.vendors[vendor].calls)
    segment = f"/@@{vendor}-state@@" if vendor == "guild" else ""
    query = f"state=@@{vendor}-state@@&code=made-up"
    path = f"/api/connections/{vendor}/return{segment}"
    assert 303 == attacked.judge.send(HostileRequest("GET", path, SESSION, query=query)).status_code
    assert before < len(attacked.world.vendors[vendor].calls)


@settings(max_examples=25, deadline=None)
@given(text=st.text(max_size=40), peer=st.ip_addresses(v=4).map(str))
def test_no_made_up_credentials_pass(attacked: AttackedWorld, text: str, peer: str) -> None:
    made_up = {"Authorization": f"Basic {quote(text, safe='')}", "X-Badge": f"x{quote(text)}"}
    for path in ("/api/vault/v1/health", "/api/badge/me"):
        answer = attacked.judge.send(HostileRequest("GET", path, made_up, peer=peer))
        assert 401 == answer.status_code
