"""The guarded doors under attack: documented answers, and only what is ours is touched."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import create_app
from sandbox.sensedia import Aws
from tests.example_environment import read_example
from tests.flows.cards import card_of, code_for
from tests.hostile.conftest import NOWHERE
from tests.hostile.door_ingredients import (
    CARD,
    CARD_ROUTES,
    CODE_ROUTE,
    PORTAL,
    PORTAL_ROUTES,
    addresses,
    door_requests,
)
from tests.hostile.hostile_request import WORST_BODIES, HostileRequest
from tests.hostile.ingredients import DEEP, MARKER, READ_TYPES, SESSION
from tests.hostile.judge import Judge, silence_logs
from tests.world import World

EXAMPLES = 300
PAIR = "portal:made:up"
SLUG = "0a1b2c3d4e5f"
ROUTES = (*CARD_ROUTES, CODE_ROUTE, *PORTAL_ROUTES)


class AttackedDoors:
    """A world with an app's key in AWS, beside one that is not ours, and a code of the user."""

    def __init__(self) -> None:
        self.aws = Aws()
        self.world = World(
            INTEGRATIONS="kaizala,sensedia",
            integration_api=True,
            SENSEDIA_BASIC_AUTH=PAIR,
            SENSEDIA_USAGE_PLANS=self.aws.plan_ids["bronze"],
            AWS_REGION=self.aws.region,
            AWS_ACCESS_KEY_ID=self.aws.access_key_id,
            AWS_SECRET_ACCESS_KEY=self.aws.secret_access_key,
            AWS_BASE_URL=self.aws.url,
        )
        browser, kaizala = self.world.browser(), self.world.kaizala
        expired = card_of(self.world).token
        kaizala.expire(expired)
        self.genuine = {
            "cookie": browser.cookie or "",
            "client": self.world.sharetribe.client_id,
            "card": card_of(self.world).token,
            "expired": expired,
            "connector": kaizala.connector_token(kaizala.people[0]),
            "code": code_for(browser),
            "basic": base64.b64encode(PAIR.encode()).decode(),
            "plan": self.aws.plan_ids["bronze"],
            "slug": SLUG,
        }
        self.judge = Judge(self.world.app, self.genuine, {})
        self.reset()

    def reset(self) -> None:
        """Go back to two keys, and a user without a link."""
        self.aws.clear()
        self.world.user.private_data.clear()
        foreign = {"name": f"{SLUG}/not ours", "enabled": True}
        self.genuine["foreign"] = self.aws.api_gateway("POST", "/apikeys", foreign)["id"]
        created = self.judge.send(order("createCredentials", GENUINE_ORDER))
        self.genuine["key"] = created.get_json()["apiKeyId"]

    def assert_only_ours_was_touched(self) -> None:
        """Raise AssertionError when a key or a link is not as an order or a card may make it."""
        keys = {key["id"]: key for key in list(self.aws.keys())}
        foreign = keys.pop(self.genuine["foreign"])
        assert (True, [], f"{SLUG}/not ours") == (
            foreign["enabled"],
            foreign["plans"],
            foreign["name"],
        )
        for key in keys.values():
            assert (True, ["bronze"]) == (key["enabled"], key["plans"])
        assert {} == self.world.other_user.private_data
        link: Any = self.world.user.private_data.get("kaizalaLink")
        assert link is None or self.world.kaizala.people[0].id == link["id"]

    def close(self) -> None:
        """Stop everything."""
        silence_logs()
        self.world.close()
        self.aws.close()


GENUINE_ORDER = (
    b'{"appName":"Harbour guide","appSlug":"@@slug@@","developer":"mira@developers.example",'
    b'"apis":[{"id":"a1b2c3d4e5","usagePlans":[{"id":"@@plan@@"}]}]}'
)


def order(operation: str, body: bytes) -> HostileRequest:
    return HostileRequest("POST", f"/api/sensedia/v1/{operation}", PORTAL, body)


@pytest.fixture(scope="module")
def doors() -> Iterator[AttackedDoors]:
    attacked = AttackedDoors()
    yield attacked
    attacked.close()


@pytest.fixture(scope="module")
def cut_off() -> Iterator[Judge]:
    """Return the judge of an app whose doors can ask nobody."""
    unreachable = {
        "INTEGRATIONS": "kaizala,sensedia",
        "SHARETRIBE_BASE_URL": NOWHERE,
        "KAIZALA_BASE_URL": NOWHERE,
        "AWS_BASE_URL": NOWHERE,
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "SENSEDIA_BASIC_AUTH": PAIR,
    }
    settings = {**read_example(), **unreachable}
    genuine = {
        "client": settings["SHARETRIBE_CLIENT_ID"],
        "basic": base64.b64encode(PAIR.encode()).decode(),
        "card": "a.b.c",
        "plan": settings["SENSEDIA_USAGE_PLANS"],
        "slug": SLUG,
    }
    yield Judge(create_app(settings), genuine, {})
    silence_logs()


@settings(max_examples=EXAMPLES, deadline=None)
@given(hostile=door_requests())
def test_hostile_requests_get_documented_answers(
    doors: AttackedDoors, hostile: HostileRequest
) -> None:
    doors.judge.send(hostile)
    doors.assert_only_ours_was_touched()
    if len(doors.aws.keys()) != 2 or doors.world.user.private_data:
        doors.reset()


@settings(max_examples=EXAMPLES, deadline=None)
@given(hostile=door_requests())
def test_without_upstreams_only_the_upstreams_fail(cut_off: Judge, hostile: HostileRequest) -> None:
    response = cut_off.send(hostile)
    assert response.status_code < 500 or response.status_code == 503


def test_the_worst_bodies_get_documented_answers(doors: AttackedDoors) -> None:
    guards = {**SESSION, **CARD, **PORTAL}
    posts = [path for method, path in ROUTES if method == "POST"]
    for path, content_type, body in itertools.product(posts, READ_TYPES, WORST_BODIES):
        sent = CARD if "kaizala/link" in path else guards
        doors.judge.send(HostileRequest("POST", path, sent, body, content_type))
    doors.assert_only_ours_was_touched()


@pytest.mark.parametrize("header", ["accessToken", "Authorization"])
def test_the_worst_headers_get_documented_answers(doors: AttackedDoors, header: str) -> None:
    texts = [text for text in DEEP if len(text) < 10_000]
    for number, ((method, path), text) in enumerate(itertools.product(ROUTES, texts)):
        value = text if header == "accessToken" else f"Basic {text}"
        peer = str(ip_address("10.0.0.0") + number)
        doors.judge.send(HostileRequest(method, path, {header: value}, peer=peer))


def test_a_plan_is_named_in_its_refusal_and_nothing_else_is(doors: AttackedDoors) -> None:
    body = GENUINE_ORDER.replace(b"@@plan@@", MARKER.encode())
    answer = doors.judge.send(order("createCredentials", body))
    assert (403, "not-allowed") == (answer.status_code, answer.get_json()["code"])
    assert MARKER in answer.get_json()["message"]


GENUINE = {
    "a card": (HostileRequest("GET", "/api/kaizala/me", CARD), 200),
    "a code": (HostileRequest("POST", "/api/kaizala/link-codes", SESSION), 201),
    "health": (HostileRequest("GET", "/api/sensedia/v1/health", PORTAL), 204),
    "an order": (order("createCredentials", GENUINE_ORDER), 200),
    "a change": (order("updateCredentials", GENUINE_ORDER), 204),
    "the end of what is not ours": (order("revokeCredentials", b'{"apiKeyId":"@@foreign@@"}'), 204),
    "a change of what is not ours": (
        order("updateCredentials", b'{"apiKeyId":"@@foreign@@","appName":"x"}'),
        404,
    ),
}


@pytest.mark.parametrize(("genuine", "status"), GENUINE.values(), ids=GENUINE)
def test_the_generator_reaches_what_it_attacks(
    doors: AttackedDoors, genuine: HostileRequest, status: int
) -> None:
    """Genuine parts pass every check, so that rubbish beside them is what is tested."""
    assert status == doors.judge.send(genuine).status_code
    doors.assert_only_ours_was_touched()


def test_the_generator_reaches_the_link(doors: AttackedDoors) -> None:
    body = b'{"code":"@@code@@"}'
    link = HostileRequest("POST", "/api/kaizala/link", CARD, body, "application/json")
    assert 200 == doors.judge.send(link).status_code
    assert doors.world.user.private_data["kaizalaLink"]
    doors.reset()


def test_every_door_is_attacked(doors: AttackedDoors) -> None:
    routed = {(method, path) for path, method in doors.judge.rules if "/api/" in path}
    assert set(ROUTES) == {pair for pair in routed if pair[0] in ("GET", "POST")}


@settings(max_examples=100, deadline=None)
@given(
    credentials=st.text(max_size=40).map(lambda text: base64.b64encode(text.encode()).decode()),
    peer=addresses,
)
def test_no_made_up_credentials_pass(doors: AttackedDoors, credentials: str, peer: str) -> None:
    sent = {"Authorization": f"Basic {credentials}"}
    answer = doors.judge.send(HostileRequest("GET", "/api/sensedia/v1/health", sent, peer=peer))
    assert 401 == answer.status_code
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
