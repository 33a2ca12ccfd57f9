"""Which callbacks fall due, what they say, and what becomes of them on a bad day.

Transport: "callback.md" for Netverify (a form with the whole result) and "Callback" on
docs.jumio.com for KYX (JSON without a result, several per transaction).
"""

import json
import threading

from sandbox.hops import HopLog
from sandbox.jumio import kyx_outcomes, kyx_results, netverify_outcomes, netverify_results
from sandbox.jumio.sender import CallbackSender, Delivery, Message
from sandbox.jumio.tenant import Tenant
from sandbox.jumio.transactions import Transaction, written_time
from sandbox.kit.rudeness import CallbackMode

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
DROP_OFF_SECONDS = 15 * 60
"""How long after the last sign of life a check that was left counts as NO_ID_UPLOADED."""
FORGED_HOST = "http://127.0.0.3:9"
"""Where the links in a forged KYX callback lead: nobody listens on the discard port."""
REPEATS = 3


def arranged(mode: CallbackMode, earlier: list[Message], last: Message) -> list[Message]:
    """Return the callbacks that go out in `mode`, in order.

    - `send` and `delay`: in the order of the events (`delay` holds them until released).
    - `lose`: none.
    - `repeat`: each of them three times.
    - `reorder`: the last one first.
    """
    if mode == "lose":
        return []
    if mode == "repeat":
        return [message for message in (*earlier, last) for _ in range(REPEATS)]
    if mode == "reorder":
        return [last, *earlier]
    return [*earlier, last]


class Callbacks:
    """Composes the callbacks of one tenant and hands them to the sender."""

    def __init__(self, tenant: Tenant, hops: HopLog | None) -> None:
        """Share `tenant`'s switches; every attempt is logged in `hops`."""
        self._tenant = tenant
        self._sender = CallbackSender(hops)
        self._lock = threading.Lock()
        self._held: list[Delivery] = []
        self.wait = self._sender.wait
        self.close = self._sender.close

    def opened(self, transaction: Transaction) -> None:
        """Announce, once, that the user has opened the page; Netverify announces no such thing.

        In mode `reorder` the announcement stays behind until the result has gone out.
        """
        if transaction.api != "kyx" or self._tenant.callbacks == "reorder":
            return
        with self._tenant.lock:
            if transaction.outcome is not None or transaction.announced:
                return
            transaction.announced.append("ACQUISITION_STARTED")
        message = self._kyx_message(transaction, "ACQUISITION_STARTED", self._tenant.clock())
        self._dispatch(transaction, arranged(self._tenant.callbacks, [], message))

    def finished(self, transaction: Transaction) -> list[Delivery]:
        """Send what falls due when the check ends; the result comes last, unless reordered."""
        now = self._tenant.clock()
        mode = self._tenant.callbacks
        if transaction.api == "kyx":
            earlier = self._unannounced(transaction, now)
        elif mode == "reorder":
            earlier = [self._stale_message(transaction)]
        else:
            earlier = []
        return self._dispatch(transaction, arranged(mode, earlier, self._last(transaction, now)))

    def repeated(self, transaction: Transaction) -> list[Delivery]:
        """Send the result once more, whatever the mode."""
        message = self._last(transaction, self._tenant.clock())
        return [self._sender.post(self._delivery(transaction, message))]

    def forged(self, transaction: Transaction, outcome: str) -> Delivery:
        """Send what an attacker could who has seen a callback of this check, from his address."""
        now = self._tenant.clock()
        if transaction.api == "kyx":
            status = kyx_outcomes.OUTCOMES[outcome].status
            message = self._kyx_message(transaction, status, now, FORGED_HOST)
        else:
            message = self._netverify_message(transaction, outcome, now)
        tenant = self._tenant
        return self._sender.post(Delivery(message, "forger", tenant.forge_address, 0, 0.0))

    def release(self) -> list[Delivery]:
        """Send what mode `delay` has held back, oldest first."""
        with self._lock:
            held, self._held = self._held, []
        return [self._sender.post(delivery) for delivery in held]

    def _dispatch(self, transaction: Transaction, messages: list[Message]) -> list[Delivery]:
        deliveries = [self._delivery(transaction, message) for message in messages if message.url]
        if self._tenant.callbacks == "delay":
            with self._lock:
                self._held += deliveries
            return []
        return [self._sender.post(delivery) for delivery in deliveries]

    def _delivery(self, transaction: Transaction, message: Message) -> Delivery:
        tenant = self._tenant
        return Delivery(
            message,
            "Jumio",
            tenant.callback_address,
            tenant.retries,
            tenant.retry_delay,
            (transaction.callbacks_sent,),
        )

    def _unannounced(self, transaction: Transaction, now: float) -> list[Message]:
        kinds = kyx_outcomes.OUTCOMES[transaction.outcome or ""].earlier_kinds
        with self._tenant.lock:
            due = [kind for kind in kinds if kind not in transaction.announced]
            transaction.announced += due
        return [
            self._kyx_message(transaction, kind, now - len(due) + position)
            for position, kind in enumerate(due)
        ]

    def _last(self, transaction: Transaction, at: float) -> Message:
        if transaction.api == "kyx":
            return self._kyx_message(transaction, transaction.status, at)
        return self._netverify_message(transaction, transaction.outcome or "", at)

    def _stale_message(self, transaction: Transaction) -> Message:
        """Return an overtaken callback: the user had dropped off once, and came back later."""
        at = self._tenant.clock() - DROP_OFF_SECONDS
        return self._netverify_message(transaction, "no-id-uploaded", at)

    def _netverify_message(self, transaction: Transaction, outcome: str, at: float) -> Message:
        ending = netverify_outcomes.OUTCOMES[outcome]
        body = netverify_results.callback_form(
            transaction, ending, self._tenant.base_url, at, self._tenant.written
        )
        return Message(self._url(transaction), FORM, body, ending.verification_status)

    def _kyx_message(
        self, transaction: Transaction, status: str, at: float, base_url: str | None = None
    ) -> Message:
        document = kyx_results.callback_document(
            transaction, status, base_url or self._tenant.base_url, written_time(at, 3)
        )
        return Message(self._url(transaction), JSON, json.dumps(document).encode(), status)

    def _url(self, transaction: Transaction) -> str:
        return transaction.callback_url or self._tenant.proxy_callback_override or ""
