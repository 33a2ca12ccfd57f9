"""What people do in the template, step by step."""

import re
from datetime import date

from playwright.sync_api import FrameLocator, Page, expect

from sandbox.checks import Checks
from sandbox.hosting.marketplace import HostedMarketplace
from sandbox.sharetribe import User
from sandbox.sharetribe.listings import Listing

ALIVE = """
    (name) => Object.keys(document.querySelector(`input[name=${name}]`) ?? {})
        .some((key) => key.startsWith('__reactProps'))
"""
"""Whether React has taken over a field that the server has rendered."""
MENU = "#profile-menu, [class*=profileMenuLabel]"


def holly_of(hosted: HostedMarketplace) -> User:
    """Return who buys."""
    return list(hosted.stage.sharetribe.users.values())[1]


def robin_of(hosted: HostedMarketplace) -> User:
    """Return who offers."""
    return next(iter(hosted.stage.sharetribe.users.values()))


def listing_of(hosted: HostedMarketplace, title: str) -> Listing:
    """Return what is offered under a title."""
    listings = hosted.stage.sharetribe.listings.values()
    return next(one for one in listings if one.title.startswith(title))


def last_transitions(hosted: HostedMarketplace) -> list[str]:
    """Return what has become of each transaction, in the order in which they were begun."""
    return [one.last_transition for one in hosted.stage.sharetribe.transactions.values()]


def open_form(page: Page, path: str, field: str = "email") -> None:
    """Open a page with a form, and wait until what is filled in stays: React empties it before."""
    page.goto(f"{origin_of(page)}{path}")
    page.wait_for_function(ALIVE, arg=field)


def log_in(page: Page, user: User) -> None:
    """Log in with the template's form, and wait until it knows who that is."""
    open_form(page, "/login")
    page.locator("input[name=email]").fill(user.email)
    page.locator("input[name=password]").fill(user.password)
    page.locator("input[name=password]").press("Enter")
    expect(page.locator(MENU).first).to_be_visible()


def open_listing(page: Page, hosted: HostedMarketplace, title: str) -> None:
    """Open the page of what is offered under a title, and wait until it has come alive."""
    page.goto(f"{origin_of(page)}/l/listing/{listing_of(hosted, title).id}")
    page.wait_for_load_state("networkidle")


def book(page: Page, first: date, last: date) -> None:
    """Choose days of the next month in the calendar of a page, and go on to the checkout."""
    page.locator("input[id$='.bookingStartDate']").click()
    page.get_by_role("button", name="Next month").click()
    for day in (first, last):
        page.locator(f"[data-date='{day.isoformat()}']").click()
    page.get_by_role("button", name="Request to book").click()


def buy(page: Page, hosted: HostedMarketplace) -> None:
    """Choose the life vest, and go on to the checkout."""
    open_listing(page, hosted, "Life vest")
    order(page)


def order(page: Page) -> None:
    """Fill in the order form of a page, and go on to the checkout."""
    page.wait_for_load_state("networkidle")
    page.locator("select[name=quantity]").select_option("1")
    page.locator("select[name=deliveryMethod]").select_option("pickup")
    page.get_by_role("button", name="Buy now").click()


def inquire(page: Page, hosted: HostedMarketplace) -> None:
    """Ask about the life vest, and end on the page of that conversation."""
    open_listing(page, hosted, "Life vest")
    page.get_by_role("button", name="Contact").first.click()
    page.locator("textarea[name=message]").fill("Is it dry?")
    page.get_by_role("button", name="Send inquiry").click()
    page.wait_for_url("**/order/**")


def pay(page: Page) -> None:
    """Fill in the checkout's form, and pay by a card that is always good."""
    for name, value in {
        "name": "Holly Hill",
        "addressLine1": "Harbour 1",
        "postal": "20100",
        "city": "Turku",
    }.items():
        page.locator(f"input[name={name}]").fill(value)
    page.locator("select[name=country]").select_option("FI")
    page.get_by_role("button", name=re.compile("Confirm (and pay|booking request)")).click()


def open_verification(page: Page) -> None:
    """Open the kit's page."""
    page.goto(f"{origin_of(page)}/verification")


def be_verified(page: Page, hosted: HostedMarketplace) -> None:
    """Go to the vendor from the kit's page, and pass."""
    page.get_by_role("button", name="Verify my identity").click()
    page.wait_for_url(re.compile("/services/"))
    decide(page, vendor_of(hosted).approval)
    expect(page.locator("body")).to_contain_text("Your identity is verified")


def vendor_of(hosted: HostedMarketplace) -> Checks:
    """Return who checks people where none is asked for."""
    return hosted.stage.checks[0]


def decide(vendors: Page | FrameLocator, outcome: str) -> None:
    """Press the button of an outcome on the vendor's page."""
    vendors.locator(f"button[value='{outcome}']").click()


def origin_of(page: Page) -> str:
    """Return the origin that a page is at."""
    return str(page.evaluate("location.origin"))
