"""The nonce cookies: one for each trip, of this very host, a handful in one browser."""

from __future__ import annotations

from http.cookies import Morsel, SimpleCookie

import pytest
from flask import Response

from proxy.connections.nonce_cookies import MOST_TRIPS, NonceCookies
from proxy.connections.trip import Departure

TRIP = "00112233445566aa"
COOKIES = NonceCookies("acme", secure=True)
PLAIN = NonceCookies("acme", secure=False)


def begun(header: str | None = None, cookies: NonceCookies = COOKIES) -> list[Morsel[str]]:
    """Return the cookies that a begun trip sets in a browser that sends this header."""
    response = Response()
    cookies.add(response, Departure("https://vendor.example/", "nonce", TRIP), header)
    return written(response)


def written(response: Response) -> list[Morsel[str]]:
    return [
        morsel
        for line in response.headers.getlist("Set-Cookie")
        for morsel in SimpleCookie(line).values()
    ]


def held(*trips: int) -> str:
    """Return the header of a browser that has begun these trips."""
    return "; ".join(f"__Host-echoseal-acme-{trip:016x}=n{trip}" for trip in trips)


def removed(header: str) -> list[str]:
    return [cookie.key[-2:] for cookie in begun(header) if cookie["max-age"] == "0"]


def test_with_https_only_this_host_can_set_the_cookie() -> None:
    (cookie,) = begun()

    assert (f"__Host-echoseal-acme-{TRIP}", "nonce") == (cookie.key, cookie.value)
    assert ("/", "", True) == (cookie["path"], cookie["domain"], cookie["secure"])
    assert (True, "Lax", "900") == (cookie["httponly"], cookie["samesite"], cookie["max-age"])


def test_without_https_the_cookie_has_a_name_that_browsers_take() -> None:
    (cookie,) = begun(cookies=PLAIN)

    assert (f"echoseal-acme-{TRIP}", "") == (cookie.key, cookie["secure"])


@pytest.mark.parametrize("cookies", [COOKIES, PLAIN])
def test_a_removed_cookie_is_the_one_that_was_set(cookies: NonceCookies) -> None:
    response = Response()
    cookies.remove(response, TRIP)
    (gone,), (cookie,) = written(response), begun(cookies=cookies)

    assert (cookie.key, "", "0") == (gone.key, gone.value, gone["max-age"])
    assert [cookie[name] for name in ("path", "domain", "secure")] == [
        gone[name] for name in ("path", "domain", "secure")
    ]


def test_every_trip_has_its_own_nonce() -> None:
    assert {f"{1:016x}": "n1", f"{2:016x}": "n2"} == COOKIES.nonces(f"a=b; {held(1, 2)}; c")


@pytest.mark.parametrize(
    "name",
    [
        f"echoseal-acme-{TRIP}",
        f"__host-echoseal-acme-{TRIP}",
        f"__Host-echoseal-other-{TRIP}",
        f"__Host-echoseal-acme-more-{TRIP}",
        f"__Host-echoseal-acme-{TRIP}0",
        f"__Host-echoseal-acme-{TRIP[1:]}",
        f"__Host-echoseal-acme-{TRIP.upper()}",
        "__Host-echoseal-acme-",
        "echoseal-acme",
        TRIP,
        "",
    ],
)
def test_other_names_hold_no_nonce(name: str) -> None:
    assert {} == COOKIES.nonces(f"{name}=nonce")


def test_a_nonce_that_contradicts_itself_is_none() -> None:
    """Without https another host can set one of the same name."""
    assert {f"{1:016x}": "n1"} == COOKIES.nonces(f"{held(1, 2, 1)}; {held(2)[:-1]}3")


def test_as_many_trips_as_are_allowed_make_nobody_leave() -> None:
    assert [] == removed(held(*range(MOST_TRIPS - 1)))


def test_the_oldest_trips_make_room() -> None:
    """Browsers send the oldest cookie of a path first."""
    assert ["07", "03"] == removed(held(7, 3, *range(10, 10 + MOST_TRIPS - 1)))


def test_a_browser_full_of_cookies_makes_no_endless_answer() -> None:
    assert [f"{trip:02x}" for trip in range(8)] == removed(held(*range(100)))


@pytest.mark.parametrize("text", ["\u00e9" * 16, "0" * 15 + '"', "../../../../../..", "0" * 17])
def test_no_name_that_a_browser_made_up_is_written_back(text: str) -> None:
    hostile = [f"__Host-echoseal-acme-{text}=x"] * MOST_TRIPS

    assert [] == removed("; ".join([*hostile, held(*range(MOST_TRIPS - 1))]))
