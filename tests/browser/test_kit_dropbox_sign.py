"""The kit's signing with Dropbox Sign, whose page opens by the vendor's own library alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import Console
from tests.browser.kit_shop import Shop
from tests.browser.kit_steps import panel

pytestmark = pytest.mark.browser


@pytest.fixture
def signer(shopper: Page, shop: Shop) -> Page:
    """Return the page of documents, with the API app's client id set."""
    client_id = shop.stage.dropbox_sign.client_id
    shopper.add_init_script(f"sessionStorage.setItem('dropbox-sign-client-id', '{client_id}')")
    shopper.goto(f"{shop.url}/signing?provider=dropbox-sign")
    return shopper


@pytest.mark.parametrize(
    ("button", "told"),
    [("Sign", "You have signed “House rules”"), ("Decline", "You have declined to sign")],
)
def test_a_document_opens_by_the_vendors_library(signer: Page, button: str, told: str) -> None:
    rules = panel(signer, "“House rules”")
    rules.get_by_role("button", name="Read and sign").click()
    page = signer.frame_locator("iframe.x-hellosign-embedded__iframe")
    page.get_by_role("button", name=button, exact=True).click()

    expect(signer.get_by_role("heading", name=told)).to_be_visible()
    expect(signer.locator("iframe")).to_have_count(0)


def test_a_library_that_is_given_up_lets_go_on(signer: Page) -> None:
    rules = panel(signer, "House rules")
    rules.get_by_role("button", name="Read and sign").click()
    signer.frame_locator("iframe.x-hellosign-embedded__iframe").get_by_role(
        "button"
    ).first.wait_for()
    rules.get_by_role("button", name="Close").dispatch_event("click")  # the library's is above it
    expect(signer.locator("iframe")).to_have_count(0)
    rules.get_by_role("button", name="Continue").click()
    page = signer.frame_locator("iframe.x-hellosign-embedded__iframe")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(signer.get_by_role("heading", name="You have signed “House rules”")).to_be_visible()


def test_a_library_that_does_not_come_leaves_the_button(signer: Page, console: Console) -> None:
    console.expected = ("Failed to load resource", "Failed to fetch dynamically imported module")
    rules = panel(signer, "House rules")
    signer.route("**/*.js", lambda route: route.abort())
    rules.get_by_role("button", name="Read and sign").click()

    expect(rules.get_by_role("button", name="Continue")).to_be_visible()
    assert console.said != []
