"""People sign up, log in and out in the template, and an operator logs in as one of them."""

import pytest
from playwright.sync_api import Page, expect

from sandbox.hosting.marketplace import HostedMarketplace
from tests.template.conftest import OpenPage
from tests.template.steps import MENU, holly_of, log_in, open_form, origin_of

pytestmark = pytest.mark.browser


def test_a_user_logs_in_and_out(page: Page, hosted: HostedMarketplace) -> None:
    log_in(page, holly_of(hosted))

    page.locator(MENU).first.click()
    page.get_by_role("button", name="Log out").click()

    expect(page.locator(MENU)).to_have_count(0)


def test_a_wrong_password_is_told(page: Page, hosted: HostedMarketplace) -> None:
    open_form(page, "/login")
    page.locator("input[name=email]").fill(holly_of(hosted).email)
    page.locator("input[name=password]").fill("another-word")
    page.locator("form button[type=submit]").click()

    expect(page.locator("body")).to_contain_text("don't match", ignore_case=True)


def test_somebody_signs_up_and_proves_the_address(page: Page, hosted: HostedMarketplace) -> None:
    open_form(page, "/signup")
    for name, value in {
        "email": "wren@example.com",
        "fname": "Wren",
        "lname": "Waters",
        "password": "wren-looks-around",
    }.items():
        page.locator(f"input[name={name}]").fill(value)
    page.locator("input[name=terms]").first.press("Space")
    page.locator("form button[type=submit]").click()

    expect(page.locator("body")).to_contain_text("wren@example.com")
    wren = hosted.stage.sharetribe.user_by_email("wren@example.com")
    assert wren is not None
    assert not wren.email_verified

    page.goto(f"{hosted.addresses.console_url}/")
    page.get_by_role("listitem").filter(has_text="wren@example.com").get_by_role("link").click()

    page.wait_for_url(f"{hosted.addresses.marketplace_url}/")
    assert wren.email_verified


def test_an_operator_logs_in_as_a_user(open_page: OpenPage, hosted: HostedMarketplace) -> None:
    page = open_page("/")
    page.goto(f"{hosted.addresses.console_url}/")

    page.get_by_role("row", name="Holly").get_by_role("link", name="Log in as").click()

    expect(page.locator(MENU).first).to_be_visible()
    assert hosted.addresses.marketplace_url == origin_of(page)
    expect(page.locator("body")).to_contain_text("Holly")
