"""A running sandbox, and Chromium pages whose consoles must stay silent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from sandbox.chromium import FLAGS, find_chromium
from sandbox.runner import Sandbox
from sandbox.stage import Options
from tests import node_packages
from tests.browser.console import Console, OpenPage
from tests.browser.kit_shop import Shop, build
from tests.missing import do_without

PATIENCE_MILLISECONDS = 15_000
expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Chromium; tests without one end as `do_without` says."""
    path = find_chromium()
    if path is None:
        do_without("no Chromium on PATH nor in the variable CHROMIUM: no page is tested")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shared_sandbox(chromium: Browser) -> Iterator[Sandbox]:
    """Start one sandbox for all tests, after it is known that there is a browser for it."""
    assert chromium.is_connected()
    with Sandbox(Options(port=0)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    """Return the shared sandbox with nothing stored and every service behaving."""
    shared_sandbox.start_afresh()
    shared_sandbox.stage.sharetribe.rotation = "none"
    shared_sandbox.stage.behave()
    return shared_sandbox


@pytest.fixture
def console() -> Iterator[Console]:
    """Collect what pages say; a test fails in the end where that is unexpected."""
    console = Console()
    yield console
    assert [] == console.surprises()


@pytest.fixture
def open_page(chromium: Browser, console: Console) -> Iterator[OpenPage]:
    """Return a function that opens an address in a fresh browser profile.

    Motion is not wanted there, unless a test asks for it: drawing it is most of a page's work.
    """
    contexts: list[BrowserContext] = []

    def open_page(url: str, **options: Any) -> Page:
        context = chromium.new_context(**{"reduced_motion": "reduce", **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        page = context.new_page()
        page.on("console", console.hear)
        page.on("pageerror", lambda error: console.said.append(str(error)))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe() -> Path:
    """Return axe-core's script, installed as it is locked."""
    folder = Path(__file__).parent
    node_packages.install(folder)
    return folder / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def page(open_page: OpenPage, sandbox: Sandbox) -> Page:
    """Open the demo page."""
    return open_page(sandbox.url)


@pytest.fixture(scope="session")
def shared_shop(chromium: Browser) -> Iterator[Shop]:
    """Start a marketplace of the kit's example, once there is a browser for it."""
    assert chromium.is_connected()
    with Shop(build()) as shop:
        yield shop


@pytest.fixture
def shop(shared_shop: Shop) -> Shop:
    """Return that marketplace with nothing stored and every service behaving."""
    shared_shop.start_afresh()
    shared_shop.stage.behave()
    return shared_shop


@pytest.fixture
def shopper(open_page: OpenPage, shop: Shop) -> Page:
    """Return an empty page of somebody who is logged in there."""
    page = open_page("about:blank")
    shop.log_in(page)
    return page
