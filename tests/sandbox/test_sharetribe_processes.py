"""Transactions of the simulated Sharetribe go their way: prices, bookings, stock, time, reviews."""

from typing import Any

import pytest

from tests.sandbox.conftest import outcome_of
from tests.sandbox.trade import DAY, LINE, MINUTE, Trade, day


@pytest.fixture
def trade() -> Trade:
    return Trade()


def test_totals_are_what_each_partys_lines_add_up_to(trade: Trade) -> None:
    price = {"amount": 333, "currency": "EUR"}
    lines = [
        {"code": "line-item/hour", "unitPrice": price, "seats": 2, "units": 3},
        {
            "code": "line-item/provider-commission",
            "unitPrice": {"amount": 1998, "currency": "EUR"},
            "percentage": -12.5,
            "includeFor": ["provider"],
        },
    ]
    shown = trade.order(trade.kayak, **day(20), lineItems=lines).get_json()["data"]["attributes"]
    hours, commission = shown["lineItems"]
    assert (6, 3, 2, 1998) == (
        hours["quantity"],
        hours["units"],
        hours["seats"],
        hours["lineTotal"]["amount"],
    )
    assert (-12.5, -250, None) == (
        commission["percentage"],
        commission["lineTotal"]["amount"],
        commission.get("quantity"),
    )
    assert (1998, 1748) == (shown["payinTotal"]["amount"], shown["payoutTotal"]["amount"])


@pytest.mark.parametrize(
    "line",
    [
        {"code": ""},
        {"code": "line-item/" + "x" * 55},
        {"quantity": None},
        {"percentage": 5},
        {"quantity": None, "seats": 2},
        {"quantity": "two"},
        {"unitPrice": {"amount": 1.5, "currency": "EUR"}},
        {"lineTotal": {"amount": 1, "currency": "EUR"}},
        {"includeFor": ["operator"]},
        {"tax": 1},
        {"quantity": -1},
    ],
)
def test_what_is_no_line_item_begins_nothing(trade: Trade, line: dict[str, Any]) -> None:
    before = len(trade.sharetribe.transactions)
    answer = trade.order(trade.kayak, **day(20), lineItems=[{**LINE, **line}])
    assert (400, "validation-invalid-value") == outcome_of(answer)
    assert before == len(trade.sharetribe.transactions)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"lineItems": [LINE] * 51}, (400, "validation-invalid-value")),
        ({"lineItems": []}, (400, "validation-invalid-value")),
        ({"bookingEnd": "2027-01-20T00:00:00Z"}, (400, "validation-invalid-value")),
        ({"bookingStart": "soon"}, (400, "validation-invalid-value")),
        ({"seats": 2}, (409, "transaction-booking-time-not-available")),
        ({"lineItems": [{**LINE, "quantity": 0}]}, (409, "transaction-charge-zero-payin")),
        (
            {"lineItems": [{**LINE, "includeFor": ["provider"]}]},
            (409, "transaction-charge-zero-payin"),
        ),
        ({"protectedData": "none"}, (400, "validation-invalid-value")),
    ],
)
def test_what_cannot_be_booked_is_refused(
    trade: Trade, changed: dict[str, Any], refusal: tuple[int, str]
) -> None:
    params = {**day(20), "lineItems": [LINE], **changed}
    assert refusal == outcome_of(trade.order(trade.kayak, **params))


@pytest.mark.parametrize("key", ["lineItems", "bookingStart", "bookingEnd"])
def test_a_booking_needs_its_time_and_its_price(trade: Trade, key: str) -> None:
    params: dict[str, Any] = {**day(20), "lineItems": [LINE]}
    del params[key]
    assert (400, "validation-missing-key") == outcome_of(trade.order(trade.kayak, **params))


def test_who_cannot_be_paid_cannot_be_booked(trade: Trade) -> None:
    trade.sharetribe.users[trade.robin].stripe_connected = False
    answer = trade.order(trade.kayak, **day(20), lineItems=[LINE])
    assert (409, "transaction-missing-stripe-account") == outcome_of(answer)


def test_stock_is_taken_given_back_and_never_more_than_there_is(trade: Trade) -> None:
    bought = trade.bought(quantity=2)
    assert 1 == trade.vest.stock
    answer = trade.order(trade.vest, stockReservationQuantity=2, lineItems=[LINE])
    assert (409, "transaction-listing-insufficient-stock") == outcome_of(answer)
    trade.now += 15 * MINUTE
    assert ("state/payment-expired", 3) == (trade.state(bought), trade.vest.stock)
    assert (0, 0) == (bought.total_for("customer"), bought.total_for("provider"))


def test_a_declined_card_leaves_the_payment_pending(trade: Trade) -> None:
    booked = trade.booked()
    trade.sharetribe.declines_payments = True
    refused = trade.step(booked, trade.holly, "confirm-payment")
    assert (402, "transaction-payment-failed") == refused
    assert "state/pending-payment" == trade.state(booked)


def test_a_declined_request_frees_the_time_again(trade: Trade) -> None:
    booked = trade.booked()
    trade.step(booked, trade.holly, "confirm-payment")
    assert (200, "") == trade.step(booked, trade.robin, "decline")
    assert "refunded" == booked.payment
    assert 200 == trade.order(trade.kayak, **day(20), lineItems=[LINE]).status_code


@pytest.mark.parametrize(
    ("party", "transition", "refusal"),
    [
        ("robin", "accept", (409, "transaction-invalid-transition")),
        ("robin", "confirm-payment", (403, "forbidden")),
        ("holly", "accept", (403, "forbidden")),
        ("holly", "operator-accept", (403, "forbidden")),
        ("holly", "expire-payment", (403, "forbidden")),
        ("holly", "request-payment-after-inquiry", (403, "forbidden")),
        ("holly", "mark-received", (409, "transaction-invalid-transition")),
    ],
)
def test_a_transition_is_taken_by_whom_and_from_where_the_process_says(
    trade: Trade, party: str, transition: str, refusal: tuple[int, str]
) -> None:
    assert refusal == trade.step(trade.booked(), getattr(trade, party), transition)


def test_who_has_no_part_in_a_transaction_moves_nothing(trade: Trade) -> None:
    booked = trade.booked()
    mallory = trade.sharetribe.add_user("Mallory")
    assert (403, "forbidden") == trade.step(booked, mallory.id, "confirm-payment")


def test_who_waits_for_approval_moves_nothing_and_who_may_not_begin_goes_on(trade: Trade) -> None:
    booked = trade.booked()
    trade.sharetribe.access.restricted = {"initiateTransactions"}
    assert (200, "") == trade.step(booked, trade.holly, "confirm-payment")
    trade.sharetribe.users[trade.robin].state = "pending-approval"
    refused = trade.step(booked, trade.robin, "accept")
    assert (403, "permission-denied-pending-approval") == refused


def test_time_moves_what_nobody_moves(trade: Trade) -> None:
    booked = trade.booked()
    trade.step(booked, trade.holly, "confirm-payment")
    trade.step(booked, trade.robin, "accept")
    trade.now += 9 * DAY  # two days after the booking's end on the 21st are over
    assert "state/delivered" == trade.state(booked)
    trade.now += 7 * DAY
    assert "state/reviewed" == trade.state(booked)
    last = booked.steps[-1]
    assert ("transition/expire-review-period", "system") == (last.transition, last.by)
    assert "2027-01-28T00:00:00+00:00" == last.created_at.isoformat()


def test_reviews_are_told_once_both_parties_have_written_theirs(trade: Trade) -> None:
    bought = trade.bought()
    for user, step in (
        (trade.holly, "confirm-payment"),
        (trade.robin, "mark-delivered"),
        (trade.holly, "mark-received"),
    ):
        assert (200, "") == trade.step(bought, user, step)
    assert "state/completed" == trade.state(bought)
    path = f"/v1/api/reviews/query?subjectId={trade.robin}"
    told = []
    for user, step in (
        (trade.holly, "review-1-by-customer"),
        (trade.robin, "review-2-by-provider"),
    ):
        review: dict[str, Any] = {"reviewRating": 5, "reviewContent": "Dry"}
        assert (200, "") == trade.step(bought, user, step, **review)
        answer = trade.client.get(path, headers=trade.bearer(trade.holly)).get_json()
        told.append([one["attributes"]["type"] for one in answer["data"]])
    assert [[], ["ofProvider"]] == told


@pytest.mark.parametrize("rating", [0, 6, "good", None])
def test_a_review_has_one_to_five_stars(trade: Trade, rating: object) -> None:
    bought = trade.bought()
    bought.last_transition = "transition/auto-complete"
    review: dict[str, Any] = {"reviewRating": rating, "reviewContent": "Dry"}
    refused = trade.step(bought, trade.holly, "review-1-by-customer", **review)
    assert (400, "validation-invalid-value") == refused


def test_what_is_added_without_an_api_stays_as_it_is(trade: Trade) -> None:
    (pizzas, *_) = trade.sharetribe.transactions.values()
    trade.now += 365 * DAY
    assert "state/purchased" == trade.state(pizzas)
