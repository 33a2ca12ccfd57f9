"""The reference trip, the user's side: start a verification, read how it stands.

The vendor's side is `proxy.references.callback`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from crypto import Reference as SealedReference
from proxy.http.answers import JsonAnswer
from proxy.http.upstream_problems import marketplace_problems, vendor_problems
from proxy.kernel import Kernel
from proxy.outgoing.keyed_locks import KeyedLocks
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.problems import Problem
from proxy.references.carrier import Carrier
from proxy.references.record import Finished, Listener, StoredRecord, Verifications
from proxy.references.start_options import StartOptions
from proxy.sharetribe.client import PrivateDataWriter, User, UserSession
from proxy.vendors.reference import Reference, StartRequest, Status

# A session that began a moment ago cannot have ended: a double click costs the vendor no question.
_SURELY_OPEN_SECONDS = 20
_LOCK_SECONDS = 10


class Provider:
    """One vendor at work: what it is asked, how its references travel, and its records."""

    def __init__(self, vendor: Reference, kernel: Kernel, listeners: Sequence[Listener]) -> None:
        callback_url = kernel.settings.callback_url(vendor.name)
        self.vendor = vendor
        self.carrier = Carrier(kernel.sealer, vendor.name, vendor.limits, callback_url)
        self.verifications = Verifications(vendor.name, kernel.checksummer, kernel.clock, listeners)


class ReferenceTrip:
    """The verification of marketplace users. Holds no state of any user.

    The first of the providers starts; every one of them is asked about what it has started.
    """

    def __init__(self, providers: Sequence[Provider], kernel: Kernel) -> None:
        self._providers = {provider.vendor.name: provider for provider in providers}
        self._first = providers[0]
        self._clock = kernel.clock
        self._starting = KeyedLocks()

    def start(self, session: UserSession, options: StartOptions) -> JsonAnswer:
        """Begin a verification for the session's user, or hand out the one that is under way.

        Raises Problem for every way in which this can fail; nothing is begun at the vendor when
        the session fits into no reference.
        """
        key = session.token.refresh_token or session.token.access_token
        with self._starting.hold(key, _LOCK_SECONDS) as alone:
            if not alone:
                raise Problem("vendor-unavailable", cause="an earlier start is still waiting")
            user, stored = self._show(session)
            if not options.restart:
                stored = self._pulled(session, user, stored, _SURELY_OPEN_SECONDS)
                if stored.status == Status.APPROVED:
                    return JsonAnswer(200, {"status": Status.APPROVED.value})
                if stored.is_open_at(self._clock()):
                    return JsonAnswer(200, _pending_answer(stored))
            return self._begin(session, user, options)

    def _show(self, writer: PrivateDataWriter) -> tuple[User, StoredRecord]:
        with marketplace_problems():
            user = writer.show()
        return user, self._first.verifications.read(user)

    def _begin(self, session: UserSession, user: User, options: StartOptions) -> JsonAnswer:
        issued_at = int(self._clock())
        sealed = self._first.carrier.seal(
            SealedReference(user.id, issued_at, session.token.refresh_token)
        )
        request = StartRequest(
            reference=sealed.carried,
            callback_url=sealed.callback_url,
            internal_reference=str(uuid4()),
            locale=options.locale,
            success_url=options.success_url,
            error_url=options.error_url,
        )
        with vendor_problems():
            started = self._first.vendor.start(request)
        with marketplace_problems():
            stored = self._first.verifications.write_started(session, user, started)
        return JsonAnswer(201, _pending_answer(stored))

    def read(self, session: UserSession) -> JsonAnswer:
        """Return the user's verification; while it is pending, ask the vendor whether it ended.

        A lost callback and a dead token heal here. A vendor that cannot be asked leaves the answer
        at pending; a result that cannot be written is a problem, so that it is asked for again.
        """
        user, stored = self._show(session)
        return JsonAnswer(200, _answer(self._pulled(session, user, stored, 0)))

    def _pulled(
        self, session: UserSession, user: User, stored: StoredRecord, surely_open_seconds: float
    ) -> StoredRecord:
        """Return what is stored once the vendor was asked for a result that is still missing."""
        provider = self._providers.get(stored.trusted.get("provider", ""))
        if provider is None or stored.status != Status.PENDING:
            return stored
        case = stored.case(provider.vendor.case_ids)
        if case is None:
            return stored
        if stored.started_within(surely_open_seconds, self._clock()):
            return stored
        try:
            result = provider.vendor.fetch_result(case, finished=False)
        except (UpstreamUnavailable, UpstreamRefused):
            return stored
        if result is None:
            return stored
        started_at = stored.trusted["startedAt"]
        finished = Finished(case, result, started_at, authoritative=True)
        with marketplace_problems():
            return provider.verifications.write_result(session, user, stored, finished)


def _pending_answer(stored: StoredRecord) -> dict[str, Any]:
    names = ("status", "transactionReference", "redirectUrl", "expiresAt")
    return {name: stored.trusted[name] for name in names}


def _answer(stored: StoredRecord) -> dict[str, Any]:
    if stored.record is None:
        return {"status": "none", "verified": False, "checksum": stored.checksum}
    if stored.checksum != "valid":
        return {"status": "invalid", "verified": False, "checksum": stored.checksum}
    verified = stored.status == Status.APPROVED
    return {**stored.record, "verified": verified, "checksum": stored.checksum}
