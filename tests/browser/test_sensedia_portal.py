"""The developer portal on the demo page, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from sandbox.runner import Sandbox
from tests.browser.console import OpenPage
from tests.browser.contrast import LOW_CONTRAST
from tests.browser.sensedia_steps import approve_app

pytestmark = pytest.mark.browser


@pytest.fixture
def approved(page: Page) -> Page:
    """Return the demo page after the app has been approved for the plan bronze."""
    approve_app(page)
    return page


def use_key(page: Page, expected: str) -> None:
    page.get_by_role("button", name="Use the key").click()
    expect(page.locator("#key-standing")).to_have_text(expected)


def test_an_approved_app_has_a_key_that_works(approved: Page, sandbox: Sandbox) -> None:
    (key,) = sandbox.stage.sensedia.aws.keys()
    for told in ("Harbour guide", "bronze", key["id"], key["value"]):
        expect(approved.locator("#portal-app")).to_contain_text(told)

    use_key(approved, "AWS knows it: enabled, on bronze.")


def test_the_portals_orders_are_drawn(approved: Page) -> None:
    who = approved.locator("#trip-hops .who")
    expect(who.first).to_have_text("Portal to Proxy")
    expect(who.nth(1)).to_have_text("Proxy to AWS")
    for lane in ("Portal", "AWS"):
        expect(approved.locator("#trip-lanes")).to_contain_text(lane)


def test_another_plan_leaves_the_key_as_it_is(approved: Page) -> None:
    before = approved.locator("#portal-app dd").last.inner_text()
    approved.get_by_label("Its plan").select_option("gold")

    approved.get_by_role("button", name="Move it to this plan").click()

    expect(approved.locator("#portal-end")).to_contain_text("the key stays the same")
    expect(approved.locator("#portal-app dd").last).to_have_text(before)
    use_key(approved, "AWS knows it: enabled, on gold.")


def test_an_approval_again_returns_the_same_key(approved: Page, sandbox: Sandbox) -> None:
    before = approved.locator("#portal-app").inner_text()

    approve_app(approved)

    expect(approved.locator("#portal-app")).to_have_text(before, use_inner_text=True)
    assert 1 == len(sandbox.stage.sensedia.aws.keys())


def test_a_revoked_key_no_longer_works(approved: Page) -> None:
    approved.get_by_role("button", name="Revoke its key").click()

    expect(approved.locator("#portal-end")).to_contain_text("Answered 204. Revoked.")
    expect(approved.get_by_role("button", name="Revoke its key")).to_be_hidden()
    expect(approved.get_by_role("button", name="Approve the app")).to_be_focused()
    use_key(approved, "AWS does not know it.")


def test_a_revoked_app_that_is_approved_again_has_another_key(approved: Page) -> None:
    before = approved.locator("#portal-app dd").last.inner_text()
    approved.get_by_role("button", name="Revoke its key").click()
    expect(approved.locator("#portal-end")).to_contain_text("Revoked.")

    approve_app(approved)

    expect(approved.locator("#portal-app")).not_to_contain_text(before)
    use_key(approved, "AWS knows it: enabled, on bronze.")


def test_a_wrong_password_is_said(page: Page, sandbox: Sandbox) -> None:
    page.get_by_text("Be rude to the portal").click()
    page.get_by_label("The portal\u2019s password is").select_option("wrong")

    page.get_by_role("button", name="Approve the app").click()

    expect(page.locator("#portal-end")).to_contain_text("Answered 401.")
    assert [] == sandbox.stage.sensedia.aws.keys()


def test_aws_being_down_is_said_and_leaves_nothing_behind(page: Page, sandbox: Sandbox) -> None:
    page.get_by_text("Be rude to the portal").click()
    page.get_by_label("AWS answers").select_option("error")
    page.get_by_role("button", name="Approve the app").click()
    expect(page.locator("#portal-end")).to_contain_text("Answered 503.")
    assert [] == sandbox.stage.sensedia.aws.keys()

    page.get_by_label("AWS answers").select_option("ok")
    approve_app(page)

    use_key(page, "AWS knows it: enabled, on bronze.")


def test_a_reload_remembers_the_app(approved: Page) -> None:
    before = approved.locator("#portal-app").inner_text()

    approved.reload()

    expect(approved.locator("#portal-app")).to_have_text(before, use_inner_text=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_portal_stands_out_in_both_color_schemes(
    open_page: OpenPage, sandbox: Sandbox, scheme: str
) -> None:
    page = open_page(sandbox.url, color_scheme=scheme, reduced_motion="reduce")
    approve_app(page)
    page.get_by_role("button", name="Use the key").click()
    expect(page.locator("#key-standing")).to_contain_text("AWS knows it")
    for summary in page.locator("summary:visible").all():
        summary.click()

    assert [] == page.evaluate(LOW_CONTRAST)


@pytest.mark.parametrize("width", [360, 1024])
def test_an_approved_app_does_not_stick_out(
    open_page: OpenPage, sandbox: Sandbox, width: int
) -> None:
    page = open_page(sandbox.url, viewport={"width": width, "height": 740})
    approve_app(page)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
