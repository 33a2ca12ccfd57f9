"""The connections on the demo page, in a real browser: consent, and the way back."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.discovery import simulators
from sandbox.runner import Sandbox
from sandbox.simulator import Simulator
from tests.browser.console import OpenPage
from tests.browser.steps import connect, log_in, verify

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


@pytest.mark.parametrize("vendor", [one.name for one in CONNECTING])
def test_a_visitor_has_nothing_to_connect(page: Page, vendor: str) -> None:
    expect(standing(page, vendor)).to_have_text("Not known")
    expect(page.locator(f"#{vendor} [data-part=connect]")).to_be_hidden()


@each_service
def test_a_consent_connects(member: Page, sandbox: Sandbox, service: Simulator[Any]) -> None:
    expect(standing(member, service.name)).to_have_text("Not connected")

    connect(member, service.title)

    expect(standing(member, service.name)).to_have_attribute("data-state", CONNECTED)
    expect(member.locator(f"#{service.name} .facts").first).not_to_be_empty()
    expect(member.locator("#connections-end")).to_have_text(f"{service.title} is connected.")
    expect(member.locator("#connections-end")).to_be_focused()
    expect(member.locator("#private-data")).to_contain_text(f'"{service.name}Connection"')
    assert f"{sandbox.url}/" == member.url


@each_service
def test_a_declined_consent_connects_nothing(member: Page, service: Simulator[Any]) -> None:
    connect(member, service.title, "Decline")

    expect(standing(member, service.name)).to_have_text("Not connected")
    expect(member.locator("#connections-end")).to_contain_text("You did not allow it")
    expect(member.locator("#private-data")).to_have_text("{}")


@each_service
def test_disconnecting_wipes_the_token(member: Page, service: Simulator[Any]) -> None:
    connect(member, service.title)

    member.get_by_role("button", name=f"Disconnect {service.title}").click()

    expect(standing(member, service.name)).to_have_text("Not connected")
    expect(member.locator("#connections-end")).to_contain_text("revoked and wiped")
    expect(member.locator("#private-data")).not_to_contain_text("sealed")
    expect(
        member.get_by_role("button", name=f"Connect {service.title}", exact=True)
    ).to_be_focused()


@pytest.mark.parametrize("width", [360, 1024])
def test_nothing_sticks_out_when_all_is_connected(
    open_page: OpenPage, sandbox: Sandbox, width: int
) -> None:
    page = open_page(sandbox.url, viewport={"width": width, "height": 740})
    log_in(page)
    for service in CONNECTING:
        connect(page, service.title)
    for summary in page.locator("summary:visible").all():
        summary.click()
    verify(page)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
