"""The reference trip, the user's side: start a session with a vendor, read how a matter stands.

What no callback has told is asked for in `proxy.references.pull`; the vendor's side is
`proxy.references.callback`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

from crypto import LEEWAY_SECONDS
from crypto import Reference as SealedReference
from proxy.http.answers import JsonAnswer
from proxy.http.upstream_problems import marketplace_problems, vendor_problems
from proxy.kernel import Kernel
from proxy.log_lines import Line, reason_code
from proxy.outgoing.deadline import DeadlineExceeded, remaining
from proxy.outgoing.keyed_locks import KeyedLocks
from proxy.outgoing.upstream import UpstreamUnavailable
from proxy.problems import Problem
from proxy.references.begun import DAY_SECONDS, BegunSessions
from proxy.references.granting import Granting
from proxy.references.locales import nearest
from proxy.references.provider import Provider
from proxy.references.pull import Pull, Pulled, writers
from proxy.references.record_store import RecordStore
from proxy.references.session_record import SessionRecord
from proxy.references.start_options import StartOptions
from proxy.references.telling import Telling, leading_nowhere, leading_to
from proxy.references.user_records import UserRecords
from proxy.sharetribe.client import Session, User
from proxy.timestamps import parse_utc
from proxy.vendors.reference import Billing, Person, StartRequest, Waiting

# What an answer says where one that rests on the vendor's word was asked for, and this does not.
NOT_FRESH = {"fresh": False}

_RESTART_SECONDS = 5
_LOCK_SECONDS = 10
# Before each further try to store a session that has begun, and is paid for.
_WRITE_PAUSES = (0.2, 0.5, 1.5)


class ReferenceTrip:
    """Marketplace users on their way through one subject. Holds no state of any user.

    The first of the providers starts, or the one that a start names; every one of them is asked
    about what it has started. A session of a vendor that is not one of them counts as it stands.
    """

    def __init__(
        self,
        providers: Sequence[Provider],
        records: RecordStore,
        kernel: Kernel,
        granting: Granting,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """`providers` serve the subject of the records; `wait` passes seconds."""
        self.subject = records.subject
        self._matter = records.subject.matter
        self._providers = {provider.vendor.name: provider for provider in providers}
        self._first = providers[0]
        self._records = records
        self._pseudonyms = kernel.pseudonyms
        self._return_page = kernel.settings.return_page
        self._max_starts = kernel.settings.max_starts_per_day
        self._telling = Telling(records.subject, kernel)
        self._operator = kernel.operator
        self._clock = kernel.clock
        self._words = kernel.log_words
        self._wait = wait
        self._starting = KeyedLocks()
        self._begun = BegunSessions(kernel.clock)
        self._pull = Pull(self._providers, records, kernel, granting)

    def start(self, session: Session, options: StartOptions) -> JsonAnswer:
        """Begin a session for the user, or hand out the one that is under way.

        Raises Problem for every way in which this can fail; nothing is begun at the vendor when
        the session fits into no reference.
        """
        line = Line("start", trip=options.provider, matter=self.subject.title)
        with line.telling():
            return self._start(session, options, line)

    def _start(self, session: Session, options: StartOptions, line: Line) -> JsonAnswer:
        turn = self._begun.turn()
        user, known = self._show(session)
        line.add(subject=self._words.subject(user.id))
        with self._starting.hold(user.id.hex, _LOCK_SECONDS) as alone:
            if not alone:
                raise Problem("vendor-unavailable", cause="an earlier start is still waiting")
            if self._begun.has_begun_since(turn, user.id):
                user, known = self._show(session)
            return self._started(session, user, known, options, line)

    def _show(self, session: Session) -> tuple[User, UserRecords]:
        with marketplace_problems():
            user = session.show()
        return user, self._records.read(user)

    def _started(
        self,
        session: Session,
        user: User,
        known: UserRecords,
        options: StartOptions,
        line: Line,
    ) -> JsonAnswer:
        failure: Exception | None = None
        if not options.restart or known.is_full or self._matter.is_lasting:
            pulled = self._pull.of_start(session, user, known, is_restart=options.restart)
            known, failure = pulled.known, pulled.failure
        current = known.current
        if current is not None and not options.restart and self._matter.is_good(current.status):
            self._tell(line, "settled", current)
            return JsonAnswer(200, {"status": current.status})
        if current is not None and self._matter.is_living(current.status):
            self._tell(line, "settled", current)
            # What has not ended is settled there; a second one beside it would be paid for too.
            if not options.may_settle:
                return JsonAnswer(200, {"status": current.status})
            address = self._portal(current, options.success_url)
            return JsonAnswer(200, leading_to(current, address))
        for pending in self._under_way(user, known, options):
            self._tell(line, "resumed", pending)
            answer = self._handed_out(user, pending)
            if answer is not None:
                line.add(reason=reason_code(answer.get("reason", {}).get("code")))
                return JsonAnswer(200, answer)
        kept = self._unwritten(user, known, options)
        if kept is None and failure is not None and self._matter.is_lasting:
            # What could not be asked about may be paid, or on its way: another would come on top.
            with vendor_problems():
                raise failure
        provider = self._providers[options.provider] if options.provider else self._first
        line.add(trip=provider.vendor.name, case=None, result=None, outcome=None)
        begun, answer = kept or self._begin(session, user, known, options, provider)
        self._tell(line, "resumed" if kept else "started", begun)
        self._keep(session, user, known, begun)
        self._begun.note_written(user.id)
        return JsonAnswer(201, answer)

    def _tell(self, line: Line, outcome: str, record: SessionRecord) -> None:
        line.add(
            outcome=outcome,
            trip=record.provider,
            case=self._words.case(record.provider, record.began_as),
            result=record.status,
        )

    def _portal(self, record: SessionRecord, return_url: str | None) -> str:
        """Return the address of the page on which a customer settles what goes on."""
        provider = self._providers.get(record.provider)
        vendor = None if provider is None else provider.vendor
        if not isinstance(vendor, Billing):
            raise Problem("not-billed", "The service that bills this plan is not enabled here.")
        with vendor_problems():
            page = return_url or vendor.return_url or self._return_page
            return vendor.portal(record.case(vendor.case_ids), page)

    def _under_way(
        self, user: User, known: UserRecords, options: StartOptions
    ) -> Iterator[SessionRecord]:
        """Iterate over the sessions that the user could go to now.

        A restart gets one that a restart began a moment ago: it is the second click on the same
        button. How long ago cannot be told where another process's clock is ahead of this one's.
        A payment that is on its way for days is none to begin again.
        """
        now = self._clock()
        for pending in known.asked_about:
            if self._is_being_paid(user, pending):
                yield pending
                continue
            age = now - pending.started_at
            is_second_click = pending.is_restart and -LEEWAY_SECONDS <= age < _RESTART_SECONDS
            is_wanted = self._is_chosen(pending, options) and (
                is_second_click or not options.restart
            )
            if pending.is_open_at(now) and is_wanted:
                yield pending

    def _is_being_paid(self, user: User, record: SessionRecord) -> bool:
        """Tell whether the user has done their part, and the vendor waits for somebody else's."""
        return self._matter.is_lasting and self._pull.waiting(user, record) is not None

    def _is_chosen(self, record: SessionRecord, options: StartOptions) -> bool:
        """Tell whether a start may lead to a session: its vendor is enabled, and asked for."""
        return record.provider in self._providers and options.provider in (None, record.provider)

    def _unwritten(
        self, user: User, known: UserRecords, options: StartOptions
    ) -> tuple[SessionRecord, dict[str, Any]] | None:
        """Return a session that has begun here and could not be stored, and what leads there."""
        begun = self._begun.unwritten(user.id)
        if begun is None or known.has(begun) or not self._is_chosen(begun, options):
            return None
        answer = self._handed_out(user, begun)
        return None if answer is None else (begun, answer)

    def _handed_out(self, user: User, pending: SessionRecord) -> dict[str, Any] | None:
        """Return what leads the user to a session under way, None where nothing does any more.

        While its vendor has all that it needs, and has not decided, it says so and leads nowhere.
        """
        reason = self._pull.waiting(user, pending)
        if reason is not None and self._matter.is_lasting:
            return leading_nowhere(pending, reason)
        vendor = self._providers[pending.provider].vendor
        if not vendor.has_single_use_links:
            redirect_url = pending.fields.get("redirectUrl")
            return leading_to(pending, redirect_url) if redirect_url else None
        with vendor_problems():
            resumed = vendor.resume(pending.case(vendor.case_ids))
        if isinstance(resumed, Waiting):
            return leading_nowhere(pending, resumed.reason)
        return None if resumed is None else leading_to(pending, resumed.redirect_url)

    def _check_starts(self, user: User, known: UserRecords) -> None:
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
        self,
        session: Session,
        user: User,
        known: UserRecords,
        options: StartOptions,
        provider: Provider,
    ) -> tuple[SessionRecord, dict[str, Any]]:
        """Begin a session at its vendor; return it, and what leads there.

        Raises Problem; nothing is begun where it does.
        """
        self._check_starts(user, known)
        vendor = provider.vendor
        issued_at = int(self._clock())
        sealed = provider.carrier.seal(
            SealedReference(user.id, issued_at, session.token.refresh_token)
        )
        request = StartRequest(
            reference=sealed.carried,
            callback_url=sealed.callback_url,
            internal_reference=str(uuid4()),
            idempotency_key=str(self._records.state(user, known)),
            pseudonym=str(self._pseudonyms.pseudonym(vendor.name, user.id)),
            locale=nearest(options.locale, vendor.locales),
            success_url=options.success_url,
            error_url=options.error_url,
            subject=self.subject.name,
            person=_person(user) if self._matter.names_person else None,
            owner=provider.owner(user),
        )
        with vendor_problems():
            started = vendor.start(request)
        begun = self._records.begun(
            known,
            vendor.name,
            started,
            keeps_link=not vendor.has_single_use_links,
            is_restart=options.restart,
        )
        self._begun.note(user.id, begun)
        return begun, leading_to(begun, started.redirect_url)

    def _keep(self, session: Session, user: User, known: UserRecords, begun: SessionRecord) -> None:
        """Store a session that is paid for, with more tries while the request has time.

        The last one is the user's own: it brings no result, so the marker may stay behind.
        """
        by = writers(self._operator, session, user)
        with marketplace_problems():
            for pause in _WRITE_PAUSES:
                try:
                    self._records.write(by, user, known, [begun])
                except UpstreamUnavailable:
                    if not _has_time_for(pause):
                        raise
                    self._wait(pause)
                else:
                    return
            self._records.write([session], user, known, [begun])

    def read(self, session: Session, *, fresh: bool = False) -> JsonAnswer:
        """Return how the matter stands; while it is open, ask the vendor whether it ended.

        `fresh`: what is stored does not do. A vendor that cannot be asked leaves the answer at what
        is known, and that is told then (NOT_FRESH). Raises Problem.
        """
        with marketplace_problems():
            user = session.show()
        return JsonAnswer(200, self.standing(session, user, fresh=fresh))

    def standing(self, session: Session, user: User, *, fresh: bool = False) -> dict[str, Any]:
        """Return what `read` tells of a user who has just been read."""
        known = self._records.read(user)
        ask = self._pull.of_fresh_visit if fresh else self._pull.of_visit
        pulled = ask(session, user, known)
        if known.stored.is_edited and pulled.known.current == known.current:
            # Who has read it meanwhile may have believed it: once, it is called what it was.
            told = self._telling.unbelieved(known)
        else:
            told = self._told(user, pulled.known)
        return {**told, **NOT_FRESH} if fresh and not self._is_fresh(pulled) else told

    def glance(self, user: User, *, leads_on: bool = True) -> dict[str, Any]:
        """Return how the matter stands as far as that is stored; nobody is asked, nothing written.

        What a user has made of the summary is passed over: the sessions' own records tell.
        `leads_on`: the way to a session that is under way is told too.
        """
        return self._told(user, self._records.read(user), leads_on=leads_on)

    def _told(self, user: User, known: UserRecords, *, leads_on: bool = True) -> dict[str, Any]:
        current = known.current
        if current is None:
            return self._telling.unbelieved(known)
        # Where nobody would hear how a session ends, the way that it led to is none any more.
        is_served = leads_on and current.provider in self._providers
        told = self._telling.told(current, self._pull.waiting(user, current), is_served=is_served)
        is_pending = self._records.decisions.is_access_pending(known)
        return {**told, "access": "pending"} if is_pending else told

    def _is_fresh(self, pulled: Pulled) -> bool:
        """Tell whether the vendor has just been heard, as far as there is anything to ask."""
        current = pulled.known.current
        is_served = current is None or current.provider in self._providers
        return is_served and pulled.failure is None

    def portal(self, session: Session, return_url: str | None) -> JsonAnswer:
        """Return the address on which the user settles what they pay for; raises Problem."""
        line = Line("portal", matter=self.subject.title)
        with line.telling():
            user, known = self._show(session)
            line.add(subject=self._words.subject(user.id))
            current = known.current
            if current is None or "customerId" not in current.fields:
                raise Problem("not-billed")
            self._tell(line, "opened", current)
            address = self._portal(current, return_url)
        return JsonAnswer(200, {"redirectUrl": address})


def _person(user: User) -> Person:
    if not user.name or not user.email:
        raise Problem("marketplace-unavailable", cause="the user has no name or e-mail address")
    return Person(user.name, user.email)


def _has_time_for(pause: float) -> bool:
    try:
        return remaining(2 * pause) > pause
    except DeadlineExceeded:
        return False
