"""An identity check on the demo page, in a real browser: from the button to the badge."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from sandbox.runner import Sandbox
from sandbox.stage import Options
from tests.browser.console import Console, OpenPage
from tests.browser.steps import log_in, verify

pytestmark = pytest.mark.browser


def badge(page: Page) -> Locator:
    return page.locator("#badge")


@pytest.fixture(scope="module")
def kyx_sandbox(chromium: Browser) -> Iterator[Sandbox]:
    """Start a sandbox with Jumio's KYX API, confirmed by the callback and with operator access."""
    assert chromium.is_connected()
    options = Options(port=0, rotation="strict", chosen={"JUMIO_API": "kyx"})
    with Sandbox(options) as sandbox:
        yield sandbox


def test_a_check_leads_from_the_button_to_the_badge(page: Page) -> None:
    log_in(page)
    expect(badge(page)).to_have_text("Not verified yet")

    verify(page)

    for _ in ("now", "after a reload"):
        expect(page.locator("#member-name")).to_have_text("Robin R")
        expect(badge(page)).to_have_text("Verified")
        expect(badge(page)).to_have_attribute("data-state", "approved")
        expect(page.locator("#checksum")).to_have_attribute("data-state", "valid")
        expect(page.locator("#private-data")).to_contain_text('"status": "approved"')
        page.reload()


def test_every_other_end_is_told_without_the_badge_and_can_be_tried_again(page: Page) -> None:
    log_in(page)

    for outcome, state, told, offer in (
        ("denied-fraud", "rejected", "the document looks altered", "Try again"),
        ("no-id-uploaded", "expired", "", "Start again"),
        ("not-readable", "failed", "", "Try again"),
    ):
        verify(page, outcome)
        expect(badge(page)).to_have_attribute("data-state", state)
        expect(badge(page)).not_to_have_text("Verified")
        expect(page.locator("#badge-detail")).to_contain_text(told)
        expect(page.locator("#checksum")).to_have_attribute("data-state", "valid")
        expect(page.locator("#verify")).to_have_text(offer)
    verify(page)

    expect(badge(page)).to_have_text("Verified")


def test_kyx_ends_as_netverify_does(open_page: OpenPage, kyx_sandbox: Sandbox) -> None:
    page = open_page(kyx_sandbox.url)
    log_in(page)

    for outcome, state in (("warning", "failed"), ("approved", "approved")):
        verify(page, outcome)
        expect(badge(page)).to_have_attribute("data-state", state)


def test_the_trip_shows_every_hop_in_order_until_it_is_cleared(page: Page) -> None:
    log_in(page, "Holly")
    verify(page)  # the proxy has its own token for the Integration API from now on
    expect(page.locator("#verify")).to_have_text("Verify again")
    page.get_by_role("button", name="Log out", exact=True).click()
    log_in(page)
    verify(page)

    who = page.locator("#trip-hops .who")
    expect(who.first).to_have_text("Browser to Proxy")
    expect(page.locator("#trip-sum")).to_contain_text("15 calls, 10 of them by the proxy")
    assert [
        "Browser to Proxy",  # start
        "Proxy to Sharetribe",
        "Proxy to Jumio",
        "Proxy to Sharetribe",
        "Browser to Jumio",  # the vendor's page
        "Browser to Jumio",
        "Jumio to Proxy",  # the callback
        "Proxy to Jumio",
        "Proxy to Sharetribe",
        "Proxy to Sharetribe",
        "Proxy to Sharetribe",  # the user may book now
        "Proxy to Sharetribe",  # and that is noted
        "Proxy to Sharetribe",  # is there a channel to tell it to?
        "Browser to Proxy",  # the result
        "Proxy to Sharetribe",
    ] == who.all_text_contents()
    expect(page.locator("#trip-hops")).to_contain_text(re.compile(r"userReference \d+ characters"))

    page.get_by_role("button", name="Clear").click()

    expect(page.locator("#trip-hops li")).to_have_count(0)
    expect(page.locator("#trip-empty")).to_be_visible()


def test_one_check_is_started_by_who_presses_twice_and_comes_back(
    page: Page, sandbox: Sandbox
) -> None:
    before = sandbox.stage.jumio.initiations
    log_in(page)

    page.locator("#verify").dblclick()
    page.frame_locator("#vendor-frame").locator("button").first.wait_for()
    page.reload()
    expect(page.locator("#verify")).to_have_text("Continue the check")
    verify(page)

    expect(badge(page)).to_have_text("Verified")
    assert before + 1 == sandbox.stage.jumio.initiations


def test_a_result_is_no_other_users(page: Page, sandbox: Sandbox) -> None:
    log_in(page)
    verify(page)
    expect(badge(page)).to_have_text("Verified")

    page.get_by_role("button", name="Log out", exact=True).click()
    log_in(page, "Holly")

    expect(badge(page)).to_have_text("Not verified yet")
    expect(page.locator("#private-data")).to_have_text("{}")

    robin, holly = sandbox.stage.sharetribe.users.values()
    sandbox.stage.sharetribe.replace_private_data(holly.id, robin.private_data)
    page.reload()

    expect(badge(page)).to_have_text("Not trusted")


def test_a_result_without_checksum_is_not_trusted_until_a_new_check(
    page: Page, sandbox: Sandbox
) -> None:
    robin = next(iter(sandbox.stage.sharetribe.users))
    written = {"idVerification": {"provider": "jumio", "status": "approved"}}
    sandbox.stage.sharetribe.replace_private_data(robin, written)
    log_in(page)
    expect(badge(page)).to_have_text("Not trusted")
    expect(page.locator("#checksum")).not_to_have_attribute("data-state", "valid")

    verify(page)

    expect(badge(page)).to_have_text("Verified")


def test_only_the_vendors_frame_is_listened_to(page: Page) -> None:
    log_in(page)
    page.locator("#verify").click()
    page.frame_locator("#vendor-frame").locator("button").first.wait_for()
    hear = """([origin, data, fromFrame]) => {
        const frame = document.getElementById("vendor-frame");
        const source = fromFrame ? frame.contentWindow : window;
        window.dispatchEvent(new MessageEvent("message", { origin, data, source }));
        return document.getElementById("badge").textContent;
    }"""
    vendor = page.frames[1].url
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(vendor))
    success = '{"eventType": 510, "payload": {"value": "success"}}'

    assert "Under way" == page.evaluate(hear, ["https://jumio.example", success, True])
    assert "Under way" == page.evaluate(hear, [origin + ".example", success, True])
    assert "Under way" == page.evaluate(hear, [origin, success, False])
    assert "Under way" == page.evaluate(hear, [origin, "not JSON", True])
    assert "Under way" == page.evaluate(hear, [origin, "null", True])
    assert "Still being checked" == page.evaluate(hear, [origin, success, True])


def test_jumio_being_down_is_said(page: Page, sandbox: Sandbox, console: Console) -> None:
    console.expected = ("status of 503",)
    log_in(page)
    sandbox.stage.jumio.faults.mode = "error"

    page.locator("#verify").click()

    expect(badge(page)).to_have_text("Not known right now")
    expect(page.locator("#vendor")).to_be_hidden()


def test_an_ended_session_is_said(page: Page, sandbox: Sandbox, console: Console) -> None:
    console.expected = ("status of 401",)
    log_in(page)
    robin = next(iter(sandbox.stage.sharetribe.users))
    sandbox.stage.sharetribe.log_out(robin)
    sandbox.stage.sharetribe.expire_access_tokens()

    page.locator("#verify").click()

    expect(badge(page)).to_have_text("Session ended")


def test_a_sandbox_that_is_gone_is_said(page: Page, console: Console) -> None:
    console.expected = ("status of 500",)
    page.route("**/sandbox/config", lambda route: route.fulfill(status=500))

    page.reload()

    expect(page.get_by_role("alert")).to_contain_text("cannot start")
