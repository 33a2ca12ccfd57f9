"""The developer portal on the demo page, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from sandbox.runner import Sandbox
from tests.browser.legibility import illegible
from tests.browser.sensedia_steps import approve_app
from tests.browser.steps import open_tab

pytestmark = pytest.mark.browser


@pytest.fixture
def approved(page: Page) -> Page:
    """Return the demo page after the app has been approved for the plan bronze."""
    approve_app(page)
    return page


def use_key(page: Page, expected: str) -> None:
    page.get_by_role("button", name="Use the key").click()
    expect(page.locator("#key-standing")).to_have_text(expected)


def test_an_approved_app_has_one_key_that_works(approved: Page, sandbox: Sandbox) -> None:
    (key,) = sandbox.stage.sensedia.aws.keys()
    app = approved.locator("#portal-app")
    for told in ("Harbour guide", "bronze", key["id"], key["value"]):
        expect(app).to_contain_text(told)
    who = approved.locator("#trip-hops .who")
    expect(who.first).to_have_text("Portal to Proxy")
    expect(who.nth(1)).to_have_text("Proxy to AWS")
    for lane in ("Portal", "AWS"):
        expect(approved.locator("#trip-lanes")).to_contain_text(lane)
    use_key(approved, "AWS knows it: enabled, on bronze.")

    before = app.inner_text()
    approve_app(approved)
    expect(app).to_have_text(before, use_inner_text=True)
    assert 1 == len(sandbox.stage.sensedia.aws.keys())
    approved.reload()
    expect(app).to_have_text(before, use_inner_text=True)


def test_another_plan_leaves_the_key_as_it_is(approved: Page) -> None:
    before = approved.locator("#portal-app dd").last.inner_text()
    approved.get_by_label("Its plan").select_option("gold")

    approved.get_by_role("button", name="Move it to this plan").click()

    expect(approved.locator("#portal-end")).to_contain_text("the key stays the same")
    expect(approved.locator("#portal-app dd").last).to_have_text(before)
    use_key(approved, "AWS knows it: enabled, on gold.")


def test_a_revoked_key_no_longer_works_and_another_approval_gives_another(approved: Page) -> None:
    before = approved.locator("#portal-app dd").last.inner_text()

    approved.get_by_role("button", name="Revoke its key").click()

    expect(approved.locator("#portal-end")).to_contain_text("Answered 204. Revoked.")
    expect(approved.get_by_role("button", name="Revoke its key")).to_be_hidden()
    expect(approved.get_by_role("button", name="Approve the app")).to_be_focused()
    use_key(approved, "AWS does not know it.")

    approve_app(approved)

    expect(approved.locator("#portal-app")).not_to_contain_text(before)
    use_key(approved, "AWS knows it: enabled, on bronze.")


def test_a_wrong_password_and_aws_being_down_are_said_and_leave_nothing_behind(
    page: Page, sandbox: Sandbox
) -> None:
    end, password = page.locator("#portal-end"), page.get_by_label("The portal\u2019s password is")
    open_tab(page, "Doors")
    page.get_by_text("Be rude to the portal").click()
    password.select_option("wrong")
    page.get_by_role("button", name="Approve the app").click()
    expect(end).to_contain_text("Answered 401.")
    assert [] == sandbox.stage.sensedia.aws.keys()

    password.select_option("right")
    page.get_by_label("AWS answers").select_option("error")
    page.get_by_role("button", name="Approve the app").click()
    expect(end).to_contain_text("Answered 503.")
    assert [] == sandbox.stage.sensedia.aws.keys()

    page.get_by_label("AWS answers").select_option("ok")
    approve_app(page)

    use_key(page, "AWS knows it: enabled, on bronze.")


def test_the_portal_can_be_read(approved: Page) -> None:
    use_key(approved, "AWS knows it: enabled, on bronze.")

    assert [] == illegible(approved)
