"""What Sharetribe itself refuses, the template's own pages say, and what opens it counts."""

import re

import pytest
from playwright.sync_api import Page, expect

from sandbox.hosting.marketplace import HostedMarketplace
from sandbox.sharetribe.users import ALLOW
from tests.template.steps import be_verified, buy, holly_of, log_in, open_verification

pytestmark = pytest.mark.browser


def test_who_lacks_the_right_to_buy_is_led_to_the_link_page(
    page: Page, hosted: HostedMarketplace
) -> None:
    hosted.restrict()
    holly = holly_of(hosted)
    log_in(page, holly)

    buy(page, hosted)

    page.wait_for_url("**/no-transaction-rights")
    way = page.get_by_role("link", name="Verify yourself")
    expect(way).to_have_attribute("href", re.compile(f"/api/go/identity.*{holly.id}"))


@pytest.mark.usefixtures("kit")
def test_whom_a_check_grants_it_goes_on_to_the_checkout(
    page: Page, hosted: HostedMarketplace
) -> None:
    hosted.restrict()
    holly = holly_of(hosted)
    log_in(page, holly)
    open_verification(page)
    be_verified(page, hosted)

    buy(page, hosted)

    page.wait_for_url("**/checkout")
    expect(page.get_by_role("button", name="Confirm and pay")).to_be_visible()
    assert ALLOW == holly.permissions["initiateTransactions"]
