"""`default-booking`: time of a listing, which its author accepts or declines."""

from sandbox.sharetribe.processes.graph import (
    BOOKING_END,
    BOOKING_START,
    CUSTOMER,
    DAY,
    MINUTE,
    OPERATOR,
    PAY_OUT,
    PROVIDER,
    REFUND,
    Transition,
    beginning,
    reviews,
    system,
    unpaid,
)

_DECLINE = (*REFUND, "decline-booking")
_ACCEPT = ("accept-booking", "stripe-capture-payment-intent")

BOOKING = (
    *beginning("create-pending-booking"),
    unpaid(_DECLINE, 15 * MINUTE),
    Transition(
        "confirm-payment",
        CUSTOMER,
        "pending-payment",
        "preauthorized",
        ("stripe-confirm-payment-intent",),
    ),
    Transition("accept", PROVIDER, "preauthorized", "accepted", _ACCEPT),
    Transition("operator-accept", OPERATOR, "preauthorized", "accepted", _ACCEPT),
    Transition("decline", PROVIDER, "preauthorized", "declined", _DECLINE),
    Transition("operator-decline", OPERATOR, "preauthorized", "declined", _DECLINE),
    system(
        "expire",
        "preauthorized",
        "expired",
        _DECLINE,
        ("preauthorized", 6 * DAY),
        (BOOKING_START, 1 * DAY),
        (BOOKING_END, 0 * DAY),
    ),
    system("complete", "accepted", "delivered", PAY_OUT, (BOOKING_END, 2 * DAY)),
    Transition("operator-complete", OPERATOR, "accepted", "delivered", PAY_OUT),
    Transition("cancel", OPERATOR, "accepted", "cancelled", (*REFUND, "cancel-booking")),
    *reviews("delivered", since=BOOKING_END),
)
