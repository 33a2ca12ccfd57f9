"""Orders that the kit's gate refuses and lets through, by both privileged endpoints.

Sharetribe restricts nothing here: what refuses is the template's own server.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sandbox.hosting.marketplace import HostedMarketplace
from tests.template.steps import (
    buy,
    decide,
    holly_of,
    inquire,
    log_in,
    order,
    pay,
    vendor_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("kit")]
STRIPE = Path(__file__).with_name("stripe_stub.js")


@pytest.fixture
def buyer(page: Page, hosted: HostedMarketplace) -> Page:
    """Return the page of somebody who has logged in and could pay."""
    page.context.route("https://js.stripe.com/**", lambda route: route.fulfill(path=STRIPE))
    log_in(page, holly_of(hosted))
    return page


def be_verified(page: Page, hosted: HostedMarketplace) -> None:
    """Go to the vendor from the page that an order was refused to, and pass."""
    expect(page.locator("body")).to_contain_text("Your order needs this first")
    page.get_by_role("button", name="Verify my identity").click()
    page.wait_for_url(re.compile("/services/"))
    decide(page, vendor_of(hosted).approval)
    expect(page.locator("body")).to_contain_text("Your identity is verified")


def last_transitions(hosted: HostedMarketplace) -> list[str]:
    return [one.last_transition for one in hosted.stage.sharetribe.transactions.values()]


def test_an_order_of_somebody_unverified_is_refused_and_goes_on_after_the_check(
    buyer: Page, hosted: HostedMarketplace
) -> None:
    buy(buyer, hosted)
    buyer.wait_for_url("**/verification")
    assert [] == last_transitions(hosted)

    be_verified(buyer, hosted)
    buyer.get_by_role("button", name="Continue with your order").click()
    buyer.wait_for_url("**/checkout")
    pay(buyer)

    buyer.wait_for_url("**/order/**")
    assert ["transition/confirm-payment"] == last_transitions(hosted)


def test_an_inquiry_becomes_an_order_only_of_somebody_verified(
    buyer: Page, hosted: HostedMarketplace
) -> None:
    """It is begun at Sharetribe directly, and becomes an order by the other endpoint."""
    inquire(buyer, hosted)
    assert ["transition/inquire"] == last_transitions(hosted)

    order(buyer)
    buyer.wait_for_url("**/verification")
    assert ["transition/inquire"] == last_transitions(hosted)

    be_verified(buyer, hosted)
    buyer.get_by_role("button", name="Continue with your order").click()
    buyer.wait_for_url("**/checkout")
    pay(buyer)

    buyer.wait_for_url("**/order/**")
    assert ["transition/confirm-payment"] == last_transitions(hosted)
