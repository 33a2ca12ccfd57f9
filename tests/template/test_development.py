"""While somebody works on the template: its development server, with the product on 3500."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.hosting.addresses import addresses_of
from sandbox.hosting.marketplace import HostedMarketplace
from sandbox.ports import free_port
from sandbox.template.processes import develop
from sandbox.template.tools import Tools
from tests.template.steps import holly_of, log_in

pytestmark = pytest.mark.browser
# webpack compiles all styles anew, and each page's scripts when it is first opened.
COMPILING_MILLISECONDS = 240_000
STYLES = "src/styles/marketplaceDefaults.css"


@pytest.fixture(scope="module")
def developing(copy: Path, tools: Tools) -> Iterator[HostedMarketplace]:
    """Host a marketplace for both development servers; Sharetribe's usual port may be in use."""
    at = addresses_of("development", sharetribe=free_port())
    with ExitStack() as stack:
        hosted = stack.enter_context(HostedMarketplace(at))
        for server in develop(copy, at, tools):
            stack.enter_context(server)
        yield hosted


@pytest.fixture
def dev_page(chromium: Browser, developing: HostedMarketplace) -> Iterator[Page]:
    """Open the landing page of the development server, and log in there."""
    context = chromium.new_context()
    context.set_default_timeout(COMPILING_MILLISECONDS)
    page = context.new_page()
    page.goto(developing.addresses.marketplace_url)
    log_in(page, holly_of(developing))
    yield page
    context.close()


def test_what_is_edited_is_seen_without_loading_the_page_again(dev_page: Page, copy: Path) -> None:
    dev_page.evaluate("window.hasStayed = true")
    styles = copy / STYLES
    before = styles.read_text()
    try:
        styles.write_text(before + "\nbody { outline: 7px solid rgb(1, 2, 3); }\n")

        expect(dev_page.locator("body")).to_have_css(
            "outline-width", "7px", timeout=COMPILING_MILLISECONDS
        )
        assert dev_page.evaluate("window.hasStayed")
    finally:
        styles.write_text(before)


def test_the_product_answers_the_pages_of_the_development_server(
    dev_page: Page, developing: HostedMarketplace
) -> None:
    answer = dev_page.evaluate(
        """async (url) => {
            const answer = await fetch(url, { credentials: 'include' });
            return [answer.status, (await answer.json()).verified];
        }""",
        f"{developing.addresses.product_url}/api/id-verification",
    )

    assert [200, False] == answer


def test_the_templates_own_api_is_reached_through_the_product(
    dev_page: Page, developing: HostedMarketplace
) -> None:
    """It takes Transit and answers in JSON where it refuses, as it does without the product."""
    answer = dev_page.evaluate(
        """async (url) => {
            const headers = { 'Content-Type': 'application/transit+json' };
            const answer = await fetch(url, {
                method: 'POST', credentials: 'include', headers, body: '["^ "]',
            });
            return [answer.status, answer.headers.get('Content-Type')];
        }""",
        f"{developing.addresses.product_url}/api/transaction-line-items",
    )

    assert [400, "application/json; charset=utf-8"] == answer
