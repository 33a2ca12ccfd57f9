"""`default-download`: files of a listing, which whoever has paid may fetch."""

from sandbox.sharetribe.processes.graph import (
    CAPTURE,
    CUSTOMER,
    DAY,
    OPERATOR,
    PAY_OUT,
    REFUND,
    Transition,
    beginning,
    system,
    unpaid,
)

_CONFIRM = ("reveal-listing-protected-files", *CAPTURE)
_REVIEW = ("post-review-by-customer", "publish-reviews")

DOWNLOAD = (
    *beginning(),
    Transition("confirm-payment", CUSTOMER, "pending-payment", "purchased", _CONFIRM),
    unpaid(REFUND, 1 * DAY),
    system("auto-complete", "purchased", "completed", PAY_OUT, ("purchased", 7 * DAY)),
    Transition("operator-complete", OPERATOR, "purchased", "completed", PAY_OUT),
    Transition("report", CUSTOMER, "purchased", "reported"),
    Transition("operator-report", OPERATOR, "purchased", "reported"),
    Transition("operator-cancel", OPERATOR, "reported", "canceled", REFUND),
    system("auto-cancel", "reported", "canceled", REFUND, ("reported", 60 * DAY)),
    Transition("operator-complete-from-reported", OPERATOR, "reported", "completed", PAY_OUT),
    Transition("review", CUSTOMER, "completed", "reviewed", _REVIEW),
    system("expire-review-period", "completed", "reviewed", (), ("completed", 7 * DAY)),
)
