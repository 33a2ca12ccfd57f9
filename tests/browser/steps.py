"""What people do on the demo page, step by step."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.discovery import simulators

# How a scenario stands when nothing goes on by itself, and when it has been judged.
ANY_END = re.compile("fine|odd|waiting")
ANY_VERDICT = re.compile("fine|odd")
PATIENCE_MILLISECONDS = 30_000  # a proxy that is killed has to come back
needs_a_check = pytest.mark.skipif(
    not any(simulator.checks for simulator in simulators()),
    reason="no vendor that checks who somebody is can be simulated",
)
needs_a_document = pytest.mark.skipif(
    not any(simulator.signs for simulator in simulators()),
    reason="no vendor that has documents signed can be simulated",
)
needs_a_plan = pytest.mark.skipif(
    not any(simulator.bills for simulator in simulators()),
    reason="no vendor that bills can be simulated",
)


def log_in(page: Page, name: str = "Robin") -> None:
    """Log in and wait until the page knows how everything stands."""
    page.get_by_role("button", name=f"Log in as {name}").click()
    expect(page.locator("#member")).to_be_visible()
    expect(page.locator(".connection .badge", has_text="Not known")).to_have_count(0)
    # The last thing that logging in does: a focus that a test sets before would be taken away.
    expect(page.locator("#verify")).to_be_focused()


def open_tab(page: Page, name: str) -> None:
    """Show one of the parts to try; by a key, as the page may still move under a pointer."""
    page.get_by_role("tab", name=name).press("Enter")


def verify(page: Page, outcome: str = "approved") -> None:
    """Make an identity check that ends with `outcome`."""
    open_tab(page, "Identity")
    page.locator("#verify").click()
    page.frame_locator("#vendor-frame").locator(f"button[value={outcome}]").click()
    expect(page.locator("#vendor")).to_be_hidden()


def play(page: Page, scenario: str) -> Locator:
    """Press the button of a scenario, and its second one where there is one; return its line."""
    card = page.locator(f"#rude-{scenario}")
    ended = card.locator(".ended")
    start(page, scenario)
    expect(ended).to_have_attribute("data-state", ANY_END, timeout=PATIENCE_MILLISECONDS)
    if ended.get_attribute("data-state") == "waiting":
        card.locator(".next").click()
        expect(ended).to_have_attribute("data-state", ANY_VERDICT, timeout=PATIENCE_MILLISECONDS)
    return ended


def start(page: Page, scenario: str) -> None:
    """Press the button of a scenario."""
    open_tab(page, "Identity")
    page.locator("#more").evaluate("(more) => { more.open = true }")
    page.locator(f"#rude-{scenario} .go").click()


def connect(page: Page, service: str, decision: str = "Allow") -> None:
    """Go to the consent page of a service, decide there, and come back."""
    open_tab(page, "Connections")
    page.get_by_role("button", name=f"Connect {service}", exact=True).click()
    page.get_by_role("button", name=decision).click()
    expect(page.locator("#connections-end")).not_to_be_empty()
