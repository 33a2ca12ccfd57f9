"""The card on the demo page, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from sandbox.runner import Sandbox
from tests.browser.console import Console, OpenPage
from tests.browser.contrast import LOW_CONTRAST
from tests.browser.kaizala_steps import ask_who_i_am, bring_code, get_code
from tests.browser.steps import log_in

pytestmark = pytest.mark.browser


@pytest.fixture
def member(page: Page) -> Page:
    """Return the demo page after Robin has logged in."""
    log_in(page)
    return page


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_card_stands_out_in_both_color_schemes(
    open_page: OpenPage, sandbox: Sandbox, console: Console, scheme: str
) -> None:
    console.expected = ("status of 403",)
    page = open_page(sandbox.url, color_scheme=scheme, reduced_motion="reduce")
    log_in(page)
    ask_who_i_am(page)
    ask_who_i_am(page, "foreign")
    get_code(page)
    for summary in page.locator("summary:visible").all():
        summary.click()

    assert [] == page.evaluate(LOW_CONTRAST)


@pytest.mark.parametrize("width", [360, 1024])
def test_a_linked_card_does_not_stick_out(
    open_page: OpenPage, sandbox: Sandbox, width: int
) -> None:
    page = open_page(sandbox.url, viewport={"width": width, "height": 740})
    log_in(page)
    ask_who_i_am(page)
    bring_code(page, get_code(page))

    assert page.evaluate("document.documentElement.scrollWidth") <= width
