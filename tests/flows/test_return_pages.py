"""RETURN_URL: where those come back to whose start names no page, in every matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.conftest import StartWorld
from tests.flows.steps import started
from tests.kit.world import KitWorld

ORIGIN = "https://market.example"
PAGE = f"{ORIGIN}/verification"
OWN = f"{ORIGIN}/account"
SIGNING, BILLING = "/api/signings/provider-agreement", "/api/billing/membership"


@pytest.fixture(scope="module")
def shared_market() -> Iterator[KitWorld]:
    """Return a world of all matters, which has set the page."""
    world = KitWorld(INTEGRATIONS="passcheck,inkwell,tollgate", RETURN_URL=PAGE)
    yield world
    world.close()


@pytest.fixture
def market(shared_market: KitWorld) -> KitWorld:
    """Return it, calm."""
    shared_market.start_afresh()
    return shared_market


def signing_page(world: KitWorld) -> str | None:
    return next(iter(world.inkwell.transactions.values())).return_url


def billing_page(world: KitWorld) -> str | None:
    found: str | None = next(iter(world.tollgate.transactions.values())).asked.get("returnUrl")
    return found


MATTERS: dict[str, Callable[[KitWorld], str | None]] = {
    "/api/id-verification": lambda world: world.checks.check.success_url,
    SIGNING: signing_page,
    BILLING: billing_page,
}


@pytest.mark.parametrize("path", MATTERS)
@pytest.mark.parametrize(("body", "page"), [({}, PAGE), ({"successUrl": OWN}, OWN)])
def test_a_start_comes_back_to_its_own_page_or_to_the_one_that_is_set(
    market: KitWorld, path: str, body: dict[str, str], page: str
) -> None:
    assert 201 == market.browser().call("POST", path, json_body=body).status_code
    assert page == MATTERS[path](market)


def test_whoever_fails_comes_back_to_it_too(market: KitWorld) -> None:
    started(market.browser(), successUrl=OWN)
    check = market.checks.check
    assert (OWN, PAGE) == (check.success_url, check.error_url)


@pytest.mark.parametrize(("body", "page"), [({}, PAGE), ({"returnUrl": OWN}, OWN)])
def test_whoever_settles_what_they_pay_for_comes_back(
    market: KitWorld, body: dict[str, str], page: str
) -> None:
    browser = market.browser()
    assert 201 == browser.call("POST", BILLING).status_code
    order = next(iter(market.tollgate.transactions))
    market.tollgate.change(order)
    assert 200 == browser.call("POST", f"{BILLING}/portal", json_body=body).status_code
    assert page == market.tollgate.doors[-1]


@pytest.mark.parametrize("page", [f"{ORIGIN}:8443/", f"{ORIGIN}/?tab=1"])
def test_a_page_that_the_vendor_does_not_take_keeps_nobody_from_starting(
    start_world: StartWorld, page: str
) -> None:
    world = start_world(RETURN_URL=page)
    started(world.browser())
    assert world.checks.check.success_url is None
