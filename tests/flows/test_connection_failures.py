"""Returns during which something is down: nothing half made, and no token that nobody holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import run_wsgi_app

from sandbox.faults import Mode
from tests.flows.connecting import connect, entry
from tests.flows.connection_vendors import (
    EXCHANGE,
    REVOCATION,
    SHOW,
    VENDORS,
    WRITE,
    ConnectionsWorld,
    Trip,
    at,
    bearer,
    break_down,
    exchanges,
    held,
    places,
    record,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MODES: tuple[Mode, ...] = ("error", "reset", "rate-limit", "garbage")
OPERATOR_WRITE = "/v1/integration_api/users/update_profile"
each_mode = pytest.mark.parametrize("mode", MODES)
each_vendor = pytest.mark.parametrize("vendor", VENDORS)


@pytest.fixture(scope="module")
def file_world() -> Iterator[ConnectionsWorld]:
    """Return one world for all tests of this file."""
    world = ConnectionsWorld()
    yield world
    world.close()


@pytest.fixture
def shop(file_world: ConnectionsWorld) -> ConnectionsWorld:
    """Return the file's world, calm."""
    file_world.calm()
    return file_world


@each_vendor
@each_mode
def test_with_the_marketplace_down_before_the_exchange_the_code_is_not_spent(
    shop: ConnectionsWorld, vendor: str, mode: Mode
) -> None:
    trip = Trip(shop, vendor)
    break_down(shop, "sharetribe", SHOW, mode=mode)

    assert "failed" == trip.comes()
    trip.assert_untouched()


@each_vendor
@each_mode
def test_with_the_marketplace_down_after_the_exchange_the_token_is_given_back(
    shop: ConnectionsWorld, vendor: str, mode: Mode
) -> None:
    trip = Trip(shop, vendor)
    break_down(shop, "sharetribe", WRITE, mode="rate-limit" if mode == "garbage" else mode)

    assert "failed" == trip.comes()
    assert (1, [], None) == (
        exchanges(shop, vendor),
        held(shop, vendor),
        record(shop, vendor),
    )


@each_vendor
def test_what_the_integration_api_cannot_store_is_given_back(
    shop: ConnectionsWorld, vendor: str
) -> None:
    trip = Trip(shop, vendor, *bearer(shop))
    break_down(shop, "sharetribe", OPERATOR_WRITE)

    assert "failed" == trip.comes()
    assert ([], None) == (held(shop, vendor), record(shop, vendor))


@each_vendor
def test_what_can_be_neither_stored_nor_given_back_ends_as_failed(
    shop: ConnectionsWorld, vendor: str
) -> None:
    trip = Trip(shop, vendor)
    break_down(shop, "sharetribe", WRITE)
    break_down(shop, vendor, REVOCATION[vendor])

    assert "failed" == trip.comes()
    assert record(shop, vendor) is None


@each_vendor
@each_mode
def test_with_the_vendor_down_at_the_exchange_nothing_is_stored(
    shop: ConnectionsWorld, vendor: str, mode: Mode
) -> None:
    trip = Trip(shop, vendor)
    break_down(shop, vendor, EXCHANGE[vendor], mode=mode)

    assert "failed" == trip.comes()
    assert ([], None) == (held(shop, vendor), record(shop, vendor))


@each_vendor
def test_after_a_failed_return_a_new_trip_connects(shop: ConnectionsWorld, vendor: str) -> None:
    trip = Trip(shop, vendor)
    break_down(shop, vendor)
    trip.comes()
    shop.calm()

    assert "connected" == Trip(shop, vendor, trip.browser).comes()


@each_vendor
def test_a_vendor_that_refuses_our_credentials_connects_nothing(
    shop: ConnectionsWorld, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trip = Trip(shop, vendor)
    monkeypatch.setattr(shop.hubrise, "client_secret", "changed")
    monkeypatch.setattr(shop.pumble, "client_secret", "changed")

    assert "failed" == trip.comes()
    assert ([], None) == (held(shop, vendor), record(shop, vendor))


@each_mode
def test_a_callback_that_cannot_be_registered_is_not_fatal(
    shop: ConnectionsWorld, mode: Mode
) -> None:
    trip = Trip(shop, "hubrise")
    break_down(shop, "hubrise", "/v1/callback", mode=mode)

    assert "connected" == trip.comes()
    (connection,) = shop.hubrise.connections.values()
    assert (None, "connected") == (
        connection.callback_url,
        entry(trip.browser, "hubrise")["status"],
    )


def test_a_callback_that_could_not_be_registered_is_registered_on_the_next_visit(
    shop: ConnectionsWorld,
) -> None:
    trip = Trip(shop, "hubrise")
    break_down(shop, "hubrise", "/v1/callback")
    trip.comes()
    shop.hubrise.faults.reset()
    entry(trip.browser, "hubrise")

    (connection,) = shop.hubrise.connections.values()
    assert f"{shop.url}/api/callbacks/hubrise/" in str(connection.callback_url)


def test_a_token_that_is_found_dead_while_registering_needs_reconnection(
    shop: ConnectionsWorld,
) -> None:
    trip = Trip(shop, "hubrise")
    break_down(shop, "hubrise", "/v1/callback")
    trip.comes()
    shop.hubrise.faults.reset()
    (token,) = shop.hubrise.connections
    shop.hubrise.block(token, "revoked")
    entry(trip.browser, "hubrise")

    assert "needs-reconnection" == entry(trip.browser, "hubrise")["status"]


@each_vendor
@pytest.mark.parametrize("is_first", [True, False])
def test_a_write_whose_answer_is_lost_is_taken_back(
    shop: ConnectionsWorld, vendor: str, is_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The marketplace has written, and nobody was told: no record may hold a dead token."""
    first, second = places(shop, vendor)[:2]
    browser = shop.browser() if is_first else connect(shop, vendor, None, **at(vendor, first))
    before = None if is_first else entry(browser, vendor)["details"]
    trip = Trip(shop, vendor, browser)
    monkeypatch.setattr(shop.sharetribe.app, "wsgi_app", Forgetful(shop.sharetribe.app.wsgi_app))

    assert "failed" == trip.comes(trip.consent(**at(vendor, second)))
    assert before == entry(browser, vendor).get("details")
    assert ([] if is_first else [first]) == held(shop, vendor)


class Forgetful:
    """A marketplace that does the first write, and answers 503 all the same."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._has_forgotten = False

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if self._has_forgotten or environ["PATH_INFO"] != WRITE:
            return self._app(environ, start)
        self._has_forgotten = True
        run_wsgi_app(self._app, environ, buffered=True)
        start("503 Service Unavailable", [("Content-Length", "0")])
        return [b""]


def test_names_are_a_courtesy(shop: ConnectionsWorld) -> None:
    trip = Trip(shop, "pumble")
    break_down(shop, "pumble", "/oauth2/me")

    assert "connected" == trip.comes()
    assert "workspaceName" not in entry(trip.browser, "pumble")["details"]


def test_names_that_are_not_unicode_text_are_no_obstacle(
    shop: ConnectionsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON can hold lone surrogates (RFC 8259 8.2), and names are the vendor's."""
    first = places(shop, "hubrise")[0]
    odd = replace(shop.hubrise.locations[first], name="caf\ud800")
    monkeypatch.setitem(shop.hubrise.locations, first, odd)
    workspace = places(shop, "pumble")[0]
    renamed = replace(shop.pumble.workspaces[workspace], name="caf\ud800")
    monkeypatch.setitem(shop.pumble.workspaces, workspace, renamed)

    browser = connect(shop, "pumble", connect(shop, "hubrise"))
    assert "caf" == entry(browser, "hubrise")["details"]["locationName"]
    assert "caf" == entry(browser, "pumble")["details"]["workspaceName"]


@each_vendor
def test_a_failed_return_from_another_place_leaves_the_standing_connection(
    shop: ConnectionsWorld, vendor: str
) -> None:
    first, second = places(shop, vendor)[:2]
    browser = connect(shop, vendor, None, **at(vendor, first))
    before = dict(record(shop, vendor))
    trip = Trip(shop, vendor, browser)
    break_down(shop, "sharetribe", WRITE)

    assert "failed" == trip.comes(trip.consent(**at(vendor, second)))
    assert ([first], before) == (held(shop, vendor), record(shop, vendor))


@each_vendor
def test_a_failed_return_from_the_same_place_leaves_the_standing_connection(
    shop: ConnectionsWorld, vendor: str
) -> None:
    browser = connect(shop, vendor)
    before = dict(record(shop, vendor))
    break_down(shop, "sharetribe", WRITE)

    assert "failed" == Trip(shop, vendor, browser).comes()
    assert (places(shop, vendor)[:1], before) == (held(shop, vendor), record(shop, vendor))
