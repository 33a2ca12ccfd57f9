"""A marketplace without code, on a phone: from Sharetribe's refusal over a link to a booking."""

import json
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from sandbox.runner import Sandbox
from sandbox.sharetribe import User
from tests.browser.console import OpenPage
from tests.browser.legibility import illegible
from tests.browser.steps import needs_a_check

pytestmark = [pytest.mark.browser, needs_a_check]

PHONE: ViewportSize = {"width": 360, "height": 740}
BOAT = "Sea kayak for a day"


def logged_in(open_page: OpenPage, sandbox: Sandbox, user: User) -> Page:
    """Return a phone on which a user is logged in, at a marketplace whose pages have no script."""
    page = open_page("about:blank", viewport=PHONE, java_script_enabled=False)
    sharetribe = sandbox.stage.sharetribe
    token = quote(json.dumps(sharetribe.log_in(user.id)), safe="{}:")
    name = f"st-{sharetribe.client_id}-token"
    page.context.add_cookies([{"name": name, "value": token, "url": sandbox.url}])
    page.goto(sandbox.url)
    return page


def second_user(sandbox: Sandbox) -> User:
    return list(sandbox.stage.sharetribe.users.values())[1]


def test_a_user_without_any_script_is_refused_verified_and_books(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    stage, user = sandbox.stage, second_user(sandbox)
    vendor = stage.checking[0].vendor
    page = logged_in(open_page, sandbox, user)
    page.get_by_role("link", name=BOAT).click()
    page.get_by_role("button", name="Book it").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Only verified people can book")
    assert [] == illegible(page)
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="Verify yourself").click()

    expect(page.get_by_role("main")).to_contain_text("h***y@example.com")
    page.get_by_role("button", name="Verify my identity").click()

    page.wait_for_url(f"{vendor.browser_url}/**")
    page.locator(f"button[value={vendor.approval}]").click()
    assert vendor.wait_for_callbacks(15)
    page.get_by_role("link", name="Continue").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Your identity is verified")
    page.get_by_role("link", name="Back to Tideline Rentals").click()
    page.get_by_role("link", name=BOAT).click()
    page.get_by_role("button", name="Book it").click()

    expect(page.get_by_role("status")).to_have_text("Booked")
    (booking,) = list(stage.sharetribe.transactions.values())[1:]
    assert (user.id, "transition/request-payment") == (
        booking.customer_id,
        booking.last_transition,
    )
    assert {"identity"} == {name for name in user.metadata if "echoseal" not in name}
