"""The example that plays on the demo page by itself, once."""

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.runner import Sandbox
from tests.browser.console import OpenPage
from tests.browser.steps import log_in, needs_a_check

pytestmark = [pytest.mark.browser, needs_a_check]

ROWS = 10
BEGIN = 1_800_000_000
LONG_ENOUGH = 20_000
PAUSED_MILLISECONDS = 5_000


def rows(page: Page) -> Locator:
    return page.locator("#trip-hops > li")


def button(page: Page) -> Locator:
    return page.locator("#trip-play")


@pytest.fixture
def page(open_page: OpenPage, sandbox: Sandbox) -> Page:
    """Open the demo page, where motion is welcome."""
    return open_page(sandbox.url, reduced_motion="no-preference")


@pytest.fixture
def playing(open_page: OpenPage, sandbox: Sandbox) -> Page:
    """Return the demo page while the example plays, on a clock of its own that stands still."""
    page = open_page("about:blank", reduced_motion="no-preference")
    page.clock.install(time=BEGIN)
    page.clock.pause_at(BEGIN + 1)
    page.goto(sandbox.url)
    expect(button(page)).to_have_text("Pause")
    return page


def test_it_plays_by_itself_to_its_end_and_nothing_begins(playing: Page, sandbox: Sandbox) -> None:
    expect(rows(playing)).to_have_count(1)
    assert ["seal"] == now(playing)

    playing.clock.run_for(LONG_ENOUGH)

    expect(rows(playing)).to_have_count(ROWS)
    expect(button(playing)).to_have_text("Play again")
    assert [] == now(playing)
    expect(playing.locator("#trip-title")).to_have_text("The trip: an example")
    expect(playing.locator("#trip-hops")).to_contain_text("In the proxy: nothing.")
    assert [] == sandbox.stage.hops.since(0)


def now(page: Page) -> list[str]:
    """Return the steps of the picture that are marked."""
    marked: list[str] = page.locator("#steps > [data-now]").evaluate_all(
        "(steps) => steps.map((step) => step.dataset.step)"
    )
    return marked


def test_the_picture_goes_along(playing: Page) -> None:
    seen = []
    for _ in range(30):
        seen += now(playing)
        playing.clock.run_for(500)

    assert ["seal", "wait", "open"] == list(dict.fromkeys(seen))


def test_it_is_paused_and_goes_on(playing: Page) -> None:
    playing.clock.run_for(1_500)
    button(playing).click()
    drawn = rows(playing).count()

    playing.clock.run_for(PAUSED_MILLISECONDS)

    assert drawn == rows(playing).count()
    expect(button(playing)).to_have_text("Go on")
    button(playing).click()
    playing.clock.run_for(LONG_ENOUGH)
    expect(rows(playing)).to_have_count(ROWS)


def test_a_real_call_takes_its_place(page: Page) -> None:
    expect(button(page)).to_have_text("Pause")

    log_in(page)

    expect(page.locator("#trip-title")).to_have_text("The trip")
    expect(button(page)).to_have_text("Play the example")
    expect(page.locator("#trip-hops .why").first).to_have_text("Log in.")
    expect(page.locator(".interlude")).to_have_count(0)


def test_it_plays_once_in_a_tab_and_again_when_it_is_asked_for(page: Page) -> None:
    expect(button(page)).to_have_text("Pause")
    page.reload()
    expect(page.locator("#people button").first).to_be_visible()
    page.wait_for_load_state("networkidle")

    expect(page.locator("#trip-empty")).to_be_visible()
    expect(rows(page)).to_have_count(0)

    button(page).click()
    expect(rows(page).first).to_be_visible()


def test_where_motion_is_not_wanted_it_stands_there_whole(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = open_page("about:blank", reduced_motion="reduce")
    page.clock.install()
    page.goto(sandbox.url)

    expect(button(page)).to_have_text("Play again")
    expect(rows(page)).to_have_count(ROWS)
    assert [] == now(page)


def test_every_hop_of_a_check_says_why(page: Page) -> None:
    log_in(page)
    page.locator("#verify").click()
    page.frame_locator("#vendor-frame").locator("button").first.click()
    expect(page.locator("#badge")).to_have_text("Verified")

    whys = page.locator("#trip-hops .why").all_text_contents()

    assert "" not in whys
    assert "Begin a check. The session cookie has to say for whom." == whys[0]
    assert any("The seal goes along in a field that comes back." in why for why in whys)
    assert any("A message is only a doorbell" in why for why in whys)
    assert "Ask Sharetribe." not in whys
