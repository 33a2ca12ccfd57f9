"""The simulated vendor as tests and the demo hold it: one WSGI application and its controls."""

import time
from collections.abc import Callable

from sandbox.hops import HopLog
from sandbox.jumio import kyx_outcomes, netverify_outcomes
from sandbox.jumio.application import make_application
from sandbox.jumio.callbacks import Callbacks
from sandbox.jumio.tenant import Tenant
from sandbox.jumio.transactions import Transaction
from sandbox.kit.sender import Delivery, statuses

CORRECTION_SECONDS = 1.0
"""The least by which a correction is younger: times may be written without milliseconds."""


class Jumio(Tenant):
    """Jumio, simulated: serve `app`, put its address into `base_url`, call `close()` at the end.

    Every method that takes a reference (Netverify's transactionReference, KYX's workflow execution
    id) raises KeyError for an unknown one.
    """

    approval = "approved"

    def __init__(self, hops: HopLog | None = None, clock: Callable[[], float] = time.time) -> None:
        """Start with new credentials and no transactions.

        `hops` receives every exchange; `clock` answers Unix seconds.
        """
        super().__init__(clock)
        self._outbox = Callbacks(self, hops)
        self.app = make_application(self, hops, self._outbox.opened, self._finish_from_page)

    def finish(self, reference: str, outcome: str, wait: bool = True) -> list[int | None]:
        """End the check with `outcome` and send the callbacks that this causes.

        Returns the status that answered each of them (None: no answer), in the order of sending;
        without `wait`, those known so far. Raises ValueError for an outcome that this API or
        workflow cannot have, and for a check that is already finished.
        """
        deliveries = self._finished(self.transactions[reference], outcome)
        return statuses(deliveries, wait=wait)

    def correct(self, reference: str, outcome: str, callback: bool = False) -> list[int | None]:
        """Change a finished result, as the vendor's agents do hours later.

        Whether a callback follows is not documented, hence `callback`. Returns what answered it.
        Raises ValueError as `finish` does, and for a check that is not finished.
        """
        transaction = self.transactions[reference]
        status = _final_status(transaction, outcome)
        with self.lock:
            if transaction.updated_at is None:
                raise ValueError("only a finished check can be corrected")
            transaction.outcome = outcome
            transaction.status = status
            transaction.updated_at = max(self.clock(), transaction.updated_at + CORRECTION_SECONDS)
        return statuses(self._outbox.repeated(transaction)) if callback else []

    def resend(self, reference: str) -> int | None:
        """Send the callback of a finished check once more and return the (last) status."""
        transaction = self.transactions[reference]
        if transaction.outcome is None:
            raise ValueError("an unfinished check has no result to send")
        return statuses(self._outbox.repeated(transaction))[-1]

    def forge(self, reference: str, outcome: str) -> int | None:
        """Send a callback with the right reference from `forge_address`; return the status.

        The check itself stays as it is.
        """
        transaction = self.transactions[reference]
        _final_status(transaction, outcome)
        return statuses([self._outbox.forged(transaction, outcome)])[-1]

    def release_callbacks(self) -> list[int | None]:
        """Send what mode `delay` has held back and return the statuses that answered."""
        return statuses(self._outbox.release())

    def wait_for_callbacks(self, timeout: float) -> bool:
        """Return whether all callbacks that are on their way arrive within `timeout` seconds."""
        return self._outbox.wait(timeout)

    def close(self) -> None:
        """Let go of held requests, drop unsent callbacks and end the sending thread."""
        super().close()
        self._outbox.close()

    def _finish_from_page(self, transaction: Transaction, outcome: str) -> None:
        self._finished(transaction, outcome)

    def _finished(self, transaction: Transaction, outcome: str) -> list[Delivery]:
        status = _final_status(transaction, outcome)
        with self.lock:
            if transaction.outcome is not None:
                raise ValueError("this check is finished; correct() changes its result")
            transaction.outcome = outcome
            transaction.status = status
            transaction.finished_at = transaction.updated_at = self.clock()
            transaction.unreadable_answers = self.retrieval_lag
        return self._outbox.finished(transaction)


def _final_status(transaction: Transaction, outcome: str) -> str:
    """Return the status of a check that ends so; raises ValueError where it cannot."""
    if transaction.api == "kyx":
        if outcome not in kyx_outcomes.OUTCOMES:
            raise ValueError(f"KYX has no outcome {outcome!r}")
        return kyx_outcomes.OUTCOMES[outcome].status
    if outcome not in netverify_outcomes.OUTCOMES:
        raise ValueError(f"Netverify has no outcome {outcome!r}")
    if outcome.startswith("approved-") and not transaction.face_check:
        raise ValueError(f"a workflow without a face check has no outcome {outcome!r}")
    return netverify_outcomes.OUTCOMES[outcome].transaction_status
