"""The demo page for everybody: keyboard, screen reader, contrast, small screens, no strangers."""

from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from sandbox.runner import Sandbox
from tests.browser.console import Console, OpenPage
from tests.browser.legibility import illegible, inaccessible
from tests.browser.steps import needs_a_check, open_tab, start

pytestmark = [pytest.mark.browser, needs_a_check]

TABS = 40
SCHEMES = ("light", "dark")
# Whatever is wider than the card that it stands in.
STICKING_OUT = """() => [...document.querySelectorAll(".card *, .panel *")].filter((part) => {
  const card = part.closest(".card, .panel").getBoundingClientRect();
  const edge = part.getBoundingClientRect().right;
  return part.checkVisibility() && edge > card.right + 1 && !part.closest("pre, .unseen");
}).map((part) => [part.tagName, part.className, part.textContent.trim().slice(0, 40)])"""


def tabs(page: Page) -> list[str]:
    return page.get_by_role("tab").all_text_contents()


def verified(page: Page) -> Page:
    page.get_by_role("button", name="Log in as Robin").click()
    page.locator("#verify").click()
    page.frame_locator("#vendor-frame").locator("button[value=approved]").click()
    expect(page.locator("#badge")).to_have_text("Verified")
    return page


def tab_to(page: Page, target: str) -> None:
    """Press Tab until the element with the id `target` has the focus."""
    for _ in range(TABS):
        if page.evaluate("document.activeElement.id") == target:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{target} cannot be reached with the keyboard")


def test_a_check_can_be_made_with_the_keyboard_alone(page: Page) -> None:
    expect(page.locator("#people button").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Log in as Robin")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#verify")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#vendor-title")).to_be_focused()
    approve = page.frame_locator("#vendor-frame").locator("button[value=approved]")
    approve.wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Tab")
    expect(approve).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#badge")).to_have_text("Verified")
    expect(page.locator("#standing")).to_be_focused()


def test_a_rudeness_can_be_played_with_the_keyboard_alone(page: Page) -> None:
    page.get_by_role("button", name="Lose the callback").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Visit the page again")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#rude-lose .ended")).to_contain_text("As it should be.")
    expect(page.get_by_role("button", name="Lose the callback")).to_be_focused()


def test_logging_out_leaves_the_focus_on_logging_in(page: Page, console: Console) -> None:
    console.expected = ("status of 401",)  # what the page was asking may be answered afterwards
    page.get_by_role("button", name="Log in as Robin").click()
    page.get_by_role("button", name="Log out", exact=True).click()

    expect(page.get_by_role("button", name="Log in as Robin")).to_be_focused()


def test_the_page_is_laid_out_for_screen_readers(page: Page) -> None:
    assert "en" == page.locator("html").get_attribute("lang")
    for role in ("banner", "navigation", "main", "contentinfo", "tablist"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.locator("h1")).to_have_count(1)
    for told in (page.locator("#standing"), *page.locator(".ended").all()):
        expect(told).to_have_attribute("role", "status")

    verified(page)

    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((h) => Number(h.tagName[1]))"
    )
    assert 1 == levels[0]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    names = page.evaluate(
        """() => [...document.querySelectorAll("button, a, select, input, summary, iframe")].map(
            (element) => element.getAttribute("aria-label")
                || element.labels?.[0]?.textContent.trim()
                || element.textContent.trim() || element.title)"""
    )
    assert all(names)
    assert len(set(names)) == len(names)


def test_the_page_can_be_read_in_both_color_schemes_and_on_small_screens(page: Page) -> None:
    assert [] == illegible(page)

    verified(page)
    start(page, "tamper")
    expect(page.locator("#badge")).to_have_text("Not trusted")
    expect(page.locator("#rude-tamper .ended")).to_contain_text("As it should be.")

    for name in tabs(page):
        open_tab(page, name)
        assert [] == illegible(page), name
        assert [] == page.evaluate(STICKING_OUT), name


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_part_is_accessible(
    open_page: OpenPage, console: Console, sandbox: Sandbox, axe: Path, scheme: str
) -> None:
    console.expected = ("postMessage",)  # axe-core asks the frame of another origin in vain
    page = open_page(sandbox.url, color_scheme=scheme, bypass_csp=True)
    expect(page.locator("#people button").first).to_be_visible()
    assert [] == inaccessible(page, axe)

    verified(page)
    for name in tabs(page):
        open_tab(page, name)
        assert [] == inaccessible(page, axe), name

    open_tab(page, "Identity")
    page.locator("#verify").click()
    page.frame_locator("#vendor-frame").locator("button").first.wait_for()
    assert [] == inaccessible(page, axe)


def test_sentences_end_once_and_speak_of_anybody(page: Page) -> None:
    verified(page)
    for name in tabs(page):
        open_tab(page, name)
    told = page.locator("body").text_content() or ""

    assert ".." not in told.replace("...", "")
    words = set(told.lower().replace("\u2019", " ").split())
    assert set() == words & {"he", "him", "his", "she", "her"}


def test_the_dark_scheme_is_dark(page: Page) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"

    page.emulate_media(color_scheme="light")
    assert "rgb(247, 246, 242)" == page.evaluate(paper)
    page.emulate_media(color_scheme="dark")
    assert "rgb(16, 22, 23)" == page.evaluate(paper)


def test_motion_stops_where_it_is_not_wanted(open_page: OpenPage, sandbox: Sandbox) -> None:
    page = open_page(sandbox.url, reduced_motion="reduce")
    hop = page.locator("#trip-hops li").first

    assert "none" == hop.evaluate("(row) => getComputedStyle(row).animationName")


def test_the_page_asks_nobody_but_the_sandbox(open_page: OpenPage, sandbox: Sandbox) -> None:
    page = open_page("about:blank")
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.goto(sandbox.url)

    verified(page)

    assert {urlsplit(sandbox.url).netloc} == asked


def test_an_idle_page_asks_nothing(open_page: OpenPage, sandbox: Sandbox) -> None:
    page = open_page("about:blank")
    page.clock.install()
    page.goto(sandbox.url)
    page.get_by_role("button", name="Log in as Robin").click()
    expect(page.locator("#verify")).to_be_focused()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    pass_time(page)
    assert asked  # it looks for late hops for a while

    asked.clear()
    pass_time(page)
    assert [] == asked


def pass_time(page: Page) -> None:
    """Let ten seconds pass for the page, and what it has asked meanwhile be answered."""
    for _ in range(20):
        page.clock.run_for(500)
        page.wait_for_load_state("networkidle")


def test_the_session_cookie_is_in_the_encoding_of_the_browser_sdk(
    page: Page, sandbox: Sandbox
) -> None:
    page.get_by_role("button", name="Log in as Robin").click()
    expect(page.locator("#member")).to_be_visible()

    name = f"st-{sandbox.stage.sharetribe.client_id}-token"
    cookie = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}[name]

    assert cookie.startswith("{%22access_token%22:%22")
    assert cookie.endswith("}")


def test_the_cookie_of_an_earlier_sandbox_is_removed(page: Page, sandbox: Sandbox) -> None:
    page.evaluate("document.cookie = 'st-earlier-token={}; path=/'")
    page.evaluate("localStorage.setItem('sandbox-client-id', 'earlier')")

    page.reload()
    expect(page.locator("#people button").first).to_be_visible()

    names = [cookie["name"] for cookie in page.context.cookies()]
    assert "st-earlier-token" not in names
    remembered = page.evaluate("localStorage.getItem('sandbox-client-id')")
    assert sandbox.stage.sharetribe.client_id == remembered
