"""Two processes and one order: nothing that is told late, refused or made twice takes it away."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from typing import Any

import pytest
import requests
from flask import abort

from tests.flows.connecting import connect
from tests.kit.late import TRANSACTION, late_writes, second_process
from tests.kit.trips import MovedWorld
from tests.world import Browser

PATIENCE_SECONDS = 20.0


def order(shop: MovedWorld, browser: Browser) -> requests.Response:
    body = {"transactionId": next(iter(shop.sharetribe.transactions))}
    return browser.call("POST", "/api/till/orders", json_body=body)


def visit(shop: MovedWorld, browser: Browser) -> Any:
    return browser.call("GET", f"/api/till/orders/{next(iter(shop.sharetribe.transactions))}")


def catch_up(_: MovedWorld, browser: Browser) -> Any:
    return browser.call("POST", "/api/till/orders/catch-up")


def told_again(shop: MovedWorld, _: Browser) -> Any:
    """Have the till repeat the news that could not be written."""
    known = shop.till.living
    return shop.till.deliver(known, known.pending[0])


def recorded(shop: MovedWorld) -> Any:
    """What frontends read of the order."""
    sale = next(iter(shop.sharetribe.transactions.values()))
    return sale.metadata.get("tillOrder")


@pytest.mark.parametrize("look", [visit, catch_up, told_again])
def test_older_news_that_is_written_late_gives_way_at_the_next_look(
    shop: MovedWorld, look: Callable[[MovedWorld, Browser], Any]
) -> None:
    browser = connect(shop, "till")
    order(shop, browser)
    with late_writes(shop.sharetribe, TRANSACTION) as late:
        assert [503] == shop.till.set_status("accepted")
    assert [200] == shop.till.set_status("collected")
    late[0]()
    answer = look(shop, browser)
    assert 200 == getattr(answer, "status_code", getattr(answer, "status", None))
    assert "collected" == recorded(shop)["status"]


def test_while_a_late_write_stands_nothing_goes_by_it(shop: MovedWorld) -> None:
    browser = connect(shop, "till")
    order(shop, browser)
    with late_writes(shop.sharetribe, TRANSACTION) as late:
        shop.till.set_status("accepted")
    shop.till.set_status("collected")
    late[0]()
    assert "collected" == order(shop, browser).json()["status"]


def test_a_refused_attempt_of_one_process_spares_the_order_of_another(
    shop: MovedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = connect(shop, "till")
    views = shop.till.app.view_functions
    make, made = views["_create"], list[requests.Response]()

    with second_process(shop) as there:

        def refuse_after_another_was_made(**_: Any) -> Any:
            monkeypatch.setitem(views, "_create", make)
            made.append(order(shop, there))
            abort(422)

        monkeypatch.setitem(views, "_create", refuse_after_another_was_made)
        assert 502 == order(shop, browser).status_code
    assert 201 == made[0].status_code
    assert made[0].json()["orderId"] == recorded(shop)["orderId"]


def test_two_processes_that_make_an_order_at_once_tell_of_the_same_one(
    shop: MovedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = connect(shop, "till")
    views, both = shop.till.app.view_functions, Barrier(2, timeout=PATIENCE_SECONDS)
    make, turn = views["_create"], Lock()

    def make_when_both_ask(**arguments: Any) -> Any:
        both.wait()
        with turn:
            return make(**arguments)

    monkeypatch.setitem(views, "_create", make_when_both_ask)
    with second_process(shop) as there, ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: order(shop, one), [browser, there]))
    assert [200, 201] == sorted(answer.status_code for answer in answers)
    ids = {answer.json()["orderId"] for answer in answers}
    assert ids == {shop.till.order["id"]} == {recorded(shop)["orderId"]}


def test_an_attempt_that_began_elsewhere_is_not_forgotten_with_ones_own(
    shop: MovedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its order may have been made and its answer lost, so it is searched for."""
    browser = connect(shop, "till")
    views = shop.till.app.view_functions
    make = views["_create"]

    with second_process(shop) as there:

        def refuse_after_another_was_lost(**_: Any) -> Any:
            monkeypatch.setitem(views, "_create", lambda **_: abort(503))
            assert 503 == order(shop, there).status_code
            monkeypatch.setitem(views, "_create", make)
            abort(422)

        monkeypatch.setitem(views, "_create", refuse_after_another_was_lost)
        assert 502 == order(shop, browser).status_code
    shop.till.calls.clear()
    order(shop, browser)
    assert ["GET /orders", "POST /orders"] == shop.till.calls
