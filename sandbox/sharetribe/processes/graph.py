"""What a transaction process is made of: transitions, and the parts that several processes share.

Source: sharetribe.com/docs, "Transaction process format", "Transaction process time expressions"
and "Transaction process actions"; read 2026-11-30. Names are without `state/` and `transition/`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

CUSTOMER, PROVIDER, OPERATOR, SYSTEM = "customer", "provider", "operator", "system"
BOOKING_START, BOOKING_END = "booking-start", "booking-end"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LastEntered:
    """The moment when a state was entered most recently, where a process comes to it again."""

    state: str


Point = str | LastEntered
"""A moment of a transaction: a state that was first entered, or an end of the booking."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A way from a state, or into the process where `source` is None, to another.

    `after` are the moments of which the earliest is when the process goes by itself, and the time
    that has passed since.
    """

    name: str
    by: str
    source: str | None
    target: str
    actions: tuple[str, ...] = ()
    privileged: bool = False
    after: tuple[tuple[Point, timedelta], ...] = ()


def system(
    name: str, source: str, target: str, actions: tuple[str, ...], *after: tuple[Point, timedelta]
) -> Transition:
    """Return a transition that the process takes by itself."""
    return Transition(name, SYSTEM, source, target, actions, after=after)


def beginning(*reservation: str) -> Iterator[Transition]:
    """Yield the ways in: a question first, or a payment; `reservation` is what it takes."""
    paying = (
        "update-protected-data",
        *reservation,
        "privileged-set-line-items",
        "stripe-create-payment-intent",
    )
    pending = "pending-payment"
    yield Transition("inquire", CUSTOMER, None, "inquiry", ("update-protected-data",))
    yield Transition("request-payment", CUSTOMER, None, pending, paying, privileged=True)
    yield Transition(
        "request-payment-after-inquiry", CUSTOMER, "inquiry", pending, paying, privileged=True
    )


def unpaid(release: tuple[str, ...], after: timedelta) -> Transition:
    """Return how a payment ends that nobody confirms; `release` lets go of what it had taken."""
    pending = "pending-payment"
    return system("expire-payment", pending, "payment-expired", release, (pending, after))


def reviews(source: str, since: str) -> Iterator[Transition]:
    """Yield the ways from `source` on which both parties review, for a week since a moment."""
    week = (since, 7 * DAY)
    for party, other in ((PROVIDER, CUSTOMER), (CUSTOMER, PROVIDER)):
        post = f"post-review-by-{party}"
        yield Transition(f"review-1-by-{party}", party, source, f"reviewed-by-{party}", (post,))
        publish = (post, "publish-reviews")
        yield Transition(f"review-2-by-{party}", party, f"reviewed-by-{other}", "reviewed", publish)
        yield system(
            f"expire-{party}-review-period",
            f"reviewed-by-{other}",
            "reviewed",
            ("publish-reviews",),
            week,
        )
    yield system("expire-review-period", source, "reviewed", (), week)


REFUND = ("calculate-full-refund", "stripe-refund-payment")
CAPTURE = ("stripe-confirm-payment-intent", "stripe-capture-payment-intent")
PAY_OUT = ("stripe-create-payout",)
