"""Results that no callback has brought: a visit asks the vendors, and writes what they tell.

A lost callback and a dead token heal here, and so does whatever is stored out of order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from proxy.http.upstream_problems import marketplace_problems
from proxy.kernel import Kernel
from proxy.log_lines import Line, reason_code
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.problems import Problem
from proxy.references.asking import Asking
from proxy.references.carrier import REFERENCE_SECONDS
from proxy.references.granting import Granting
from proxy.references.outcomes import became_of
from proxy.references.provider import Provider
from proxy.references.record_store import RecordStore, Told
from proxy.references.session_record import SessionRecord
from proxy.references.user_records import UserRecords
from proxy.sharetribe.client import (
    AccessForbidden,
    PrivateDataWriter,
    Session,
    TokenRejected,
    User,
)
from proxy.sharetribe.operator import Operator, OperatorAccess
from proxy.vendors.matters import Status
from proxy.vendors.reference import Reason, Waiting

# A session that began a moment ago cannot have ended: a double click costs the vendor no question.
_DOUBLE_CLICK_SECONDS = 20
_WRITE_FAILURES = (UpstreamUnavailable, UpstreamRefused, TokenRejected, AccessForbidden)


def writers(operator: Operator | None, session: Session, user: User) -> list[PrivateDataWriter]:
    """Return who may write: the operator, who writes all of it, and the user."""
    if operator is None or isinstance(session, OperatorAccess):
        return [session]
    return [operator.user(user.id), session]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What is known once vendors were asked; `failure` is why one of them could not be."""

    known: UserRecords
    failure: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What came of asking about one session: `record` is the news, `told` what brought it."""

    line: Line
    provider: str
    waiting: Reason | None = None
    told: Told | None = None
    record: SessionRecord | None = None


class Pull:
    """Asks each pending session's own vendor how it stands."""

    def __init__(
        self,
        providers: Mapping[str, Provider],
        records: RecordStore,
        kernel: Kernel,
        granting: Granting,
    ) -> None:
        """`providers` are those that are enabled, by name."""
        self._granting = granting
        self._providers = providers
        self._records = records
        self._operator = kernel.operator
        self._clock = kernel.clock
        self._words = kernel.log_words
        self._asking = Asking(kernel.settings.pending_ask_seconds, kernel.clock)
        # What other questions left out, or what none has answered, is no fresh knowledge.
        self._answered_afresh = Asking(kernel.settings.pending_ask_seconds, kernel.clock)

    def of_visit(self, session: Session, user: User, known: UserRecords) -> Pulled:
        """Return what is known of a user who looks; the vendors are asked now and then.

        One that cannot be asked changes nothing. Raises Problem for a result that cannot be
        written, so that it is asked for again.
        """
        open_ones = self._open(known)
        if not open_ones or not self._asking.claim(user.id, open_ones[0].started_at):
            open_ones = []
        return self._pulled(session, user, known, open_ones)

    def of_fresh_visit(self, session: Session, user: User, known: UserRecords) -> Pulled:
        """Return what is known of a user whose page must not rely on what is stored.

        See `of_visit`; what counts is asked about too, whatever it says, unless another such visit
        had its answers a moment ago.
        """
        now = self._clock()
        asked = self._open(known)
        current = known.current
        if current is not None and all(current.id != one.id for one in asked):
            asked.append(current)
        if not asked or not self._answered_afresh.is_due(user.id, now):
            return self._pulled(session, user, known, [])
        self._asking.note(user.id)
        pulled = self._pulled(session, user, known, asked)
        if pulled.failure is None:
            self._answered_afresh.note(user.id)
        return pulled

    def of_start(
        self, session: Session, user: User, known: UserRecords, *, is_restart: bool
    ) -> Pulled:
        """Return what is known of a user who starts; see `of_visit`. The vendors are asked now.

        When a user wants another session, the vendor is asked at once about the current one.
        """
        open_ones = [one for one in self._open(known) if is_restart or not self._is_new(one)]
        current = known.current
        if current is not None and self._goes_on(current) and current not in open_ones:
            # It may have ended since: then another one may begin.
            open_ones.append(current)
        if open_ones:
            self._asking.note(user.id)
        return self._pulled(session, user, known, open_ones)

    def _goes_on(self, record: SessionRecord) -> bool:
        return self._records.subject.matter.is_living(record.status)

    def _open(self, known: UserRecords) -> list[SessionRecord]:
        """Return the sessions to ask about: no result is known, or it holds no longer."""
        current = known.current
        marked = (
            [current] if current is not None and self._records.decisions.is_unmarked(known) else []
        )
        told = [*known.asked_about, *known.lapsed(self._clock()), *known.outlived, *marked]
        return list({record.id: record for record in told}.values())

    def _is_new(self, pending: SessionRecord) -> bool:
        """Tell whether a session began a moment ago, as one of a double click has."""
        age = self._clock() - pending.started_at
        return pending.is_pending and 0 <= age < _DOUBLE_CLICK_SECONDS

    def _pulled(
        self,
        session: Session,
        user: User,
        known: UserRecords,
        asked: Sequence[SessionRecord],
    ) -> Pulled:
        answers, failure = self._answers(user, known, asked) if asked else ([], None)
        news = [one.record for one in answers if one.record is not None]
        by = writers(self._operator, session, user)
        if news:
            written = self._written(by, user, known, answers)
            return Pulled(self._settled(user, written), failure)
        _write_lines(answers, known, known)
        # What is known does not depend on it: the next visit puts it in order as well.
        with suppress(*_WRITE_FAILURES):
            return Pulled(self._settled(user, self._records.write(by, user, known)), failure)
        return Pulled(known, failure)

    def _written(
        self,
        by: Sequence[PrivateDataWriter],
        user: User,
        known: UserRecords,
        answers: Sequence[_Asked],
    ) -> UserRecords:
        """Write what is news in answers, and a line of each answer; raises Problem."""
        news = [one.record for one in answers if one.record is not None]
        try:
            with marketplace_problems():
                written = self._records.write(by, user, known, news)
        except Problem as problem:
            for one in answers:
                if one.record is not None:
                    one.line.add(outcome="failed", reason=problem.code, cause=problem.cause or None)
                    one.line.warn()
                one.line.write()
            problem.is_logged = True
            raise
        _write_lines(answers, known, written)
        return written

    def _settled(self, user: User, known: UserRecords) -> UserRecords:
        """Return what is known once the rights are written that are due; another visit may, too."""
        if self._operator is None:
            return known
        try:
            operator = self._operator.user(user.id)
            return self._granting.settle(operator, self._records, user, known)
        except (UpstreamUnavailable, UpstreamRefused) as error:
            # The next visit, or the vendor, comes again.
            self._granting.tell_pending(self._records, user, str(error))
            return known

    def _answers(
        self, user: User, known: UserRecords, asked: Sequence[SessionRecord]
    ) -> tuple[list[_Asked], Exception | None]:
        """Return what the vendors tell of sessions: the records of those that have finished.

        And what has kept a vendor from telling, None where each was asked about all.
        """
        answers, waiting, silent = [], dict[str, Reason](), set[str]()
        failure: Exception | None = None
        for one in asked:
            line = self._line(user, one)
            try:
                if one.provider in silent:
                    continue
                answer = self._asked(user, known, one, line)
            except (UpstreamRefused, UpstreamUnavailable) as error:
                failure = error
                line.add(outcome="failed", cause=str(error))
                line.warn()
                answer = _Asked(line, one.provider)
                if isinstance(error, UpstreamUnavailable):
                    silent.add(one.provider)
            if answer.waiting is not None:
                waiting[one.id] = answer.waiting
            answers.append(answer)
        self._asking.note_waiting(user.id, waiting)
        return answers, failure

    def _line(self, user: User, asked: SessionRecord) -> Line:
        return Line(
            "pull",
            trip=asked.provider,
            matter=self._records.subject.title,
            subject=self._words.subject(user.id),
            case=self._words.case(asked.provider, asked.began_as),
        )

    def _asked(self, user: User, known: UserRecords, asked: SessionRecord, line: Line) -> _Asked:
        """Return what the vendor of a session tells of it, and add to its line.

        What no callback can tell any more is not asked for either, unless it is what counts, or
        goes on. Raises UpstreamUnavailable, UpstreamRefused.
        """
        provider = self._providers.get(asked.provider)
        is_over = self._clock() - asked.started_at > REFERENCE_SECONDS
        if provider is None:
            _say_not_enabled(line)
            return _Asked(line, asked.provider)
        if is_over and asked.is_pending and asked != known.current:
            line.add(outcome="not-asked", cause="nothing can come of it any more")
            return _Asked(line, asked.provider)
        case = asked.case(provider.vendor.case_ids)
        result = provider.vendor.fetch_result(case, finished=False)
        if result is None:
            line.add(outcome="pending", result=Status.PENDING.value)
            return _Asked(line, asked.provider)
        if isinstance(result, Waiting):
            code = reason_code(result.reason.code)
            line.add(outcome="waiting", result=Status.PENDING.value, reason=code)
            return _Asked(line, asked.provider, result.reason)
        reason = None if result.reason is None else reason_code(result.reason.code)
        line.add(result=result.status.value, reason=reason)
        if provider.belongs_to_another(result, user, self._clock()):
            _say_of_another(line)
            return _Asked(line, asked.provider)
        told = Told(case, result, str(asked.fields["startedAt"]), is_asked_for=True)
        news = self._records.news(known, asked.provider, told)
        return _Asked(line, asked.provider, None, told, news)

    def waiting(self, user: User, session: SessionRecord) -> Reason | None:
        """Return what a pending session waits for, as far as it was asked about here."""
        return self._asking.waiting(user.id, session.id) if session.is_pending else None


def _write_lines(answers: Sequence[_Asked], known: UserRecords, written: UserRecords) -> None:
    """Write the lines of what was answered, with what became of it."""
    for one in answers:
        if one.told is not None:
            outcome = became_of(one.provider, one.told, one.record, known, written)
            one.line.add(outcome=outcome)
        one.line.write()


def _say_not_enabled(line: Line) -> None:
    """Tell the operator whose users wait for a vendor that is switched off."""
    cause = "a session waits for a vendor that INTEGRATIONS does not list; the user can restart it"
    line.add(outcome="not-enabled", cause=cause)
    line.warn()


def _say_of_another(line: Line) -> None:
    """Tell the operator of a vendor that has mixed up whose result it was asked for."""
    cause = "the vendor tells a result under the reference of another user; it counts for nobody"
    line.add(outcome="foreign", cause=cause)
    line.warn()
