"""Whose session a return brings: the beginner's own, renewed, another one, or none."""

from __future__ import annotations

import pytest

from sandbox.sharetribe.tokens import Rotation
from tests.flows.connecting import come_back, entry
from tests.kit.trips import (
    MovedWorld,
    Trip,
    bearer,
)
from tests.world import Browser


@pytest.mark.parametrize("session", ["none", "anonymous", "impersonated"])
def test_a_trip_begun_with_the_cookie_must_come_back_with_it(
    shop: MovedWorld, vendor: str, session: str
) -> None:
    trip = Trip(shop, vendor)
    token = {
        "anonymous": shop.sharetribe.anonymous(),
        "impersonated": shop.sharetribe.log_in_as(shop.user.id),
    }.get(session)

    assert "failed" == trip.comes(browser=Browser(shop, token))
    trip.assert_untouched()


def test_a_session_that_has_ended_connects_nothing(shop: MovedWorld, vendor: str) -> None:
    trip = Trip(shop, vendor)
    shop.sharetribe.log_out(shop.user.id)
    shop.sharetribe.expire_access_tokens()

    assert "failed" == trip.comes()
    trip.assert_untouched()


def begun_by_bearer(shop: MovedWorld, vendor: str) -> Trip:
    """Return a trip that a page on another host began, without the session's cookie."""
    browser, headers = bearer(shop)
    return Trip(shop, vendor, browser, headers)


def test_a_trip_begun_with_a_bearer_token_is_stored_by_the_integration_api(
    shop: MovedWorld, vendor: str
) -> None:
    assert "connected" == begun_by_bearer(shop, vendor).comes()
    assert "connected" == entry(shop.browser(), vendor)["status"]
    assert "POST /v1/integration_api/users/update_profile" in shop.sharetribe.calls


def test_a_trip_begun_with_a_bearer_token_may_come_back_with_the_cookie(
    shop: MovedWorld, vendor: str
) -> None:
    assert "connected" == begun_by_bearer(shop, vendor).comes(browser=shop.browser())


def test_a_trip_begun_with_a_bearer_token_is_no_other_users(shop: MovedWorld, vendor: str) -> None:
    trip = begun_by_bearer(shop, vendor)

    assert "failed" == trip.comes(browser=shop.browser(shop.other_user))
    trip.assert_untouched()


@pytest.mark.parametrize("begun_by", ["cookie", "bearer"])
def test_a_browser_with_two_sessions_that_differ_connects_nothing(
    shop: MovedWorld, vendor: str, begun_by: str
) -> None:
    trip = Trip(shop, vendor) if begun_by == "cookie" else begun_by_bearer(shop, vendor)
    both = shop.browser()
    stranger = shop.browser(shop.other_user).cookie
    both.cookie = f"{both.cookie}; st-{shop.sharetribe.client_id}-token={stranger}"

    assert "failed" == trip.comes(browser=both)
    trip.assert_untouched()


def test_a_trip_begun_with_a_bearer_token_is_not_stopped_by_an_ended_session(
    shop: MovedWorld, vendor: str
) -> None:
    ended = shop.browser()
    shop.sharetribe.log_out(shop.user.id)
    shop.sharetribe.expire_access_tokens()

    assert "connected" == begun_by_bearer(shop, vendor).comes(browser=ended)


@pytest.mark.parametrize("nonce", [None, "x"])
def test_a_trip_begun_with_a_bearer_token_is_no_other_browsers(
    shop: MovedWorld, vendor: str, nonce: str | None
) -> None:
    trip = begun_by_bearer(shop, vendor)

    assert "failed" == trip.comes(cookie={} if nonce is None else trip.holding(nonce))
    trip.assert_untouched()


def test_a_repeated_return_is_shown_to_its_browser_or_its_session(
    shop: MovedWorld, vendor: str
) -> None:
    """Whoever only holds the address learns nothing of a user's connection."""
    trip = begun_by_bearer(shop, vendor)
    ends = [trip.comes(), trip.comes(), trip.comes(cookie={})]

    assert ["connected", "connected", "failed"] == ends
    assert "connected" == trip.comes(browser=shop.browser(), cookie={})


@pytest.mark.parametrize("rotation", ["none", "grace", "strict"])
def test_a_session_renewed_on_the_way_is_handed_back(
    shop: MovedWorld, vendor: str, rotation: Rotation
) -> None:
    shop.sharetribe.rotation = rotation
    trip = Trip(shop, vendor)
    before = trip.browser.cookie
    shop.sharetribe.expire_access_tokens()

    assert "connected" == trip.comes()
    assert before != trip.browser.cookie
    assert "connected" == entry(trip.browser, vendor)["status"]


def test_a_renewed_session_is_handed_back_on_a_failed_return_too(
    shop: MovedWorld, vendor: str
) -> None:
    shop.sharetribe.rotation = "strict"
    trip = Trip(shop, vendor)
    shop.sharetribe.expire_access_tokens()
    shop.vendors[vendor].faults.mode = "error"

    assert "failed" == trip.comes()
    assert 200 == trip.browser.call("GET", "/api/connections").status_code


def test_a_session_that_needs_no_renewal_is_left_alone(shop: MovedWorld, vendor: str) -> None:
    trip = Trip(shop, vendor)
    answer = come_back(trip.browser, trip.address, trip.begun.cookie)

    assert f"st-{shop.sharetribe.client_id}-token" not in answer.cookies
