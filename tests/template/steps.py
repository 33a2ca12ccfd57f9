"""What people do in the template, step by step."""

from playwright.sync_api import Page, expect

from sandbox.hosting.marketplace import HostedMarketplace
from sandbox.sharetribe import User

MENU = "#profile-menu, [class*=profileMenuLabel]"


def holly_of(hosted: HostedMarketplace) -> User:
    """Return who buys."""
    return list(hosted.stage.sharetribe.users.values())[1]


def robin_of(hosted: HostedMarketplace) -> User:
    """Return who offers."""
    return next(iter(hosted.stage.sharetribe.users.values()))


def log_in(page: Page, user: User) -> None:
    """Log in with the template's form, and wait until it knows who that is."""
    page.goto(f"{origin_of(page)}/login")
    page.locator("input[name=email]").fill(user.email)
    page.locator("input[name=password]").fill(user.password)
    page.locator("form button[type=submit]").click()
    expect(page.locator(MENU).first).to_be_visible()


def origin_of(page: Page) -> str:
    """Return the origin that a page is at."""
    return str(page.evaluate("location.origin"))
