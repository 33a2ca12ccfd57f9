"""The strip that shows the sealed reference on the demo page."""

from base64 import urlsafe_b64encode

import pytest
from playwright.sync_api import Page, expect

from sandbox.runner import Sandbox
from tests.browser.steps import log_in, needs_a_check

pytestmark = [pytest.mark.browser, needs_a_check]

PARTS = "(text) => import('/web/seal.js').then(({ partsOf }) => partsOf(text))"


def sealed(layout: int, size: int) -> str:
    """Return bytes that begin as a seal of this layout does, as text."""
    return urlsafe_b64encode(bytes([0x10 | layout, 7]) + bytes(size - 2)).decode().rstrip("=")


@pytest.mark.parametrize(
    ("layout", "size", "parts"),
    [
        (1, 74, [("Header", 2), ("Proof", 16), ("Token", 36), ("User", 16), ("Time", 4)]),
        (2, 60, [("Header", 2), ("Proof", 16), ("User", 16), ("Time", 4), ("Token", 22)]),
        (3, 46, [("Header", 2), ("Proof", 16), ("User", 16), ("Time", 4), ("Random", 8)]),
    ],
)
def test_a_seal_is_told_by_its_layout(
    page: Page, layout: int, size: int, parts: list[tuple[str, int]]
) -> None:
    text = sealed(layout, size)

    told = page.evaluate(PARTS, text)

    assert parts == [(part["title"], part["bytes"]) for part in told]
    assert text == "".join(part["text"] for part in told)
    for part, (_, size_of_part) in zip(told, parts, strict=True):
        assert abs(len(part["text"]) - size_of_part * 8 / 6) < 1


def test_an_example_gives_way_to_what_the_vendor_holds(page: Page, sandbox: Sandbox) -> None:
    strip, told = page.locator("#seal-strip"), page.locator("#seal-told")
    expect(told).to_contain_text("An example.")
    assert (99, 5) == (len(strip.text_content() or ""), strip.locator("span").count())
    expect(page.get_by_text("In the proxy", exact=True)).to_be_visible()
    log_in(page)

    page.locator("#verify").click()

    first = sandbox.stage.checking[0]
    expect(told).to_contain_text(f"what {first.simulator.title} holds now")
    check = list(first.vendor.transactions.values())[-1]
    expect(strip).to_have_text(check.sealed)
    assert 99 == len(check.sealed)
    expect(page.get_by_role("img", name="Header 2 bytes")).to_have_count(1)
