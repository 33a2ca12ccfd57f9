"""Whose session the demo page shows: in several tabs, after its end, and with nobody to ask."""

import pytest
from playwright.sync_api import Page, Route, expect

from sandbox.discovery import simulators
from sandbox.runner import Sandbox
from tests.browser.console import Console, OpenPage
from tests.browser.steps import log_in, needs_a_check, open_tab, verify

pytestmark = [pytest.mark.browser, needs_a_check]

CONNECTING = next((one for one in simulators() if one.connects), None)


def end_session(sandbox: Sandbox) -> None:
    sharetribe = sandbox.stage.sharetribe
    sharetribe.log_out(next(iter(sharetribe.users)))
    sharetribe.expire_access_tokens()


def begin(page: Page) -> None:
    page.locator("#verify").click()
    page.frame_locator("#vendor-frame").locator("button").first.wait_for()


def another_tab(page: Page, console: Console) -> Page:
    other = page.context.new_page()
    other.on("console", console.hear)
    other.goto(page.url)
    return other


def test_all_tabs_show_who_is_logged_in(page: Page, console: Console) -> None:
    """They have one cookie: two names for one session would be a lie in one of them."""
    console.expected = ("status of 401",)  # what the page was asking may be answered afterwards
    log_in(page)
    verify(page)
    expect(page.locator("#badge")).to_have_text("Verified")
    other = another_tab(page, console)
    expect(other.locator("#member-name")).to_have_text("Robin R")

    other.get_by_role("button", name="Log out", exact=True).click()
    expect(page.locator("#session-name")).to_have_text("Not logged in")
    expect(page.locator("#account-told")).to_contain_text("logged out in another tab")
    log_in(other, "Holly")

    for one in (page, other):
        expect(one.locator("#session-name")).to_have_text("Holly H")
        expect(one.locator("#badge")).to_have_text("Not verified yet")
        expect(one.locator("#private-data")).to_have_text("{}")
    expect(page.locator("#account-told")).to_contain_text("Holly H has logged in in another tab")
    expect(other.locator("#account-told")).to_be_empty()


def test_another_user_in_another_tab_ends_what_was_under_way(page: Page, console: Console) -> None:
    other = another_tab(page, console)
    expect(other.locator("#people button").first).to_be_visible()
    log_in(page)
    expect(other.locator("#member-name")).to_have_text("Robin R")
    begin(page)
    other.evaluate("document.getElementById('log-out').click()")

    expect(page.locator("#vendor")).to_be_hidden()
    expect(page.get_by_role("button", name="Log in as Robin")).to_be_visible()
    console.expected = ("status of 401",)


def test_after_its_end_one_logs_in_again_where_one_is(
    page: Page, sandbox: Sandbox, console: Console
) -> None:
    console.expected = ("status of 401",)
    log_in(page)
    end_session(sandbox)
    page.locator("#verify").click()
    expect(page.locator("#badge")).to_have_text("Session ended")
    expect(page.locator("#check-again")).to_be_hidden()

    page.get_by_role("button", name="Log in again", exact=True).click()

    expect(page.locator("#badge")).to_have_text("Not verified yet")
    expect(page.locator("#verify")).to_have_text("Verify my identity")
    expect(page.locator("#verify")).to_be_focused()


@pytest.mark.parametrize("part", ["Signing", "Billing", "Connections"])
def test_the_end_is_told_everywhere_with_the_way_on(
    page: Page, sandbox: Sandbox, console: Console, part: str
) -> None:
    console.expected = ("status of 401",)
    log_in(page)
    end_session(sandbox)
    page.reload()
    open_tab(page, part)
    panel = page.get_by_role("tabpanel", name=part)
    again = panel.get_by_role("button", name="Log in again").first
    expect(panel.locator(".badge").first).to_have_text("Session ended")

    again.click()

    expect(panel.locator(".badge", has_text="Session ended")).to_have_count(0)
    expect(panel.get_by_role("button", name="Log in again")).to_have_count(0)
    assert "BUTTON" == page.evaluate("document.activeElement.tagName")


def test_a_check_is_not_late_while_the_person_is_not_done(page: Page) -> None:
    log_in(page)
    begin(page)
    page.keyboard.press("Escape")
    expect(page.locator("#vendor")).to_be_hidden()
    expect(page.locator("#verify")).to_be_focused()

    for _ in ("now", "after a reload"):
        expect(page.locator("#badge")).to_have_text("Under way")
        expect(page.locator("#badge-detail")).to_contain_text("Finish the steps on")
        expect(page.locator("#verify")).to_have_text("Continue the check")
        page.reload()

    page.get_by_role("button", name="Check again").click()
    expect(page.locator("#badge")).to_have_text("Under way")


@pytest.mark.parametrize("size", [(360, 640), (768, 800), (1280, 800)])
def test_the_vendors_page_is_in_view(
    open_page: OpenPage, sandbox: Sandbox, size: tuple[int, int]
) -> None:
    width, height = size
    page = open_page(sandbox.url, viewport={"width": width, "height": height})
    log_in(page)
    begin(page)

    box = page.locator("#vendor-frame").bounding_box()

    assert box is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= height
    assert box["height"] > height / 2
    # The trip stays in sight where there is room for both.
    if width > 1024:
        expect(page.locator("#trip-hops li").first).to_be_in_viewport()
        beside = page.locator("#trip").bounding_box()
        assert beside is not None
        assert box["x"] + box["width"] <= beside["x"]


def test_a_vendors_page_is_closed_and_opened_again(page: Page) -> None:
    log_in(page)
    begin(page)
    page.get_by_role("button", name="Close").click()

    expect(page.locator("#vendor")).to_be_hidden()
    page.frames[1].wait_for_url("about:blank")
    begin(page)
    expect(page.locator("#vendor-title")).to_be_focused()
    assert page.locator("#vendor").evaluate("(dialog) => dialog.matches(':modal')")


def test_a_sharetribe_that_the_browser_cannot_reach_is_told_with_what_to_do(
    page: Page, console: Console
) -> None:
    console.expected = ("ERR_FAILED",)
    page.route("**/v1/auth/token", lambda route: route.abort())

    page.get_by_role("button", name="Log in as Robin").click()

    expect(page.get_by_role("alert")).to_contain_text(
        "cannot reach the simulated Sharetribe at http"
    )
    expect(page.get_by_role("alert")).to_contain_text("so nobody can log in")
    expect(page.locator("#account-told")).to_contain_text("Not logged in")

    page.unroute("**/v1/auth/token")
    log_in(page)

    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_proxy_that_is_gone_is_told_until_it_is_back(page: Page, console: Console) -> None:
    console.expected = ("ERR_FAILED",)
    log_in(page)
    page.route("**/api/id-verification", lambda route: route.abort())

    page.locator("#verify").click()

    expect(page.get_by_role("alert")).to_contain_text("Is the sandbox still running?")
    expect(page.locator("#badge")).to_have_text("Not known right now")
    page.unroute("**/api/id-verification")
    begin(page)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_page_that_the_proxy_takes_for_a_strangers_is_told_its_right_address(
    page: Page, console: Console
) -> None:
    console.expected = ("status of 403",)
    log_in(page)

    def refuse(route: Route) -> None:
        route.fulfill(status=403, json={"code": "cross-site"})

    page.route("**/api/id-verification", refuse)
    page.locator("#verify").click()

    expect(page.get_by_role("alert")).to_contain_text("by the address that the sandbox has printed")


@pytest.mark.parametrize("words", ["No document.", "No document"])
def test_a_sentence_ends_once(page: Page, words: str) -> None:
    body = {"status": "rejected", "verified": False, "checksum": "valid"}
    told = body | {"provider": "nobody", "reason": {"code": "1", "description": words}}
    page.route("**/api/id-verification", lambda route: route.fulfill(json=told))
    log_in(page)

    expect(page.locator("#badge-detail")).to_contain_text("did not accept the document: ")
    text = page.locator("#badge-detail").text_content() or ""
    assert text.endswith("ocument.")
    assert ".." not in text
