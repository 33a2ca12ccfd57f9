"""The transaction processes that a new marketplace starts with, as graphs of transitions.

Their shape is that of Sharetribe's own default processes, version 1, as the Web Template 12.2.0
has them (read 2026-11-30). What the fields mean stands in `graph`.
"""

from sandbox.sharetribe.processes.booking import BOOKING
from sandbox.sharetribe.processes.download import DOWNLOAD
from sandbox.sharetribe.processes.graph import Transition
from sandbox.sharetribe.processes.inquiry import INQUIRY
from sandbox.sharetribe.processes.negotiation import NEGOTIATION
from sandbox.sharetribe.processes.purchase import PURCHASE

ALIAS = "release-1"

PROCESSES: dict[str, dict[str, Transition]] = {
    name: {transition.name: transition for transition in transitions}
    for name, transitions in (
        ("default-purchase", PURCHASE),
        ("default-booking", BOOKING),
        ("default-inquiry", INQUIRY),
        ("default-negotiation", NEGOTIATION),
        ("default-download", DOWNLOAD),
    )
}


def transition_of(process: str, name: str) -> Transition | None:
    """Return a process's transition by its name with or without `transition/`."""
    return PROCESSES.get(process, {}).get(name.removeprefix("transition/"))


def state_of(process: str, last_transition: str) -> str | None:
    """Return the state that a transition led to, None for a process that is not known."""
    transition = transition_of(process, last_transition)
    return transition.target if transition else None
