"""The kit's React components in a real browser: the trips that users make with them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from sandbox.discovery import simulators
from tests.browser.console import Console, OpenPage
from tests.browser.kit_shop import REACTS, Shop
from tests.browser.kit_steps import REFUSED, begin, panel, press_at_vendor, title
from tests.browser.steps import needs_a_check, needs_a_document, needs_a_plan

pytestmark = pytest.mark.browser
needs_a_connection = pytest.mark.skipif(
    not any(simulator.connects for simulator in simulators()),
    reason="no vendor that users connect can be simulated",
)

VERIFIED = "Your identity is verified"
NOT_VERIFIED = re.compile("could not be verified|did not work")


@needs_a_check
@pytest.mark.parametrize("react", REACTS)
def test_a_check_is_made_at_the_vendors_page_and_back(
    shopper: Page, shop: Shop, react: str
) -> None:
    shopper.context.add_cookies([{"name": "react", "value": react, "url": shop.url}])
    shopper.goto(f"{shop.url}/verification?from=listing")
    begin(shopper)
    press_at_vendor(shopper)

    expect(title(shopper)).to_have_text(VERIFIED)
    expect(title(shopper)).to_be_focused()
    expect(shopper.get_by_role("button", name="Verify my identity")).to_have_count(0)
    assert f"{shop.url}/verification" == shopper.url


@needs_a_check
def test_a_rejected_check_is_made_again(shopper: Page, shop: Shop) -> None:
    shopper.goto(f"{shop.url}/verification")
    begin(shopper)
    press_at_vendor(shopper, 1)
    expect(title(shopper)).to_have_text(NOT_VERIFIED)
    begin(shopper, "Try again")
    press_at_vendor(shopper)
    expect(title(shopper)).to_have_text(VERIFIED)


@needs_a_check
def test_a_check_is_made_in_a_frame(shopper: Page, shop: Shop) -> None:
    shopper.goto(f"{shop.url}/verification?frame=yes")
    begin(shopper)
    expect(title(shopper)).to_have_text("Your identity check is open")
    expect(title(shopper)).to_be_focused()
    frame = shopper.frame_locator("iframe[title='Identity check']")
    frame.locator("form button").first.click()

    expect(title(shopper)).to_have_text(VERIFIED)
    expect(shopper.locator("iframe")).to_have_count(0)
    expect(title(shopper)).to_be_focused()


@needs_a_check
def test_a_frame_is_closed_and_gone_on_with(shopper: Page, shop: Shop) -> None:
    earlier = len(shop.stage.checks[0].transactions)
    shopper.goto(f"{shop.url}/verification?frame=yes")
    begin(shopper)
    shopper.get_by_role("button", name="Close").click()
    expect(title(shopper)).to_have_text("Your verification has begun")
    begin(shopper, "Continue")
    shopper.get_by_role("button", name="Open on a page of its own").click()
    press_at_vendor(shopper)
    expect(title(shopper)).to_have_text(VERIFIED)
    assert 1 == len(shop.stage.checks[0].transactions) - earlier


@needs_a_check
def test_who_comes_back_with_nothing_done_goes_on(shopper: Page, shop: Shop) -> None:
    earlier = len(shop.stage.checks[0].transactions)
    shopper.goto(f"{shop.url}/verification")
    begin(shopper)
    shopper.wait_for_url("**/services/**")
    shopper.go_back()
    expect(title(shopper)).to_have_text("The result is on its way")
    begin(shopper, "Continue")
    press_at_vendor(shopper)
    expect(title(shopper)).to_have_text(VERIFIED)
    assert 1 == len(shop.stage.checks[0].transactions) - earlier


@needs_a_check
def test_an_impatient_user_starts_once(shopper: Page, shop: Shop) -> None:
    starts: list[str] = []

    def start(route: Route) -> None:
        if route.request.method == "POST":
            starts.append(route.request.url)
        route.continue_()

    shopper.route("**/api/id-verification", start)
    shopper.goto(f"{shop.url}/verification")
    shopper.get_by_role("button", name="Verify my identity").dblclick()
    press_at_vendor(shopper)
    expect(title(shopper)).to_have_text(VERIFIED)
    assert [f"{shop.url}/api/id-verification"] == starts


@needs_a_check
def test_the_keyboard_alone_does(shopper: Page, shop: Shop) -> None:
    shopper.goto(f"{shop.url}/verification?frame=yes")
    button = shopper.get_by_role("button", name="Verify my identity")
    expect(button).to_be_visible()
    for _ in range(10):
        shopper.keyboard.press("Tab")
        if button.evaluate("(button) => button === document.activeElement"):
            break
    shopper.keyboard.press("Enter")
    expect(title(shopper)).to_be_focused()
    decide = shopper.frame_locator("iframe").locator("form button").first
    decide.wait_for()
    shopper.keyboard.press("Tab")
    expect(decide).to_be_focused()
    shopper.keyboard.press("Enter")
    expect(title(shopper)).to_have_text(VERIFIED)
    expect(title(shopper)).to_be_focused()


@needs_a_document
def test_a_document_is_signed(shopper: Page, shop: Shop) -> None:
    name = next(iter(shop.stage.documents)).replace("-", " ").capitalize()
    shopper.goto(f"{shop.url}/signing?frame=yes")
    agreement = panel(shopper, f"“{name}”")
    agreement.get_by_role("button", name="Read and sign").click()
    shopper.frame_locator("iframe").get_by_role("button").first.click()

    expect(agreement.locator(".echoseal-title")).to_have_text(f"You have signed “{name}”")
    expect(agreement).to_contain_text("Completed")


@needs_a_plan
def test_a_plan_is_paid_for_and_cancelled(shopper: Page, shop: Shop) -> None:
    shopper.goto(f"{shop.url}/billing")
    panel(shopper, "a month").first.get_by_role("button", name="Continue to payment").click()
    press_at_vendor(shopper)
    active = panel(shopper, "Your subscription is active")
    expect(active).to_contain_text("Paid until")
    expect(active).to_contain_text("€12.50 a month")
    assert f"{shop.url}/billing" == shopper.url

    active.get_by_role("button", name="Manage payment").click()
    shopper.wait_for_url("**/services/**")
    shopper.get_by_role("button", name=re.compile("cancel", re.IGNORECASE)).first.click()
    shopper.get_by_role("link", name="marketplace").click()
    expect(panel(shopper, "Your subscription is cancelled")).to_contain_text("Ends on")


@needs_a_connection
def test_a_service_is_connected_and_disconnected(shopper: Page, shop: Shop) -> None:
    name = next(one.title for one in (it.simulator for it in shop.stage.running) if one.connects)
    news = shopper.locator(".echoseal-news")
    shopper.goto(f"{shop.url}/connections")
    begin(shopper, f"Connect {name}")
    shopper.get_by_role("button", name="Decline").click()
    expect(news).to_have_text(f"You did not allow it at {name}. Nothing was connected.")

    begin(shopper, f"Connect {name}")
    shopper.get_by_role("button", name="Allow").click()
    expect(news).to_have_text(f"{name} is connected.")
    assert f"{shop.url}/connections" == shopper.url

    asks = begin(shopper, f"Disconnect {name}")
    expect(shopper.get_by_role("group", name=f"Disconnect {name}?")).to_be_focused()
    shopper.keyboard.press("Escape")
    expect(asks).to_be_focused()
    shopper.keyboard.press("Enter")
    shopper.get_by_role("button", name="Yes, disconnect").press("Enter")
    expect(news).to_have_text(f"{name} is disconnected.")
    expect(shopper.get_by_role("button", name=f"Connect {name}")).to_be_visible()


def stay(route: Route) -> None:
    """Answer nothing to whoever leaves the page."""
    if route.request.is_navigation_request():
        route.fulfill(status=204)
    else:
        route.fallback()


@needs_a_connection
def test_who_stays_all_the_same_can_go_on(shopper: Page, shop: Shop) -> None:
    """A browser that is told to stop, or whose vendor sends nothing, stays where it is."""
    name = next(one.title for one in (it.simulator for it in shop.stage.running) if one.connects)
    shopper.clock.install()
    shopper.goto(f"{shop.url}/connections")
    shopper.route("**/*", stay)
    button = begin(shopper, f"Connect {name}")
    expect(shopper.get_by_role("button", name="Taking you there …")).to_be_visible()

    shopper.clock.fast_forward(60_000)

    expect(button).to_be_visible()
    expect(button).not_to_have_attribute("aria-disabled", "true")


@needs_a_check
@needs_a_connection
def test_who_logs_out_takes_along_how_they_stand(
    shopper: Page, console: Console, shop: Shop
) -> None:
    console.expected = (REFUSED,)
    shopper.goto(f"{shop.url}/verification")
    begin(shopper)
    press_at_vendor(shopper)
    expect(title(shopper)).to_have_text(VERIFIED)
    shopper.goto(shop.url)
    verified = shopper.get_by_role("heading", name=VERIFIED)
    services = shopper.locator(".echoseal-service")
    expect(verified).to_be_visible()
    expect(services.first).to_be_visible()
    shopper.route("**/api/**", lambda _: None)  # nothing is answered any more

    shopper.get_by_role("button", name="Log out").click()

    expect(verified).to_have_count(0)
    expect(services).to_have_count(0)


def test_who_is_not_logged_in_is_told_where(
    open_page: OpenPage, console: Console, shop: Shop
) -> None:
    console.expected = (REFUSED,)
    page = open_page(shop.url)
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()
    panels = page.locator(".echoseal-panel")
    expect(panels.get_by_role("link", name="Log in")).to_have_count(panels.count())
    expect(panels.get_by_role("heading", name="Please log in")).to_have_count(panels.count())
    expect(page.get_by_role("link", name="Log in").first).to_have_attribute("href", "/log-in")
    page.get_by_role("button", name=f"Log in as {shop.user.display_name}").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    expect(page.get_by_role("heading", name="Please log in")).to_have_count(0)


@needs_a_check
def test_a_session_that_has_ended_is_told(shopper: Page, console: Console, shop: Shop) -> None:
    console.expected = (REFUSED,)
    shopper.goto(f"{shop.url}/verification")
    button = shopper.get_by_role("button", name="Verify my identity")
    expect(button).to_be_visible()
    shop.stage.sharetribe.log_out(shop.user.id)
    shop.stage.sharetribe.expire_access_tokens()
    button.click()
    expect(title(shopper)).to_have_text("Please log in")


@needs_a_check
def test_a_vendor_that_is_down_is_waited_for(shopper: Page, console: Console, shop: Shop) -> None:
    console.expected = (REFUSED,)
    shopper.clock.install()
    shopper.goto(f"{shop.url}/verification")
    shop.stage.checking[0].vendor.faults.mode = "error"
    begin(shopper)
    expect(title(shopper)).to_have_text("This does not work right now")
    expect(shopper.locator(".echoseal-text")).to_contain_text(re.compile("Try again in .+ seconds"))
    again = shopper.get_by_role("button", name="Try again")
    expect(again).to_have_attribute("aria-disabled", "true")
    expect(again).to_be_focused()
    again.press("Enter")
    shop.stage.behave()

    shopper.clock.fast_forward(120_000)

    expect(title(shopper)).to_have_text("You can go on now")
    expect(again).to_be_focused()
    again.press("Enter")
    press_at_vendor(shopper)
    expect(title(shopper)).to_have_text(VERIFIED)


def problem(code: str, status: int, **headers: str) -> dict[str, Any]:
    body = {"type": f"urn:echoseal:problem:{code}", "title": "", "status": status, "detail": ""}
    return {
        "status": status,
        "headers": headers,
        "content_type": "application/problem+json",
        "json": {**body, "code": code, "requestId": "0f4c1d2e"},
    }


@pytest.mark.parametrize(
    ("refusal", "told", "action"),
    [
        (problem("session-impersonated", 403), "Only the user can do this", None),
        (problem("vendor-refused", 502), "0f4c1d2e", "Contact us"),
        (problem("too-many-starts", 429, **{"Retry-After": "20000"}), "in 6 hours", None),
        ({"status": 200, "content_type": "text/html", "body": "<p>Hello"}, "tell us", "Contact us"),
        (None, "No connection", None),
    ],
    ids=["impersonated", "refused", "too-many", "html", "network"],
)
def test_a_refusal_says_what_to_do(
    shopper: Page,
    console: Console,
    shop: Shop,
    refusal: dict[str, Any] | None,
    told: str,
    action: str | None,
) -> None:
    console.expected = (REFUSED,)

    def answer(route: Route) -> None:
        if refusal is None:
            route.abort()
        else:
            route.fulfill(**refusal)

    shopper.route("**/api/id-verification", answer)
    shopper.goto(f"{shop.url}/verification")
    expect(shopper.locator(".echoseal-panel")).to_contain_text(told)
    links = shopper.locator(".echoseal-actions a").all_text_contents()
    assert ([action] if action else []) == links
