"""What users do with the kit's components, step by step."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

REFUSED = "Failed to load resource"
"""What Chromium says of an answer that is no good one."""


def title(page: Page) -> Locator:
    """Return the title of the first panel."""
    return page.locator(".echoseal-title").first


def panel(page: Page, named: str) -> Locator:
    """Return the panel that has these words."""
    return page.locator(".echoseal-panel", has_text=named)


def begin(page: Page, label: str = "Verify my identity") -> Locator:
    """Press a button, and return it."""
    button = page.get_by_role("button", name=label)
    button.click()
    return button


def press_at_vendor(page: Page, button: int = 0) -> None:
    """Press a button of the vendor's page, of which the first leads to the good end; come back."""
    page.wait_for_url("**/services/**")
    page.locator("form button").nth(button).click()
    onward = page.locator(".onward a")
    onward.or_(page.locator(".echoseal").first).wait_for()
    if onward.count():
        onward.click()
    expect(page.locator(".echoseal").first).to_be_visible()
