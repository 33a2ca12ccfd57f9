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


def ask_who_i_am(page: Page, kind: str = "card") -> None:
    """Have the card ask, with a token of the chosen kind, and wait for its answer."""
    page.locator("#card-kind").select_option(kind)
    page.get_by_role("button", name="Ask who I am").click()
    expect(page.locator("#card-end")).not_to_be_empty()


def get_code(page: Page) -> str:
    """Get a link code as the user who is logged in."""
    page.get_by_role("button", name="Get a link code").click()
    expect(page.locator("#link-code")).to_be_visible()
    return page.locator("#link-code").inner_text()


def bring_code(page: Page, code: str) -> None:
    """Type a code into the card."""
    page.get_by_label("The code from the marketplace").fill(code)
    page.get_by_role("button", name="Link me").click()
    expect(page.locator("#card-end")).not_to_be_empty()


def approve_app(page: Page, plan: str = "bronze") -> None:
    """Approve the app at the portal, and wait until it has its key."""
    page.get_by_label("Its plan").select_option(plan)
    page.get_by_role("button", name="Approve the app").click()
    expect(page.locator("#portal-end")).to_contain_text("The app has its key.")
