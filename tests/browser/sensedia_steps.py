"""What people do at the portal on the demo page."""

from playwright.sync_api import Page, expect

from tests.browser.steps import open_tab


def approve_app(page: Page, plan: str = "bronze") -> None:
    """Approve the app at the portal, and wait until it has its key."""
    open_tab(page, "Doors")
    page.get_by_label("Its plan").select_option(plan)
    page.get_by_role("button", name="Approve the app").click()
    expect(page.locator("#portal-end")).to_contain_text("The app has its key.")
