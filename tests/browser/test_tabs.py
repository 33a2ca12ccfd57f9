"""The tabs of the demo page: with the keyboard, by their addresses, and without a script."""

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.discovery import simulators
from sandbox.runner import Sandbox
from tests.browser.console import OpenPage
from tests.browser.steps import needs_a_check

pytestmark = [pytest.mark.browser, needs_a_check]

DOOR = next(
    one.name
    for one in simulators()
    if one.card and not one.connects and (one.card / "card.html").exists()
)


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tab", name=name)


def panels(page: Page) -> list[str]:
    """Return the ids of the panels that are shown."""
    shown: list[str] = page.locator("[data-tab]:visible").evaluate_all(
        "(panels) => panels.map((panel) => panel.id)"
    )
    return shown


def test_the_first_is_shown_until_another_is_chosen(page: Page, sandbox: Sandbox) -> None:
    expect(tab(page, "Identity")).to_have_attribute("aria-selected", "true")
    assert ["identity"] == panels(page)

    tab(page, "Access").click()

    expect(page.get_by_role("tabpanel", name="Access")).to_be_visible()
    assert ["access"] == panels(page)
    assert f"{sandbox.url}/#access" == page.url
    page.reload()
    expect(tab(page, "Access")).to_have_attribute("aria-selected", "true")


def test_arrows_lead_round_and_tab_leads_into_the_panel(page: Page) -> None:
    tab(page, "Identity").focus()
    for key, name in (
        ("ArrowRight", "Signing"),
        ("ArrowLeft", "Identity"),
        ("ArrowLeft", "Access"),
        ("ArrowRight", "Identity"),
        ("End", "Access"),
        ("Home", "Identity"),
    ):
        page.keyboard.press(key)
        expect(tab(page, name)).to_be_focused()
        expect(tab(page, name)).to_have_attribute("aria-selected", "true")
    assert 1 == page.locator("[role=tab][tabindex='0']").count()

    page.keyboard.press("Tab")

    inside = "document.activeElement.closest('[data-tab]')?.id"
    assert "identity" == page.evaluate(inside)


def test_an_address_leads_to_a_tab_and_to_what_is_in_it(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = open_page(f"{sandbox.url}/#{DOOR}")
    expect(tab(page, "Doors")).to_have_attribute("aria-selected", "true")
    expect(page.locator(f"#{DOOR}")).to_be_in_viewport()

    page.evaluate("location.hash = 'connections'")

    expect(tab(page, "Connections")).to_have_attribute("aria-selected", "true")
    assert ["connections"] == panels(page)


@pytest.mark.parametrize("address", ["nowhere", "%", "trip", "identity%00", "a'b"])
def test_an_address_that_names_no_tab_shows_the_first(
    open_page: OpenPage, sandbox: Sandbox, address: str
) -> None:
    page = open_page(f"{sandbox.url}/#{address}")
    expect(page.locator("#people button").first).to_be_visible()

    assert ["identity"] == panels(page)


def test_without_a_script_everything_is_there(open_page: OpenPage, sandbox: Sandbox) -> None:
    page = open_page(sandbox.url, java_script_enabled=False)

    assert len(panels(page)) == page.locator("[data-tab]").count()
    expect(page.get_by_role("tablist")).to_be_hidden()
