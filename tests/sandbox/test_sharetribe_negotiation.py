"""A price is agreed on in the simulated Sharetribe, and what was delivered for it too."""

from typing import Any

import pytest

from sandbox.sharetribe import Transaction
from sandbox.sharetribe.transitions import MOST_TRANSITIONS
from tests.sandbox.conftest import outcome_of
from tests.sandbox.trade import DAY, LINE, Trade

LINES = [{**LINE, "code": "line-item/request"}]
SEWN: dict[str, Any] = {"lineItems": LINES}
PROCESS = "default-negotiation"


@pytest.fixture
def trade() -> Trade:
    return Trade()


@pytest.fixture
def offered(trade: Trade) -> Transaction:
    """Have Robin offer to sew what Holly wants sewn."""
    wanted = trade.sharetribe.add_listing(trade.holly, "Wanted", price=None)
    return trade.made(trade.begin(trade.robin, PROCESS, "make-offer", wanted, **SEWN))


@pytest.fixture
def accepted(trade: Trade, offered: Transaction) -> Transaction:
    """Have Holly accept that, and pay."""
    for step in ("request-payment-to-accept-offer", "confirm-payment"):
        assert (200, "") == trade.step(offered, trade.holly, step)
    return offered


def test_whose_transition_begins_it_decides_who_is_who(trade: Trade, offered: Transaction) -> None:
    asked = trade.made(trade.begin(trade.holly, PROCESS, "request-quote", trade.kayak))

    for one, author in ((offered, trade.holly), (asked, trade.robin)):
        assert (trade.holly, trade.robin) == (one.customer_id, one.provider_id)
        assert author == one.author_id


def test_nobody_makes_themselves_an_offer(trade: Trade) -> None:
    answer = trade.begin(trade.robin, PROCESS, "make-offer", trade.kayak, **SEWN)

    assert (409, "transaction-listing-not-found") == outcome_of(answer)


def test_an_offer_is_written_down_beside_what_is_known_already(
    trade: Trade, offered: Transaction
) -> None:
    offered.metadata = {"kept": True}
    counter: dict[str, Any] = {
        "lineItems": [{**LINES[0], "quantity": 2}],
        "metadata": {"offers": [1]},
    }

    trade.step(offered, trade.holly, "customer-make-counter-offer", is_trusted=True, **counter)

    assert ({"kept": True, "offers": [1]}, 9000) == (
        offered.metadata,
        offered.total_for("customer"),
    )


def test_what_is_no_metadata_is_no_offer(trade: Trade, offered: Transaction) -> None:
    counter: dict[str, Any] = {"lineItems": LINES, "metadata": "none"}

    refused = trade.step(
        offered, trade.holly, "customer-make-counter-offer", is_trusted=True, **counter
    )

    assert (400, "validation-invalid-value") == refused


def test_what_has_no_price_yet_is_not_paid_for(trade: Trade, offered: Transaction) -> None:
    offered.line_items = ()

    refused = trade.step(offered, trade.holly, "request-payment-to-accept-offer")

    assert (409, "transaction-charge-zero-payin") == refused


def test_there_is_time_to_look_at_what_was_delivered_again(
    trade: Trade, accepted: Transaction
) -> None:
    trade.step(accepted, trade.robin, "deliver")
    trade.now += 10 * DAY
    trade.step(accepted, trade.holly, "request-changes")
    trade.step(accepted, trade.robin, "deliver-changes")

    trade.now += 13 * DAY
    assert "state/delivered" == trade.state(accepted)
    trade.now += 1 * DAY
    assert "state/completed" == trade.state(accepted)


def test_what_should_have_happened_by_itself_earlier_happens_at_once(
    trade: Trade, accepted: Transaction
) -> None:
    """The 75 days since the payment were over before the customer asked for changes."""
    trade.now += 74 * DAY
    trade.step(accepted, trade.robin, "deliver")
    trade.now += 2 * DAY
    trade.step(accepted, trade.holly, "request-changes")

    assert "state/canceled" == trade.state(accepted)
    asked, canceled = accepted.steps[-2:]
    assert asked.created_at == canceled.created_at


def test_going_round_in_circles_comes_to_an_end(trade: Trade, offered: Transaction) -> None:

    def update(name: str) -> tuple[int, str]:
        return trade.step(offered, trade.robin, name, is_trusted=True, **SEWN)

    update("update-offer")
    while len(offered.steps) < MOST_TRANSITIONS:
        assert (200, "") == update("update-from-update-pending")

    assert (409, "conflict") == update("update-from-update-pending")
