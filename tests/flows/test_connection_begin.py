"""Who may begin a connection, what the frontend may choose, and what the vendor is asked."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.conftest import StartWorld
from tests.flows.connecting import begin, connect, entry
from tests.flows.problems import assert_problem
from tests.kit.trips import (
    MovedWorld,
    bearer,
    break_down,
)
from tests.world import MARKETPLACE_ORIGIN, Browser

MISTAKES: list[tuple[object, str]] = [
    ({"country": "France"}, "country"),
    ({"country": "fr"}, "country"),
    ({"country": 33}, "country"),
    ({"country": True}, "country"),
    ({"country": "FR\n"}, "country"),
    ({"isNew": "true"}, "isNew"),
    ({"isNew": 1}, "isNew"),
    ({"place": "north"}, "place"),
    ({"state": "mine"}, "state"),
    ({"<b>": 1}, "with an odd name"),
]


def press(browser: Browser, vendor: str, **sent: Any) -> requests.Response:
    """Press "connect", whatever comes of it."""
    return browser.call("POST", f"/api/connections/{vendor}", **sent)


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


@pytest.mark.parametrize("vendor", ["till", "guild"])
def test_the_page_is_asked_to_return_to_us(shop: MovedWorld, vendor: str) -> None:
    query = query_of(begin(shop.browser(), vendor).authorize_url)
    in_path = f"/{query['state']}" if vendor == "guild" else ""

    assert f"{shop.url}/api/connections/{vendor}/return{in_path}" == query["redirect_uri"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"country": "FR"}, {"country": "FR"}),
        ({"country": None}, {}),
        ({"isNew": True}, {"isNew": "true"}),
        ({"isNew": False}, {}),
    ],
)
def test_what_the_frontend_chooses_travels(
    shop: MovedWorld, options: dict[str, Any], expected: dict[str, str]
) -> None:
    plain = query_of(begin(shop.browser(), "till").authorize_url)
    chosen = query_of(begin(shop.browser(), "till", **options).authorize_url)

    assert expected == {name: chosen[name] for name in chosen.keys() - plain.keys()}


@pytest.mark.parametrize(("options", "field"), MISTAKES)
def test_a_wrong_option_is_named_and_nobody_is_sent_anywhere(
    shop: MovedWorld, vendor: str, options: object, field: str
) -> None:
    answer = press(shop.browser(), vendor, json_body=options)

    assert f"The field {field} " in assert_problem(answer, 400, "body-invalid")["detail"]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("body", [b"[]", b"7", b"{", b'"till"', b"\xff"])
def test_a_body_that_is_no_object_is_refused(shop: MovedWorld, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    assert_problem(press(shop.browser(), "till", data=body, headers=headers), 400, "body-invalid")


def test_a_body_of_another_type_is_refused(shop: MovedWorld) -> None:
    headers = {"Content-Type": "text/plain"}
    answer = press(shop.browser(), "till", data=b"country=FR", headers=headers)

    assert_problem(answer, 415, "content-type-unsupported")


@pytest.mark.parametrize(
    ("session", "status", "code"),
    [
        ("none", 401, "session-missing"),
        ("anonymous", 401, "session-anonymous"),
        ("impersonated", 403, "session-impersonated"),
        ("ended", 401, "session-expired"),
    ],
)
def test_only_users_logged_in_themselves_begin_list_or_disconnect(
    shop: MovedWorld, vendor: str, session: str, status: int, code: str
) -> None:
    sharetribe = shop.sharetribe
    tokens = {
        "anonymous": sharetribe.anonymous(),
        "impersonated": sharetribe.log_in_as(shop.user.id),
        "ended": sharetribe.log_in(shop.user.id),
    }
    if session == "ended":
        sharetribe.log_out(shop.user.id)
        sharetribe.expire_access_tokens()
    browser = Browser(shop, tokens.get(session))

    for method, path in (("POST", f"/{vendor}"), ("GET", ""), ("DELETE", f"/{vendor}")):
        assert_problem(browser.call(method, f"/api/connections{path}"), status, code)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    ],
)
def test_another_site_begins_and_disconnects_nothing(
    shop: MovedWorld, vendor: str, headers: dict[str, str]
) -> None:
    browser = connect(shop, vendor)

    assert_problem(press(browser, vendor, headers=headers), 403, "cross-site")
    refused = browser.call("DELETE", f"/api/connections/{vendor}", headers=headers)
    assert_problem(refused, 403, "cross-site")
    assert "connected" == entry(browser, vendor)["status"]


def test_a_listed_origin_may_begin(shop: MovedWorld) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": MARKETPLACE_ORIGIN}

    assert 200 == press(shop.browser(), "till", headers=headers).status_code


def test_a_bearer_token_begins_where_the_integration_api_can_store(
    shop: MovedWorld, vendor: str
) -> None:
    browser, headers = bearer(shop)

    assert 200 == press(browser, vendor, headers=headers).status_code


def test_a_bearer_token_alone_begins_nothing(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="till")
    browser, headers = bearer(world)

    assert_problem(press(browser, "till", headers=headers), 400, "session-unsupported")


def test_beginning_needs_the_marketplace(shop: MovedWorld) -> None:
    browser = shop.browser()
    break_down(shop, "sharetribe")

    assert_problem(press(browser, "till"), 503, "marketplace-unavailable")


@pytest.mark.parametrize("vendor", ["passcheck", "unheard-of"])
def test_what_is_no_connection_is_not_found(shop: MovedWorld, vendor: str) -> None:
    assert_problem(press(shop.browser(), vendor), 404, "not-found")


def test_a_connection_that_is_not_enabled_is_not_found(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="till")

    assert_problem(press(world.browser(), "guild"), 404, "not-found")


def test_every_trip_has_a_nonce_and_a_state_of_its_own(shop: MovedWorld) -> None:
    begun = [begin(shop.browser(), "till") for _ in range(2)]

    assert begun[0].nonce != begun[1].nonce
    assert begun[0].authorize_url != begun[1].authorize_url
