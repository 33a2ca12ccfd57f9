"""The card on the demo page, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from sandbox.runner import Sandbox
from tests.browser.console import Console
from tests.browser.kaizala_steps import ask_who_i_am, bring_code, get_code
from tests.browser.legibility import illegible
from tests.browser.steps import log_in, open_tab

pytestmark = pytest.mark.browser


@pytest.fixture
def member(page: Page) -> Page:
    """Return the demo page after Robin has logged in."""
    log_in(page)
    return page


def test_a_card_learns_who_holds_it_without_a_log_in(page: Page, sandbox: Sandbox) -> None:
    person, other = sandbox.stage.kaizala.people

    ask_who_i_am(page)

    expect(page.locator("#card-end")).to_contain_text(f"I am {person.name}")
    for told in (person.id, person.phone_number, "com.example.market.stall"):
        expect(page.locator("#card-claims")).to_contain_text(told)
    who = page.locator("#trip-hops .who")
    expect(who).to_have_count(2)
    assert ["Card to Proxy", "Proxy to Kaizala"] == who.all_text_contents()
    expect(page.locator("#trip-lanes")).to_contain_text("Card")

    page.get_by_label("Whose phone it is").select_option(label=other.name)
    ask_who_i_am(page)

    expect(page.locator("#card-end")).to_contain_text(f"I am {other.name}")


def test_what_does_not_pass_is_said(page: Page, console: Console) -> None:
    console.expected = ("status of 401", "status of 403", "status of 503")
    end, claims = page.locator("#card-end"), page.locator("#card-claims")
    for kind, told in (
        ("expired", "Answered 401 (token-invalid)."),
        ("foreign", "Answered 403 (token-foreign)."),
        ("connector", "Answered 403 (token-foreign)."),
    ):
        ask_who_i_am(page)
        expect(end).to_contain_text("I am")
        ask_who_i_am(page, kind)
        expect(end).to_have_text(told)
        expect(claims).to_be_empty()

    page.get_by_text("Be rude to Kaizala").click()
    page.get_by_label("Kaizala answers").select_option("error")
    ask_who_i_am(page)

    expect(end).to_have_text("Answered 503 (vendor-unavailable).")


def test_a_code_is_there_while_somebody_is_logged_in(page: Page) -> None:
    button = page.get_by_role("button", name="Get a link code")
    open_tab(page, "Doors")
    expect(page.locator("#link-standing")).to_have_text("Log in to get a code.")
    expect(button).to_be_hidden()
    open_tab(page, "Identity")
    log_in(page)
    get_code(page)

    page.get_by_role("button", name="Log out", exact=True).click()

    expect(page.locator("#link-code")).to_be_hidden()
    expect(button).to_be_hidden()


def test_a_code_ties_the_cards_person_and_nobody_else_to_the_user(
    member: Page, sandbox: Sandbox, console: Console
) -> None:
    console.expected = ("status of 400",)
    person, other = sandbox.stage.kaizala.people
    code = get_code(member)

    bring_code(member, code)

    expect(member.locator("#card-end")).to_contain_text("Linked:")
    expect(member.locator("#private-data")).to_contain_text('"kaizalaLink"')
    expect(member.locator("#private-data")).to_contain_text(person.id)

    bring_code(member, code)
    expect(member.locator("#card-end")).to_contain_text("Linked already")
    member.get_by_label("Whose phone it is").select_option(label=other.name)
    bring_code(member, code)

    expect(member.locator("#card-end")).to_have_text("Answered 400 (link-code-invalid).")
    expect(member.locator("#private-data")).not_to_contain_text(other.id)


def test_a_link_can_be_made_with_the_keyboard_alone(member: Page) -> None:
    open_tab(member, "Doors")
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


def test_the_card_can_be_read(member: Page, console: Console) -> None:
    console.expected = ("status of 403",)
    ask_who_i_am(member, "foreign")
    assert [] == illegible(member)

    ask_who_i_am(member)
    bring_code(member, get_code(member))
    assert [] == illegible(member)
