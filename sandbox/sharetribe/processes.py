"""The transaction processes that a new marketplace starts with, as graphs of transitions.

Their shape is that of Sharetribe's own `default-purchase` and `default-booking`, version 1; what
the fields mean stands in sharetribe.com/docs, "Transaction process format", what actions do in
"Transaction process actions" (all read 2026-11-30). Names are without `state/` and `transition/`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

CUSTOMER, PROVIDER, OPERATOR, SYSTEM = "customer", "provider", "operator", "system"
ALIAS = "release-1"
BOOKING_START, BOOKING_END = "booking-start", "booking-end"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Transition:
    """A way from a state, or into the process where `source` is None, to another.

    `after` are the moments of which the earliest is when the process goes by itself, as a state
    that was entered, or an end of the booking, and the time that has passed since.
    """

    name: str
    by: str
    source: str | None
    target: str
    actions: tuple[str, ...] = ()
    privileged: bool = False
    after: tuple[tuple[str, timedelta], ...] = ()


def _system(
    name: str, source: str, target: str, actions: tuple[str, ...], *after: tuple[str, timedelta]
) -> Transition:
    return Transition(name, SYSTEM, source, target, actions, after=after)


def _beginning(reservation: str) -> Iterator[Transition]:
    paying = (
        "update-protected-data",
        reservation,
        "privileged-set-line-items",
        "stripe-create-payment-intent",
    )
    pending = "pending-payment"
    yield Transition("inquire", CUSTOMER, None, "inquiry", ("update-protected-data",))
    yield Transition("request-payment", CUSTOMER, None, pending, paying, privileged=True)
    yield Transition(
        "request-payment-after-inquiry", CUSTOMER, "inquiry", pending, paying, privileged=True
    )


def _reviews(source: str, since: str) -> Iterator[Transition]:
    week = (since, 7 * DAY)
    for party, other in ((PROVIDER, CUSTOMER), (CUSTOMER, PROVIDER)):
        post = f"post-review-by-{party}"
        yield Transition(f"review-1-by-{party}", party, source, f"reviewed-by-{party}", (post,))
        publish = (post, "publish-reviews")
        yield Transition(f"review-2-by-{party}", party, f"reviewed-by-{other}", "reviewed", publish)
        yield _system(
            f"expire-{party}-review-period",
            f"reviewed-by-{other}",
            "reviewed",
            ("publish-reviews",),
            week,
        )
    yield _system("expire-review-period", source, "reviewed", (), week)


_REFUND = ("calculate-full-refund", "stripe-refund-payment")
_DECLINE_STOCK = (*_REFUND, "decline-stock-reservation")
_CANCEL_STOCK = (*_REFUND, "cancel-stock-reservation")
_DECLINE_BOOKING = (*_REFUND, "decline-booking")
_ACCEPT_BOOKING = ("accept-booking", "stripe-capture-payment-intent")
_PAY_OUT = ("stripe-create-payout",)
_CONFIRM_PURCHASE = (
    "accept-stock-reservation",
    "stripe-confirm-payment-intent",
    "stripe-capture-payment-intent",
)

_PURCHASE = (
    *_beginning("create-pending-stock-reservation"),
    Transition("confirm-payment", CUSTOMER, "pending-payment", "purchased", _CONFIRM_PURCHASE),
    _system(
        "expire-payment",
        "pending-payment",
        "payment-expired",
        _DECLINE_STOCK,
        ("pending-payment", 15 * MINUTE),
    ),
    Transition("mark-received-from-purchased", CUSTOMER, "purchased", "received", _PAY_OUT),
    Transition("mark-delivered", PROVIDER, "purchased", "delivered"),
    Transition("operator-mark-delivered", OPERATOR, "purchased", "delivered"),
    Transition("mark-received", CUSTOMER, "delivered", "received", _PAY_OUT),
    _system("auto-mark-received", "delivered", "received", _PAY_OUT, ("delivered", 14 * DAY)),
    Transition("dispute", CUSTOMER, "delivered", "disputed", ("update-protected-data",)),
    Transition("operator-dispute", OPERATOR, "delivered", "disputed"),
    Transition("mark-received-from-disputed", OPERATOR, "disputed", "received", _PAY_OUT),
    Transition("cancel", OPERATOR, "purchased", "canceled", _CANCEL_STOCK),
    _system("auto-cancel", "purchased", "canceled", _CANCEL_STOCK, ("purchased", 14 * DAY)),
    Transition("cancel-from-disputed", OPERATOR, "disputed", "canceled", _CANCEL_STOCK),
    _system(
        "auto-cancel-from-disputed", "disputed", "canceled", _CANCEL_STOCK, ("disputed", 60 * DAY)
    ),
    _system("auto-complete", "received", "completed", (), ("received", 0 * DAY)),
    *_reviews("completed", since="received"),
)

_BOOKING = (
    *_beginning("create-pending-booking"),
    _system(
        "expire-payment",
        "pending-payment",
        "payment-expired",
        _DECLINE_BOOKING,
        ("pending-payment", 15 * MINUTE),
    ),
    Transition(
        "confirm-payment",
        CUSTOMER,
        "pending-payment",
        "preauthorized",
        ("stripe-confirm-payment-intent",),
    ),
    Transition("accept", PROVIDER, "preauthorized", "accepted", _ACCEPT_BOOKING),
    Transition("operator-accept", OPERATOR, "preauthorized", "accepted", _ACCEPT_BOOKING),
    Transition("decline", PROVIDER, "preauthorized", "declined", _DECLINE_BOOKING),
    Transition("operator-decline", OPERATOR, "preauthorized", "declined", _DECLINE_BOOKING),
    _system(
        "expire",
        "preauthorized",
        "expired",
        _DECLINE_BOOKING,
        ("preauthorized", 6 * DAY),
        (BOOKING_START, 1 * DAY),
        (BOOKING_END, 0 * DAY),
    ),
    _system("complete", "accepted", "delivered", _PAY_OUT, (BOOKING_END, 2 * DAY)),
    Transition("operator-complete", OPERATOR, "accepted", "delivered", _PAY_OUT),
    Transition("cancel", OPERATOR, "accepted", "cancelled", (*_REFUND, "cancel-booking")),
    *_reviews("delivered", since=BOOKING_END),
)

PROCESSES: dict[str, dict[str, Transition]] = {
    name: {transition.name: transition for transition in transitions}
    for name, transitions in (("default-purchase", _PURCHASE), ("default-booking", _BOOKING))
}


def transition_of(process: str, name: str) -> Transition | None:
    """Return a process's transition by its name with or without `transition/`."""
    return PROCESSES.get(process, {}).get(name.removeprefix("transition/"))


def state_of(process: str, last_transition: str) -> str | None:
    """Return the state that a transition led to, None for a process that is not known."""
    transition = transition_of(process, last_transition)
    return transition.target if transition else None
