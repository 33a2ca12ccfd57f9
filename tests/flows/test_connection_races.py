"""Writes of a connection that come late, or from two processes: what has ended stays ended."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.flows.connecting import connect, entry
from tests.flows.steps import started
from tests.kit.late import PROFILE, late_writes, second_process
from tests.kit.trips import MovedWorld, Trip, record
from tests.world import Browser


def visit(shop: MovedWorld, browser: Browser) -> requests.Response:
    """Ask how an order stands, which asks the till."""
    return browser.call("GET", f"/api/till/orders/{next(iter(shop.sharetribe.transactions))}")


def disconnect(browser: Browser) -> None:
    assert 200 == browser.call("DELETE", "/api/connections/till").status_code


def standing(browser: Browser) -> str:
    return str(entry(browser, "till")["status"])


def given_up(shop: MovedWorld) -> Any:
    """Connect, and give up on the write, which is not done yet; return it."""
    with late_writes(shop.sharetribe, PROFILE, most=1) as late:
        assert "failed" == Trip(shop, "till").comes()
    return late[0]


def test_a_failure_that_is_noted_late_says_nothing_of_a_newer_connection(shop: MovedWorld) -> None:
    browser = connect(shop, "till")
    sale = next(iter(shop.sharetribe.transactions.values()))
    sale.metadata["tillOrder"] = {"orderId": "o-1", "status": "new"}
    shop.till.kill()
    with late_writes(shop.sharetribe, PROFILE) as late:
        assert 503 == visit(shop, browser).status_code
    connect(shop, "till", browser)
    late[0]()
    assert "connected" == standing(browser)
    assert "lastFailedAt" not in record(shop, "till")


def test_a_connection_that_is_written_late_stays_given_back(shop: MovedWorld) -> None:
    write = given_up(shop)
    write()
    assert "not-connected" == standing(shop.browser())
    assert (None, []) == (record(shop, "till"), shop.till.held)


def test_a_connection_that_is_written_late_does_not_undo_a_disconnection(shop: MovedWorld) -> None:
    browser = connect(shop, "till")
    write = given_up(shop)
    disconnect(browser)
    write()
    assert "not-connected" == standing(browser)
    assert (None, []) == (record(shop, "till"), shop.till.held)


def test_a_connection_that_is_written_late_spares_the_one_before(shop: MovedWorld) -> None:
    browser = connect(shop, "till", place="south")
    write = given_up(shop)
    write()
    assert "South Quay" == entry(browser, "till")["details"]["placeName"]
    assert ("South Quay", ["south"]) == (record(shop, "till")["placeName"], shop.till.held)


def test_a_disconnection_that_is_written_late_spares_what_was_made_since(shop: MovedWorld) -> None:
    browser = connect(shop, "till", place="south")
    with late_writes(shop.sharetribe, PROFILE) as late:
        assert 503 == browser.call("DELETE", "/api/connections/till").status_code
    connect(shop, "till", browser)
    late[0]()
    assert "connected" == standing(browser)
    assert "North Quay" == record(shop, "till")["placeName"]


def test_of_two_connections_made_at_once_the_other_one_is_given_back(
    shop: MovedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each process has found nothing there."""
    trip, views = Trip(shop, "till"), shop.till.app.view_functions
    exchange = views["_exchange"]
    with second_process(shop) as there:
        other = Trip(shop, "till", there)

        def exchange_after_the_other(**arguments: Any) -> Any:
            monkeypatch.setitem(views, "_exchange", exchange)
            assert "connected" == other.comes(other.consent(place="south"))
            return exchange(**arguments)

        monkeypatch.setitem(views, "_exchange", exchange_after_the_other)
        assert "connected" == trip.comes()
    assert ["north", "south"] == sorted(shop.till.held)
    shop.clock.ahead = 120.0
    assert "North Quay" == entry(trip.browser, "till")["details"]["placeName"]
    assert ["north"] == shop.till.held


def test_what_has_just_been_made_is_not_tidied_away(shop: MovedWorld) -> None:
    """Another process may still be about to give it back, and the earlier one counts then."""
    browser = connect(shop, "till", place="south")
    kept = {key: value for key, value in shop.user.private_data.items() if key != "tillConnection"}
    connect(shop, "till", browser)
    ends = [key for key in shop.user.private_data if key.endswith("-ended")]
    shop.user.private_data.pop(ends[0])
    shop.user.private_data.update(kept)
    standing(browser)
    assert kept.keys() <= shop.user.private_data.keys()


def test_the_keys_of_a_connection_do_not_grow_in_number(shop: MovedWorld) -> None:
    browser = shop.browser()
    for _ in range(20):
        connect(shop, "till", browser)
        disconnect(browser)
    connect(shop, "till", browser)
    own = [key for key in shop.user.private_data if key.startswith("tillConnection")]
    assert 2 + 16 >= len(own)


def test_a_token_that_is_turned_down_says_nothing_of_the_connection_made_meanwhile(
    shop: MovedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workspace hears of a verification with the token that is just being replaced."""
    browser, views = connect(shop, "guild"), shop.guild.app.view_functions
    say = views["_say"]

    def refuse_after_another_was_made(**arguments: Any) -> Any:
        monkeypatch.setitem(views, "_say", say)
        shop.guild.kill()
        connect(shop, "guild", browser)
        return say(**arguments)

    monkeypatch.setitem(views, "_say", refuse_after_another_was_made)
    shop.checks.finish(started(browser))
    assert [] == shop.guild.messages
    assert "connected" == entry(browser, "guild")["status"]
