"""What people do on the demo page, step by step."""

import pytest
from playwright.sync_api import Page, expect

from sandbox.discovery import simulators

needs_a_check = pytest.mark.skipif(
    not any(simulator.checks for simulator in simulators()),
    reason="no vendor that checks who somebody is can be simulated",
)


def log_in(page: Page, name: str = "Robin") -> None:
    """Log in and wait until the page knows how everything stands."""
    page.get_by_role("button", name=f"Log in as {name}").click()
    expect(page.locator("#member")).to_be_visible()
    expect(page.locator(".connection .badge", has_text="Not known")).to_have_count(0)
    # The last thing that logging in does: a focus that a test sets before would be taken away.
    expect(page.locator("#verify")).to_be_focused()


def verify(page: Page, outcome: str = "approved") -> None:
    """Make an identity check that ends with `outcome`."""
    page.locator("#verify").click()
    page.frame_locator("#vendor-frame").locator(f"button[value={outcome}]").click()
    expect(page.locator("#vendor")).to_be_hidden()


def connect(page: Page, service: str, decision: str = "Allow") -> None:
    """Go to the consent page of a service, decide there, and come back."""
    page.get_by_role("button", name=f"Connect {service}", exact=True).click()
    page.get_by_role("button", name=decision).click()
    expect(page.locator("#connections-end")).not_to_be_empty()
