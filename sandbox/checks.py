"""What vendors that decide about a user can be told to do, by the demo page and by a drive.

What is said of checks holds for documents and payments, too.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from flask import Blueprint, abort

from sandbox.control_requests import refusals_as_400, text_field


class Check(Protocol):
    """A check as its vendor knows it; `callbacks_sent` are the statuses that answered."""

    status: str
    outcome: str | None
    callbacks_sent: list[int | None]

    @property
    def carried(self) -> str:
        """What the vendor was given to echo, in words: the field, and how long its value is."""

    @property
    def sealed(self) -> str:
        """What the vendor was given to echo, as it is."""


class Checks(Protocol):
    """A vendor that decides about a user; `reference` is its own, as the proxy tells it.

    Each returns the statuses that answered its callbacks, None where no answer came, and raises
    ValueError for what cannot be.
    """

    @property
    def approval(self) -> str:
        """The outcome that approves."""

    @property
    def transactions(self) -> Mapping[str, Check]:
        """The checks by their references."""

    def finish(self, reference: str, outcome: str) -> list[int | None]:
        """End a check as a person and the vendor's agents would."""

    def resend(self, reference: str) -> int | None:
        """Send the callback of a finished check once more."""

    def forge(self, reference: str, outcome: str) -> int | None:
        """Send a callback that is not the vendor's."""

    def release_callbacks(self) -> list[int | None]:
        """Send what has been held back."""

    def wait_for_callbacks(self, timeout: float) -> bool:
        """Tell whether all callbacks on their way have arrived within `timeout` seconds."""


def add_checks(control: Blueprint, vendors: Sequence[Checks]) -> None:
    """Add the routes that show and end checks, each at the vendor that has it."""

    def vendor_of(reference: str) -> Checks:
        found = (one for one in vendors if reference in one.transactions)
        return next(found, None) or abort(404, "no such transaction")

    @control.get("/transactions/<reference>")
    def transaction(reference: str) -> dict[str, Any]:
        found = vendor_of(reference).transactions[reference]
        return {
            "status": found.status,
            "outcome": found.outcome,
            "callbacksSent": list(found.callbacks_sent),
            "carried": found.carried,
            "sealed": found.sealed,
        }

    @control.post("/transactions/<reference>/finish")
    def finish(reference: str) -> dict[str, Any]:
        vendor = vendor_of(reference)
        with refusals_as_400():
            return {"callbacks": vendor.finish(reference, text_field("outcome"))}

    @control.post("/transactions/<reference>/resend")
    def resend(reference: str) -> dict[str, Any]:
        vendor = vendor_of(reference)
        with refusals_as_400():
            return {"status": vendor.resend(reference)}

    @control.post("/transactions/<reference>/forge")
    def forge(reference: str) -> dict[str, Any]:
        vendor = vendor_of(reference)
        with refusals_as_400():
            return {"status": vendor.forge(reference, text_field("outcome"))}

    @control.post("/callbacks/release")
    def release() -> dict[str, Any]:
        return {"callbacks": [status for one in vendors for status in one.release_callbacks()]}
