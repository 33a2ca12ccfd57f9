"""Pumble's consent page: what it is asked, and what it need not bring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.flows.connecting import begin, connect, entry
from tests.flows.problems import assert_problem
from tests.integrations.pumble.flows.world import PumbleWorld
from tests.kit.trips import Trip, break_down
from tests.world import Browser

MISTAKES: list[tuple[object, str]] = [
    ({"isReinstall": "true"}, "isReinstall"),
    ({"isReinstall": 1}, "isReinstall"),
    ({"defaultWorkspaceId": "a&b"}, "defaultWorkspaceId"),
    ({"defaultWorkspaceId": {}}, "defaultWorkspaceId"),
    ({"country": "FR"}, "country"),
]


@pytest.fixture(scope="module")
def file_world() -> Iterator[PumbleWorld]:
    world = PumbleWorld(integration_api=True)
    yield world
    world.close()


@pytest.fixture
def shop(file_world: PumbleWorld) -> PumbleWorld:
    """Return the file's world, calm."""
    file_world.start_afresh()
    return file_world


def query_of(browser: Browser, **options: Any) -> dict[str, str]:
    url = begin(browser, "pumble", **options).authorize_url
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def test_the_page_is_asked_with_the_state_in_query_and_path(shop: PumbleWorld) -> None:
    query = query_of(shop.browser())

    assert {"redirectUrl", "clientId", "scopes", "state"} == set(query)
    returns = f"{shop.url}/api/connections/pumble/return/{query['state']}"
    assert returns == query["redirectUrl"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"isReinstall": True}, {"isReinstall": "true"}),
        ({"isReinstall": False}, {}),
        ({"defaultWorkspaceId": "0a1b"}, {"defaultWorkspaceId": "0a1b"}),
    ],
)
def test_what_the_frontend_chooses_travels(
    shop: PumbleWorld, options: dict[str, Any], expected: dict[str, str]
) -> None:
    plain, chosen = query_of(shop.browser()), query_of(shop.browser(), **options)

    assert expected == {name: chosen[name] for name in chosen.keys() - plain.keys()}


@pytest.mark.parametrize(("options", "field"), MISTAKES)
def test_a_wrong_option_is_named(shop: PumbleWorld, options: object, field: str) -> None:
    answer = shop.browser().call("POST", "/api/connections/pumble", json_body=options)

    assert f"The field {field} " in assert_problem(answer, 400, "body-invalid")["detail"]


@pytest.mark.parametrize("echoed", [True, False])
def test_a_state_in_the_path_alone_is_enough(shop: PumbleWorld, echoed: bool) -> None:
    shop.pumble.echo_state = echoed

    assert "connected" == Trip(shop, "pumble").comes()


def test_names_are_a_courtesy(shop: PumbleWorld) -> None:
    trip = Trip(shop, "pumble")
    break_down(shop, "pumble", "/oauth2/me")

    assert "connected" == trip.comes()
    assert "workspaceName" not in entry(trip.browser, "pumble")["details"]


def test_a_name_that_is_not_unicode_text_is_no_obstacle(
    shop: PumbleWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON can hold lone surrogates (RFC 8259 8.2), and names are the vendor's."""
    first = next(iter(shop.pumble.workspaces))
    odd = replace(shop.pumble.workspaces[first], name="caf\ud800")
    monkeypatch.setitem(shop.pumble.workspaces, first, odd)

    assert "caf" == entry(connect(shop, "pumble"), "pumble")["details"]["workspaceName"]
