"""`default-purchase`: pieces of stock, paid for at once and then sent or handed over."""

from sandbox.sharetribe.processes.graph import (
    CAPTURE,
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

_DECLINE = (*REFUND, "decline-stock-reservation")
_CANCEL = (*REFUND, "cancel-stock-reservation")
_CONFIRM = ("accept-stock-reservation", *CAPTURE)

PURCHASE = (
    *beginning("create-pending-stock-reservation"),
    Transition("confirm-payment", CUSTOMER, "pending-payment", "purchased", _CONFIRM),
    unpaid(_DECLINE, 15 * MINUTE),
    Transition("mark-received-from-purchased", CUSTOMER, "purchased", "received", PAY_OUT),
    Transition("mark-delivered", PROVIDER, "purchased", "delivered"),
    Transition("operator-mark-delivered", OPERATOR, "purchased", "delivered"),
    Transition("mark-received", CUSTOMER, "delivered", "received", PAY_OUT),
    system("auto-mark-received", "delivered", "received", PAY_OUT, ("delivered", 14 * DAY)),
    Transition("dispute", CUSTOMER, "delivered", "disputed", ("update-protected-data",)),
    Transition("operator-dispute", OPERATOR, "delivered", "disputed"),
    Transition("mark-received-from-disputed", OPERATOR, "disputed", "received", PAY_OUT),
    Transition("cancel", OPERATOR, "purchased", "canceled", _CANCEL),
    system("auto-cancel", "purchased", "canceled", _CANCEL, ("purchased", 14 * DAY)),
    Transition("cancel-from-disputed", OPERATOR, "disputed", "canceled", _CANCEL),
    system("auto-cancel-from-disputed", "disputed", "canceled", _CANCEL, ("disputed", 60 * DAY)),
    system("auto-complete", "received", "completed", (), ("received", 0 * DAY)),
    *reviews("completed", since="received"),
)
