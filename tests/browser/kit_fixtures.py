"""The kit's shop, and a page of it; a test module takes these fixtures by importing them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.console import OpenPage
from tests.browser.kit_shop import Shop, build

REFUSED = "Failed to load resource"
"""What Chromium says of an answer that is no good one."""


@pytest.fixture(scope="session")
def shared_shop(chromium: Browser) -> Iterator[Shop]:
    """Start one shop for all tests, after it is known that there is a browser for it."""
    assert chromium.is_connected()
    with Shop(build()) as shop:
        yield shop


@pytest.fixture
def shop(shared_shop: Shop) -> Shop:
    """Return the shop with nothing stored and every service behaving."""
    shared_shop.start_afresh()
    shared_shop.stage.behave()
    return shared_shop


@pytest.fixture
def member(open_page: OpenPage, shop: Shop) -> Page:
    """Return a page of somebody who is logged in."""
    page = open_page("about:blank")
    shop.log_in(page)
    return page


def title(page: Page) -> Locator:
    """Return the title of the first panel."""
    return page.locator(".echoseal-title").first


def panel(page: Page, named: str) -> Locator:
    """Return the panel whose title has these words."""
    return page.locator(".echoseal-panel", has_text=named)


def press_at_vendor(page: Page, button: int = 0) -> None:
    """Press a button of the vendor's page (the first leads to the good end), and go on from there."""
    page.wait_for_url("**/services/**")
    page.locator("form button").nth(button).click()
    onward = page.locator(".onward a")
    onward.or_(page.locator(".echoseal").first).wait_for()
    if onward.count():
        onward.click()
    expect(page.locator(".echoseal").first).to_be_visible()
