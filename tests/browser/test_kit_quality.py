"""The kit's components for everybody: axe-core, contrast, small screens, six languages, targets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from tests.browser.kit_shop import FRONTEND, Shop
from tests.browser.legibility import FOUND, illegible

pytestmark = pytest.mark.browser

STYLES = FRONTEND / "react" / "echoseal.css"
LANGUAGES = ("en", "fi", "de", "fr", "es", "pt")
SCREENS = ((360, 740), (1280, 900))
NARROW: ViewportSize = {"width": 320, "height": 740}
TARGET_PIXELS = 24
STORED = {"checksum": "valid", "completedAt": "2026-03-01T12:00:00Z"}
REASON = {"code": "100", "description": "The picture was not sharp enough to be read."}
# How all stands at once; no user ever has one of each, so it is told instead of come by.
TOLD: dict[str, Any] = {
    "id-verification": {**STORED, "status": "rejected", "verified": False, "reason": REASON},
    "signings/": {
        **STORED,
        "document": "",
        "status": "pending",
        "signed": False,
        "expiresAt": "2026-12-24T12:00:00Z",
    },
    "billing/": {
        **STORED,
        "plan": "",
        "status": "active",
        "entitled": True,
        "paidUntil": "2027-03-01T12:00:00Z",
    },
    "connections": {
        "connections": [
            {"vendor": "first", "status": "connected", "connectedAt": "2026-03-01T12:00:00Z"},
            {"vendor": "second", "status": "needs-reconnection", "reason": "The token has ended."},
            {"vendor": "third", "status": "not-connected"},
        ]
    },
}
CONFIG: dict[str, Any] = {
    "clientId": "told",
    "sharetribeUrl": "",
    "users": [],
    "vendors": [
        {"name": name, "title": name.capitalize(), "connects": True}
        for name in ("first", "second", "third")
    ],
    "signs": [{"name": "inkwell", "documents": ["provider-agreement"]}],
    "bills": [{"name": "tollgate", "plans": {"membership": "subscription", "card": "setup"}}],
}


def tell(route: Route) -> None:
    """Answer as the API would a user who has one of each state behind them."""
    path = route.request.url.partition("/api/")[2]
    route.fulfill(json=next(told for begin, told in TOLD.items() if path.startswith(begin)))


@pytest.fixture
def told(shopper: Page) -> Page:
    """Return a page that will be told of a component in each kind of state."""
    shopper.route("**/api/**", tell)
    shopper.route("**/sandbox/config", lambda route: route.fulfill(json=CONFIG))
    return shopper


def show(page: Page, shop: Shop, query: str = "") -> None:
    """Show all components, once they know how all stands."""
    page.goto(f"{shop.url}/{query}")
    expect(page.locator(".echoseal-service")).to_have_count(3)
    expect(page.locator(".echoseal-panel[data-tone=good]")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(told: Page, shop: Shop, axe: Path, scheme: str) -> None:
    show(told, shop)
    told.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    told.get_by_role("button", name="Disconnect First").click()
    told.add_script_tag(path=axe)
    for width, height in SCREENS:
        told.set_viewport_size({"width": width, "height": height})
        assert [] == told.evaluate(FOUND), width


def test_it_can_be_read_in_both_schemes_and_on_small_screens(told: Page, shop: Shop) -> None:
    show(told, shop)
    told.get_by_role("button", name="Disconnect First").click()
    assert [] == illegible(told)


def test_what_is_pressed_is_large_enough(told: Page, shop: Shop) -> None:
    show(told, shop)
    small = told.locator(".echoseal :is(button, a)").evaluate_all(
        "(all, least) => all.map((one) => [one.textContent, one.getBoundingClientRect()])"
        ".filter(([, { width, height }]) => Math.min(width, height) < least)",
        TARGET_PIXELS,
    )
    assert [] == small


def test_nothing_moves_where_that_is_not_wanted(told: Page, shop: Shop) -> None:
    show(told, shop)
    moving = "() => document.getAnimations({ subtree: true }).length"
    told.emulate_media(reduced_motion="reduce")
    told.evaluate("document.querySelector('.echoseal-text').className += ' echoseal-progress'")
    assert 0 == told.evaluate(moving)
    told.emulate_media(reduced_motion="no-preference")
    assert 1 == told.evaluate(moving)


def test_it_speaks_every_language(told: Page, shop: Shop) -> None:
    told.set_viewport_size(NARROW)
    for language in LANGUAGES:
        show(told, shop, f"?language={language}")
        parts = told.locator(".echoseal")
        assert {language} == set(parts.evaluate_all("(all) => all.map(({ lang }) => lang)"))
        words = " ".join(parts.all_inner_texts())
        assert not [odd for odd in ("{", "undefined", "null", "Invalid") if odd in words]
        assert NARROW["width"] == told.evaluate("document.documentElement.scrollWidth"), language


def test_it_stands_the_other_way_round_where_that_is_read(told: Page, shop: Shop) -> None:
    told.goto(f"{shop.url}/verification?direction=rtl")
    mark, name = told.locator(".echoseal-mark"), told.locator(".echoseal-name")
    expect(name).to_be_visible()
    left_of = (
        "([mark, name]) => mark.getBoundingClientRect().left > name.getBoundingClientRect().left"
    )
    assert told.evaluate(left_of, [mark.element_handle(), name.element_handle()])
    assert [] == illegible(told)


def test_nothing_of_the_page_is_touched(told: Page) -> None:
    selectors = told.evaluate(
        """(text) => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(text);
            return [...sheet.cssRules].flatMap(function inner(rule) {
              return rule.selectorText ?? [...(rule.cssRules ?? [])].flatMap(inner);
            });
        }""",
        STYLES.read_text(),
    )
    begins = re.compile(r"\.echoseal").match
    assert selectors
    assert [] == [
        one for one in selectors if not all(map(begins, re.split(r", (?=[.:a-z])(?![^(]*\))", one)))
    ]
