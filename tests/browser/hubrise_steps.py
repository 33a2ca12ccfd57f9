"""What people do at the till on the demo page."""

from playwright.sync_api import Page, expect


def send_order(page: Page) -> None:
    """Send the sale to the till, which does not have it yet."""
    page.get_by_role("button", name="Send the order to the till").click()
    expect(page.locator("#till-told")).to_contain_text("The till has it")
