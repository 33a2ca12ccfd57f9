"""The demo marketplace's pages without a script: what Sharetribe refuses, and the way it shows."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from sandbox.gates import close_gates, gates_of, variables
from sandbox.page_reader import PageReader
from sandbox.server import Server
from sandbox.sharetribe import User
from sandbox.stage import Stage
from tests.sandbox.acme import SIMULATOR as ACME
from tests.sandbox.acme import Acme
from tests.sandbox.beacon_simulator import SIMULATOR as BEACON
from tests.sandbox.demo import client_of, stage_with
from tests.sandbox.test_several_checks import beacon_with

API_URL = "http://127.0.0.1:9/api"
DESK = replace(BEACON, bills={"card": "setup", "club": "subscription", "gold": "subscription"})


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Return a stage with a vendor that checks and bills, whose gates are closed."""
    with beacon_with("at-the-desk") as desk:
        stage = stage_with(DESK, desk)
        with Server(stage.sharetribe.app) as server:
            stage = replace(stage, sharetribe_url=server.url)
            close_gates(stage, API_URL)
            yield stage


@pytest.fixture
def user(stage: Stage) -> User:
    return list(stage.sharetribe.users.values())[1]


@pytest.fixture
def client(stage: Stage, user: User) -> FlaskClient:
    client = client_of(stage)
    token = quote(json.dumps(stage.sharetribe.log_in(user.id)), safe="{}:")
    client.set_cookie(f"st-{stage.sharetribe.client_id}-token", token)
    return client


def boat_of_another(stage: Stage, user: User) -> str:
    listings = stage.sharetribe.listings.values()
    return next(f"/boats/{one.id}" for one in listings if one.author_id != user.id)


def send(client: FlaskClient, path: str) -> PageReader:
    """Post to a path and return the page that this ends on."""
    answer = client.post(path, follow_redirects=True)
    assert 200 == answer.status_code
    return PageReader(answer.text)


@pytest.mark.parametrize(
    ("path", "subject"), [("", "identity"), ("/boats", "billing/club")], ids=["book", "offer"]
)
def test_who_is_refused_finds_the_link_with_their_own_values(
    stage: Stage, client: FlaskClient, user: User, path: str, subject: str
) -> None:
    user.email = "holly+&boats@example.com"
    page = send(client, path or boat_of_another(stage, user))
    email = "holly%2B%26boats%40example.com"
    assert f"{API_URL}/go/{subject}?user={user.id}&email={email}" == page.link


def test_who_has_the_right_is_let_through(stage: Stage, client: FlaskClient, user: User) -> None:
    user.permissions = dict.fromkeys(user.permissions, "permission/allow")
    boat = boat_of_another(stage, user)
    assert "Sea kayak for a day" == send(client, boat).heading
    assert ">Booked<" in client.get(boat).text
    assert "Dinghy for a day" == send(client, "/boats").heading


def test_an_ended_access_token_is_renewed_and_handed_back(
    stage: Stage, client: FlaskClient
) -> None:
    stage.sharetribe.rotation = "strict"
    for _ in range(2):  # with the first session alone, the second time would end
        stage.sharetribe.expire_access_tokens()
        assert "Only members can offer a boat" == send(client, "/boats").heading


@pytest.mark.parametrize("cookie", ["", "nonsense", "[]", '{"access_token": 1}'])
def test_who_is_not_logged_in_is_led_to_where_one_logs_in(
    stage: Stage, client: FlaskClient, cookie: str
) -> None:
    client.set_cookie(f"st-{stage.sharetribe.client_id}-token", quote(cookie))
    answer = client.post("/boats")
    assert (303, "/") == (answer.status_code, answer.headers["Location"])
    assert "" == PageReader(client.get("/no-access/postListings").text).link


def test_the_rules_of_the_proxy_open_what_is_restricted(stage: Stage) -> None:
    gates = gates_of(stage)
    rules = variables(gates)["ACCESS_RULES"]
    assert "identity=initiateTransactions,billing/club=postListings" == rules
    assert {"initiateTransactions", "postListings"} == stage.sharetribe.access.restricted


def test_without_a_vendor_or_the_integration_api_nothing_is_restricted(stage: Stage) -> None:
    with Acme(None, time.time) as acme:
        bare = stage_with(ACME, acme)
    for one in (bare, replace(stage, options=replace(stage.options, integration_api=False))):
        close_gates(one, API_URL)
        assert ((), {}) == (gates_of(one), variables(gates_of(one)))
        assert set() == one.sharetribe.access.restricted
        assert 404 == client_of(one).post("/boats").status_code
