"""Orders that the kit's gate refuses and lets through, by both privileged endpoints.

Sharetribe restricts nothing here: what refuses is the template's own server.
"""

import pytest
from playwright.sync_api import Page, expect

from sandbox.hosting.marketplace import HostedMarketplace
from tests.template.steps import be_verified, buy, inquire, last_transitions, order, pay

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("kit")]
REFUSED = "Your order needs this first"


def test_an_order_of_somebody_unverified_is_refused_and_goes_on_after_the_check(
    buyer: Page, hosted: HostedMarketplace
) -> None:
    buy(buyer, hosted)
    buyer.wait_for_url("**/verification")
    expect(buyer.locator("body")).to_contain_text(REFUSED)
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
    expect(buyer.locator("body")).to_contain_text(REFUSED)
    assert ["transition/inquire"] == last_transitions(hosted)

    be_verified(buyer, hosted)
    buyer.get_by_role("button", name="Continue with your order").click()
    buyer.wait_for_url("**/checkout")
    pay(buyer)

    buyer.wait_for_url("**/order/**")
    assert ["transition/confirm-payment"] == last_transitions(hosted)
