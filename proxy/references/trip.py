"""The reference trip, the user's side: start a verification, read how it stands.

The vendor's side is `proxy.references.callback`.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

from crypto import LEEWAY_SECONDS
from crypto import Reference as SealedReference
from proxy.http.answers import JsonAnswer
from proxy.http.upstream_problems import marketplace_problems, vendor_problems
from proxy.kernel import Kernel
from proxy.logs import log_event
from proxy.outgoing.deadline import DeadlineExceeded, remaining
from proxy.outgoing.keyed_locks import KeyedLocks
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.problems import Problem
from proxy.references.asking import Asking
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
from proxy.vendors.reference import (
    Reason,
    Reference,
    Result,
    StartRequest,
    Status,
    Waiting,
)

# A session that began a moment ago cannot have ended: a double click costs the vendor no question.
_DOUBLE_CLICK_SECONDS = 20
_RESTART_SECONDS = 5
_LOCK_SECONDS = 10
# Where the user goes on with a session, and until when.
_WAY = ("redirectUrl", "expiresAt")
# Before each further try to store a session that has begun, and is paid for.
_WRITE_PAUSES = (0.2, 0.5, 1.5)
_WRITE_FAILURES = (UpstreamUnavailable, UpstreamRefused, TokenRejected, AccessForbidden)


class Provider:
    """One vendor at work: what it is asked, and how its references travel."""

    def __init__(self, vendor: Reference, kernel: Kernel) -> None:
        callback_url = kernel.settings.callback_url(vendor.name)
        self.vendor = vendor
        self.carrier = Carrier(kernel.sealer, vendor.name, vendor.limits, callback_url)

    def belongs_to_another(self, result: Result, user: User, now: float) -> bool:
        """Tell whether a result is told under the reference of another user.

        One that does not open says nothing: its key may be gone, or its time over.
        """
        try:
            return self.carrier.open(result.echoed_reference, None, now).user_id != user.id
        except Problem:
            return False


class ReferenceTrip:
    """The verification of marketplace users. Holds no state of any user.

    The first of the providers starts, or the one that a start names; every one of them is asked
    about what it has started. A session of a vendor that is not one of them counts as it stands.
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
        self._pseudonyms = kernel.pseudonyms
        self._max_starts = kernel.settings.max_starts_per_day
        self._operator = kernel.operator
        self._clock = kernel.clock
        self._wait = wait
        self._starting = KeyedLocks()
        self._begun = BegunSessions(kernel.clock)
        self._asking = Asking(kernel.settings.pending_ask_seconds, kernel.clock)

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
        for pending in self._under_way(known, options):
            answer = self._handed_out(pending)
            if answer is not None:
                return JsonAnswer(200, answer)
        begun, answer = self._unwritten(user, known, options) or self._begin(
            session, user, known, options
        )
        self._keep(session, user, known, begun)
        self._begun.note_written(user.id)
        return JsonAnswer(201, answer)

    def _under_way(self, known: Verification, options: StartOptions) -> Iterator[SessionRecord]:
        """Iterate over the sessions that the user could go to now.

        A restart gets one that a restart began a moment ago: it is the second click on the same
        button. How long ago cannot be told where another process's clock is ahead of this one's.
        """
        now = self._clock()
        for pending in known.asked_about:
            age = now - pending.started_at
            is_second_click = pending.is_restart and -LEEWAY_SECONDS <= age < _RESTART_SECONDS
            is_wanted = self._is_chosen(pending, options) and (
                is_second_click or not options.restart
            )
            if pending.is_open_at(now) and is_wanted:
                yield pending

    def _is_chosen(self, record: SessionRecord, options: StartOptions) -> bool:
        """Tell whether a start may lead to a session: its vendor is enabled, and asked for."""
        return record.provider in self._providers and options.provider in (None, record.provider)

    def _unwritten(
        self, user: User, known: Verification, options: StartOptions
    ) -> tuple[SessionRecord, dict[str, Any]] | None:
        """Return a session that has begun here and could not be stored, and what leads there."""
        begun = self._begun.unwritten(user.id)
        if begun is None or known.has(begun) or not self._is_chosen(begun, options):
            return None
        answer = self._handed_out(begun)
        return None if answer is None else (begun, answer)

    def _handed_out(self, pending: SessionRecord) -> dict[str, Any] | None:
        """Return what leads the user to a session under way, None where nothing does any more.

        While its vendor has all that it needs, and has not decided, it says so and leads nowhere.
        """
        vendor = self._providers[pending.provider].vendor
        if not vendor.has_single_use_links:
            redirect_url = pending.fields.get("redirectUrl")
            return _leading_to(pending, redirect_url) if redirect_url else None
        with vendor_problems():
            resumed = vendor.resume(pending.case(vendor.case_ids))
        if isinstance(resumed, Waiting):
            return {**_named(pending), "reason": _shown(resumed.reason)}
        return None if resumed is None else _leading_to(pending, resumed.redirect_url)

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
    ) -> tuple[SessionRecord, dict[str, Any]]:
        """Begin a session at its vendor; return it, and what leads there.

        Raises Problem; nothing is begun where it does.
        """
        self._check_starts(user, known)
        provider = self._providers[options.provider] if options.provider else self._first
        vendor = provider.vendor
        issued_at = int(self._clock())
        sealed = provider.carrier.seal(
            SealedReference(user.id, issued_at, session.token.refresh_token)
        )
        request = StartRequest(
            reference=sealed.carried,
            callback_url=sealed.callback_url,
            internal_reference=str(uuid4()),
            idempotency_key=str(self._verifications.state(user, known)),
            pseudonym=str(self._pseudonyms.pseudonym(vendor.name, user.id)),
            locale=options.locale,
            success_url=options.success_url,
            error_url=options.error_url,
        )
        with vendor_problems():
            started = vendor.start(request)
        begun = self._verifications.begun(
            known,
            vendor.name,
            started,
            keeps_link=not vendor.has_single_use_links,
            is_restart=options.restart,
        )
        self._begun.note(user.id, begun)
        return begun, _leading_to(begun, started.redirect_url)

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
        pending = known.asked_about
        is_asking = bool(pending) and self._asking.claim(user.id, pending[0].started_at)
        pulled = self._pulled(session, user, known, is_asking=is_asking)
        if known.stored.is_edited and pulled.current == known.current:
            # Who has read it meanwhile may have believed it: once, it is called what it was.
            return JsonAnswer(200, _unbelieved(known))
        return JsonAnswer(200, self._told(user, pulled))

    def _pulled(
        self,
        session: UserSession,
        user: User,
        known: Verification,
        *,
        is_asking: bool = True,
        is_double_click_spared: bool = False,
    ) -> Verification:
        """Return what is known once the vendors were asked for the results that are missing."""
        spared = is_double_click_spared
        pending = [one for one in known.asked_about if not (spared and self._is_new(one))]
        news = self._news(user, known, pending) if is_asking and pending else []
        if news:
            with marketplace_problems():
                return self._verifications.write(self._writers(session, user), user, known, news)
        # What is known does not depend on it: the next visit puts it in order as well.
        with suppress(*_WRITE_FAILURES):
            return self._verifications.write(self._writers(session, user), user, known)
        return known

    def _is_new(self, pending: SessionRecord) -> bool:
        """Tell whether a session began a moment ago, as one of a double click has."""
        return 0 <= self._clock() - pending.started_at < _DOUBLE_CLICK_SECONDS

    def _news(
        self, user: User, known: Verification, pending: Sequence[SessionRecord]
    ) -> list[SessionRecord]:
        """Return the records of those sessions that have finished, as their vendors tell."""
        self._asking.note(user.id)
        news, waiting, silent = [], dict[str, Reason](), set[str]()
        for one in pending:
            try:
                told = None if one.provider in silent else self._asked(user, known, one)
            except UpstreamRefused:
                continue
            except UpstreamUnavailable:
                silent.add(one.provider)
                continue
            if isinstance(told, Waiting):
                waiting[one.id] = told.reason
            elif told is not None:
                news.append(told)
        self._asking.note_waiting(user.id, waiting)
        return news

    def _asked(
        self, user: User, known: Verification, pending: SessionRecord
    ) -> SessionRecord | Waiting | None:
        """Return the record of a session that has finished; None where that cannot be known.

        What no callback can tell any more is not asked for either, unless it is what counts.
        Raises UpstreamUnavailable, UpstreamRefused.
        """
        provider = self._providers.get(pending.provider)
        is_over = self._clock() - pending.started_at > REFERENCE_SECONDS
        if provider is None:
            _say_not_enabled(pending.provider)
            return None
        if is_over and pending != known.current:
            return None
        case = pending.case(provider.vendor.case_ids)
        result = provider.vendor.fetch_result(case, finished=False)
        if result is None or isinstance(result, Waiting):
            return result
        if provider.belongs_to_another(result, user, self._clock()):
            _say_of_another(pending.provider)
            return None
        told = Told(case, result, str(pending.fields["startedAt"]), is_asked_for=True)
        return self._verifications.news(known, pending.provider, told)

    def _told(self, user: User, known: Verification) -> dict[str, Any]:
        """Return what is told of a verification: what counts, and what a pending one waits for."""
        current = known.current
        if current is None:
            return _unbelieved(known)
        told = current.summary
        if current.is_pending and current.provider not in self._providers:
            # Nobody would hear how it ends: where it led to is no way any more.
            told = {name: told[name] for name in told if name not in _WAY}
        reason = self._asking.waiting(user.id, current.id) if current.is_pending else None
        if reason is not None:
            told["reason"] = _shown(reason)
        return {**told, "verified": current.status == Status.APPROVED, "checksum": "valid"}


def _say_not_enabled(vendor: str) -> None:
    """Tell the operator whose users wait for a vendor that he has switched off."""
    cause = "a session waits for a vendor that INTEGRATIONS does not list; the user can restart it"
    log_event("vendor-not-enabled", logging.WARNING, trip=vendor, cause=cause)


def _say_of_another(vendor: str) -> None:
    """Tell the operator of a vendor that has mixed up whose result it was asked for."""
    cause = "the vendor tells a result under the reference of another user; it counts for nobody"
    log_event("result-foreign", logging.WARNING, trip=vendor, cause=cause)


def _has_time_for(pause: float) -> bool:
    try:
        return remaining(2 * pause) > pause
    except DeadlineExceeded:
        return False


def _leading_to(record: SessionRecord, redirect_url: str) -> dict[str, Any]:
    """Return the answer to a start: the session, and the address of its page."""
    return {**_named(record), "redirectUrl": redirect_url}


def _named(record: SessionRecord) -> dict[str, Any]:
    return {name: record.fields[name] for name in ("status", "transactionReference", "expiresAt")}


def _shown(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "description": reason.description}


def _unbelieved(known: Verification) -> dict[str, Any]:
    status = "invalid" if known.stored.is_edited else "none"
    return {"status": status, "verified": False, "checksum": known.stored.checksum}
