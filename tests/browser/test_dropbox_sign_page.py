"""Dropbox Sign's page, as a real browser opens it: by the vendor's library, in a frame, or not."""

import pytest
from playwright.sync_api import Page, expect

from sandbox.dropbox_sign import SIMULATOR
from sandbox.runner import Sandbox
from tests.browser.console import Console
from tests.browser.steps import log_in

pytestmark = pytest.mark.browser

START = """async () => {
  const options = { method: "POST", headers: { "Content-Type": "application/json" } };
  options.body = JSON.stringify({ provider: "dropbox-sign" });
  return (await (await fetch("/api/signings/provider-agreement", options)).json()).redirectUrl;
}"""
# What the library does: a frame, and an ear for what it says.
OPEN = """(url) => {
  window.heard = [];
  addEventListener("message", ({ origin, data }) => heard.push([origin, data.type]));
  const frame = document.createElement("iframe");
  frame.id = "library";
  frame.src = url;
  document.body.append(frame);
}"""


@pytest.fixture
def link(page: Page) -> str:
    """Return a link to the page, after Robin has logged in and asked for it."""
    log_in(page)
    begun: str = page.evaluate(START)
    return begun


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Sign", ["initialize", "userSignRequest", "userFinishRequest"]),
        ("Decline", ["initialize", "userDeclineRequest"]),
    ],
)
def test_in_its_frame_it_says_what_the_library_hears(
    page: Page, sandbox: Sandbox, link: str, label: str, words: list[str]
) -> None:
    sign = sandbox.stage.dropbox_sign
    page.evaluate(OPEN, SIMULATOR.framed(sign, link, page.url))
    button = page.frame_locator("#library").get_by_role("button", name=label, exact=True)
    button.click()
    page.wait_for_function("(count) => heard.length === count", arg=len(words))
    assert [[sandbox.url, f"hellosign:{word}"] for word in words] == page.evaluate("heard")


def test_without_the_library_it_stays_closed(
    page: Page, console: Console, sandbox: Sandbox, link: str
) -> None:
    console.expected = ("403", "404")
    for said in ("only in a frame", "has been opened before"):
        page.goto(SIMULATOR.framed(sandbox.stage.dropbox_sign, link, page.url))
        expect(page.get_by_role("status")).to_contain_text(said)
