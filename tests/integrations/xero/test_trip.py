"""A seller connects an organisation, and sales become invoices: over HTTP, and simulated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.integrations.xero.bookkeeping import Bookkeeping, Seller

RENEWAL = "POST /connect/token"
CREATION = "PUT /api.xro/2.0/Invoices"
DAY = 24 * 60 * 60


@pytest.fixture(scope="module", params=[True, False], ids=["operator", "sessions"])
def running(request: pytest.FixtureRequest) -> Iterator[Bookkeeping]:
    """Return one world for all tests of this file, with and without the Integration API."""
    world = Bookkeeping(integration_api=request.param)
    yield world
    world.close()


@pytest.fixture
def world(running: Bookkeeping) -> Bookkeeping:
    """Return the file's world with nothing connected."""
    running.start_afresh()
    return running


@pytest.fixture
def seller(world: Bookkeeping) -> Seller:
    """Return a seller whose organisation is connected."""
    seller = Seller(world)
    assert "xero=connected" == seller.connect()
    return seller


def told(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def invoices(world: Bookkeeping) -> list[dict[str, Any]]:
    return [one for o in world.xero.organisations for one in o.ledger.invoices.values()]


def test_the_organisation_is_shown(world: Bookkeeping, seller: Seller) -> None:
    entry, organisation = seller.entry(), world.xero.organisations[0]
    expected = {
        "connectionId": organisation.connection_id,
        "tenantId": organisation.tenant_id,
        "tenantName": "Harbour Crafts Ltd",
    }
    assert ("connected", expected) == (entry["status"], entry["details"])


def test_a_sale_becomes_one_invoice_however_often_it_is_sent(
    world: Bookkeeping, seller: Seller
) -> None:
    statuses = [seller.order().status_code for _ in range(3)]
    (invoice,) = invoices(world)
    assert [201, 200, 200] == statuses
    assert (seller.sale.id, "DRAFT", "ACCREC") == (
        invoice["Reference"],
        invoice["Status"],
        invoice["Type"],
    )


def test_an_invoice_is_worth_what_the_buyer_pays(world: Bookkeeping, seller: Seller) -> None:
    seller.order()
    (invoice,) = invoices(world)
    assert seller.sale.total_for("customer") / 100 == invoice["Total"]


def test_an_invoice_whose_answer_was_lost_is_found_again(
    world: Bookkeeping, seller: Seller
) -> None:
    world.xero.faults.only_paths = frozenset({"/api.xro/2.0/Invoices"})
    views = world.xero.app.view_functions
    create = views["_create_invoices"]

    def lost() -> Any:
        create()
        world.xero.faults.mode = "reset"
        return world.xero.faults.apply()

    views["_create_invoices"] = lost
    try:
        assert (503, "vendor-unavailable") == told(seller.order())
    finally:
        views["_create_invoices"] = create
        world.xero.faults.reset()
    assert 200 == seller.order().status_code
    assert 1 == len(invoices(world))


def test_an_invoice_is_read_as_it_stands_now(world: Bookkeeping, seller: Seller) -> None:
    order_id = seller.order().json()["orderId"]
    world.xero.set_status(order_id, "PAID")
    assert "PAID" == seller.read().json()["status"]


def test_a_grant_is_renewed_after_half_an_hour(world: Bookkeeping, seller: Seller) -> None:
    world.clock.ahead = 29 * 60
    assert 201 == seller.order().status_code
    assert 2 == world.xero.calls.count(RENEWAL)
    world.clock.ahead += 10 * 60
    assert 200 == seller.read().status_code
    assert 2 == world.xero.calls.count(RENEWAL)


def test_a_grant_that_nobody_used_for_two_months_needs_a_reconnection(
    world: Bookkeeping, seller: Seller
) -> None:
    world.clock.ahead = 61 * DAY
    assert (409, "needs-reconnection") == told(seller.order())
    assert "needs-reconnection" == seller.entry()["status"]
    assert "xero=connected" == seller.connect()
    assert 201 == seller.order().status_code


def test_an_organisation_that_left_in_xero_needs_a_reconnection(
    world: Bookkeeping, seller: Seller
) -> None:
    world.xero.disconnect()
    assert (409, "needs-reconnection") == told(seller.order())
    assert "needs-reconnection" == seller.entry()["status"]


def test_disconnecting_ends_the_connection_and_the_tokens(
    world: Bookkeeping, seller: Seller
) -> None:
    world.clock.ahead = 3_600  # the access token has ended, and is renewed for this
    assert 200 == seller.call("DELETE", "/api/connections/xero").status_code
    assert [] == world.xero.identity.sessions
    assert [None, None] == [one.connection_id for one in world.xero.organisations]
    assert any(call.startswith("DELETE /connections/") for call in world.xero.calls)
    assert 2 == world.xero.calls.count(RENEWAL)


def test_another_organisation_takes_the_place_of_the_first(
    world: Bookkeeping, seller: Seller
) -> None:
    crafts, bakery = world.xero.organisations
    assert "xero=connected" == seller.connect(bakery)
    assert "Quay Bakery" == seller.entry()["details"]["tenantName"]
    assert (None, True) == (crafts.connection_id, bakery.connection_id is not None)
    assert 201 == seller.order().status_code
    assert 1 == len(bakery.ledger.invoices)


def test_the_same_organisation_again_stays_connected(world: Bookkeeping, seller: Seller) -> None:
    """Xero keeps it under its first authorization, and revoking would end both."""
    assert "xero=connected" == seller.connect()
    assert world.xero.organisations[0].connection_id is not None
    assert 201 == seller.order().status_code


def test_of_several_organisations_the_first_is_connected(world: Bookkeeping) -> None:
    seller = Seller(world)
    assert "xero=connected" == seller.connect(*world.xero.organisations)
    assert "Harbour Crafts Ltd" == seller.entry()["details"]["tenantName"]


def test_a_currency_that_the_organisation_has_not_is_refused_and_forgotten(
    world: Bookkeeping, seller: Seller
) -> None:
    world.xero.organisations[0].ledger.currencies = ("CHF",)
    assert (502, "vendor-refused") == told(seller.order())
    assert {} == {k: v for k, v in seller.sale.metadata.items() if v is not None}


def test_too_many_requests_are_told_with_the_time_to_wait(
    world: Bookkeeping, seller: Seller
) -> None:
    world.xero.faults.mode = "rate-limit"
    answer = seller.order()
    assert (503, "12") == (answer.status_code, answer.headers["Retry-After"])
