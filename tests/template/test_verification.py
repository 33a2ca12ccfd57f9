"""An identity check from the kit's page: by a redirect, in a frame, and as somebody else."""

import re

import pytest
from playwright.sync_api import Page, expect

from sandbox.hosting.marketplace import HostedMarketplace
from tests.template.conftest import OpenPage
from tests.template.steps import (
    decide,
    holly_of,
    log_in,
    open_verification,
    origin_of,
    vendor_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("kit")]
# Vendors have words of their own for a document that is not accepted.
REFUSAL = re.compile("forged|reject|refuse|decline", re.IGNORECASE)
VERIFIED = "Your identity is verified"


def test_who_has_been_checked_comes_back_verified(page: Page, hosted: HostedMarketplace) -> None:
    log_in(page, holly_of(hosted))
    open_verification(page)

    page.get_by_role("button", name="Verify my identity").click()
    page.wait_for_url(re.compile(re.escape(hosted.addresses.services_url)))
    decide(page, vendor_of(hosted).approval)

    expect(page.locator("body")).to_contain_text(VERIFIED)
    assert f"{hosted.addresses.marketplace_url}/verification" == page.url


def test_who_has_not_passed_may_try_again(page: Page, hosted: HostedMarketplace) -> None:
    log_in(page, holly_of(hosted))
    open_verification(page)

    page.get_by_role("button", name="Verify my identity").click()
    page.wait_for_url(re.compile(re.escape(hosted.addresses.services_url)))
    page.get_by_role("button", name=REFUSAL).first.click()

    expect(page.locator("body")).to_contain_text("could not be verified")
    expect(page.get_by_role("button", name=re.compile("again"))).to_be_enabled()


def test_a_check_in_a_frame_leaves_the_page_where_it_is(
    framed: HostedMarketplace, open_page: OpenPage
) -> None:
    """The template's policy is enforced, and lets the frame in that the kit was told of."""
    page = open_page("/")
    log_in(page, holly_of(framed))
    open_verification(page)
    page.evaluate("window.hasStayed = true")

    page.get_by_role("button", name="Verify my identity").click()
    decide(page.frame_locator("iframe[title='Identity check']"), vendor_of(framed).approval)

    expect(page.locator("body")).to_contain_text(VERIFIED)
    assert page.evaluate("window.hasStayed")


def test_it_begins_and_ends_at_the_other_name_of_the_address(
    page: Page, hosted: HostedMarketplace
) -> None:
    other = hosted.addresses.origins[1]
    page.goto(other)
    log_in(page, holly_of(hosted))
    open_verification(page)

    page.get_by_role("button", name="Verify my identity").click()
    page.wait_for_url(re.compile("/services/"))
    decide(page, vendor_of(hosted).approval)

    expect(page.locator("body")).to_contain_text(VERIFIED)
    assert other == origin_of(page)


def test_an_operator_who_is_logged_in_as_a_user_cannot_be_checked_for_them(
    page: Page, hosted: HostedMarketplace
) -> None:
    page.goto(f"{hosted.addresses.console_url}/")
    page.get_by_role("row", name="Holly").get_by_role("link", name="Log in as").click()
    page.wait_for_url(f"{hosted.addresses.marketplace_url}/**")
    open_verification(page)

    expect(page.locator("body")).to_contain_text("Only the user can do this")
    assert {} == holly_of(hosted).private_data
