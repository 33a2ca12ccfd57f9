"""`default-inquiry`: a question; the parties write to each other, and nothing is paid."""

from sandbox.sharetribe.processes.graph import CUSTOMER, Transition

INQUIRY = (
    Transition(
        "inquire-without-payment", CUSTOMER, None, "free-inquiry", ("update-protected-data",)
    ),
)
