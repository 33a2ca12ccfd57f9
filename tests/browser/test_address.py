"""The demo page where the browser reaches it under another name, or through one forwarded port."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from sandbox.runner import Sandbox
from sandbox.stage import Options
from tests.browser.console import Console, OpenPage
from tests.browser.forwarded_port import ForwardedPort
from tests.browser.steps import log_in, needs_a_check, open_tab, verify
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.browser
MOVING_MILLISECONDS = PATIENCE_SECONDS * 1000


@pytest.fixture
def lone(chromium: Browser) -> Iterator[Sandbox]:
    """Start a sandbox for one test, which moves it."""
    assert chromium.is_connected()
    with Sandbox(Options(port=0)) as sandbox:
        yield sandbox


def seen_through_one_port(page: Page, port: int) -> list[str]:
    """Let the browser reach nothing but one port; return a list of what it has asked elsewhere."""
    refused: list[str] = []

    def judge(route: Route) -> None:
        if urlsplit(route.request.url).port == port:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.abort()

    page.route("**/*", judge)
    return refused


def test_another_name_of_the_machine_leads_to_the_demo(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    port = urlsplit(sandbox.url).port
    page = open_page(f"http://localhost:{port}/?plan=none#main")
    page.wait_for_url(f"{sandbox.url}/**")
    log_in(page)


@needs_a_check
def test_all_of_it_works_through_a_forwarded_port(
    open_page: OpenPage, lone: Sandbox, console: Console
) -> None:
    console.expected = ("net::ERR_",)  # while the proxy is replaced
    with ForwardedPort(lone.proxy.port) as forwarded:
        here = f"http://localhost:{forwarded.port}"
        page = open_page("about:blank")
        refused = seen_through_one_port(page, forwarded.port)
        page.goto(here)
        notice = page.locator("#elsewhere")
        expect(notice).to_contain_text(f"It was started for {lone.url}, and you see it at {here}.")
        expect(notice).to_contain_text(f"make demo PUBLIC_URL={here}")
        page.get_by_role("button", name="Use it at this address").click()
        expect(notice).to_be_hidden(timeout=MOVING_MILLISECONDS)

        log_in(page)
        verify(page)
        expect(page.locator("#badge[data-state=approved]")).to_be_visible()
        open_tab(page, "Connections")
        for one in [one for one in lone.stage.running if one.simulator.connects][:1]:
            page.get_by_role("button", name=f"Connect {one.simulator.title}", exact=True).click()
            page.get_by_role("button", name="Allow").click()
            ended = page.locator("#connections-end")
            expect(ended).to_contain_text("is connected", timeout=MOVING_MILLISECONDS)
        assert [] == refused
    assert here == lone.public_url
