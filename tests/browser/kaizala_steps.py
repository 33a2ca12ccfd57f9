"""What people do with a card on the demo page."""

from playwright.sync_api import Page, expect

from tests.browser.steps import open_tab


def ask_who_i_am(page: Page, kind: str = "card") -> None:
    """Have the card ask, with a token of the chosen kind, and wait for its answer."""
    open_tab(page, "Doors")
    page.locator("#card-kind").select_option(kind)
    page.get_by_role("button", name="Ask who I am").click()
    expect(page.locator("#card-end")).not_to_be_empty()


def get_code(page: Page) -> str:
    """Get a link code as the user who is logged in."""
    open_tab(page, "Doors")
    page.get_by_role("button", name="Get a link code").click()
    expect(page.locator("#link-code")).to_be_visible()
    return page.locator("#link-code").inner_text()


def bring_code(page: Page, code: str) -> None:
    """Type a code into the card."""
    open_tab(page, "Doors")
    page.get_by_label("The code from the marketplace").fill(code)
    page.get_by_role("button", name="Link me").click()
    expect(page.locator("#card-end")).not_to_be_empty()
