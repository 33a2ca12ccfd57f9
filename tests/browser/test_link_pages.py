"""Link pages in a real browser: they can be read, used with the keyboard alone, and hold."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import Console, OpenPage
from tests.browser.legibility import illegible, inaccessible
from tests.kit.links import IDENTITY, LINK_PAGES, LINKED, Visitor, is_at
from tests.kit.world import KitWorld

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
LANGUAGES = ("en-GB", "fi-FI", "de-DE", "fr-FR")  # those with the longest words


@pytest.fixture(scope="module")
def linked_world() -> Iterator[KitWorld]:
    """Return a world with a vendor of every matter and with link pages."""
    world = KitWorld(INTEGRATIONS="passcheck,inkwell,tollgate", integration_api=True, **LINK_PAGES)
    yield world
    world.close()


@pytest.fixture
def links(linked_world: KitWorld) -> KitWorld:
    """Return that world, calm."""
    linked_world.start_afresh()
    return linked_world


def link(world: KitWorld, title: str, **changed: str) -> str:
    query = {"user": world.user.id, "email": world.user.email, **changed}
    return f"{world.url}/api/go/{title}?{urlencode(query)}"


def ended(world: KitWorld, word: str | None) -> str:
    """Return where the vendor sends a browser back to, after a check that ended in a word."""
    Visitor(world).begin(IDENTITY)
    if word is not None:
        world.checks.finish(world.checks.check.id, word)
    return str(world.checks.check.success_url)


def pages(world: KitWorld) -> list[str]:
    """Return a page of each kind."""
    return [
        *(link(world, title) for title in LINKED),
        link(world, IDENTITY, email="nobody@example.com"),
        ended(world, None),
        ended(world, "refused"),
        ended(world, "passed"),
    ]


def test_the_keyboard_alone_leads_to_the_vendor(
    open_page: OpenPage, console: Console, links: KitWorld
) -> None:
    console.expected = ("401",)  # the vendor's page, which this simulator does not have
    page = open_page(link(links, IDENTITY), viewport=PHONE)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Verify my identity")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{links.checks.base_url}/**")
    assert links.checks.check.url == page.url

    links.checks.finish(links.checks.check.id)
    page.goto(str(links.checks.check.success_url))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your identity is verified")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Back to Harbour Bikes")).to_be_focused()


def test_the_page_that_waits_finds_the_result_by_itself(
    open_page: OpenPage, links: KitWorld
) -> None:
    page = open_page(ended(links, None), viewport=PHONE)
    expect(page.get_by_role("heading", level=1)).to_have_text("The result is on its way")
    links.checks.finish(links.checks.check.id)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your identity is verified")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(
    open_page: OpenPage, console: Console, links: KitWorld, axe: Path, scheme: str
) -> None:
    console.expected = ("404",)
    page = open_page("about:blank", viewport=PHONE, color_scheme=scheme, bypass_csp=True)
    for address in pages(links):
        page.goto(address)
        assert [] == inaccessible(page, axe), address


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_can_be_read_in_both_schemes_and_on_small_screens(
    open_page: OpenPage, console: Console, links: KitWorld, language: str
) -> None:
    console.expected = ("404",)
    links.user.email = "robin.rivers@a-domain-that-is-as-long-as-they-get.example.com"
    page = open_page("about:blank", locale=language)
    try:
        for address in pages(links):
            page.goto(address)
            assert [] == illegible(page), address
            assert (language[:2], 1) == (
                page.locator("html").get_attribute("lang"),
                page.get_by_role("main").count(),
            )
    finally:
        links.user.email = "robin@example.com"


def test_a_page_asks_nobody_but_us_and_is_shown_in_no_frame(
    open_page: OpenPage, console: Console, links: KitWorld
) -> None:
    page = open_page("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(link(links, IDENTITY))
    assert [True, True] == [is_at(url, links.url) for url in asked]

    console.expected = ("frame",)
    framed: Any = page.context.new_page()
    framed.set_content(f'<iframe src="{link(links, IDENTITY)}"></iframe>')
    framed.wait_for_timeout(0)
    frame = framed.frames[1]
    assert not frame.url.startswith(links.url)


def height(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["height"]


def test_what_is_touched_is_large_enough(open_page: OpenPage, links: KitWorld) -> None:
    page = open_page(link(links, IDENTITY), viewport=PHONE)
    assert height(page, "button") >= 44
    assert height(page, "footer a") >= 24  # WCAG 2.2, 2.5.8
