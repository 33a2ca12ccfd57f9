"""The reference trip, the user's side: start a verification, read how it stands.

The vendor's side is `proxy.references.callback`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

from crypto import LEEWAY_SECONDS
from crypto import Reference as SealedReference
from proxy.http.answers import JsonAnswer
from proxy.http.upstream_problems import marketplace_problems, vendor_problems
from proxy.kernel import Kernel
from proxy.outgoing.deadline import DeadlineExceeded, remaining
from proxy.outgoing.keyed_locks import KeyedLocks
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.problems import Problem
from proxy.references.begun import DAY_SECONDS, BegunSessions
from proxy.references.carrier import REFERENCE_SECONDS, Carrier
from proxy.references.record import Told, Verifications
from proxy.references.session_record import SessionRecord
from proxy.references.start_options import StartOptions
from proxy.references.verification import Verification
from proxy.sharetribe.client import (
    AccessForbidden,
    PrivateDataWriter,
    TokenRejected,
    User,
    UserSession,
)
from proxy.timestamps import parse_utc
from proxy.vendors.reference import Reference, StartRequest, Status

# A session that began a moment ago cannot have ended: a double click costs the vendor no question.
_DOUBLE_CLICK_SECONDS = 20
_RESTART_SECONDS = 5
_LOCK_SECONDS = 10
# Before each further try to store a session that has begun, and is paid for.
_WRITE_PAUSES = (0.2, 0.5, 1.5)
_WRITE_FAILURES = (UpstreamUnavailable, UpstreamRefused, TokenRejected, AccessForbidden)


class Provider:
    """One vendor at work: what it is asked, and how its references travel."""

    def __init__(self, vendor: Reference, kernel: Kernel) -> None:
        callback_url = kernel.settings.callback_url(vendor.name)
        self.vendor = vendor
        self.carrier = Carrier(kernel.sealer, vendor.name, vendor.limits, callback_url)


class ReferenceTrip:
    """The verification of marketplace users. Holds no state of any user.

    The first of the providers starts; every one of them is asked about what it has started.
    """

    def __init__(
        self,
        providers: Sequence[Provider],
        verifications: Verifications,
        kernel: Kernel,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """`wait` passes seconds."""
        self._providers = {provider.vendor.name: provider for provider in providers}
        self._first = providers[0]
        self._verifications = verifications
        self._max_starts = kernel.settings.max_starts_per_day
        self._operator = kernel.operator
        self._clock = kernel.clock
        self._wait = wait
        self._starting = KeyedLocks()
        self._begun = BegunSessions(kernel.clock)

    def start(self, session: UserSession, options: StartOptions) -> JsonAnswer:
        """Begin a verification for the session's user, or hand out the one that is under way.

        Raises Problem for every way in which this can fail; nothing is begun at the vendor when
        the session fits into no reference.
        """
        turn = self._begun.turn()
        user, known = self._show(session)
        with self._starting.hold(user.id.hex, _LOCK_SECONDS) as alone:
            if not alone:
                raise Problem("vendor-unavailable", cause="an earlier start is still waiting")
            if self._begun.has_begun_since(turn, user.id):
                user, known = self._show(session)
            return self._started(session, user, known, options)

    def _show(self, session: UserSession) -> tuple[User, Verification]:
        with marketplace_problems():
            user = session.show()
        return user, self._verifications.read(user)

    def _started(
        self, session: UserSession, user: User, known: Verification, options: StartOptions
    ) -> JsonAnswer:
        if not options.restart or known.is_full:
            known = self._pulled(session, user, known, is_double_click_spared=True)
        if not options.restart and known.status == Status.APPROVED:
            return JsonAnswer(200, {"status": Status.APPROVED.value})
        under_way = self._under_way(known, is_restart=options.restart)
        if under_way is not None:
            return JsonAnswer(200, _pending_answer(under_way))
        begun = self._begun.unwritten(user.id)
        if begun is None or known.has(begun):
            self._check_starts(user, known)
            begun = self._begin(session, user, known, options)
            self._begun.note(user.id, begun)
        self._keep(session, user, known, begun)
        self._begun.note_written(user.id)
        return JsonAnswer(201, _pending_answer(begun))

    def _under_way(self, known: Verification, *, is_restart: bool) -> SessionRecord | None:
        """Return a session that the user can go to now.

        A restart gets one that a restart began a moment ago: it is the second click on the same
        button. How long ago cannot be told where another process's clock is ahead of this one's.
        """
        now = self._clock()
        for pending in known.asked_about:
            age = now - pending.started_at
            is_second_click = pending.is_restart and -LEEWAY_SECONDS <= age < _RESTART_SECONDS
            if pending.is_open_at(now) and (is_second_click or not is_restart):
                return pending
        return None

    def _check_starts(self, user: User, known: Verification) -> None:
        """Raise Problem where the user has begun as many sessions as one may in a day."""
        now = self._clock()
        starts = sorted((self._begun.starts(user.id) | known.starts_since(now)).values())
        if not self._max_starts or len(starts) < self._max_starts:
            return
        # Until so many are left that one more may begin.
        last = parse_utc(starts[-self._max_starts])
        free_at = now if last is None else last.timestamp() + DAY_SECONDS
        raise Problem("too-many-starts", retry_after=max(1, math.ceil(free_at - now)))

    def _begin(
        self, session: UserSession, user: User, known: Verification, options: StartOptions
    ) -> SessionRecord:
        issued_at = int(self._clock())
        sealed = self._first.carrier.seal(
            SealedReference(user.id, issued_at, session.token.refresh_token)
        )
        request = StartRequest(
            reference=sealed.carried,
            callback_url=sealed.callback_url,
            internal_reference=str(uuid4()),
            idempotency_key=str(self._verifications.state(user, known)),
            locale=options.locale,
            success_url=options.success_url,
            error_url=options.error_url,
        )
        with vendor_problems():
            started = self._first.vendor.start(request)
        name, is_restart = self._first.vendor.name, options.restart
        return self._verifications.begun(known, name, started, is_restart=is_restart)

    def _keep(
        self, session: UserSession, user: User, known: Verification, begun: SessionRecord
    ) -> None:
        """Store a session that is paid for, with more tries while the request has time.

        The last one is the user's own: it brings no result, so the marker may stay behind.
        """
        with marketplace_problems():
            for pause in _WRITE_PAUSES:
                try:
                    self._verifications.write(self._writers(session, user), user, known, [begun])
                except UpstreamUnavailable:
                    if not _has_time_for(pause):
                        raise
                    self._wait(pause)
                else:
                    return
            self._verifications.write([session], user, known, [begun])

    def _writers(self, session: UserSession, user: User) -> list[PrivateDataWriter]:
        """Return who may write: the operator, who writes all of it, and the user himself."""
        operator = [] if self._operator is None else [self._operator.user(user.id)]
        return [*operator, session]

    def read(self, session: UserSession) -> JsonAnswer:
        """Return the user's verification; while it is pending, ask the vendor whether it ended.

        A lost callback and a dead token heal here. A vendor that cannot be asked leaves the answer
        at pending; a result that cannot be written is a problem, so that it is asked for again.
        """
        user, known = self._show(session)
        pulled = self._pulled(session, user, known)
        if known.stored.is_edited and pulled.current == known.current:
            # Who has read it meanwhile may have believed it: once, it is called what it was.
            return JsonAnswer(200, _unbelieved(known))
        return JsonAnswer(200, _answer(pulled))

    def _pulled(
        self,
        session: UserSession,
        user: User,
        known: Verification,
        *,
        is_double_click_spared: bool = False,
    ) -> Verification:
        """Return what is known once the vendors were asked for the results that are missing."""
        news, silent = [], set()
        for pending in known.asked_about:
            if is_double_click_spared and self._is_of_a_moment_ago(pending):
                continue
            try:
                record = None if pending.provider in silent else self._asked(known, pending)
            except UpstreamRefused:
                continue
            except UpstreamUnavailable:
                silent.add(pending.provider)
                continue
            if record is not None:
                news.append(record)
        if news:
            with marketplace_problems():
                return self._verifications.write(self._writers(session, user), user, known, news)
        # What is known does not depend on it: the next visit puts it in order as well.
        with suppress(*_WRITE_FAILURES):
            return self._verifications.write(self._writers(session, user), user, known)
        return known

    def _is_of_a_moment_ago(self, pending: SessionRecord) -> bool:
        return 0 <= self._clock() - pending.started_at < _DOUBLE_CLICK_SECONDS

    def _asked(self, known: Verification, pending: SessionRecord) -> SessionRecord | None:
        """Return the record of a session that has finished; None where that cannot be known.

        What no callback can tell any more is not asked for either, unless it is what counts.
        Raises UpstreamUnavailable, UpstreamRefused.
        """
        provider = self._providers.get(pending.provider)
        is_over = self._clock() - pending.started_at > REFERENCE_SECONDS
        if provider is None or (is_over and pending != known.current):
            return None
        case = pending.case(provider.vendor.case_ids)
        result = provider.vendor.fetch_result(case, finished=False)
        if result is None:
            return None
        told = Told(case, result, str(pending.fields["startedAt"]), is_asked_for=True)
        return self._verifications.news(known, pending.provider, told)


def _has_time_for(pause: float) -> bool:
    try:
        return remaining(2 * pause) > pause
    except DeadlineExceeded:
        return False


def _pending_answer(record: SessionRecord) -> dict[str, Any]:
    names = ("status", "transactionReference", "redirectUrl", "expiresAt")
    return {name: record.fields[name] for name in names}


def _answer(known: Verification) -> dict[str, Any]:
    current = known.current
    if current is not None:
        verified = current.status == Status.APPROVED
        return {**current.summary, "verified": verified, "checksum": "valid"}
    return _unbelieved(known)


def _unbelieved(known: Verification) -> dict[str, Any]:
    status = "invalid" if known.stored.is_edited else "none"
    return {"status": status, "verified": False, "checksum": known.stored.checksum}
