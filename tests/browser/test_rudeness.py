"""Every button of the demo page that lets something go wrong."""

import json

import pytest
from playwright.sync_api import Page, Route, expect

from sandbox.runner import Sandbox
from tests.browser.console import Console
from tests.browser.steps import log_in, needs_a_check, play, start

pytestmark = [pytest.mark.browser, needs_a_check]

FINE = "As it should be."
ODD = "Not as it should be."
VERIFIED, UNVERIFIED, BEGUN = "Verified", "Not verified yet", "Under way"

# Played one after the other: what needs a user who has begun nothing comes before the rest.
ENDINGS = [
    ("vendor-down", UNVERIFIED, "answered 503 (vendor-unavailable"),
    ("rate-limit", UNVERIFIED, "answered 503 (vendor-unavailable"),
    ("expire", UNVERIFIED, "the session cookie holds a new token"),
    ("tamper", "Not trusted", "checksum absent, verified false"),
    ("lose", VERIFIED, "answered 200: the proxy asked"),
    ("forge", BEGUN, "Answered 403. The private data did not change"),
    ("delay", VERIFIED, "Delivered late and answered 200; 1 write"),
    ("repeat", VERIFIED, "3 callbacks, answered 200, 200, 200, and 1 write"),
    ("reorder", VERIFIED, "2 callbacks, answered 200, 200, and 1 write"),
    ("log-out", VERIFIED, "The next visit was answered 200"),
    ("sharetribe-down", VERIFIED, "answered 200: the proxy asked"),
    ("kill", VERIFIED, "which had never heard of it, answered the callback 200"),
]
PROVOKED = (
    "status of 503",
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_CONTENT_LENGTH_MISMATCH",  # killed while it answers
    "ERR_EMPTY_RESPONSE",
)


def is_down(sandbox: Sandbox) -> bool:
    return sandbox.stage.sharetribe.faults.mode != "ok"


def begin(page: Page) -> None:
    log_in(page)  # to its end: what it still asks would meet what a scenario breaks


def test_every_rudeness_ends_as_it_should(page: Page, console: Console) -> None:
    console.expected = PROVOKED
    begin(page)

    for scenario, badge, told in ENDINGS:
        ended = play(page, scenario)
        expect(ended).to_contain_text(FINE)
        expect(ended).to_contain_text(told)
        expect(page.locator("#badge")).to_have_text(badge)

    ids = {card.get_attribute("id") for card in page.locator(".rude > li").all()}
    assert {f"rude-{scenario}" for scenario, _, _ in ENDINGS} == ids


def test_the_proxy_copes_with_refresh_tokens_that_rotate(page: Page) -> None:
    begin(page)

    page.locator("#more > summary").click()
    for rotation in ("grace", "strict"):
        page.get_by_label("Refresh tokens").select_option(rotation)
        for scenario in ("delay", "log-out", "sharetribe-down", "expire"):
            expect(play(page, scenario)).to_contain_text(FINE)


def test_a_result_changed_by_hand_loses_the_badge(page: Page) -> None:
    begin(page)
    play(page, "repeat")
    expect(page.locator("#badge")).to_have_text(VERIFIED)

    ended = play(page, "tamper")

    expect(ended).to_contain_text("checksum invalid, verified false")
    expect(page.locator("#badge")).to_have_text("Not trusted")
    expect(page.locator("#badge-detail")).to_contain_text("not trusted")
    expect(page.locator("#checksum")).to_have_attribute("data-state", "invalid")


def test_between_two_steps_the_check_is_pending(page: Page) -> None:
    begin(page)
    card = page.locator("#rude-delay")

    start(page, "delay")

    expect(card.get_by_role("button", name="Deliver now")).to_be_focused()
    expect(page.locator("#badge")).to_have_text("Still being checked")
    expect(page.locator("#private-data")).to_contain_text('"status": "pending"')


def test_a_new_scenario_ends_what_an_earlier_one_has_broken(page: Page, sandbox: Sandbox) -> None:
    begin(page)
    start(page, "sharetribe-down")
    expect(page.locator("#rude-sharetribe-down .next")).to_be_visible()
    assert is_down(sandbox)

    expect(play(page, "repeat")).to_contain_text(FINE)

    expect(page.locator("#rude-sharetribe-down .next")).to_have_count(0)
    expect(page.locator("#rude-sharetribe-down .ended")).to_be_empty()
    assert not is_down(sandbox)


def test_a_scenario_logs_in_by_itself_and_gives_the_forger_a_lane_of_their_own(page: Page) -> None:
    expect(play(page, "forge")).to_contain_text(FINE)

    expect(page.locator("#member-name")).to_have_text("Robin R")
    expect(page.locator("#trip-lanes .lane").last).to_have_text("Forger")
    expect(page.locator("#trip-hops")).to_contain_text("Forger to Proxy")


def test_the_verdict_follows_from_the_answers(page: Page) -> None:
    def trust_everything(route: Route) -> None:
        if route.request.method != "GET":
            route.continue_()
            return
        body = {"status": "approved", "verified": True, "checksum": "valid"}
        route.fulfill(json=body)

    begin(page)
    page.route("**/api/id-verification", trust_everything)

    expect(play(page, "tamper")).to_contain_text(ODD)


def test_a_write_more_than_one_is_noticed(page: Page, sandbox: Sandbox) -> None:
    robin = next(iter(sandbox.stage.sharetribe.users))

    def write_once_more(route: Route) -> None:
        sandbox.stage.sharetribe.updates.append((robin, {}))
        route.continue_()

    begin(page)
    page.route("**/finish", write_once_more)

    ended = play(page, "repeat")

    expect(ended).to_contain_text(ODD)
    expect(ended).to_contain_text("3 writes")


def test_a_scenario_that_cannot_go_on_says_so(page: Page, console: Console) -> None:
    console.expected = ("status of 502",)
    problem = json.dumps({"code": "vendor-refused"})
    begin(page)
    page.route("**/api/id-verification", lambda route: route.fulfill(status=502, body=problem))

    ended = play(page, "repeat")

    expect(ended).to_contain_text("It stopped: starting was answered 502 vendor-refused.")
