"""What a transition does: the actions of the transaction processes.

Preconditions, parameters and effects are those of sharetribe.com/docs, "Transaction process
actions", the codes of refusals those of sharetribe.com/api-reference, "API error codes" (both read
2026-11-30). Where a code is not documented for a precondition, `conflict` is the sandbox's choice.
No money moves: a payment is a word in the transaction, and its intent is made up.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sandbox.sharetribe import parameters as read
from sandbox.sharetribe.availability import is_free
from sandbox.sharetribe.extended_data import merged
from sandbox.sharetribe.files import FileAttachment
from sandbox.sharetribe.line_items import read_line_items
from sandbox.sharetribe.listings import Listing
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.reviews import OF_CUSTOMER, OF_PROVIDER, PUBLIC, Review
from sandbox.sharetribe.transactions import (
    ACCEPTED,
    CANCELLED,
    DECLINED,
    HELD,
    PENDING,
    Booking,
    StockReservation,
    Transaction,
)

INTENTS = "stripePaymentIntents"


@dataclass(slots=True)
class Change:
    """A transition that is being taken: on a copy of the transaction, which may be thrown away.

    `stock` is by how much the listing's stock changes with it.
    """

    marketplace: Marketplace
    transaction: Transaction
    params: dict[str, Any]
    now: datetime
    stock: int = 0

    @property
    def listing(self) -> Listing:
        """What the transaction is about; raises ApiError where it is gone."""
        listing = self.marketplace.listings.get(self.transaction.listing_id)
        if listing is None:
            raise ApiError(409, "transaction-listing-not-found")
        return listing

    def read(
        self, readers: dict[str, read.Reader], required: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Return parameters of the transition; raises ApiError.

        What no action asks for is overlooked, as Sharetribe's own template relies on.
        """
        return read.read_values(self.params, readers, required)


def run(change: Change, actions: tuple[str, ...]) -> None:
    """Take the actions in their order; raises ApiError, after which the change is worth nothing."""
    for action in actions:
        _ACTIONS[action](change)


def _update_protected_data(change: Change) -> None:
    given = change.read({"protectedData": read.mapping}).get("protectedData", {})
    transaction = change.transaction
    transaction.protected_data = merged("protectedData", transaction.protected_data, given)


def _update_metadata(change: Change) -> None:
    given = change.read({"metadata": read.mapping}).get("metadata", {})
    change.transaction.metadata = merged("metadata", change.transaction.metadata, given)


def _set_line_items(change: Change) -> None:
    transaction = change.transaction
    transaction.line_items, transaction.currency = read_line_items(change.params)
    if min(transaction.total_for("customer"), transaction.total_for("provider")) < 0:
        raise ApiError(400, "validation-invalid-value", "lineItems")


_BOOKING: dict[str, read.Reader] = {
    "bookingStart": read.moment,
    "bookingEnd": read.moment,
    "bookingDisplayStart": read.nullable(read.moment),
    "bookingDisplayEnd": read.nullable(read.moment),
    "seats": read.nullable(read.whole(1)),
}


def _create_pending_booking(change: Change) -> None:
    asked = change.read(_BOOKING, required=("bookingStart", "bookingEnd"))
    start, end, seats = asked["bookingStart"], asked["bookingEnd"], asked.get("seats") or 1
    if start >= end:
        raise ApiError(400, "validation-invalid-value", "bookingEnd")
    booked = change.marketplace.bookings_of(change.listing)
    if not is_free(change.listing, booked, start, end, seats):
        raise ApiError(409, "transaction-booking-time-not-available")
    change.transaction.booking = Booking(
        start,
        end,
        asked.get("bookingDisplayStart") or start,
        asked.get("bookingDisplayEnd") or end,
        seats,
    )


def _create_pending_stock_reservation(change: Change) -> None:
    name = "stockReservationQuantity"
    quantity = change.read({name: read.whole(1)}, required=(name,))[name]
    if change.transaction.stock_reservation is not None:
        raise ApiError(409, "conflict")
    if (change.listing.stock or 0) < quantity:
        raise ApiError(409, "transaction-listing-insufficient-stock")
    change.transaction.stock_reservation = StockReservation(quantity)
    change.stock -= quantity


def _reveal_protected_files(change: Change) -> None:
    revealed = [FileAttachment(one.file) for one in change.listing.protected_files]
    change.transaction.protected_files = [*change.transaction.protected_files, *revealed]


def _create_payment_intent(change: Change) -> None:
    transaction = change.transaction
    payin, payout = transaction.total_for("customer"), transaction.total_for("provider")
    if payin == 0:
        raise ApiError(409, "transaction-charge-zero-payin")
    if transaction.payment or payin < payout:
        raise ApiError(409, "conflict")
    if not change.marketplace.users[transaction.provider_id].stripe_connected:
        raise ApiError(409, "transaction-missing-stripe-account")
    intent = f"pi_{secrets.token_hex(12)}"
    secret = f"{intent}_secret_{secrets.token_hex(12)}"
    intents = {
        "default": {"stripePaymentIntentId": intent, "stripePaymentIntentClientSecret": secret}
    }
    transaction.protected_data = {**transaction.protected_data, INTENTS: intents}
    transaction.payment = "created"


def _confirm_payment_intent(change: Change) -> None:
    _pay(change.transaction, ("created",), "confirmed")
    if change.marketplace.declines_payments:
        raise ApiError(402, "transaction-payment-failed")
    data = change.transaction.protected_data
    change.transaction.protected_data = {key: data[key] for key in data if key != INTENTS}


def _capture_payment_intent(change: Change) -> None:
    _pay(change.transaction, ("confirmed",), "captured")


def _refund_payment(change: Change) -> None:
    _pay(change.transaction, ("created", "confirmed", "captured"), "refunded")


def _create_payout(change: Change) -> None:
    _pay(change.transaction, ("captured",), "paid-out")


def _pay(transaction: Transaction, before: tuple[str, ...], after: str) -> None:
    if transaction.payment not in before:
        raise ApiError(409, "conflict")
    transaction.payment = after


def _calculate_full_refund(change: Change) -> None:
    lines = change.transaction.line_items
    change.transaction.line_items = (*lines, *(replace(line, reversal=True) for line in lines))


def _booking_to(state: str, *before: str) -> Callable[[Change], None]:
    def act(change: Change) -> None:
        booking = change.transaction.booking
        if booking is None or booking.state not in before:
            raise ApiError(409, "conflict")
        booking.state = state

    return act


def _stock_to(state: str, *before: str) -> Callable[[Change], None]:
    def act(change: Change) -> None:
        reservation = change.transaction.stock_reservation
        if reservation is None or reservation.state not in before:
            raise ApiError(409, "conflict")
        reservation.state = state
        if state not in HELD:
            change.stock += reservation.quantity

    return act


def _post_review(by: str) -> Callable[[Change], None]:
    readers: dict[str, read.Reader] = {
        "reviewRating": read.whole(1, 5),
        "reviewContent": read.text,
    }

    def act(change: Change) -> None:
        asked = change.read(readers, required=tuple(readers))
        transaction = change.transaction
        customer, provider = transaction.customer_id, transaction.provider_id
        is_customer = by == "customer"
        author, subject = (customer, provider) if is_customer else (provider, customer)
        if any(review.author_id == author for review in transaction.reviews):
            raise ApiError(409, f"transaction-already-reviewed-by-{by}")
        review = Review(
            kind=OF_PROVIDER if is_customer else OF_CUSTOMER,
            author_id=author,
            subject_id=subject,
            listing_id=transaction.listing_id,
            rating=asked["reviewRating"],
            content=asked["reviewContent"],
            created_at=change.now,
        )
        transaction.reviews.append(review)

    return act


def _publish_reviews(change: Change) -> None:
    for review in change.transaction.reviews:
        review.state = PUBLIC


_ACTIONS: dict[str, Callable[[Change], None]] = {
    "update-protected-data": _update_protected_data,
    "privileged-update-metadata": _update_metadata,
    "privileged-set-line-items": _set_line_items,
    "create-pending-booking": _create_pending_booking,
    "accept-booking": _booking_to(ACCEPTED, PENDING),
    "decline-booking": _booking_to(DECLINED, PENDING),
    "cancel-booking": _booking_to(CANCELLED, ACCEPTED),
    "create-pending-stock-reservation": _create_pending_stock_reservation,
    "accept-stock-reservation": _stock_to(ACCEPTED, PENDING),
    "decline-stock-reservation": _stock_to(DECLINED, PENDING),
    "cancel-stock-reservation": _stock_to(CANCELLED, ACCEPTED),
    "reveal-listing-protected-files": _reveal_protected_files,
    "stripe-create-payment-intent": _create_payment_intent,
    "stripe-confirm-payment-intent": _confirm_payment_intent,
    "stripe-capture-payment-intent": _capture_payment_intent,
    "stripe-refund-payment": _refund_payment,
    "stripe-create-payout": _create_payout,
    "calculate-full-refund": _calculate_full_refund,
    "post-review-by-customer": _post_review("customer"),
    "post-review-by-provider": _post_review("provider"),
    "publish-reviews": _publish_reviews,
}
