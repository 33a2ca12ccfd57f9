"""The chat on the demo page, in a real browser: the channel, and a person in it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.legibility import illegible
from tests.browser.steps import connect, log_in, open_tab, verify

pytestmark = pytest.mark.browser


def standing(page: Page) -> Locator:
    return page.locator("#pumble .badge")


@pytest.fixture
def member(page: Page) -> Page:
    """Return the demo page after the operator has logged in."""
    log_in(page)
    return page


@pytest.fixture
def chat(member: Page) -> Page:
    """Return the demo page after the operator has connected Pumble."""
    connect(member, "Pumble")
    return member


def test_the_channel_hears_of_a_verification_and_answers_a_person(chat: Page) -> None:
    said = chat.locator("#chat-messages li")
    expect(chat.locator("#pumble .facts").first).to_contain_text("Riverside")
    expect(chat.locator("#chat-empty")).to_be_visible()

    verify(chat)
    open_tab(chat, "Connections")

    expect(said).to_have_count(1)
    expect(said).to_contain_text("Robin R")
    expect(said).to_contain_text("was verified")
    expect(chat.locator("#badge")).to_have_text("Verified")

    chat.get_by_role("button", name="Send", exact=True).click()

    expect(said).to_have_count(3)
    expect(said.nth(1)).to_contain_text("/verified robin@example.com")
    expect(said.nth(2)).to_contain_text("Robin R")
    expect(said.nth(2)).to_contain_text("only Rosa Reed can see this")


def test_what_is_no_command_is_not_sent(chat: Page) -> None:
    chat.get_by_label("Be a person in the channel").fill("hello")

    chat.keyboard.press("Enter")

    expect(chat.locator("#chat-messages")).to_contain_text("Type a command")


def test_an_uninstalled_app_is_no_longer_connected(chat: Page) -> None:
    verify(chat)
    expect(chat.locator("#chat-messages")).to_contain_text("was verified")
    open_tab(chat, "Connections")

    chat.get_by_role("button", name="Uninstall the app in Pumble").click()

    expect(chat.locator("#chat-messages")).to_contain_text("the proxy answered 200")
    expect(standing(chat)).not_to_have_text("Connected")
    expect(chat.locator("#private-data")).not_to_contain_text('"pumbleConnection"')


def test_a_check_ends_well_while_pumble_is_down(chat: Page) -> None:
    chat.get_by_text("Be rude to Pumble").click()
    chat.get_by_label("Pumble answers").select_option("error")

    verify(chat)

    expect(chat.locator("#badge")).to_have_text("Verified")
    expect(chat.locator("#chat-messages li")).to_have_count(0)


def test_the_chat_can_be_read(chat: Page) -> None:
    chat.get_by_role("button", name="Send", exact=True).click()
    expect(chat.locator("#chat-messages li")).to_have_count(2)

    assert [] == illegible(chat)
