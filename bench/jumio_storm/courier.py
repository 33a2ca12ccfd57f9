"""The vendor's callbacks, genuine and forged: they go to either process, and again until taken."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from bench.jumio_storm.calls import clicked, path_of
from bench.jumio_storm.journal import Asked
from bench.jumio_storm.people import exchange
from bench.jumio_storm.stage import PROCESSES, Stage
from sandbox.jumio import Transaction
from sandbox.jumio.netverify_outcomes import OUTCOMES
from sandbox.jumio.netverify_results import callback_form

# The first of the addresses that Jumio publishes, and one of nobody (RFC 5737).
_GENUINE, _STRANGER = "34.202.241.227", "192.0.2.66"
_ATTEMPTS = 4
_RETRY_SECONDS = (0.4, 1.2)
_LAST_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Letter:
    """A callback: of which check, which end it claims, and who sends it."""

    transaction: Transaction
    outcome: str
    sender: str = _GENUINE
    kind: str = "callback"


class Courier:
    """Delivers from threads of its own; whatever was not taken waits for `deliver_outstanding`."""

    def __init__(self, stage: Stage, seed: int, threads: int = 24) -> None:
        self._stage = stage
        self._dice = random.Random(f"{seed}/courier")
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads)
        self._outstanding: list[Letter] = []
        self.forged: Counter[str] = Counter()
        self.never_taken: list[str] = []

    def send(self, reference: str, delay: float = 0.0) -> Future[None]:
        """Send the result of a finished check, after `delay` seconds; again until it is taken."""
        transaction = self._stage.jumio.transactions[reference]
        return self._pool.submit(
            self._deliver, Letter(transaction, transaction.outcome or ""), delay
        )

    def send_early(self, reference: str) -> None:
        """Send word of an end that the vendor has not noted yet; once, since it was overtaken."""
        transaction = self._stage.jumio.transactions[reference]
        self._post(Letter(transaction, "no-id-uploaded", kind="early callback"))

    def forge(self, reference: str, outcome: str, carried: str = "") -> None:
        """Claim an end of a check as a stranger does, and as one does who sits at the vendor.

        The second can only ring: what is told there is not believed. With `carried`, the reference
        of another user stands where the check's own belongs.
        """
        transaction = self._stage.jumio.transactions[reference]
        if carried:
            transaction = replace(transaction, user_reference=carried)
        for sender in (_STRANGER, _GENUINE):
            letter = Letter(transaction, outcome, sender, "forged")
            status = self._post(letter)
            with self._lock:
                self.forged[f"{status}"] += 1
                if status == 200 and (sender == _STRANGER or carried):
                    self._stage.journal.forged.append(
                        f"a forged callback for {reference} was answered 200"
                    )

    def deliver_outstanding(self) -> None:
        """Send what was never taken, as the vendor would the next day."""
        with self._lock:
            left, self._outstanding = self._outstanding, []
        for result in [self._pool.submit(self._deliver_at_last, one) for one in left]:
            result.result()

    def wait(self) -> None:
        """Wait until nothing is on its way."""
        self._pool.shutdown(wait=True)
        self._pool = ThreadPoolExecutor(8)

    def close(self) -> None:
        """Send nothing more."""
        self._pool.shutdown(wait=True)

    def _deliver(self, letter: Letter, delay: float) -> None:
        time.sleep(delay)
        for _ in range(_ATTEMPTS):
            if self._post(letter) == 200:
                return
            time.sleep(self._dice.uniform(*_RETRY_SECONDS))
        with self._lock:
            self._outstanding.append(letter)

    def _deliver_at_last(self, letter: Letter) -> None:
        for _ in range(_LAST_ATTEMPTS):
            status = self._post(letter)
            if status == 200:
                return
            time.sleep(0.2)
        self.never_taken.append(f"{letter.transaction.reference}: {status}")

    def _post(self, letter: Letter) -> int | None:
        transaction, jumio = letter.transaction, self._stage.jumio
        body = callback_form(
            transaction, OUTCOMES[letter.outcome], jumio.base_url, jumio.clock(), jumio.written
        )
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": "JumioSandbox Callback/1.0",
            "X-Forwarded-For": letter.sender,
        }
        user, click = clicked(transaction.success_url)
        with self._lock:
            process = self._dice.randrange(PROCESSES)
        asked = Asked(user, letter.kind, process, click)
        path = path_of(transaction.callback_url)
        return exchange(self._stage, asked, "POST", path, headers, body)[0].status
