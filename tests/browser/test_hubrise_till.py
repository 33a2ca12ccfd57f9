"""The till on the demo page, in a real browser: consent, order, and what becomes of it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.runner import Sandbox
from tests.browser.console import Console
from tests.browser.hubrise_steps import send_order
from tests.browser.legibility import illegible
from tests.browser.steps import connect, log_in, open_tab

pytestmark = pytest.mark.browser


def standing(page: Page) -> Locator:
    return page.locator("#hubrise .badge")


@pytest.fixture
def member(page: Page) -> Page:
    """Return the demo page after the seller has logged in."""
    log_in(page)
    return page


def at_the_till(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
    expect(page.locator("#till-told")).to_contain_text("HubRise has told")


@pytest.fixture
def till(member: Page) -> Page:
    """Return the demo page after the seller has connected HubRise."""
    connect(member, "HubRise")
    return member


def test_an_expired_consent_is_said(member: Page) -> None:
    connect(member, "HubRise", "Let it expire")

    expect(standing(member)).to_have_text("Not connected")
    expect(member.locator("#connections-end")).to_contain_text("could not be connected")


def test_an_address_cannot_pretend_a_connection(member: Page, sandbox: Sandbox) -> None:
    member.goto(f"{sandbox.url}/?hubrise=connected")

    expect(member.locator("#connections-end")).to_contain_text("could not be connected")


def test_the_trip_goes_on_after_the_consent_page_and_is_told_once(till: Page) -> None:
    expect(till.locator("#hubrise .facts").first).to_contain_text("Saint-Denis")
    who = till.locator("#trip-hops .who")
    expect(who.nth(8)).to_be_visible()

    assert (
        [
            "Browser to Proxy",  # begin
            "Proxy to Sharetribe",
            "Browser to HubRise",  # the consent page
            "Browser to HubRise",
            "Browser to Proxy",  # the return
            "Proxy to Sharetribe",
            "Proxy to HubRise",  # the code for a token
            "Proxy to HubRise",  # the callback's address
            "Proxy to Sharetribe",
        ]
        == who.all_text_contents()[:9]
    )
    expect(till.locator("#trip-title")).to_have_text("The trip of connecting HubRise")
    expect(till.locator("#trip-lanes .lane").last).to_have_text("HubRise")

    till.reload()

    expect(standing(till)).to_have_text("Connected")
    expect(till.locator("#connections-end")).to_be_empty()


def test_an_order_is_made_once_and_its_news_arrive_by_callback(
    till: Page, sandbox: Sandbox
) -> None:
    send_order(till)
    till.get_by_role("button", name="Send the order to the till").click()
    expect(till.locator("#till-told")).to_contain_text("The till had it already")
    assert 1 == len(sandbox.stage.hubrise.orders)
    expect(till.locator("#order-at-marketplace")).to_have_text("new")

    for button, status in (
        ("Accept the order", "accepted"),
        ("Prepare it", "in preparation"),
        ("Complete it", "completed"),
    ):
        at_the_till(till, button)
        expect(till.locator("#till-told")).to_contain_text("which answered 200")
        expect(till.locator("#order-at-marketplace")).to_have_text(status)
    expect(till.locator("#trip-hops")).to_contain_text("HubRise to Proxy")


def test_a_rejection_is_told_with_its_reason(till: Page) -> None:
    send_order(till)

    at_the_till(till, "Reject it")

    expect(till.locator("#order-at-marketplace")).to_have_text("rejected: Out of mozzarella")


def test_what_was_lost_is_caught_up_and_what_comes_late_turns_nothing_back(till: Page) -> None:
    send_order(till)
    till.get_by_text("Be rude to HubRise").click()
    till.get_by_label("HubRise\u2019s callbacks are").select_option("lose")
    at_the_till(till, "Accept the order")
    expect(till.locator("#order-at-till")).to_have_text("accepted")
    expect(till.locator("#order-at-marketplace")).to_have_text("new")

    till.get_by_role("button", name="Ask for what was lost").click()

    expect(till.locator("#till-told")).to_contain_text("Caught up: 1 event.")
    expect(till.locator("#order-at-marketplace")).to_have_text("accepted")

    till.get_by_label("HubRise\u2019s callbacks are").select_option("reorder")
    at_the_till(till, "Prepare it")
    at_the_till(till, "Complete it")
    till.get_by_role("button", name="Deliver what is held back").click()

    expect(till.locator("#till-told")).to_contain_text("which answered 200, 200")
    expect(till.locator("#order-at-marketplace")).to_have_text("completed")


def test_hubrise_being_down_is_said_and_a_blocked_connection_is_to_be_made_again(
    till: Page, console: Console
) -> None:
    console.expected = ("status of 409", "status of 503")
    send = till.get_by_role("button", name="Send the order to the till")
    till.get_by_text("Be rude to HubRise").click()
    till.get_by_label("HubRise answers").select_option("error")

    send.click()

    expect(till.locator("#till-told")).to_contain_text("Answered 503 (vendor-unavailable)")
    expect(standing(till)).to_have_text("Connected")

    till.get_by_label("HubRise answers").select_option("ok")
    till.get_by_role("button", name="Block the connection at HubRise").click()
    expect(till.locator("#till-told")).to_contain_text("does not take the token any more")
    send.click()

    expect(standing(till)).to_have_text("Needs reconnection")
    expect(till.locator("#hubrise [data-part=detail]")).to_contain_text("blocked")


def test_the_buyer_cannot_send_the_sale(page: Page) -> None:
    log_in(page, "Holly")
    connect(page, "HubRise")

    expect(standing(page)).to_have_text("Connected")
    expect(page.locator("#send-order")).to_be_hidden()


def test_a_connection_can_be_made_with_the_keyboard_alone(member: Page) -> None:
    open_tab(member, "Connections")
    member.get_by_role("button", name="Connect HubRise", exact=True).focus()
    member.keyboard.press("Enter")
    expect(member.get_by_role("button", name="Allow")).to_be_visible()
    member.keyboard.press("Tab")
    member.keyboard.press("Tab")
    expect(member.get_by_role("button", name="Allow")).to_be_focused()
    member.keyboard.press("Enter")
    expect(member.locator("#connections-end")).to_be_focused()
    member.get_by_role("button", name="Send the order to the till").focus()
    member.keyboard.press("Enter")

    expect(member.locator("#order-at-marketplace")).to_have_text("new")


def test_the_till_can_be_read(member: Page) -> None:
    connect(member, "HubRise", "Decline")
    connect(member, "HubRise")
    send_order(member)

    assert [] == illegible(member)
