"""The control API's part for the simulated HubRise: what people do at the till."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.hubrise import SIMULATOR, HubRise
from tests.sandbox.demo import client_of, json_of, stage_with


@pytest.fixture
def hubrise() -> Iterator[HubRise]:
    with HubRise() as hubrise:
        yield hubrise


@pytest.fixture
def client(hubrise: HubRise) -> FlaskClient:
    return client_of(stage_with(SIMULATOR, hubrise))


@pytest.fixture
def order_id(hubrise: HubRise) -> str:
    """Return the id of an order that somebody made at the till."""
    return hubrise.place_order(next(iter(hubrise.locations)))


def test_the_till_changes_an_order(client: FlaskClient, hubrise: HubRise, order_id: str) -> None:
    path = f"hubrise/orders/{order_id}"

    told = json_of(client, "POST", f"{path}/status", {"status": "rejected", "cause": "Sold out"})

    assert {"callbacks": []} == told  # nobody has asked for any
    assert {"status": "rejected"} == json_of(client, "GET", path)
    assert "Sold out" in str(hubrise.orders[order_id])


@pytest.mark.parametrize("body", [{"status": "eaten"}, {"status": 7}, {}])
def test_a_status_that_is_none_is_refused(
    client: FlaskClient, order_id: str, body: dict[str, Any]
) -> None:
    assert 400 == client.post(f"/sandbox/hubrise/orders/{order_id}/status", json=body).status_code


def test_what_hubrise_holds_back_can_be_released(client: FlaskClient) -> None:
    assert {"callbacks": []} == json_of(client, "POST", "hubrise/callbacks/release", {})


def test_only_known_reasons_end_hubrises_connections(client: FlaskClient) -> None:
    path = "hubrise/connections/block"

    assert {"connections": 0} == json_of(client, "POST", path, {"reason": "unpaid"})
    assert 400 == client.post(f"/sandbox/{path}", json={"reason": "mood"}).status_code


def test_a_fresh_start_forgets_the_orders(hubrise: HubRise, order_id: str) -> None:
    assert order_id in hubrise.orders

    hubrise.start_afresh()

    assert {} == hubrise.orders
