"""Documents and plans on the demo page: signed in a frame, paid for on the vendor's own page."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.runner import Sandbox
from tests.browser.legibility import illegible
from tests.browser.steps import log_in, needs_a_document, needs_a_plan, open_tab

pytestmark = pytest.mark.browser


def document_of(page: Page, sandbox: Sandbox) -> Locator:
    """Show the card of the document that most vendors have."""
    open_tab(page, "Signing")
    documents = sandbox.stage.documents
    name = max(documents, key=lambda name: len(documents[name]))
    return page.locator(f"[data-document={name}]")


def plan_of(page: Page, mode: str) -> Locator:
    """Show the part of the first plan of a mode."""
    open_tab(page, "Billing")
    return page.locator(f"[data-plan][data-mode={mode}]").first


def sign(page: Page, card: Locator) -> None:
    """Press a document's button, and the first on the vendor's page, with the keyboard alone."""
    card.locator("[data-part=sign]").press("Enter")
    expect(page.locator("#vendor-title")).to_be_focused()
    page.frame_locator("#vendor-frame").get_by_role("button").first.press("Enter")
    expect(card.locator("[data-part=standing]")).to_be_focused()


def press_first(page: Page, name: str = "") -> None:
    """Press the first button of a vendor's own page."""
    page.wait_for_url("**/services/**")
    page.get_by_role("button", name=re.compile(name, re.IGNORECASE)).first.click()


@needs_a_document
def test_a_document_is_signed_with_each_of_its_vendors(page: Page, sandbox: Sandbox) -> None:
    card = document_of(page, sandbox)
    expect(card.locator(".badge")).to_have_text("Not known")
    open_tab(page, "Identity")
    log_in(page)
    open_tab(page, "Signing")
    expect(card.locator(".badge")).to_have_text("Not signed yet")
    for one in sandbox.stage.documents[card.get_attribute("data-document") or ""]:
        choice = card.get_by_role("radio", name=one.simulator.title)
        if choice.count():
            choice.check()

        sign(page, card)

        expect(card.locator(".badge")).to_have_text("Signed")
        expect(card.locator("[data-part=detail]")).to_contain_text(one.simulator.title)
        expect(page.locator("#private-data")).to_contain_text(f'"provider": "{one.simulator.name}"')
        expect(page.locator("#vendor")).to_be_hidden()
    assert [] == illegible(page)


@needs_a_document
def test_a_signature_whose_callback_comes_late_is_asked_for(page: Page, sandbox: Sandbox) -> None:
    log_in(page)
    card = document_of(page, sandbox)
    one = sandbox.stage.documents[card.get_attribute("data-document") or ""][0].simulator
    page.locator("#signing summary", has_text=one.title).click()
    page.locator(f"#switch-{one.name}Callbacks").select_option("delay")

    sign(page, card)
    expect(card.locator(".badge")).to_have_text("Signed")
    writes = len(sandbox.stage.sharetribe.updates)
    page.get_by_role("button", name=f"Deliver what {one.title} has held back").click()

    expect(page.locator("#trip-hops")).to_contain_text(f"{one.title} to Proxy")
    expect(
        page.locator("#trip-hops li[data-state=refused], #trip-hops li[data-state=broken]")
    ).to_have_count(0)
    assert writes == len(sandbox.stage.sharetribe.updates)


@needs_a_plan
def test_a_subscription_begins_on_the_vendors_page_and_is_cancelled_on_the_customers(
    page: Page, sandbox: Sandbox
) -> None:
    log_in(page)
    plan = plan_of(page, "subscription")
    expect(plan.locator(".badge")).to_have_text("Nothing yet")

    plan.locator("[data-part=start]").press("Enter")
    press_first(page)

    expect(plan.locator(".badge")).to_have_text("Active")
    expect(plan.locator("[data-part=standing]")).to_be_focused()
    expect(plan.locator("dl")).to_contain_text("entitledyes")
    expect(page.locator("#trip-hops")).to_contain_text(re.compile(r"/api/billing/\S+\?fresh=true"))
    expect(page.locator("#trip-title")).to_have_text("The trip of one payment")
    assert f"{sandbox.url}/#billing" == page.url
    assert [] == illegible(page)

    plan.locator("[data-part=manage]").press("Enter")
    press_first(page, "cancel")
    page.get_by_role("link", name="marketplace").click()

    expect(plan.locator("[data-part=detail]")).to_contain_text("cancelled")
    expect(plan.locator("dl")).to_contain_text("ends")
    expect(plan.locator("dl")).to_contain_text("entitledyes")
    expect(plan.locator("[data-part=start]")).to_be_hidden()
