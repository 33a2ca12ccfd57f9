"""The real Web Template behind the product, built from a checkout, and Chromium in front of both.

ECHOSEAL_TEMPLATE names the checkout; it is no program that a machine could lack but somebody else's
work, so without it these tests are skipped everywhere, with a line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from sandbox.chromium import FLAGS, find_chromium
from sandbox.hosting.addresses import addresses_of
from sandbox.hosting.marketplace import HostedMarketplace
from sandbox.ports import free_port
from sandbox.template.__main__ import VARIABLE
from sandbox.template.checkout import KIT, prepare_copy
from sandbox.template.processes import serve
from sandbox.template.tools import Tools, find_tools
from tests.missing import do_without
from tests.template.steps import holly_of, log_in

PATIENCE_MILLISECONDS = 60_000
expect.set_options(timeout=PATIENCE_MILLISECONDS)
# The template asks for fonts, maps and Stripe's script; no test meets a public host.
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
STRIPE = Path(__file__).with_name("stripe_stub.js")

OpenPage = Callable[[str], Page]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Return the folder of a checkout; tests without one are skipped."""
    named = os.environ.get(VARIABLE)
    if not named:
        pytest.skip(f"no checkout of the Web Template in {VARIABLE}: it is not tested")
    return Path(named).resolve()


@pytest.fixture(scope="session")
def kit() -> None:
    """Skip what needs our kit in the template where the repository has none."""
    if not KIT.exists():
        pytest.skip("no kit for the template")


@pytest.fixture(scope="session")
def tools(checkout: Path) -> Tools:
    """Return Node and yarn, installed where this machine's are too old."""
    assert checkout.is_dir(), f"{VARIABLE} names {checkout}, which is no folder"
    return find_tools(print)


@pytest.fixture(scope="session")
def chromium(checkout: Path) -> Iterator[Browser]:
    """Start Chromium; tests without one end as `do_without` says."""
    assert checkout
    path = find_chromium()
    if path is None:
        do_without("no Chromium on PATH nor in the variable CHROMIUM: no page is tested")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, ALONE])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def copy(checkout: Path, tools: Tools) -> Path:
    """Return a copy of the checkout, built for the hosted marketplace, with the kit in it."""
    return prepare_copy(checkout, addresses_of("production"), tools, print)


@pytest.fixture(scope="session")
def running(copy: Path, tools: Tools) -> Iterator[HostedMarketplace]:
    """Host a marketplace, and serve the template behind its product."""
    with ExitStack() as stack:
        at = addresses_of("production")
        hosted = stack.enter_context(HostedMarketplace(at))
        stack.enter_context(serve(copy, at, tools))
        yield hosted


@pytest.fixture
def hosted(running: HostedMarketplace) -> HostedMarketplace:
    """Return the marketplace as it is at first: nobody verified, nothing restricted."""
    running.start_afresh()
    return running


@pytest.fixture
def framed(checkout: Path, tools: Tools, hosted: HostedMarketplace) -> Iterator[HostedMarketplace]:
    """Have the product lead to a template that shows vendors' pages in a frame, for one test."""
    at = addresses_of("production")
    folder = prepare_copy(checkout, at, tools, print, is_framed=True)
    other = replace(at, template=free_port())
    with serve(folder, other, tools):
        hosted.proxy.restart({"FRONTEND_URL": other.frontend_url})
        yield hosted
    hosted.proxy.restart({"FRONTEND_URL": at.frontend_url})


@pytest.fixture
def open_page(chromium: Browser, hosted: HostedMarketplace) -> Iterator[OpenPage]:
    """Return a function that opens a path of the marketplace in a fresh browser profile."""
    contexts: list[BrowserContext] = []

    def open_page(path: str) -> Page:
        context = chromium.new_context()
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        page = context.new_page()
        page.goto(f"{hosted.addresses.marketplace_url}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """Open the landing page."""
    return open_page("/")


@pytest.fixture
def buyer(page: Page, hosted: HostedMarketplace) -> Page:
    """Return the page of somebody who has logged in and could pay."""
    page.context.route("https://js.stripe.com/**", lambda route: route.fulfill(path=STRIPE))
    log_in(page, holly_of(hosted))
    return page
