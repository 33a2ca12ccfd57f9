"""Which callbacks fall due, what they say, and what becomes of them on a bad day.

Transport: "callback.md" for Netverify (a form with the whole result) and "Callback" on
docs.jumio.com for KYX (JSON without a result, several per transaction).
"""

import http.client
import json

from sandbox.hops import HopLog
from sandbox.jumio import kyx_outcomes, kyx_results, netverify_outcomes, netverify_results
from sandbox.jumio.tenant import Tenant
from sandbox.jumio.transactions import Transaction, written_time
from sandbox.kit.bodies import FORM, JSON
from sandbox.kit.sender import Delivery, Sender

DROP_OFF_SECONDS = 15 * 60
"""How long after the last sign of life a check that was left counts as NO_ID_UPLOADED."""
FORGED_HOST = "http://127.0.0.1:9"
"""Where the links in a forged KYX callback lead: nobody listens on the discard port."""
USER_AGENT = "JumioSandbox Callback/1.0"


Message = tuple[str, bytes, str]
"""The content type and the body of a callback, and its kind in words for the hop log."""


class Callbacks:
    """Composes the callbacks of one tenant and hands them to the sender.

    In mode `reorder`, the last callback of a check goes out before the earlier ones.
    """

    def __init__(self, tenant: Tenant, hops: HopLog | None) -> None:
        """Share `tenant`'s switches; every attempt is logged in `hops`."""
        self._tenant = tenant
        self._sender = Sender(hops)
        self.wait = self._sender.wait
        self.close = self._sender.close
        self.release = self._sender.release

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
        self._dispatch(transaction, [message])

    def finished(self, transaction: Transaction) -> list[Delivery]:
        """Send what falls due when the check ends; the result comes last, unless reordered."""
        now = self._tenant.clock()
        reordered = self._tenant.callbacks == "reorder"
        earlier = []
        if transaction.api == "kyx":
            earlier = self._unannounced(transaction, now)
        elif reordered:
            earlier = [self._stale_message(transaction)]
        last = self._last(transaction, now)
        return self._dispatch(transaction, [last, *earlier] if reordered else [*earlier, last])

    def repeated(self, transaction: Transaction) -> list[Delivery]:
        """Send the result once more, whatever the mode."""
        message = self._last(transaction, self._tenant.clock())
        return [self._sender.post(self._delivery(transaction, message))]

    def forged(self, transaction: Transaction, outcome: str) -> Delivery:
        """Send what an attacker could who has seen a callback of this check, from their address.

        They claim to be the vendor, as anybody can.
        """
        now = self._tenant.clock()
        if transaction.api == "kyx":
            status = kyx_outcomes.OUTCOMES[outcome].status
            message = self._kyx_message(transaction, status, now, FORGED_HOST)
        else:
            message = self._netverify_message(transaction, outcome, now)
        delivery = self._delivery(transaction, message)
        delivery.caller, delivery.claimed = "forger", delivery.address
        delivery.address = self._tenant.forge_address
        delivery.retries, delivery.settled = 0, lambda _: True
        return self._sender.post(delivery)

    def _dispatch(self, transaction: Transaction, messages: list[Message]) -> list[Delivery]:
        mode = self._tenant.callbacks
        due = [self._delivery(transaction, one) for one in messages if self._url(transaction)]
        return self._sender.dispatch("send" if mode == "reorder" else mode, due)

    def _delivery(self, transaction: Transaction, message: Message) -> Delivery:
        def settled(status: int | None) -> bool:
            transaction.callbacks_sent.append(status)
            return status == http.client.OK

        content_type, body, note = message
        url = self._url(transaction)
        return Delivery(
            caller="Jumio",
            url=lambda: url,
            headers=[("Content-Type", content_type), ("User-Agent", USER_AGENT)],
            body=body,
            note=note,
            settled=settled,
            retries=self._tenant.retries,
            retry_delay=self._tenant.retry_delay,
            address=self._tenant.callback_address,
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
        return FORM, body, ending.verification_status

    def _kyx_message(
        self, transaction: Transaction, status: str, at: float, base_url: str | None = None
    ) -> Message:
        document = kyx_results.callback_document(
            transaction, status, base_url or self._tenant.base_url, written_time(at, 3)
        )
        return JSON, json.dumps(document).encode(), status

    def _url(self, transaction: Transaction) -> str:
        return transaction.callback_url or self._tenant.proxy_callback_override or ""
