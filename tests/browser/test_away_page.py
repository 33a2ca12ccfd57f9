"""The page for visitors of a frontend that is away, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from sandbox.ports import free_port
from tests import node_packages
from tests.browser.conftest import PATIENCE_MILLISECONDS
from tests.browser.console import Console, OpenPage
from tests.browser.legibility import illegible
from tests.kit.world import KitWorld
from tests.proxy.fronted import Frontend
from tests.proxy.loopback import Connection, answer, answering

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).parent
# The browser says that a page was answered with 503.
AWAY = ("503",)


@pytest.fixture
def frontend() -> Iterator[Frontend]:
    """Return a frontend that drops every connection until it is told otherwise."""
    away = Frontend()
    away.serve = Connection.reset
    yield away
    away.server.close()


@pytest.fixture
def world(frontend: Frontend) -> Iterator[KitWorld]:
    """Return a world in front of it."""
    world = KitWorld(FRONTEND_URL=frontend.server.url, MARKETPLACE_NAME="Boats & Berths")
    yield world
    world.close()


def test_the_page_comes_back_by_itself_without_a_script(
    open_page: OpenPage, console: Console, world: KitWorld, frontend: Frontend
) -> None:
    console.expected = AWAY
    page = open_page(f"{world.url}/l/boat?x=1", java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Back in a moment")
    frontend.serve = answering(answer(b"<h1>Boat</h1>", "Content-Type: text/html"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Boat", timeout=PATIENCE_MILLISECONDS)
    assert f"{world.url}/l/boat?x=1" == page.url


def test_the_button_looks_again_at_once(
    open_page: OpenPage, console: Console, world: KitWorld, frontend: Frontend
) -> None:
    console.expected = AWAY
    page = open_page(f"{world.url}/l/boat")
    frontend.serve = answering(answer(b"<h1>Boat</h1>", "Content-Type: text/html"))
    page.get_by_role("link", name="Try again now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Boat")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(
    open_page: OpenPage, console: Console, world: KitWorld, scheme: str
) -> None:
    console.expected = AWAY
    node_packages.install(FOLDER)
    page = open_page(world.url, color_scheme=scheme, bypass_csp=True)
    page.add_script_tag(path=FOLDER / "node_modules" / "axe-core" / "axe.min.js")
    assert [] == page.evaluate("async () => (await axe.run()).violations.map(({ id }) => id)")


@pytest.mark.parametrize("language", ["en-GB", "fi-FI", "de-DE", "fr-FR", "es-ES", "pt-BR"])
def test_the_page_can_be_read_in_both_schemes_and_on_small_screens(
    open_page: OpenPage, console: Console, language: str
) -> None:
    console.expected = AWAY
    world = KitWorld(FRONTEND_URL=f"http://127.0.0.1:{free_port()}", MARKETPLACE_NAME="B" * 80)
    try:
        page = open_page(world.url, locale=language)
        assert [] == illegible(page)
        assert language[:2] == page.locator("html").get_attribute("lang")
    finally:
        world.close()
