"""The connections on the demo page, in a real browser: consent, and the way back."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.discovery import simulators
from sandbox.runner import Sandbox
from sandbox.simulator import Simulator
from tests.browser.legibility import illegible
from tests.browser.steps import connect, log_in, open_tab, verify

pytestmark = pytest.mark.browser

CONNECTING = [simulator for simulator in simulators() if simulator.connects]
each_service = pytest.mark.parametrize("service", CONNECTING, ids=lambda one: one.name)
CONNECTED = re.compile("^connected$")


def standing(page: Page, vendor: str) -> Locator:
    return page.locator(f"#{vendor} .badge")


@pytest.fixture
def member(page: Page) -> Page:
    """Return the demo page after the seller, who is the operator too, has logged in."""
    log_in(page)
    return page


def test_a_visitor_has_nothing_to_connect(page: Page) -> None:
    open_tab(page, "Connections")
    for service in CONNECTING:
        expect(standing(page, service.name)).to_have_text("Not known")
        expect(page.locator(f"#{service.name} [data-part=connect]")).to_be_hidden()


@each_service
def test_a_service_is_declined_connected_and_disconnected(
    member: Page, sandbox: Sandbox, service: Simulator[Any]
) -> None:
    title, end = service.title, member.locator("#connections-end")
    badge, stored = standing(member, service.name), member.locator("#private-data")
    expect(badge).to_have_text("Not connected")

    connect(member, title, "Decline")

    expect(badge).to_have_text("Not connected")
    expect(end).to_contain_text("You did not allow it")
    expect(stored).to_have_text("{}")

    connect(member, title)

    expect(badge).to_have_attribute("data-state", CONNECTED)
    expect(member.locator(f"#{service.name} .facts").first).not_to_be_empty()
    expect(end).to_have_text(f"{title} is connected.")
    expect(end).to_be_focused()
    expect(stored).to_contain_text(f'"{service.name}Connection"')
    expect(stored).to_contain_text("sealed")
    assert f"{sandbox.url}/#connections" == member.url

    member.get_by_role("button", name=f"Disconnect {title}").click()

    expect(badge).to_have_text("Not connected")
    expect(end).to_contain_text("revoked and wiped")
    expect(stored).not_to_contain_text("sealed")
    expect(member.get_by_role("button", name=f"Connect {title}", exact=True)).to_be_focused()


def test_all_can_be_read_when_all_is_connected(member: Page) -> None:
    for service in CONNECTING:
        connect(member, service.title)
    verify(member)

    assert [] == illegible(member)
