"""The reference trip, the vendor's side: a callback comes back with its sealed reference.

The steps that follow the proof (`proxy.callbacks`) stand here, once, for every vendor: the
reference opens -> the vendor confirms the result -> the token's user is the reference's user -> it
is news of this session -> write -> the rights that follow, and only then acknowledge. A signed
callback without a reference rings a bell: then the vendor is asked first, and its own record says
whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from uuid import UUID

from crypto import Reference as SealedReference
from proxy.callbacks import Acknowledgement, Delivery
from proxy.http.upstream_problems import marketplace_callback_problems, vendor_problems
from proxy.kernel import Kernel
from proxy.log_lines import Line, reason_code
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.problems import Problem
from proxy.references.granting import Granting
from proxy.references.outcomes import became_of
from proxy.references.provider import Provider
from proxy.references.record_store import RecordStore, Told, WordUnclear
from proxy.references.session_record import SessionRecord
from proxy.references.user_records import UserRecords
from proxy.sharetribe.client import (
    AccessForbidden,
    PrivateDataWriter,
    TokenRejected,
    User,
    UserSession,
)
from proxy.sharetribe.operator import OperatorAccess
from proxy.sharetribe.token import Token
from proxy.timestamps import format_utc
from proxy.vendors.matters import Status
from proxy.vendors.proof import FromNetworks
from proxy.vendors.reference import Callback, Case, Owner, Reference, Result, Waiting


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the callbacks of one vendor about one subject go."""

    provider: Provider
    records: RecordStore


@dataclass(frozen=True, slots=True)
class _Addressee:
    """Whose a callback is: by a reference that was `carried`, or as the vendor's record says.

    `result` is the vendor's word, where it had to be asked for that.
    """

    destination: Destination
    reference: SealedReference
    carried: str | None = field(default=None, repr=False)
    result: Result | None = None


class ReferenceCallback:
    """Takes one vendor's callbacks about one matter."""

    def __init__(
        self,
        vendor: Reference,
        destinations: Sequence[Destination],
        kernel: Kernel,
        granting: Granting,
    ) -> None:
        """`destinations` are those of the vendor's subjects."""
        self._granting = granting
        self._vendor = vendor
        self._destinations = tuple(destinations)
        self._marketplace = kernel.marketplace
        self._operator = kernel.operator
        self._clock = kernel.clock
        self._words = kernel.log_words

    def take(self, callback: Callback, delivery: Delivery) -> Acknowledgement:
        """Take a callback; the last segment of its address, if any, is the reference's overflow.

        What the body claims counts only where the proof covers it. Acknowledges only after the
        write, or when nothing can be written; raises Problem otherwise. What a signature proves to
        be the vendor's, and nothing makes ours, is not for us: its account serves others too, and
        to refuse theirs would make them come again for days.
        """
        try:
            return self._taken(callback, delivery)
        except Problem as problem:
            if problem.code != "reference-invalid" or self._is_anybodys:
                raise
            cause = problem.cause or "no key of ours opens its reference, or it has none"
            delivery.line.add(outcome="foreign", cause=cause)
            return Acknowledgement("ignored")

    @property
    def _is_anybodys(self) -> bool:
        return isinstance(self._vendor.proof, FromNetworks)

    def _taken(self, callback: Callback, delivery: Delivery) -> Acknowledgement:
        line, case = delivery.line, callback.case
        if case is not None:
            line.add(case=self._words.case(self._vendor.name, case.reference))
        rings = self._vendor.asks_whose and not self._is_anybodys and callback.reference is None
        if rings and callback.owner is not None and self._operator is None:
            # Nobody could write; and only what lasts is told so.
            self._tell(line, self._destination_of(callback.owner), callback.owner.user_id)
            line.add(cause=_NOBODY_WRITES)
            return Acknowledgement("deferred")
        addressee = self._asked_for(callback) if rings else self._opened(callback, delivery)
        if isinstance(addressee, Waiting):
            return _waiting(addressee, line)
        reference = addressee.reference
        self._tell(line, addressee.destination, reference.user_id)
        if case is None:
            raise Problem("body-invalid", "The callback names no transaction.")
        if self._operator is None and reference.refresh_token is None:
            line.add(cause=_NOBODY_WRITES)
            return Acknowledgement("deferred")
        is_trusted = self._vendor.trusts_callbacks and delivery.covers_body
        claimed = callback.result if is_trusted else None
        result = addressee.result or claimed or self._fetched(case, addressee.carried)
        if isinstance(result, Waiting):
            return _waiting(result, line)
        line.add(result=result.status.value, reason=_reason_of(result))
        told = Told(
            case=case,
            result=result,
            started_at=format_utc(reference.issued_at),
            is_asked_for=False,
        )
        return self._write(addressee, told, line)

    def _tell(self, line: Line, destination: Destination, user_id: UUID) -> None:
        """Add to a line whose it is, and about what."""
        title = destination.provider.subject.title
        line.add(matter=title, subject=self._words.subject(user_id))

    def _opened(self, callback: Callback, delivery: Delivery) -> _Addressee:
        """Return whose the reference in a callback is; each subject's opens for itself alone."""
        refused = Problem("reference-invalid")
        for destination in self._destinations:
            carrier = destination.provider.carrier
            try:
                opened = carrier.open(callback.reference, delivery.segment, self._clock())
            except Problem as problem:
                refused = problem
            else:
                return _Addressee(destination, opened, callback.reference)
        raise refused

    def _asked_for(self, callback: Callback) -> _Addressee | Waiting:
        """Return whose something is that a callback only rings for: the vendor is asked first.

        Then its own record says it: by the reference that it echoes, or in plain where what is
        decided lasts longer than any reference.
        """
        if callback.case is None:
            raise Problem("reference-invalid")
        if callback.owner is not None:
            self._destination_of(callback.owner)
        result = self._fetched(callback.case, None)
        if isinstance(result, Waiting):
            return result
        if result.echoed_reference is not None:
            echoed = replace(callback, reference=result.echoed_reference)
            found = self._opened(echoed, Delivery(None, None, covers_body=False))
            return replace(found, result=result)
        owner = result.owner
        if owner is None or callback.owner not in (None, owner):
            raise Problem("reference-invalid", cause="the vendor's record names nobody of ours")
        now = int(self._clock())
        reference = SealedReference(owner.user_id, now, None)
        return _Addressee(self._destination_of(owner), reference, result=result)

    def _destination_of(self, owner: Owner) -> Destination:
        for destination in self._destinations:
            if destination.provider.is_owner(owner):
                return destination
        raise Problem("reference-invalid", cause="it is of another marketplace or plan")

    def _fetched(self, case: Case, carried: str | None) -> Result | Waiting:
        """Return what the vendor's own API tells; a result, for the reference that was `carried`.

        It is asked for before the token is redeemed: a token that can be used once must not be
        spent on a result that is not there yet.
        """
        with vendor_problems():
            result = self._vendor.fetch_result(case, finished=True)
        if result is None:
            raise Problem("vendor-unavailable", "The result cannot be read yet; send this again.")
        is_of_another = isinstance(result, Result) and result.echoed_reference != carried
        if carried is not None and is_of_another:
            raise Problem("reference-invalid", cause="the vendor's record holds another reference")
        return result

    def _write(self, addressee: _Addressee, told: Told, line: Line) -> Acknowledgement:
        """Write as whoever may; the vendor comes again when nobody could, and somebody may.

        Who cannot be reached is not gone round: only the operator moves the marker. For a user who
        is gone nobody can write, ever; to refuse what is told of them makes vendors stop calling.
        """
        failure: Problem | None = None
        is_gone = False
        for writer in self._writers(addressee.reference):
            try:
                with marketplace_callback_problems():
                    user = _shown(writer)
                    if user is not None:
                        return self._write_as(writer, user, addressee, told, line)
                    is_gone = True
            except TokenRejected:
                continue
            except AccessForbidden:
                failure = Problem("marketplace-refused", cause="the user may not write")
            except Problem as problem:
                if problem.code != "marketplace-refused":
                    raise
                failure = problem
        if failure is not None:
            raise failure
        if is_gone:
            cause = "the marketplace has no such user; what they pay for goes on at the vendor"
            line.add(outcome="user-gone", cause=cause)
            line.warn()
            return Acknowledgement("ignored")
        # No retry can revive a dead token; the user's next visit pulls the result.
        line.add(cause="the user's session has ended; their next visit asks the vendor")
        return Acknowledgement("deferred")

    def _writers(self, reference: SealedReference) -> Iterator[PrivateDataWriter]:
        """Iterate over the operator, who can write all of it, and the user."""
        if self._operator is not None:
            yield self._operator.user(reference.user_id)
        if reference.refresh_token is not None:
            yield UserSession(self._marketplace, Token("", reference.refresh_token))

    def _write_as(
        self, writer: PrivateDataWriter, user: User, addressee: _Addressee, told: Told, line: Line
    ) -> Acknowledgement:
        records = addressee.destination.records
        if user.id != addressee.reference.user_id:
            raise Problem("reference-invalid", cause="the token belongs to another user")
        if addressee.destination.provider.names_another(told.result, user):
            raise Problem("reference-invalid", cause="the vendor's record names another user")
        known = records.read(user)
        record = self._news(addressee, known, told)
        news = [] if record is None else [record]
        name, case = self._vendor.name, told.result.case or told.case
        began_as = known.began_as(name, case) if record is None else record.began_as
        line.add(case=self._words.case(name, began_as))
        written = records.write([writer], user, known, news)
        line.add(outcome=became_of(name, told, record, known, written))
        if isinstance(writer, OperatorAccess):
            self._settle(writer, records, user, written)
        elif self._operator is not None and records.decisions.is_for_operator(written):
            # The operator was refused, who alone writes rights and badges: the vendor comes again.
            raise Problem(
                "marketplace-unavailable", cause="what follows is the operator's to write"
            )
        return Acknowledgement("stored" if news else "unchanged")

    def _settle(
        self, operator: OperatorAccess, records: RecordStore, user: User, known: UserRecords
    ) -> None:
        """Write what rights are due; nothing is acknowledged before, and nobody else could."""
        try:
            self._granting.settle(operator, records, user, known)
        except (UpstreamUnavailable, UpstreamRefused) as error:
            self._granting.tell_pending(records, user, str(error))
            raise Problem("marketplace-unavailable", cause=f"rights are due: {error}") from error

    def _news(self, addressee: _Addressee, known: UserRecords, told: Told) -> SessionRecord | None:
        """Return what is new of the session; where that is unclear, the vendor is asked again.

        So it is where the user's own data alone say the same: once the vendor does, it is marked.
        """
        records = addressee.destination.records
        with suppress(WordUnclear):
            news = records.news(known, self._vendor.name, told)
            if news is not None or not records.decisions.is_unmarked(known):
                return news
        result = self._fetched(told.case, addressee.carried)
        if isinstance(result, Waiting):
            return None
        asked = replace(told, result=result, is_asked_for=True)
        return records.news(known, self._vendor.name, asked)


_NOBODY_WRITES = "only the Integration API could write it; the next visit asks the vendor"


def _waiting(waiting: Waiting, line: Line) -> Acknowledgement:
    line.add(result=Status.PENDING.value, reason=reason_code(waiting.reason.code))
    return Acknowledgement("waiting")


def _reason_of(result: Result) -> str | None:
    return None if result.reason is None else reason_code(result.reason.code)


def _shown(writer: PrivateDataWriter) -> User | None:
    """Return a writer's user, None where the marketplace has none; raises as `show` otherwise."""
    try:
        return writer.show()
    except UpstreamRefused as error:
        if error.status == 404:
            return None
        raise
