"""Files that are for sale in the simulated Sharetribe: who gets them, when, and for how long."""

from typing import Any

import pytest

from sandbox.sharetribe import Transaction
from tests.sandbox.conftest import outcome_of
from tests.sandbox.trade import LINE, MINUTE, ROCKS, Trade

API = "/v1/api"
SHOW = f"{API}/transactions/show?include=protectedFileAttachments.file&id="


@pytest.fixture
def trade() -> Trade:
    return Trade()


@pytest.fixture
def bought(trade: Trade) -> Transaction:
    """Have Holly begin to buy the chart."""
    order = trade.begin(
        trade.holly, "default-download", "request-payment", trade.chart, lineItems=[LINE]
    )
    return trade.made(order)


def shown(trade: Trade, bought: Transaction) -> list[dict[str, Any]]:
    """Return the files that the customer is shown."""
    body = trade.client.get(f"{SHOW}{bought.id}", headers=trade.bearer(trade.holly)).get_json()
    return [one["attributes"] for one in body.get("included", ()) if one["type"] == "file"]


def test_files_are_revealed_once_they_are_paid_for(trade: Trade, bought: Transaction) -> None:
    assert [] == shown(trade, bought)

    trade.step(bought, trade.holly, "confirm-payment")

    assert [
        {"name": "rocks.txt", "size": len(ROCKS), "state": "available", "deleted": False}
    ] == shown(trade, bought)


def link(trade: Trade, user: str, attachment_id: str) -> Any:
    """Ask for a link to a file, and return the answer."""
    return trade.client.post(
        f"{API}/file_downloads/create",
        headers=trade.bearer(user),
        json={"fileAttachmentId": attachment_id},
    )


def test_a_link_leads_to_the_file_for_a_while(trade: Trade, bought: Transaction) -> None:
    trade.step(bought, trade.holly, "confirm-payment")
    answer = link(trade, trade.holly, bought.protected_files[0].id)
    url = answer.get_json()["data"]["attributes"]["url"]

    file = trade.client.get(url)
    assert (ROCKS, "attachment; filename=rocks.txt") == (
        file.data,
        file.headers["Content-Disposition"],
    )
    trade.now += 15 * MINUTE
    assert 404 == trade.client.get(url).status_code


def test_nobody_else_gets_a_link(trade: Trade, bought: Transaction) -> None:
    trade.step(bought, trade.holly, "confirm-payment")
    mallory = trade.sharetribe.add_user("Mallory").id
    (revealed,), (offered,) = bought.protected_files, trade.chart.protected_files

    outcomes = [
        outcome_of(link(trade, user, attachment))
        for user, attachment in (
            (mallory, revealed.id),
            (trade.holly, offered.id),
            (trade.holly, revealed.file.id),
        )
    ]

    assert [(403, "forbidden"), (403, "forbidden"), (404, "not-found")] == outcomes


def test_the_authors_own_way_to_a_file_is_for_the_author_alone(trade: Trade) -> None:
    (offered,) = trade.chart.protected_files
    asked = {"fileId": offered.file.id}

    outcomes = [
        outcome_of(
            trade.client.post(
                f"{API}/own_file_downloads/create", headers=trade.bearer(user), json=asked
            )
        )
        for user in (trade.robin, trade.holly)
    ]

    assert [(200, ""), (403, "forbidden")] == outcomes
