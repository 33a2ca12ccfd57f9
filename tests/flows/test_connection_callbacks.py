"""What a vendor that takes no orders and has no workspace tells of a connection."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.connecting import connect, entry
from tests.kit.calendar.simulator import SimulatedCalendar
from tests.kit.trips import MovedWorld
from tests.world import Browser

ENDED = {"id": "1", "place": "north", "kind": "disconnected"}


@pytest.fixture
def calendar(shop: MovedWorld) -> SimulatedCalendar:
    """Return Calendar, simulated."""
    found: SimulatedCalendar = shop.vendors["calendar"]
    return found


@pytest.fixture
def browser(shop: MovedWorld) -> Browser:
    """Return the browser of a user who has connected Calendar, with no write counted yet."""
    used = connect(shop, "calendar")
    shop.sharetribe.updates.clear()
    return used


def standing(browser: Browser) -> tuple[str, str | None]:
    """Return how the connection stands, and why."""
    shown = entry(browser, "calendar")
    return shown["status"], shown.get("reason")


def told(calendar: SimulatedCalendar, event: Any = ENDED, **sent: str) -> tuple[int, Any]:
    """Return what news is answered: the status, and the code or the word."""
    answer = calendar.deliver(calendar.living, event, **sent)
    return answer.status, answer.body.get("code") or answer.body["status"]


def test_that_it_has_ended_is_stored_with_its_reason(
    browser: Browser, calendar: SimulatedCalendar
) -> None:
    assert (200, "stored") == told(calendar)
    expected = ("needs-reconnection", "The user has disconnected at Calendar.")
    assert expected == standing(browser)


@pytest.mark.parametrize("kind", ["changed", "viewed"])
def test_other_news_changes_nothing(
    shop: MovedWorld, browser: Browser, calendar: SimulatedCalendar, kind: str
) -> None:
    assert (200, "ignored") == told(calendar, {**ENDED, "kind": kind})
    assert ("connected", None) == standing(browser)
    assert [] == shop.sharetribe.updates


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        ({**ENDED, "place": "south"}, (403, "callback-foreign")),
        ({**ENDED, "place": None}, (403, "callback-foreign")),
        ({**ENDED, "id": None}, (400, "body-invalid")),
        (b"[]", (400, "body-invalid")),
    ],
)
def test_news_of_another_place_or_none_is_refused(
    shop: MovedWorld,
    browser: Browser,
    calendar: SimulatedCalendar,
    event: Any,
    answer: tuple[int, str],
) -> None:
    assert answer == told(calendar, event)
    assert ("connected", None) == standing(browser)
    assert [] == shop.sharetribe.updates


def test_news_of_somebody_else_is_refused(
    shop: MovedWorld, browser: Browser, calendar: SimulatedCalendar
) -> None:
    assert (401, "signature-invalid") == told(calendar, secret="another secret")
    assert ("connected", None) == standing(browser)
    assert [] == shop.sharetribe.updates


def test_news_at_an_address_that_is_not_ours_comes_again(
    shop: MovedWorld, browser: Browser, calendar: SimulatedCalendar
) -> None:
    address = str(calendar.living.hook)
    assert (503, "reference-invalid") == told(calendar, url=f"{address[:-1]}_")
    assert ("connected", None) == standing(browser)
    assert [] == shop.sharetribe.updates


def test_news_that_cannot_be_written_comes_again(
    shop: MovedWorld, browser: Browser, calendar: SimulatedCalendar
) -> None:
    shop.sharetribe.faults.mode = "error"
    assert (503, "marketplace-unavailable") == told(calendar)
    shop.sharetribe.faults.reset()

    assert (200, "stored") == told(calendar)
    assert "needs-reconnection" == standing(browser)[0]


def test_news_after_a_disconnection_is_for_nobody(
    browser: Browser, calendar: SimulatedCalendar
) -> None:
    address = str(calendar.living.hook)
    known = calendar.living
    assert 200 == browser.call("DELETE", "/api/connections/calendar").status_code

    answer = calendar.deliver(known, ENDED, url=address)
    assert (200, {"status": "ignored"}) == (answer.status, answer.body)
    assert "not-connected" == standing(browser)[0]
