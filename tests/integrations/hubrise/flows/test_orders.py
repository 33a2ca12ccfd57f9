"""A sale becomes one order at the seller's till, whatever goes wrong, and tells how it stands."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from flask import request
from werkzeug.test import TestResponse

from proxy.outgoing.deadline import deadline
from sandbox.faults import Mode
from tests.flows.connecting import connect
from tests.integrations.hubrise.flows.till import (
    ORDERS,
    STATUSES,
    UPDATE,
    Shop,
    acting_after,
    calm_down,
    code_of,
    open_shop,
)
from tests.integrations.hubrise.flows.world import HubRiseWorld

AT_ONCE = 6


@pytest.fixture
def shop(module_world: HubRiseWorld) -> Shop:
    """Return a shop in a world with the Integration API."""
    calm_down(module_world)
    return open_shop(module_world)


def cut_off() -> None:
    """Drop the connection of the request that is being served, under its answer."""
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)


def create_impatiently(shop: Shop) -> TestResponse:
    """Create an order in a request that gives its upstreams half a second."""
    session = f"st-{shop.world.sharetribe.client_id}-token={shop.browser.cookie}"
    with deadline(0.5):  # an outer, earlier deadline stays in force inside a request
        return shop.world.app.test_client(use_cookies=False).post(
            "/api/hubrise/orders",
            json={"transactionId": shop.sale.id},
            headers={"Cookie": session, "Sec-Fetch-Site": "same-origin"},
        )


def assert_one_order(shop: Shop) -> dict[str, Any]:
    """Require exactly one order at HubRise, that of the sale, and return it."""
    (order,) = shop.world.hubrise.orders.values()
    assert shop.sale.id == order["private_ref"]
    return dict(order)


def test_a_sale_becomes_an_order_that_is_paid(either: Shop) -> None:
    answer = either.create()
    order = assert_one_order(either)
    expected = {"transactionId": either.sale.id, "orderId": order["id"], "status": "new"}
    assert (201, expected) == (answer.status_code, answer.json())
    assert ("20.20 EUR", "0.00 EUR") == (order["total"], order["payment_discrepancy"])
    assert ["Pizza Margherita"] == [item["product_name"] for item in order["items"]]


def test_the_operator_remembers_the_order_in_the_transaction(shop: Shop) -> None:
    order_id = shop.ordered()
    assert (order_id, "new") == (shop.record["orderId"], shop.record["status"])
    assert {"orderId", "status", "updatedAt"} == set(shop.record)


def test_a_first_order_needs_no_heavy_search(shop: Shop) -> None:
    shop.ordered()
    assert f"GET {ORDERS}" not in shop.world.hubrise.calls


def test_a_repeated_request_answers_with_the_same_order(either: Shop) -> None:
    first = either.create()
    again = [either.create() for _ in range(3)]
    assert {200} == {answer.status_code for answer in again}
    assert [first.json()] * 3 == [answer.json() for answer in again]
    assert_one_order(either)


def test_an_order_that_is_remembered_is_not_asked_for_again(shop: Shop) -> None:
    shop.ordered()
    shop.world.hubrise.calls.clear()
    shop.create()
    assert [] == shop.world.hubrise.calls


@pytest.mark.parametrize("same_session", [True, False])
def test_simultaneous_requests_make_one_order(either: Shop, same_session: bool) -> None:
    world = either.world
    shops = [
        either if same_session else Shop(world, world.browser(), either.sale)
        for _ in range(AT_ONCE)
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(Shop.create, shops))
    assert [200] * (AT_ONCE - 1) + [201] == sorted(answer.status_code for answer in answers)
    assert {assert_one_order(either)["id"]} == {answer.json()["orderId"] for answer in answers}


@pytest.mark.parametrize("fault", ["error", "reset", "rate-limit", "garbage"])
def test_an_attempt_that_fails_can_be_repeated(either: Shop, fault: Mode) -> None:
    either.world.hubrise.faults.mode = fault
    assert (503, "vendor-unavailable") == code_of(either.create())
    either.world.hubrise.faults.reset()
    assert 201 == either.create().status_code
    assert_one_order(either)


def test_a_rate_limit_is_passed_on_with_its_waiting_time(shop: Shop) -> None:
    shop.world.hubrise.faults.mode = "rate-limit"
    answer = shop.create()
    assert (503, "100") == (answer.status_code, answer.headers["Retry-After"])


def test_an_order_that_was_made_but_never_answered_is_found(
    either: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    with acting_after(monkeypatch, either.world, "api.create", lambda: answered.wait(10)):
        answer = create_impatiently(either)
        assert (503, "vendor-unavailable") == (answer.status_code, answer.get_json()["code"])
        again = either.create()
        answered.set()
    assert (200, assert_one_order(either)["id"]) == (again.status_code, again.json()["orderId"])


def test_an_order_whose_answer_was_cut_off_is_found(
    either: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting_after(monkeypatch, either.world, "api.create", cut_off):
        assert (503, "vendor-unavailable") == code_of(either.create())
    again = either.create()
    assert (200, assert_one_order(either)["id"]) == (again.status_code, again.json()["orderId"])


def test_an_attempt_that_hangs_cannot_make_a_second_order_later(shop: Shop) -> None:
    hubrise = shop.world.hubrise
    hubrise.faults.only_paths = frozenset({ORDERS})
    hubrise.faults.mode = "hang"
    assert 503 == create_impatiently(shop).status_code
    hubrise.faults.mode = "ok"  # the first attempt still hangs
    order_id = shop.ordered()
    hubrise.calls.clear()
    hubrise.faults.release()
    assert order_id == shop.create().json()["orderId"]
    assert_one_order(shop)


def test_lost_metadata_brings_back_the_same_order(shop: Shop) -> None:
    order_id = shop.ordered()
    shop.sale.metadata.clear()
    answer = shop.create()
    assert (200, order_id) == (answer.status_code, answer.json()["orderId"])
    assert (order_id, "new") == (shop.record["orderId"], shop.record["status"])
    assert_one_order(shop)


def test_lost_metadata_brings_back_how_the_order_stands(shop: Shop) -> None:
    shop.world.hubrise.set_status(shop.ordered(), "in_delivery")
    shop.sale.metadata.clear()
    assert "in_delivery" == shop.create().json()["status"]
    assert "in_delivery" == shop.record["status"]


def test_other_metadata_is_left_alone(shop: Shop) -> None:
    shop.sale.metadata["shipping"] = {"tracking": "LX 40"}
    shop.ordered()
    assert {"tracking": "LX 40"} == shop.sale.metadata["shipping"]


@pytest.mark.parametrize(
    "odd", [None, 7, "new", [], {}, {"orderId": 5, "status": "new"}, {"status": "accepted"}]
)
def test_metadata_that_names_no_order_is_passed_over(shop: Shop, odd: object) -> None:
    shop.sale.metadata["hubriseOrder"] = odd
    order_id = shop.ordered()
    assert order_id == shop.record["orderId"]


def test_nothing_is_sent_before_the_attempt_is_noted(shop: Shop) -> None:
    shop.world.sharetribe.faults.only_paths = frozenset({UPDATE})
    shop.world.sharetribe.faults.mode = "error"
    shop.world.hubrise.calls.clear()
    assert (503, "marketplace-unavailable") == code_of(shop.create())
    assert [] == shop.world.hubrise.calls


def test_an_order_that_could_not_be_remembered_is_found(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = shop.world.sharetribe.faults
    faults.only_paths = frozenset({UPDATE})

    def break_down() -> None:
        faults.mode = "error"

    with acting_after(monkeypatch, shop.world, "api.create", break_down):
        assert (503, "marketplace-unavailable") == code_of(shop.create())
    faults.reset()
    again = shop.create()
    assert (200, assert_one_order(shop)["id"]) == (again.status_code, again.json()["orderId"])
    assert again.json()["orderId"] == shop.record["orderId"]


def test_news_that_come_while_the_order_is_being_made_are_not_overwritten(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def accept_at_once() -> None:
        (order_id,) = shop.world.hubrise.orders
        assert [200] == shop.world.hubrise.set_status(order_id, "accepted")

    with acting_after(monkeypatch, shop.world, "api.create", accept_at_once):
        assert 201 == shop.create().status_code
    assert "accepted" == shop.record["status"]


def test_news_that_come_while_the_order_is_being_read_are_not_overwritten(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.ordered()
    shop.world.hubrise.callbacks = "lose"
    shop.world.hubrise.set_status(order_id, "accepted")
    shop.world.hubrise.callbacks = "send"

    def complete_at_once() -> None:
        assert [200] == shop.world.hubrise.set_status(order_id, "completed")

    with acting_after(monkeypatch, shop.world, "api.retrieve", complete_at_once):
        assert 200 == shop.read().status_code
    assert "completed" == shop.record["status"]


def test_an_order_that_hubrise_refuses_is_told_and_can_be_repeated(shop: Shop) -> None:
    shop.sale.currency = "JPY"
    assert (502, "vendor-refused") == code_of(shop.create())
    assert ({}, {}) == (shop.world.hubrise.orders, shop.record)
    shop.sale.currency = "EUR"
    assert 201 == shop.create().status_code


def test_an_amount_that_the_till_cannot_take_is_told_and_nothing_is_sent(shop: Shop) -> None:
    shop.sale.currency = "JOD"
    assert (409, "amount-unclear") == code_of(shop.create())
    assert ({}, {}) == (shop.world.hubrise.orders, shop.record)


@pytest.mark.parametrize("transition", ["inquire", "request-payment", "decline", "cancel"])
def test_what_is_not_sold_is_not_made(either: Shop, transition: str) -> None:
    either.sale.last_transition = f"transition/{transition}"
    assert (409, "transaction-not-sold") == code_of(either.create())
    assert ({}, {}) == (either.world.hubrise.orders, either.sale.metadata)


@pytest.mark.parametrize("transition", ["confirm-payment", "accept", "operator-accept"])
def test_what_is_sold_is_made(either: Shop, transition: str) -> None:
    either.sale.last_transition = f"transition/{transition}"
    assert 201 == either.create().status_code


def test_an_order_stays_known_when_its_sale_is_over(either: Shop) -> None:
    order_id = either.ordered()
    either.sale.last_transition = "transition/complete"
    again = either.create()
    assert (200, order_id) == (again.status_code, again.json()["orderId"])


def test_transactions_that_the_user_does_not_sell_in_are_all_unknown(either: Shop) -> None:
    market = either.world.sharetribe
    me, other = either.world.user.id, either.world.other_user.id
    ids = [
        str(uuid4()),
        market.add_transaction(customer_id=me, provider_id=other).id,
        market.add_transaction(customer_id=other, provider_id=other).id,
    ]
    either.world.hubrise.calls.clear()
    answers = [act(either, one) for act in (Shop.create, Shop.read) for one in ids]
    assert {(404, "transaction-unknown")} == {code_of(answer) for answer in answers}
    assert 1 == len({answer.json()["detail"] for answer in answers})
    assert [] == either.world.hubrise.calls


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"transactionId": None},
        {"transactionId": 7},
        {"transactionId": "T-1029"},
        {"transactionId": "urn:uuid:c2d9a1f4-70b3-4a58-9e16-5d0f83b7264a"},
        {"transactionId": "c2d9a1f4-70b3-4a58-9e16-5d0f83b7264a", "status": "completed"},
        ["c2d9a1f4-70b3-4a58-9e16-5d0f83b7264a"],
    ],
)
def test_a_body_that_names_no_transaction_is_refused(shop: Shop, body: object) -> None:
    answer = shop.browser.call("POST", "/api/hubrise/orders", json_body=body)
    assert (400, "body-invalid") == code_of(answer)


def test_a_path_that_names_no_transaction_is_unknown(shop: Shop) -> None:
    assert (404, "transaction-unknown") == code_of(shop.read("T-1029"))


def test_letter_case_does_not_make_another_transaction(shop: Shop) -> None:
    order_id = shop.create(shop.sale.id.upper()).json()["orderId"]
    assert order_id == shop.create().json()["orderId"]
    assert_one_order(shop)


@pytest.mark.parametrize("act", [Shop.create, Shop.read, Shop.catch_up])
def test_without_a_connection_there_is_nothing_to_send_to(shop: Shop, act: Any) -> None:
    shop.browser.call("DELETE", "/api/connections/hubrise")
    assert (409, "not-connected") == code_of(act(shop))


@pytest.mark.parametrize("status", STATUSES)
def test_an_order_is_read_as_it_stands_now(either: Shop, status: str) -> None:
    order_id = either.ordered()
    either.world.hubrise.callbacks = "lose"
    either.world.hubrise.set_status(order_id, status)
    expected = {"transactionId": either.sale.id, "orderId": order_id, "status": status}
    answer = either.read()
    assert (200, expected) == (answer.status_code, answer.json())


def test_reading_writes_what_a_lost_callback_would_have_told(shop: Shop) -> None:
    order_id = shop.ordered()
    shop.world.hubrise.callbacks = "lose"
    shop.world.hubrise.set_status(order_id, "rejected", cause="Closed for the season")
    assert "Closed for the season" == shop.read().json()["reason"]
    written = (shop.record["status"], shop.record["reason"])
    assert ("rejected", "Closed for the season") == written


def test_an_order_that_may_have_been_made_is_searched_for(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting_after(monkeypatch, shop.world, "api.create", cut_off):
        shop.create()
    answer = shop.read()
    assert (200, assert_one_order(shop)["id"]) == (answer.status_code, answer.json()["orderId"])
    assert answer.json()["orderId"] == shop.record["orderId"]


def test_nothing_is_searched_for_that_nobody_has_sent(shop: Shop) -> None:
    shop.world.hubrise.calls.clear()
    assert (404, "order-unknown") == code_of(shop.read())
    assert [] == shop.world.hubrise.calls


def test_a_sale_that_was_never_sent_has_no_order(either: Shop) -> None:
    assert (404, "order-unknown") == code_of(either.read())


def test_an_order_that_hubrise_no_longer_has_is_unknown(either: Shop) -> None:
    either.ordered()
    either.world.hubrise.orders.clear()
    assert (404, "order-unknown") == code_of(either.read())


def test_an_order_of_a_former_location_is_not_made_again_elsewhere(shop: Shop) -> None:
    order_id = shop.ordered()
    connect(shop.world, "hubrise", shop.browser, location_id="v9n4t-1")
    assert order_id == shop.create().json()["orderId"]
    shop.sale.metadata.clear()
    assert (502, "vendor-refused") == code_of(shop.create())
    assert_one_order(shop)
