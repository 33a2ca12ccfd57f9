"""The guarded doors on the demo page, in a real browser: the card, and the developer portal."""

import pytest
from playwright.sync_api import Page, expect

from sandbox.runner import Sandbox
from tests.browser.console import Console, OpenPage
from tests.browser.steps import approve_app, ask_who_i_am, bring_code, get_code, log_in

pytestmark = pytest.mark.browser


@pytest.fixture
def member(page: Page) -> Page:
    """Return the demo page after Robin has logged in."""
    log_in(page)
    return page


@pytest.fixture
def approved(page: Page) -> Page:
    """Return the demo page after the app has been approved for the plan bronze."""
    approve_app(page)
    return page


def use_key(page: Page, expected: str) -> None:
    page.get_by_role("button", name="Use the key").click()
    expect(page.locator("#key-standing")).to_have_text(expected)


# The card


def test_a_card_learns_who_holds_it_without_a_log_in(page: Page, sandbox: Sandbox) -> None:
    person = sandbox.stage.kaizala.people[0]

    ask_who_i_am(page)

    expect(page.locator("#card-end")).to_contain_text(f"I am {person.name}")
    for told in (person.id, person.phone_number, "com.example.market.stall"):
        expect(page.locator("#card-claims")).to_contain_text(told)


def test_the_other_phone_is_another_persons(page: Page, sandbox: Sandbox) -> None:
    person = sandbox.stage.kaizala.people[1]
    page.get_by_label("Whose phone it is").select_option(label=person.name)

    ask_who_i_am(page)

    expect(page.locator("#card-end")).to_contain_text(f"I am {person.name}")


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("expired", 401, "token-invalid"),
        ("foreign", 403, "token-foreign"),
        ("connector", 403, "token-foreign"),
    ],
)
def test_a_token_that_does_not_pass_is_said(
    page: Page, console: Console, kind: str, status: int, code: str
) -> None:
    console.expected = (f"status of {status}",)

    ask_who_i_am(page, kind)

    expect(page.locator("#card-end")).to_have_text(f"Answered {status} ({code}).")
    expect(page.locator("#card-claims")).to_be_empty()


def test_kaizala_being_down_is_said(page: Page, console: Console) -> None:
    console.expected = ("status of 503",)
    page.get_by_text("Be rude to Kaizala").click()
    page.get_by_label("Kaizala answers").select_option("error")

    ask_who_i_am(page)

    expect(page.locator("#card-end")).to_have_text("Answered 503 (vendor-unavailable).")


def test_the_card_has_a_lane_of_its_own(page: Page) -> None:
    ask_who_i_am(page)

    who = page.locator("#trip-hops .who")
    expect(who).to_have_count(2)
    assert ["Card to Proxy", "Proxy to Kaizala"] == who.all_text_contents()
    expect(page.locator("#trip-lanes")).to_contain_text("Card")


def test_a_visitor_gets_no_code(page: Page) -> None:
    expect(page.get_by_role("button", name="Get a link code")).to_be_hidden()
    expect(page.locator("#link-standing")).to_have_text("Log in to get a code.")


def test_a_code_ties_the_cards_person_to_the_user(member: Page, sandbox: Sandbox) -> None:
    bring_code(member, get_code(member))

    expect(member.locator("#card-end")).to_contain_text("Linked:")
    expect(member.locator("#private-data")).to_contain_text('"kaizalaLink"')
    expect(member.locator("#private-data")).to_contain_text(sandbox.stage.kaizala.people[0].id)


def test_a_code_works_for_one_person(member: Page, sandbox: Sandbox, console: Console) -> None:
    console.expected = ("status of 400",)
    code = get_code(member)
    bring_code(member, code)
    expect(member.locator("#card-end")).to_contain_text("Linked:")
    bring_code(member, code)
    expect(member.locator("#card-end")).to_contain_text("Linked already")
    second = sandbox.stage.kaizala.people[1]
    member.get_by_label("Whose phone it is").select_option(label=second.name)

    bring_code(member, code)

    expect(member.locator("#card-end")).to_have_text("Answered 400 (link-code-invalid).")
    expect(member.locator("#private-data")).not_to_contain_text(second.id)


def test_a_code_goes_away_with_the_session(member: Page) -> None:
    get_code(member)

    member.get_by_role("button", name="Log out", exact=True).click()

    expect(member.locator("#link-code")).to_be_hidden()


def test_a_link_can_be_made_with_the_keyboard_alone(member: Page) -> None:
    member.get_by_role("button", name="Get a link code").focus()
    member.keyboard.press("Enter")
    code = member.locator("#link-code")
    expect(code).to_be_visible()
    member.keyboard.press("Tab")
    expect(code).to_be_focused()
    member.get_by_label("The code from the marketplace").focus()
    member.keyboard.insert_text(code.inner_text())
    member.keyboard.press("Enter")

    expect(member.locator("#card-end")).to_contain_text("Linked:")


# The portal


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


# Both


@pytest.mark.parametrize("width", [360, 1024])
def test_nothing_sticks_out_when_the_doors_are_open(
    open_page: OpenPage, sandbox: Sandbox, width: int
) -> None:
    page = open_page(sandbox.url, viewport={"width": width, "height": 740})
    log_in(page)
    ask_who_i_am(page)
    bring_code(page, get_code(page))
    approve_app(page)
    for summary in page.locator("summary").all():
        summary.click()

    assert page.evaluate("document.documentElement.scrollWidth") <= width
