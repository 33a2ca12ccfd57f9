"""What the template's pages do with each transaction process, from a listing to the order."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import requests
from playwright.sync_api import Page, expect

from sandbox.hosting.marketplace import HostedMarketplace
from sandbox.sharetribe import Transaction
from tests.template.conftest import OpenPage
from tests.template.steps import (
    be_verified,
    book,
    last_transitions,
    listing_of,
    log_in,
    open_listing,
    open_verification,
    origin_of,
    pay,
    robin_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("kit")]
PATIENCE_SECONDS = 60


@pytest.fixture
def customer(buyer: Page, hosted: HostedMarketplace) -> Page:
    """Return the page of somebody whom the gate lets order."""
    open_verification(buyer)
    be_verified(buyer, hosted)
    return buyer


@pytest.fixture
def provider(open_page: OpenPage, hosted: HostedMarketplace) -> Page:
    """Return the page of who offers."""
    page = open_page("/")
    log_in(page, robin_of(hosted))
    return page


def order_of(hosted: HostedMarketplace) -> Transaction:
    """Return the only transaction."""
    (only,) = hosted.stage.sharetribe.transactions.values()
    return only


def test_days_are_chosen_in_the_calendar_booked_and_accepted(
    customer: Page, provider: Page, hosted: HostedMarketplace
) -> None:
    next_month = (datetime.now(UTC).replace(day=1) + timedelta(days=32)).date()
    first, last = next_month.replace(day=10), next_month.replace(day=12)
    open_listing(customer, hosted, "Sea kayak")

    book(customer, first, last)
    customer.wait_for_url("**/checkout")
    pay(customer)
    customer.wait_for_url("**/order/**")
    provider.goto(f"{origin_of(provider)}/sale/{order_of(hosted).id}")
    provider.get_by_role("button", name="Accept").first.click()

    expect(provider.locator("body")).to_contain_text("You accepted")
    booking = order_of(hosted).booking
    assert booking is not None
    assert (_midnight(first), _midnight(last + timedelta(days=1)), "accepted") == (
        booking.start,
        booking.end,
        booking.state,
    )
    assert 3 * 4500 == order_of(hosted).line_items[0].line_total


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def test_a_question_is_asked_without_a_payment(buyer: Page, hosted: HostedMarketplace) -> None:
    """Nothing is paid, so the gate has no part in it."""
    open_listing(buyer, hosted, "Paddling lesson")
    buyer.get_by_role("button", name="Send an inquiry").click()
    buyer.wait_for_url("**/checkout")
    buyer.locator("textarea[name=inquiryMessage]").fill("Is Monday good?")
    buyer.get_by_role("button", name="Send inquiry").click()

    buyer.wait_for_url("**/order/**")
    expect(buyer.locator("body")).to_contain_text("Is Monday good?")
    assert ["transition/inquire-without-payment"] == last_transitions(hosted)


def offer(page: Page, euros: str) -> None:
    """Fill in the page of an offer, and make it."""
    page.locator("input[id$=quote]").fill(euros)
    page.get_by_role("button", name="Submit the offer").click()
    expect(page.locator("body")).to_contain_text("Your offer has been received")


def test_a_quote_is_asked_for_offered_and_paid(
    buyer: Page, provider: Page, hosted: HostedMarketplace
) -> None:
    open_listing(buyer, hosted, "Hull repairs")
    buyer.get_by_role("button", name="Request a quote").click()
    buyer.wait_for_url("**/request-quote")
    buyer.locator("textarea[name=customerDefaultMessage]").fill("A hole below the water line.")
    buyer.get_by_role("button", name="Request a quote").click()
    buyer.wait_for_url("**/order/**")

    provider.goto(f"{origin_of(provider)}/sale/{order_of(hosted).id}")
    provider.get_by_role("button", name="Submit an offer").first.click()
    offer(provider, "300")

    buyer.reload()
    buyer.get_by_role("button", name="Accept and pay").first.click()
    buyer.wait_for_url("**/checkout")
    pay(buyer)
    expect(buyer.locator("body")).to_contain_text("Order placed successfully")
    assert ["transition/confirm-payment"] == last_transitions(hosted)
    assert 30_000 == order_of(hosted).line_items[0].line_total


def test_an_offer_is_made_for_what_somebody_wants(
    provider: Page, hosted: HostedMarketplace
) -> None:
    open_listing(provider, hosted, "Wanted")
    provider.get_by_role("button", name="Submit an offer").click()
    provider.wait_for_url("**/make-offer")
    offer(provider, "80")

    assert ["transition/make-offer"] == last_transitions(hosted)
    assert robin_of(hosted).id == order_of(hosted).provider_id


def test_a_file_is_bought_and_fetched(customer: Page, hosted: HostedMarketplace) -> None:
    open_listing(customer, hosted, "Chart")
    customer.get_by_role("button", name="Buy now").click()
    customer.wait_for_url("**/checkout")
    pay(customer)
    customer.wait_for_url("**/order/**")

    customer.get_by_role("button", name="Download file inner-harbour.txt").click()
    url = customer.get_by_role("link", name="click this link instead").get_attribute("href")
    assert url is not None
    file = requests.get(url, timeout=PATIENCE_SECONDS)
    assert (200, order_of(hosted).protected_files[0].file.content) == (
        file.status_code,
        file.content,
    )


def test_the_author_finds_the_files_of_a_listing(provider: Page, hosted: HostedMarketplace) -> None:
    chart = listing_of(hosted, "Chart").id

    provider.goto(f"{origin_of(provider)}/l/listing/{chart}/edit/files")

    expect(provider.locator("body")).to_contain_text("inner-harbour")
