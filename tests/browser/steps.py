"""What people do on the demo page, step by step."""

from playwright.sync_api import Page, expect


def log_in(page: Page, name: str = "Robin") -> None:
    """Log in and wait until the page knows how everything stands."""
    page.get_by_role("button", name=f"Log in as {name}").click()
    expect(page.locator("#hubrise .badge")).not_to_have_text("Not known")


def verify(page: Page, outcome: str = "approved") -> None:
    """Make an identity check that ends with `outcome`."""
    page.locator("#verify").click()
    page.frame_locator("#vendor-frame").locator(f"button[value={outcome}]").click()
    expect(page.locator("#vendor")).to_be_hidden()


def connect(page: Page, service: str, decision: str = "Allow") -> None:
    """Go to the consent page of HubRise or Pumble, decide there, and come back."""
    page.get_by_role("button", name=f"Connect {service}", exact=True).click()
    page.get_by_role("button", name=decision).click()
    expect(page.locator("#connections-end")).not_to_be_empty()


def send_order(page: Page) -> None:
    """Send the sale to the till, which does not have it yet."""
    page.get_by_role("button", name="Send the order to the till").click()
    expect(page.locator("#till-told")).to_contain_text("The till has it")
