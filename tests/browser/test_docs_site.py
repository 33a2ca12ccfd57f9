"""The documentation as a site, as a browser shows it: from the disk, without any server."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from docs.site.stage import pages
from tests import node_packages
from tests.browser.console import Console, OpenPage
from tests.missing import do_without
from tests.source_tree import ROOT

pytestmark = [pytest.mark.browser]

SITE = ROOT / "build" / "docs"
FRONT_PAGE = "index.html"
READERS = ("For founders", "For developers", "For operators", "For contributors")
# Long tables, code in every language, pictures, diagrams.
JUDGED = (
    FRONT_PAGE,
    "docs/data.html",
    "docs/frontend.html",
    "docs/how-it-works.html",
    "docs/operate.html",
)
SHOWN = (*JUDGED, "search.html")
WIDTHS = (360, 768, 1280)
FOUND = """async () => (await axe.run(document, { preload: false })).violations.map(
  found => `${found.id}: ${found.nodes.map(node => node.html).join(' ').slice(0, 300)}`)"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNDRAWN = "document.querySelectorAll('figure.diagram:not(:has(svg)), pre.mermaid').length"


@pytest.fixture(scope="module")
def site() -> str:
    """Return the address of the built site on the disk; skips where it was not built since."""
    built = SITE / FRONT_PAGE
    newest = max((ROOT / page).stat().st_mtime for page in pages())
    if not built.is_file() or built.stat().st_mtime < newest:
        do_without("`make docs` has not built the site of these pages")
    return SITE.as_uri()


@cache
def _axe() -> Path:
    folder = Path(__file__).parent
    node_packages.install(folder)
    return folder / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.node
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_in_both_themes(site: str, open_page: OpenPage, scheme: str) -> None:
    page = open_page(f"{site}/{FRONT_PAGE}", color_scheme=scheme)
    found = {}
    for name in JUDGED:
        page.goto(f"{site}/{name}")
        page.wait_for_function(f"{UNDRAWN} === 0")
        page.add_script_tag(path=_axe())
        found[name] = page.evaluate(FOUND)
    assert {name: [] for name in JUDGED} == found


def test_no_page_is_wider_than_its_window(site: str, open_page: OpenPage) -> None:
    page = open_page(f"{site}/{FRONT_PAGE}")
    wide = {}
    for name in SHOWN:
        page.goto(f"{site}/{name}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if beyond := page.evaluate(SIDEWAYS):
                wide[name, width] = beyond
    assert {} == wide


def test_no_page_asks_another_host(site: str, open_page: OpenPage) -> None:
    page = open_page(f"{site}/{FRONT_PAGE}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in SHOWN:
        page.goto(f"{site}/{name}")
    assert asked
    assert [] == [url for url in asked if not url.startswith((site, "data:"))]


def test_every_diagram_is_drawn(site: str, open_page: OpenPage) -> None:
    """Those of the judged pages are drawn in both schemes, where they are judged."""
    page = open_page(f"{site}/{FRONT_PAGE}")
    drawn = 0
    for built in _with_diagrams():
        page.goto(built.as_uri())
        page.wait_for_function(f"{UNDRAWN} === 0")
        drawn += page.locator("figure.diagram svg").count()
    assert _texts() == drawn


def test_the_search_finds_what_is_looked_for(
    site: str, open_page: OpenPage, console: Console
) -> None:
    # A browser reads no excerpts of other pages from the disk: their titles are all that is shown.
    console.expected = ("file://", "Failed to load resource", "Failed to fetch")
    page = open_page(f"{site}/{FRONT_PAGE}")
    _search(page, "rollback")
    expect(page.locator("#search-results")).to_contain_text("Upgrade")
    _search(page, "MAX_STARTS_PER_DAY")
    expect(page.locator("#search-results")).to_contain_text("Configuration")


def test_the_pages_are_listed_by_what_one_has_come_for(site: str, open_page: OpenPage) -> None:
    page = open_page(f"{site}/{FRONT_PAGE}")
    for name in READERS:
        expect(page.locator(".sidebar-tree .caption", has_text=name)).to_be_visible()


def test_the_theme_can_be_chosen(site: str, open_page: OpenPage) -> None:
    page = open_page(f"{site}/docs/how-it-works.html", color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator(".theme-toggle-content .theme-toggle").click()
    page.wait_for_function(f"getComputedStyle(document.body).backgroundColor !== '{light}'")


def _search(page: Page, words: str) -> None:
    box = page.locator(".sidebar-search")
    box.fill(words)
    box.press("Enter")


def _with_diagrams() -> list[Path]:
    marked = [path for path in sorted(SITE.rglob("*.html")) if _MARK in path.read_text()]
    return [path for path in marked if path.name != "README.html"]


_MARK = 'class="mermaid"'


def _texts() -> int:
    return sum(path.read_text().count(_MARK) for path in _with_diagrams())
