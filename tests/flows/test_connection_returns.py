"""Returns that must connect nothing: another browser, another user, late, altered, refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.flows.connecting import come_back, connect
from tests.flows.problems import assert_problem
from tests.kit.trips import (
    EXAMPLE,
    MovedWorld,
    Trip,
    exchanges,
    record,
)
from tests.world import Browser

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
STATE_SECONDS, LEEWAY_SECONDS = 900, 300


@pytest.mark.parametrize("nonce", [None, "", "x", "\u00e9"])
def test_a_return_in_another_browser_connects_nothing(
    shop: MovedWorld, vendor: str, nonce: str | None
) -> None:
    trip = Trip(shop, vendor)

    assert "failed" == trip.comes(cookie={} if nonce is None else trip.holding(nonce))
    trip.assert_untouched()


def test_the_nonce_of_another_trip_is_another_browsers(shop: MovedWorld, vendor: str) -> None:
    trip = Trip(shop, vendor)

    assert "failed" == trip.comes(cookie=trip.holding(Trip(shop, vendor).begun.nonce))
    trip.assert_untouched()


def test_an_attackers_return_connects_nothing_to_the_victim(shop: MovedWorld, vendor: str) -> None:
    """The victim has begun a trip too, so that there is a nonce in that browser."""
    attacker, victim = Trip(shop, vendor), Trip(shop, vendor, shop.browser(shop.other_user))

    assert "failed" == victim.comes(attacker.address)
    victim.assert_untouched()


def test_a_return_for_another_user_connects_nothing(shop: MovedWorld, vendor: str) -> None:
    """Somebody else has logged in, in the same browser, before the vendor sent it back."""
    trip = Trip(shop, vendor)

    assert "failed" == trip.comes(browser=shop.browser(shop.other_user))
    trip.assert_untouched()


def test_a_late_return_connects_nothing(shop: MovedWorld, vendor: str) -> None:
    trip = Trip(shop, vendor)
    shop.clock.ahead = STATE_SECONDS + 1

    assert "failed" == trip.comes()
    trip.assert_untouched()


def test_a_return_from_the_future_connects_nothing(shop: MovedWorld, vendor: str) -> None:
    shop.clock.ahead = LEEWAY_SECONDS + 5
    trip = Trip(shop, vendor)
    shop.clock.ahead = 0

    assert "failed" == trip.comes()
    trip.assert_untouched()


def test_a_process_whose_clock_is_behind_takes_a_return(shop: MovedWorld, vendor: str) -> None:
    """After a connection that the faster one has just made, too."""
    shop.clock.ahead = LEEWAY_SECONDS - 5
    connect(shop, vendor)
    begun_ahead = Trip(shop, vendor)
    shop.clock.ahead = 0

    assert ["connected", "connected"] == [begun_ahead.comes(), Trip(shop, vendor).comes()]
    assert 3 == exchanges(shop, vendor)


def test_a_return_in_time_connects(shop: MovedWorld, vendor: str) -> None:
    trip = Trip(shop, vendor)
    shop.clock.ahead = STATE_SECONDS - 5

    address = trip.consent()  # the user took their time, so that the code is fresh
    assert "connected" == trip.comes(address)


@pytest.mark.parametrize("has_nonce", [True, False])
@pytest.mark.parametrize("seconds", [0, STATE_SECONDS + 1])
def test_a_repeated_return_changes_nothing_and_shows_what_stands(
    shop: MovedWorld, vendor: str, has_nonce: bool, seconds: int
) -> None:
    """The first return has taken the nonce away, unless its answer was lost."""
    trip = Trip(shop, vendor)
    trip.comes()
    before = dict(record(shop, vendor))
    shop.clock.ahead = seconds

    assert "connected" == trip.comes(cookie=None if has_nonce else {})
    assert "connected" == trip.comes(trip.with_query(("state", trip.state), ("code", "another")))
    assert (1, before) == (exchanges(shop, vendor), record(shop, vendor))


def test_a_repeated_return_shows_nothing_to_anybody_else(shop: MovedWorld, vendor: str) -> None:
    """A state is no secret: it stands in an address."""
    trip = Trip(shop, vendor)
    trip.comes()
    others = [shop.browser(shop.other_user), Browser(shop, None)]

    assert ["failed"] * 2 == [trip.comes(browser=one, cookie={}) for one in others]
    assert "failed" == trip.comes(browser=others[0])


def test_a_repeated_return_does_not_bring_back_what_has_been_given_back(
    shop: MovedWorld, vendor: str
) -> None:
    trip = Trip(shop, vendor)
    trip.comes()
    trip.browser.call("DELETE", f"/api/connections/{vendor}")

    assert "failed" == trip.comes(cookie={})
    assert (1, None) == (exchanges(shop, vendor), record(shop, vendor))


@pytest.mark.parametrize("has_nonce", [True, False])
def test_a_repeated_return_tells_of_a_token_that_has_died(
    shop: MovedWorld, vendor: str, has_nonce: bool
) -> None:
    trip = Trip(shop, vendor)
    trip.comes()
    record(shop, vendor)["lastFailedReason"] = "The vendor no longer takes it."

    assert "failed" == trip.comes(cookie=None if has_nonce else {})
    assert 1 == exchanges(shop, vendor)


def test_a_refused_return_that_is_repeated_is_told_as_before(shop: MovedWorld, vendor: str) -> None:
    """A connection that stands from before is not what this trip was about."""
    connect(shop, vendor)
    declined, failed = Trip(shop, vendor), Trip(shop, vendor)
    pairs = [("error", "access_denied"), ("state", declined.state)]
    silent = declined.with_query(("state", declined.state))
    wrong = failed.with_query(("state", failed.state), ("code", "wrong"))

    cookies: tuple[dict[str, str] | None, ...] = (None, {})
    for cookie in cookies:
        assert "declined" == declined.comes(declined.with_query(*pairs), cookie=cookie)
        assert "declined" == declined.comes(silent, cookie=cookie)
        assert "failed" == failed.comes(wrong, cookie=cookie)


def test_both_of_two_tabs_come_home_and_the_later_consent_stands(
    shop: MovedWorld, vendor: str
) -> None:
    first, second = Trip(shop, vendor), Trip(shop, vendor)
    elsewhere = list(shop.consent(vendor).places)[1]
    addresses = [second.address, first.consent(place=elsewhere)]
    both = {**first.begun.cookie, **second.begun.cookie}

    ends = [second.comes(addresses[0], cookie=both), first.comes(addresses[1], cookie=both)]
    assert (["connected"] * 2, [elsewhere]) == (ends, shop.consent(vendor).held)
    assert ["connected"] * 2 == [trip.comes(cookie={}) for trip in (first, second)]
    assert 2 == exchanges(shop, vendor)


def test_one_return_that_is_loaded_twice_at_once_is_exchanged_once(
    shop: MovedWorld, vendor: str
) -> None:
    trip = Trip(shop, vendor)
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(trip.comes, [trip.address] * 2))

    assert (["connected"] * 2, 1) == (ends, exchanges(shop, vendor))


def test_a_return_that_another_process_has_overtaken_shows_what_stands(
    shop: MovedWorld, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trip = Trip(shop, vendor)
    ends: list[str] = []
    other = shop.another_app()
    own, app = shop.app.wsgi_app, shop.vendors[vendor].app

    def overtake() -> None:
        monkeypatch.setattr(shop.app, "wsgi_app", other.wsgi_app)
        ends.append(trip.comes())
        monkeypatch.setattr(shop.app, "wsgi_app", own)

    monkeypatch.setattr(app, "wsgi_app", Overtaken(app.wsgi_app, EXAMPLE.exchange, overtake))

    assert ["connected"] * 2 == [trip.comes(), *ends]
    assert 2 == exchanges(shop, vendor)


class Overtaken:
    """A vendor before whose first answer at `path` something else happens."""

    def __init__(self, app: WSGIApplication, path: str, happen: Callable[[], None]) -> None:
        self._app = app
        self._path = path
        self._happen: Callable[[], None] | None = happen

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == self._path and self._happen is not None:
            happen, self._happen = self._happen, None
            happen()
        return self._app(environ, start)


def test_another_vendors_state_connects_nothing(shop: MovedWorld, vendor: str) -> None:
    trip = Trip(shop, vendor)
    foreign = Trip(shop, "guild")

    address = trip.address.replace(trip.state, foreign.state)
    cookie = {
        name.replace(foreign.vendor, vendor): nonce for name, nonce in foreign.begun.cookie.items()
    }
    assert "failed" == trip.comes(address, cookie=cookie)
    trip.assert_untouched()


def test_a_state_altered_at_any_position_connects_nothing(shop: MovedWorld, vendor: str) -> None:
    trip = Trip(shop, vendor)
    altered = [
        trip.state[:position] + other_character(character) + trip.state[position + 1 :]
        for position, character in enumerate(trip.state)
    ]

    assert {"failed"} == {trip.comes(trip.address.replace(trip.state, one)) for one in altered}
    trip.assert_untouched()
    assert "connected" == trip.comes()


def other_character(character: str) -> str:
    """Return a character whose first bit in base64url differs: the last bits may be unused."""
    return BASE64URL[(BASE64URL.find(character) + 32) % 64]


def test_a_return_without_state_connects_nothing(shop: MovedWorld, vendor: str) -> None:
    trip = Trip(shop, vendor)
    code = dict(parse_qsl(urlsplit(trip.address).query))["code"]

    address = f"{shop.url}/api/connections/{vendor}/return?code={code}"
    assert "failed" == trip.comes(address)
    trip.assert_untouched()


def test_two_different_states_connect_nothing(shop: MovedWorld, vendor: str) -> None:
    trip, other = Trip(shop, vendor), Trip(shop, vendor)

    address = f"{trip.address}&state={other.state}"
    assert "failed" == trip.comes(address)
    trip.assert_untouched()


def test_query_and_path_must_agree(shop: MovedWorld) -> None:
    trip, other = Trip(shop, "guild"), Trip(shop, "guild")
    path, _, query = trip.address.partition("?")

    address = f"{path.replace(trip.state, other.state)}?{query}"
    assert "failed" == trip.comes(address)
    trip.assert_untouched()


def test_a_state_in_the_path_alone_is_enough(shop: MovedWorld) -> None:
    trip = Trip(shop, "guild")
    code = dict(parse_qsl(urlsplit(trip.address).query))["code"]

    assert "connected" == trip.comes(trip.with_query(("code", code)))


def test_a_vendor_that_echoes_the_state_has_none_in_the_path(shop: MovedWorld) -> None:
    trip = Trip(shop, "till")
    path, _, query = trip.address.partition("?")

    answer = come_back(trip.browser, f"{path}/{trip.state}?{query}", trip.begun.cookie)
    assert_problem(answer, 404, "not-found")
    trip.assert_untouched()


@pytest.mark.parametrize(
    ("codes", "end"),
    [([], "declined"), ([""], "declined"), (["one", "two"], "failed"), (["x" * 2_001], "failed")],
    ids=["none", "empty", "two", "long"],
)
def test_a_return_without_a_usable_code_connects_nothing(
    shop: MovedWorld, vendor: str, codes: list[str], end: str
) -> None:
    trip = Trip(shop, vendor)
    address = trip.with_query(("state", trip.state), *(("code", code) for code in codes))

    assert end == trip.comes(address)
    trip.assert_untouched()


@pytest.mark.parametrize(
    ("error", "end"),
    [
        ("access_denied", "declined"),
        ("expired", "failed"),
        ("server_error", "failed"),
        ("<script>", "failed"),
    ],
)
@pytest.mark.parametrize("keeps_state", [True, False])
@pytest.mark.parametrize("keeps_code", [True, False])
def test_an_error_ends_the_trip(
    shop: MovedWorld, vendor: str, error: str, end: str, keeps_state: bool, keeps_code: bool
) -> None:
    trip = Trip(shop, vendor)
    kept = [("state", keeps_state), ("code", keeps_code)]
    came = parse_qsl(urlsplit(trip.address).query)
    pairs = [pair for pair in came if (pair[0], True) in kept]

    assert end == trip.comes(trip.with_query(("error", error), *pairs))
    trip.assert_untouched()


@pytest.mark.parametrize("query", ["", "error=access_denied", "error=x", "code=x&state=x"])
def test_a_return_that_is_not_ours_leaves_the_trip_under_way(
    shop: MovedWorld, vendor: str, query: str
) -> None:
    """Any page can send a browser here; it must not take the nonce away."""
    trip = Trip(shop, vendor)
    address = f"{shop.url}/api/connections/{vendor}/return?{query}"
    answer = come_back(trip.browser, address, trip.begun.cookie)

    assert (303, False) == (answer.status_code, "Set-Cookie" in answer.headers)
    assert "connected" == trip.comes()


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT"])
def test_only_a_get_redeems_a_code(shop: MovedWorld, vendor: str, method: str) -> None:
    trip = Trip(shop, vendor)
    parts = urlsplit(trip.address)
    path = f"{parts.path}?{parts.query}"
    answer = trip.browser.call(method, path, cookies=trip.begun.cookie)

    assert 405 == answer.status_code
    trip.assert_untouched()
