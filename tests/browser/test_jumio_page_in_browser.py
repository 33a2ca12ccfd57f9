"""The hosted page of the simulated Jumio in a real browser: embedded, alone, by keyboard, small."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

from sandbox.jumio import Jumio
from sandbox.server import Server
from tests.browser.console import OpenPage
from tests.sandbox.jumio_callers import KYX_BODY, NETVERIFY_BODY, KyxCaller, NetverifyCaller

pytestmark = pytest.mark.browser


@pytest.fixture
def jumio() -> Iterator[Jumio]:
    jumio = Jumio()
    with Server(jumio.app) as server:
        jumio.base_url = server.url
        yield jumio
        jumio.close()


@pytest.fixture
def shop() -> Iterator[str]:
    """The address of a site that embeds what `?frame=` names and keeps all messages it hears."""
    app = Flask("shop")
    html = (
        "<!doctype html><html lang='en'><title>Shop</title><link rel='icon' href='data:,'>"
        "<script>window.messages = [];"
        "addEventListener('message', e => messages.push([e.origin, e.data]));</script>"
        "<iframe title='Identity check' width='560' height='600'></iframe><script>"
        "document.querySelector('iframe').src ="
        " new URLSearchParams(location.search).get('frame')</script>"
    )
    app.add_url_rule("/", "embed", lambda: html)
    app.add_url_rule("/ok", "ok", lambda: "<!doctype html><link rel='icon' href='data:,'>Welcome")
    with Server(app) as server:
        yield server.url


def _started(jumio: Jumio, shop: str) -> str:
    """Start a Netverify check that returns to `shop`, and return the address of its page."""
    answer = NetverifyCaller(jumio).initiate(NETVERIFY_BODY | {"successUrl": f"{shop}/ok"})
    return str(answer.get_json()["redirectUrl"])


def _messages(page: Page, count: int) -> list[tuple[str, Any]]:
    page.wait_for_function("count => window.messages.length >= count", arg=count)
    return [(origin, json.loads(data)) for origin, data in page.evaluate("window.messages")]


def test_embedding_page_on_another_origin_hears_loaded_and_success(
    jumio: Jumio, shop: str, open_page: OpenPage
) -> None:
    page = open_page(f"{shop}/?frame={_started(jumio, shop).replace('&', '%26')}")

    page.frame_locator("iframe").get_by_role("button", name="Approve the document").click()

    (origin, loaded), (_, success) = _messages(page, 2)
    [transaction] = jumio.transactions.values()
    assert origin == jumio.base_url
    assert ({"value": "loaded"}, {"value": "success"}) == (loaded["payload"], success["payload"])
    assert success["transactionReference"] == transaction.reference
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", success["dateTime"])
    assert "approved" == transaction.outcome
    assert page.url.startswith(f"{shop}/?frame=")


def test_keyboard_alone_is_enough_and_leads_back(
    jumio: Jumio, shop: str, open_page: OpenPage
) -> None:
    page = open_page(_started(jumio, shop))

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.wait_for_url(f"{shop}/ok?transactionStatus=SUCCESS*")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_a_small_frame(jumio: Jumio, open_page: OpenPage, scheme: str) -> None:
    url = KyxCaller(jumio).create(KYX_BODY).get_json()["web"]["href"]

    page = open_page(url, color_scheme=scheme, viewport={"width": 320, "height": 535})

    page.get_by_role("heading", name="Simulated identity check").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
