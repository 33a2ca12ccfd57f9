"""What every vendor that users connect must show: a subclass says which, and how it is simulated.

Only what a vendor's answers decide is here; what the kernel does alike for all of them (states,
nonces, sessions, keys) is tested once, on an example (`tests/flows`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.test import run_wsgi_app

from sandbox.faults import Mode
from tests.flows.connecting import begin, connect, entry
from tests.flows.problems import assert_problem
from tests.kit.guest import Guest
from tests.kit.trips import (
    EXAMPLE,
    SHOW,
    WRITE,
    Consenting,
    MovedWorld,
    Trip,
    break_down,
    exchanges,
    record,
)
from tests.world import Browser

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MODES: tuple[Mode, ...] = ("error", "reset", "rate-limit", "garbage")
each_mode = pytest.mark.parametrize("mode", MODES)


class ConnectionContract:
    """The behaviours of a Connection."""

    vendor: ClassVar[str]
    guests: ClassVar[tuple[Guest, ...]] = ()
    acts: ClassVar[Consenting] = EXAMPLE

    @pytest.fixture(scope="class")
    @classmethod
    def class_world(cls) -> Iterator[MovedWorld]:
        """Return a world with the vendor, for all tests of a class."""
        world = MovedWorld(INTEGRATIONS=cls.vendor, guests=cls.guests)
        yield world
        world.close()

    @pytest.fixture
    def shop(self, class_world: MovedWorld) -> MovedWorld:
        """Return that world, calm."""
        class_world.start_afresh()
        return class_world

    def held(self, shop: MovedWorld) -> list[str]:
        """Return the places for which we hold a token that lives."""
        return self.acts.held(shop.vendors[self.vendor])

    def places(self, shop: MovedWorld) -> list[str]:
        """Return the first two places that can be connected."""
        return self.acts.places(shop.vendors[self.vendor])[:2]

    def at(self, place: str) -> dict[str, str]:
        """Return how a consent names a place."""
        return {self.acts.place: place}

    def disconnect(self, browser: Browser) -> None:
        """Press "disconnect", which must succeed."""
        answer = browser.call("DELETE", f"/api/connections/{self.vendor}")
        assert (200, {"vendor": self.vendor, "status": "not-connected"}) == (
            answer.status_code,
            answer.json(),
        )

    def exchanged(self, shop: MovedWorld) -> int:
        """Return how many codes the vendor was asked to redeem."""
        return exchanges(shop, self.vendor, self.acts.exchange)

    # Beginning, and what is listed

    def test_beginning_asks_the_vendor_nothing_and_stores_nothing(self, shop: MovedWorld) -> None:
        begin(shop.browser(), self.vendor)

        assert ([], []) == (shop.vendors[self.vendor].calls, shop.sharetribe.updates)

    def test_a_connection_is_listed_with_its_names_and_nothing_else(self, shop: MovedWorld) -> None:
        browser = connect(shop, self.vendor)
        readable = dict(record(shop, self.vendor))
        readable.pop("sealed")

        assert self.places(shop)[0] in readable.values()
        assert {
            "vendor": self.vendor,
            "status": "connected",
            "connectedAt": readable.pop("connectedAt"),
            "details": readable,
        } == entry(browser, self.vendor)

    def test_listing_asks_no_vendor_and_writes_nothing(self, shop: MovedWorld) -> None:
        browser = connect(shop, self.vendor)
        shop.vendors[self.vendor].calls.clear()
        shop.sharetribe.updates.clear()
        entry(browser, self.vendor)

        assert ([], []) == (shop.vendors[self.vendor].calls, shop.sharetribe.updates)

    def test_a_record_copied_from_another_user_does_not_open(self, shop: MovedWorld) -> None:
        owner = connect(shop, self.vendor)
        shop.sharetribe.replace_private_data(shop.other_user.id, shop.user.private_data)
        thief = shop.browser(shop.other_user)

        assert "needs-reconnection" == entry(thief, self.vendor)["status"]
        self.disconnect(thief)
        assert (1, "connected") == (len(self.held(shop)), entry(owner, self.vendor)["status"])

    # Consents that bring nothing

    def test_a_declined_consent_leaves_the_standing_connection(self, shop: MovedWorld) -> None:
        browser = connect(shop, self.vendor)
        trip = Trip(shop, self.vendor, browser)

        assert "declined" == trip.comes(trip.consent(decision="decline"))
        assert "connected" == entry(browser, self.vendor)["status"]
        assert 1 == len(self.held(shop))

    def test_a_wrong_code_connects_nothing(self, shop: MovedWorld) -> None:
        trip = Trip(shop, self.vendor)

        assert "failed" == trip.comes(trip.with_query(("state", trip.state), ("code", "wrong")))
        assert (None, []) == (record(shop, self.vendor), self.held(shop))

    def test_a_code_used_twice_changes_nothing(self, shop: MovedWorld) -> None:
        trip = Trip(shop, self.vendor)
        trip.comes()
        code = dict(parse_qsl(urlsplit(trip.address).query))["code"]
        before = dict(record(shop, self.vendor))
        later = Trip(shop, self.vendor)

        assert "failed" == later.comes(later.with_query(("state", later.state), ("code", code)))
        assert (2, before) == (self.exchanged(shop), record(shop, self.vendor))
        assert 1 == len(self.held(shop))

    def test_a_vendor_that_refuses_our_credentials_connects_nothing(
        self, shop: MovedWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trip = Trip(shop, self.vendor)
        monkeypatch.setattr(shop.vendors[self.vendor], "client_secret", "changed")

        assert "failed" == trip.comes()
        assert (None, []) == (record(shop, self.vendor), self.held(shop))

    # Connecting again

    def test_connecting_the_same_place_again_keeps_one_connection(self, shop: MovedWorld) -> None:
        browser = connect(shop, self.vendor)
        before = entry(browser, self.vendor)["connectedAt"]
        shop.clock.ahead = 60
        connect(shop, self.vendor, browser)

        assert self.places(shop)[:1] == self.held(shop)
        assert before < entry(browser, self.vendor)["connectedAt"]

    def test_connecting_another_place_gives_the_first_one_back(self, shop: MovedWorld) -> None:
        first, second = self.places(shop)
        browser = connect(shop, self.vendor, None, **self.at(first))
        connect(shop, self.vendor, browser, **self.at(second))
        details = entry(browser, self.vendor)["details"]

        assert [second] == self.held(shop)
        assert (True, False) == (second in details.values(), first in details.values())

    def test_a_place_that_cannot_be_given_back_is_not_fatal(self, shop: MovedWorld) -> None:
        first, second = self.places(shop)
        browser = connect(shop, self.vendor, None, **self.at(first))
        break_down(shop, self.vendor, self.acts.revocation)
        connect(shop, self.vendor, browser, **self.at(second))

        assert second in entry(browser, self.vendor)["details"].values()

    # Disconnecting

    def test_disconnecting_gives_back_and_wipes_and_connects_anew(self, shop: MovedWorld) -> None:
        browser = connect(shop, self.vendor)
        self.disconnect(browser)

        assert ([], None) == (self.held(shop), record(shop, self.vendor))
        assert {"vendor": self.vendor, "status": "not-connected"} == entry(browser, self.vendor)
        connect(shop, self.vendor, browser)
        assert 1 == len(self.held(shop))

    def test_disconnecting_twice_asks_and_writes_nothing(self, shop: MovedWorld) -> None:
        browser = connect(shop, self.vendor)
        self.disconnect(browser)
        shop.vendors[self.vendor].calls.clear()
        shop.sharetribe.updates.clear()
        self.disconnect(browser)

        assert ([], []) == (shop.vendors[self.vendor].calls, shop.sharetribe.updates)

    def test_a_token_that_is_dead_already_is_no_obstacle(self, shop: MovedWorld) -> None:
        browser = connect(shop, self.vendor)
        self.acts.kill(shop.vendors[self.vendor])
        self.disconnect(browser)

        assert record(shop, self.vendor) is None

    @each_mode
    def test_while_the_vendor_is_down_the_record_stays(self, shop: MovedWorld, mode: Mode) -> None:
        browser = connect(shop, self.vendor)
        before = dict(record(shop, self.vendor))
        break_down(shop, self.vendor, mode="error" if mode == "garbage" else mode)

        answer = browser.call("DELETE", f"/api/connections/{self.vendor}")
        assert_problem(answer, 503, "vendor-unavailable")
        assert before == record(shop, self.vendor)
        shop.vendors[self.vendor].faults.reset()
        self.disconnect(browser)
        assert ([], None) == (self.held(shop), record(shop, self.vendor))

    @pytest.mark.parametrize("path", [SHOW, WRITE])
    def test_while_the_marketplace_is_down_disconnecting_is_asked_for_again(
        self, shop: MovedWorld, path: str
    ) -> None:
        browser = connect(shop, self.vendor)
        break_down(shop, "sharetribe", path)

        answer = browser.call("DELETE", f"/api/connections/{self.vendor}")
        assert_problem(answer, 503, "marketplace-unavailable")
        assert (path == SHOW) == (len(self.held(shop)) == 1)
        shop.sharetribe.faults.reset()
        self.disconnect(browser)
        assert ([], None) == (self.held(shop), record(shop, self.vendor))

    # Returns during which something is down

    @each_mode
    def test_with_the_vendor_down_at_the_exchange_nothing_is_stored(
        self, shop: MovedWorld, mode: Mode
    ) -> None:
        trip = Trip(shop, self.vendor)
        break_down(shop, self.vendor, self.acts.exchange, mode=mode)

        assert "failed" == trip.comes()
        assert ([], None) == (self.held(shop), record(shop, self.vendor))
        shop.start_afresh()
        assert "connected" == Trip(shop, self.vendor, trip.browser).comes()

    @each_mode
    def test_with_the_marketplace_down_after_the_exchange_the_token_is_given_back(
        self, shop: MovedWorld, mode: Mode
    ) -> None:
        trip = Trip(shop, self.vendor)
        break_down(shop, "sharetribe", WRITE, mode="rate-limit" if mode == "garbage" else mode)

        assert "failed" == trip.comes()
        assert (1, [], None) == (
            self.exchanged(shop),
            self.held(shop),
            record(shop, self.vendor),
        )

    def test_what_can_be_neither_stored_nor_given_back_ends_as_failed(
        self, shop: MovedWorld
    ) -> None:
        trip = Trip(shop, self.vendor)
        break_down(shop, "sharetribe", WRITE)
        break_down(shop, self.vendor, self.acts.revocation)

        assert "failed" == trip.comes()
        assert record(shop, self.vendor) is None

    @pytest.mark.parametrize("elsewhere", [True, False])
    def test_a_failed_return_leaves_the_standing_connection(
        self, shop: MovedWorld, elsewhere: bool
    ) -> None:
        first, second = self.places(shop)
        browser = connect(shop, self.vendor, None, **self.at(first))
        before = dict(record(shop, self.vendor))
        trip = Trip(shop, self.vendor, browser)
        break_down(shop, "sharetribe", WRITE)

        assert "failed" == trip.comes(trip.consent(**self.at(second if elsewhere else first)))
        assert ([first], before) == (self.held(shop), record(shop, self.vendor))

    @pytest.mark.parametrize("is_first", [True, False])
    def test_a_write_whose_answer_is_lost_is_taken_back(
        self, shop: MovedWorld, is_first: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The marketplace has written, and nobody was told: no record may hold a dead token."""
        first, second = self.places(shop)
        browser = shop.browser()
        if not is_first:
            connect(shop, self.vendor, browser, **self.at(first))
        before = entry(browser, self.vendor).get("details")
        trip = Trip(shop, self.vendor, browser)
        marketplace = shop.sharetribe.app
        monkeypatch.setattr(marketplace, "wsgi_app", Forgetful(marketplace.wsgi_app))

        assert "failed" == trip.comes(trip.consent(**self.at(second)))
        assert before == entry(browser, self.vendor).get("details")
        assert ([] if is_first else [first]) == self.held(shop)


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
