"""HubRise's consent page: what it is asked, how it ends, and what is given back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from sandbox.hubrise.authorization import Decision
from sandbox.hubrise.connections import DeadReason
from tests.flows.connecting import begin, connect, entry
from tests.flows.problems import assert_problem
from tests.integrations.hubrise.flows.world import HubRiseWorld
from tests.kit.trips import Trip, record
from tests.world import Browser

MISTAKES: list[tuple[object, str]] = [
    ({"country": "France"}, "country"),
    ({"country": True}, "country"),
    ({"accountName": ""}, "accountName"),
    ({"accountName": "x" * 101}, "accountName"),
    ({"accountName": "a\nb"}, "accountName"),
    ({"locationName": ["Left"]}, "locationName"),
    ({"locationName": "\ud800"}, "locationName"),
    ({"isReinstall": True}, "isReinstall"),
]


@pytest.fixture(scope="module")
def file_world() -> Iterator[HubRiseWorld]:
    world = HubRiseWorld(integration_api=True)
    yield world
    world.close()


@pytest.fixture
def shop(file_world: HubRiseWorld) -> HubRiseWorld:
    """Return the file's world, calm."""
    file_world.start_afresh()
    return file_world


def query_of(browser: Browser, **options: Any) -> dict[str, str]:
    url = begin(browser, "hubrise", **options).authorize_url
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def disconnect(browser: Browser) -> None:
    assert 200 == browser.call("DELETE", "/api/connections/hubrise").status_code


def test_the_page_is_asked_with_every_parameter(shop: HubRiseWorld) -> None:
    query = query_of(shop.browser())

    assert {"redirect_uri", "client_id", "scope", "state", "device_id"} == set(query)
    assert f"{shop.url}/api/connections/hubrise/return" == query["redirect_uri"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"country": "FR"}, {"country": "FR"}),
        ({"accountName": "Bäcker & Co"}, {"account_name": "Bäcker & Co"}),
        ({"locationName": "Left Bank"}, {"location_name": "Left Bank"}),
    ],
)
def test_what_the_frontend_chooses_travels(
    shop: HubRiseWorld, options: dict[str, Any], expected: dict[str, str]
) -> None:
    plain, chosen = query_of(shop.browser()), query_of(shop.browser(), **options)

    assert expected == {name: chosen[name] for name in chosen.keys() - plain.keys()}


@pytest.mark.parametrize(("options", "field"), MISTAKES)
def test_a_wrong_option_is_named(shop: HubRiseWorld, options: object, field: str) -> None:
    answer = shop.browser().call("POST", "/api/connections/hubrise", json_body=options)

    assert f"The field {field} " in assert_problem(answer, 400, "body-invalid")["detail"]


@pytest.mark.parametrize(("decision", "end"), [("decline", "declined"), ("expire", "failed")])
@pytest.mark.parametrize("echoed", [True, False])
def test_a_consent_that_hubrise_ends_connects_nothing(
    shop: HubRiseWorld, decision: Decision, end: str, echoed: bool
) -> None:
    shop.hubrise.echo_state_on_error = echoed
    trip = Trip(shop, "hubrise")

    assert end == trip.comes(trip.consent(decision=decision))
    assert {} == shop.hubrise.connections


def test_a_name_that_is_not_unicode_text_is_no_obstacle(
    shop: HubRiseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON can hold lone surrogates (RFC 8259 8.2), and names are the vendor's."""
    first = next(iter(shop.hubrise.locations))
    odd = replace(shop.hubrise.locations[first], name="caf\ud800")
    monkeypatch.setitem(shop.hubrise.locations, first, odd)

    assert "caf" == entry(connect(shop, "hubrise"), "hubrise")["details"]["locationName"]


def test_disconnecting_removes_the_callback_while_the_token_lives(shop: HubRiseWorld) -> None:
    browser = connect(shop, "hubrise")
    shop.hubrise.calls.clear()
    disconnect(browser)

    assert ["DELETE /v1/callback", "POST /oauth2/v1/revoke"] == shop.hubrise.calls


@pytest.mark.parametrize("reason", ["revoked", "blocked", "unpaid"])
def test_a_token_that_is_dead_already_is_no_obstacle(
    shop: HubRiseWorld, reason: DeadReason
) -> None:
    browser = connect(shop, "hubrise")
    (token,) = shop.hubrise.connections
    shop.hubrise.block(token, reason)
    disconnect(browser)

    assert record(shop, "hubrise") is None


def test_a_callback_that_is_gone_already_is_no_obstacle(shop: HubRiseWorld) -> None:
    browser = connect(shop, "hubrise")
    (connection,) = shop.hubrise.connections.values()
    connection.drop_callback()
    disconnect(browser)

    assert ("revoked", None) == (connection.dead, record(shop, "hubrise"))


def test_two_users_of_one_location_have_connections_of_their_own(shop: HubRiseWorld) -> None:
    first = connect(shop, "hubrise")
    second = connect(shop, "hubrise", shop.browser(shop.other_user))
    disconnect(first)

    living = [one for one in shop.hubrise.connections.values() if one.dead is None]
    assert (1, "connected") == (len(living), entry(second, "hubrise")["status"])
