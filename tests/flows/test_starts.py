"""What a start costs: sessions that the vendor bills, however often and wherever one clicks."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.conftest import StartWorld
from tests.flows.problems import assert_problem
from tests.flows.steps import assert_recorded, standing, started
from tests.kit.clock import FastClock
from tests.kit.world import KitWorld
from tests.patience import wait_until

UPDATE = "/v1/api/current_user/update_profile"
DAY_SECONDS = 24 * 60 * 60


def begun(world: KitWorld) -> int:
    """Return how many sessions the vendor has begun."""
    return len(world.checks.checks)


def press(world: KitWorld, app: Flask, **body: object) -> TestResponse:
    """Press "verify my identity" where another process serves the request."""
    headers = {"Sec-Fetch-Site": "same-origin", "Cookie": world.browser().cookie_header}
    client = app.test_client(use_cookies=False)
    return client.post("/api/id-verification", json=body, headers=headers)


# One process


@pytest.mark.parametrize("body", [{}, {"restart": True}])
def test_a_second_click_gets_the_session_of_the_first(
    each_check: KitWorld, body: dict[str, bool]
) -> None:
    browser = each_check.browser()
    first, second = browser.start(**body), browser.start(**body)
    assert (201, 200) == (first.status_code, second.status_code)
    assert first.json() == second.json()
    assert 1 == begun(each_check)


def test_a_restart_long_after_a_restart_begins_a_session(start_world: StartWorld) -> None:
    clock = FastClock()
    world = start_world(clock=clock)
    first = started(world.browser(), restart=True)
    clock.ahead = 60
    assert first != started(world.browser(), restart=True)


@pytest.mark.parametrize("body", [{}, {"restart": True}])
def test_two_devices_that_click_at_once_get_one_session(
    world: KitWorld, body: dict[str, bool]
) -> None:
    world.checks.faults.mode = "hang"
    with ThreadPoolExecutor(2) as pool:
        clicks = [pool.submit(world.browser().start, **body) for _ in range(2)]
        wait_until(lambda: len(world.sharetribe.calls) == 2, "both have not been shown")
        wait_until(lambda: len(world.checks.calls) == 1, "the vendor was not asked")
        world.checks.faults.reset()
        answers = [click.result() for click in clicks]
    assert {200, 201} == {answer.status_code for answer in answers}
    assert 1 == len({answer.json()["transactionReference"] for answer in answers})
    assert 1 == begun(world)


# A session that is paid for, and cannot be stored


def test_a_write_that_fails_after_the_paid_step_is_tried_again(each_check: KitWorld) -> None:
    world = each_check
    world.sharetribe.faults.only_paths = frozenset({UPDATE})
    world.sharetribe.faults.mode = "error"
    with ThreadPoolExecutor(1) as pool:
        click = pool.submit(world.browser().start)
        wait_until(lambda: any(UPDATE in call for call in world.sharetribe.calls), "no write")
        world.sharetribe.faults.reset()
        assert 201 == click.result().status_code
    assert_recorded(world, "pending")
    assert 1 == begun(world)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests end soon, so that no further try has time."""
    monkeypatch.setattr("proxy.http.web.REQUEST_SECONDS", 0.3)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("works_once", ["false", "true"])
def test_a_session_that_could_not_be_stored_is_handed_out_by_the_next_start(
    start_world: StartWorld, works_once: str
) -> None:
    world = start_world(PASSCHECK_SINGLE_USE_LINKS=works_once)
    world.sharetribe.faults.only_paths = frozenset({UPDATE})
    world.sharetribe.faults.mode = "error"
    assert_problem(world.browser().start(), 503, "marketplace-unavailable")
    world.sharetribe.faults.reset()
    assert world.checks.check.id == started(world.browser())
    assert 1 == begun(world)


# Two processes


@pytest.mark.parametrize(("check", "sessions"), [("facecheck", 1), ("passcheck", 2)])
def test_a_double_click_on_two_processes_costs_one_session_where_the_vendor_has_a_key_for_it(
    start_world: StartWorld, check: str, sessions: int
) -> None:
    world = start_world(INTEGRATIONS=check)
    other, browser = world.another_app(), world.browser()
    world.checks.faults.mode = "hang"
    with ThreadPoolExecutor(2) as pool:
        here, there = pool.submit(browser.start), pool.submit(press, world, other)
        wait_until(lambda: len(world.checks.calls) == 2, "the vendor was not asked twice")
        world.checks.faults.reset()
        assert (201, 201) == (here.result().status_code, there.result().status_code)
    assert sessions == begun(world)
    first = next(iter(world.checks.checks))
    assert [200] == world.checks.finish(first)
    assert "approved" == standing(browser)["status"]


@pytest.mark.parametrize("ahead", [-240, 240])
def test_a_clock_that_differs_stops_no_question_to_the_vendor(
    start_world: StartWorld, ahead: int
) -> None:
    clock = FastClock()
    world = start_world(clock=clock)
    clock.ahead = ahead
    reference = started(world.browser())
    clock.ahead = 0
    world.checks.finish(reference, told=False)
    assert {"status": "approved"} == world.browser().start().json()


# Denial of wallet


def spend_starts(world: KitWorld, count: int) -> None:
    """Begin and fail so many verifications."""
    for _ in range(count):
        world.checks.finish(started(world.browser(), restart=True), "refused")


def test_a_user_begins_so_many_sessions_a_day_and_no_more(start_world: StartWorld) -> None:
    clock = FastClock()
    world = start_world(clock=clock, MAX_STARTS_PER_DAY="2")
    spend_starts(world, 1)
    clock.ahead = 3_600
    spend_starts(world, 1)
    for body in ({}, {"restart": True}):
        answer = world.browser().start(**body)
        assert_problem(answer, 429, "too-many-starts")
        assert DAY_SECONDS - 3_700 < int(answer.headers["Retry-After"]) <= DAY_SECONDS - 3_590
    assert (2, "rejected") == (begun(world), standing(world.browser())["status"])
    clock.ahead = DAY_SECONDS + 60
    assert started(world.browser())


def test_by_default_it_is_five(start_world: StartWorld) -> None:
    world = start_world(MAX_STARTS_PER_DAY=None)
    spend_starts(world, 5)
    assert_problem(world.browser().start(), 429, "too-many-starts")


def test_an_open_session_is_handed_out_however_many_have_begun(start_world: StartWorld) -> None:
    world = start_world(MAX_STARTS_PER_DAY="1")
    first = world.browser().start()
    again = world.browser().start()
    assert (200, first.json()) == (again.status_code, again.json())


def test_another_users_starts_are_their_own(start_world: StartWorld) -> None:
    world = start_world(MAX_STARTS_PER_DAY="1")
    spend_starts(world, 1)
    assert started(world.browser(world.other_user))


def test_deleting_ones_own_record_does_not_help(start_world: StartWorld) -> None:
    world = start_world(MAX_STARTS_PER_DAY="2")
    for _ in range(2):
        spend_starts(world, 1)
        world.sharetribe.replace_private_data(world.user.id, {})
    assert_problem(world.browser().start(), 429, "too-many-starts")


def test_with_the_integration_api_it_helps_at_no_process(start_world: StartWorld) -> None:
    world = start_world(MAX_STARTS_PER_DAY="2", integration_api=True)
    spend_starts(world, 2)
    world.sharetribe.replace_private_data(world.user.id, {})
    assert 429 == press(world, world.another_app(), restart=True).status_code


def test_many_clicks_at_once_begin_no_more_than_the_day_has(start_world: StartWorld) -> None:
    world = start_world(MAX_STARTS_PER_DAY="2")
    ready = threading.Barrier(8)

    def click() -> None:
        browser = world.browser()
        ready.wait()
        for _ in range(5):
            browser.start(restart=True)
            world.sharetribe.replace_private_data(world.user.id, {})

    with ThreadPoolExecutor(8) as pool:
        for clicking in [pool.submit(click) for _ in range(8)]:
            clicking.result()
    assert 2 == begun(world)


# What a trip costs at the marketplace


@pytest.mark.parametrize("integration_api", [True, False])
def test_a_start_a_callback_and_a_visit_cost_one_read_and_one_write(
    start_world: StartWorld, integration_api: bool
) -> None:
    world = start_world(integration_api=integration_api)
    browser = world.browser()
    reference = started(browser)
    world.checks.finish(reference)
    lost = started(browser, restart=True)
    world.checks.finish(lost, told=False)
    standing(browser)
    standing(browser)
    calls = [call for call in world.sharetribe.calls if "/auth/token" not in call]
    kinds = ["read" if call.startswith("GET") else "write" for call in calls]
    assert ["read", "write"] * 4 + ["read"] == kinds
