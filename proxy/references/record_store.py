"""The records in a user's private data: one a session, and the summary of them all.

    idVerification-<id>                       {…, "checksum": …}, one session (`session_record`)
    idVerification, idVerificationChecksum    the session that counts (`counting`), for frontends

That is of identity; other subjects have other names before `-<id>` and `Checksum` (`subject`).

Users may write their own private data, so nothing in it counts without a checksum that holds for
this very user and key. A write touches the keys of the sessions that it has news of, takes away
those of sessions that can never count again, and puts the summary right. The summary decides
nothing where a session has a record of its own; a session that only it names, as before there were
records of sessions, counts as one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from proxy.kernel import Kernel
from proxy.log_lines import Line
from proxy.outgoing.upstream import UpstreamRefused
from proxy.references.counting import last_result, leeway, outdated
from proxy.references.decisions import Decisions
from proxy.references.marker import Markers
from proxy.references.rights import Rights, RightsNotes
from proxy.references.session_record import SessionRecord, finished, pending
from proxy.references.subject import Subject
from proxy.references.user_records import MAX_KEYS, Summary, UserRecords
from proxy.sharetribe.client import PrivateDataWriter, User
from proxy.sharetribe.operator import OperatorAccess
from proxy.vendors.matters import Status
from proxy.vendors.reference import Case, Result, Started

_CHECKSUM = "checksum"

Listener = Callable[[User, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Told:
    """A result on its way into the record.

    `started_at` counts where no record of the session says it. `is_asked_for`: the vendor's own API
    told it after the record was read, so that it is its last word.
    """

    case: Case
    result: Result
    started_at: str
    is_asked_for: bool


class WordUnclear(Exception):
    """A session has two results, and nothing tells which of them is the later."""


class RecordStore:
    """Reads and writes what users' records say about one subject; keeps nothing."""

    def __init__(
        self, subject: Subject, kernel: Kernel, listeners: Sequence[Listener] = ()
    ) -> None:
        """`listeners` are told of each result that counts from now on; they raise nothing."""
        self.subject = subject
        self._checksummer = kernel.checksummer
        self._markers = Markers(kernel.secret_sealer, kernel.pseudonyms, subject)
        self._rights = RightsNotes(kernel.secret_sealer, kernel.pseudonyms, subject)
        self.decisions = Decisions(subject, kernel)
        self._clock = kernel.clock
        self._words = kernel.log_words
        self._listeners = tuple(listeners)

    def read(self, user: User) -> UserRecords:
        """Return what is believed of a user."""
        private_data = user.private_data
        keyed = {
            key: record
            for key in private_data
            if self.subject.is_session_key(key)
            and (record := self._believed(user, key, private_data[key])) is not None
        }
        marker, rights = self._markers.read(user), self._rights.read(user)
        return UserRecords(self.subject, keyed, self._summary(user), marker, rights)

    def _believed(self, user: User, key: str, value: object) -> SessionRecord | None:
        """Return the record of a session under its key, None where there is none.

        The summary of another subject may stand under a key that looks like one: it names a session
        with another id.
        """
        if not isinstance(value, dict):
            return None
        record = SessionRecord({name: value[name] for name in value if name != _CHECKSUM})
        holds = self._checksummer.verify(key, user.id, record.fields, value.get(_CHECKSUM))
        return record if holds and key in self.subject.keys_of(record) else None

    def _summary(self, user: User) -> Summary:
        fields = user.private_data.get(self.subject.key)
        checksum = user.private_data.get(self.subject.checksum_key)
        if fields is None:
            return Summary(None, "absent")
        if not isinstance(fields, dict):
            return Summary({}, "invalid")
        if checksum is None:
            return Summary(fields, "absent")
        holds = self._checksummer.verify(self.subject.key, user.id, fields, checksum)
        return Summary(fields, "valid" if holds else "invalid")

    def state(self, user: User, known: UserRecords) -> UUID:
        """Return a UUID that is the same for whoever has read the same of a user, and no guess."""
        state = {
            "sessions": sorted(f"{record.id} {record.status}" for record in known.records),
            "starts": known.starts_since(self._clock()),
        }
        checksum = self._checksummer.checksum(f"{self.subject.key}.state", user.id, state)
        return UUID(bytes=sha256(checksum.encode()).digest()[:16], version=4)

    def begun(
        self,
        known: UserRecords,
        provider: str,
        started: Started,
        *,
        keeps_link: bool = True,
        is_restart: bool,
    ) -> SessionRecord:
        """Return the record of a session that has just begun."""
        now = self._clock()
        return pending(
            provider,
            started,
            now,
            version=self.subject.versions.get(provider, ""),
            keeps_link=keeps_link,
            is_restart=is_restart,
            follows={record.id for record in known.records if not record.is_pending},
            starts=known.starts_since(now),
        )

    def news(self, known: UserRecords, provider: str, told: Told) -> SessionRecord | None:
        """Return the record of a session with its result, None where that is known or older.

        One that is known is returned all the same where it is to be marked by the vendor's word.
        Raises WordUnclear where another result is recorded and no clock tells which is the later:
        then only the vendor knows, asked after `known` was read.
        """
        case = told.result.case or told.case
        recorded = known.of(provider, case)
        new = self._finished(known, provider, case, told, recorded)
        if recorded is not None and not recorded.is_pending:
            is_same = new.says_the_same_as(recorded)
            if is_same and told.is_asked_for and known.is_outlived(recorded):
                return new.revised(recorded.revision + 1)
            if self._has_ended(recorded) or is_same:
                if new.began_as != recorded.began_as:
                    # The name that it had at first is news.
                    return recorded.moved_from(new.began_as)
                # What the user's own data alone said may be marked once the vendor says it.
                is_confirmed = told.is_asked_for and self.decisions.is_unmarked(known)
                return recorded if is_confirmed else None
            return _later_word(new, recorded, told)
        marked = known.marked(new)
        if marked is None:
            # A verdict may have taken its record away, in a write that comes again; that one does
            # not know the word's own key. Without a time it may be the word that was taken.
            is_taken = (
                recorded is None
                and not self.subject.matter.is_lasting
                and any(record.is_verdict for record in known.records)
            )
            is_own_word = is_taken and new.has_vendor_time and not new.revision
            return new.revised(1) if is_own_word else new
        if new.status == marked.status:
            return new.revised(marked.revision)
        return _later_word(new, marked, told)

    def _finished(
        self,
        known: UserRecords,
        provider: str,
        case: Case,
        told: Told,
        recorded: SessionRecord | None,
    ) -> SessionRecord:
        """Return the record of a result as the vendor's first word, under its name from now on."""
        now = self._clock()
        begun = known.of(provider, told.case)
        started_at = None if begun is None else begun.fields.get("startedAt")
        new = finished(
            provider,
            case,
            told.result,
            known=recorded,
            started_at=started_at or told.started_at,
            now=now,
            others=known.finished_before(provider, case),
            starts=known.starts_since(now),
        )
        # Other things lead to what goes on too, a bill of it; only a session tells whose it is.
        is_session = told.result.echoed_reference is not None
        has_moved = is_session and case.reference != told.case.reference
        return new.moved_from(told.case.reference) if has_moved else new

    def _has_ended(self, record: SessionRecord) -> bool:
        """Tell whether a relation has ended: no word about it counts after that."""
        is_lasting = self.subject.matter.is_lasting
        return is_lasting and record.status == Status.CANCELLED

    def write(
        self,
        writers: Sequence[PrivateDataWriter],
        user: User,
        known: UserRecords,
        news: Sequence[SessionRecord] = (),
    ) -> UserRecords:
        """Write what is new of sessions, and what else is out of order; return what is known then.

        One update, by the first of `writers` that is not refused; only an operator's writes the
        marker too. `known` itself comes back when nothing is written. Raises what the writer
        raises.
        """
        changed = self._changed(known, news)
        if not any(isinstance(writer, OperatorAccess) for writer in writers):
            return self._written(writers, user, known, changed, news)
        marked = replace(changed, marker=self.decisions.marker(known, changed, news))
        return self._written(writers, user, known, self.decisions.attempting(marked), news)

    def note_rights(
        self, operator: OperatorAccess, user: User, known: UserRecords, rights: Rights
    ) -> UserRecords:
        """Note what was done about the rights which follow the decision; raises as `write`."""
        noted = replace(self._changed(known, ()), rights=rights)
        noted = self.decisions.saying_what_is_due(noted)
        return self._written([operator], user, known, noted, ())

    def _written(
        self,
        writers: Sequence[PrivateDataWriter],
        user: User,
        known: UserRecords,
        written: UserRecords,
        news: Sequence[SessionRecord],
    ) -> UserRecords:
        changes = self._changes(user, known, written)
        metadata = self._metadata(user, known, written)
        writer = _update(writers, changes, metadata)
        if writer is None:
            return known
        if isinstance(writer, OperatorAccess) and self.subject.badge_key in metadata:
            self._tell_badge(user, is_shown=metadata[self.subject.badge_key] is not None)
        self._tell(user, known, written, news)
        return written

    def _changed(self, known: UserRecords, news: Sequence[SessionRecord]) -> UserRecords:
        """Return what will be known once the news is written."""
        keyed = dict(known.keyed)
        told = known.summarized
        if told is not None and news and all(told.id != record.id for record in keyed.values()):
            # The summary may become another session's, and this one has no other record.
            keyed |= dict.fromkeys(self.subject.keys_of(told)[:1], told)
        for record in news:
            keyed = {key: other for key, other in keyed.items() if other.id != record.id}
            keyed |= dict.fromkeys(self.subject.keys_of(record), record)
        changed = replace(known, keyed=keyed)
        current = changed.current
        if any(not record.is_pending for record in news):
            gone = {record.id for record in self._outdated(keyed)} | changed.gone_on
            keyed = {key: record for key, record in keyed.items() if record.id not in gone}
        if all(self.subject.keys_of(record)[0] in known.keyed for record in news):
            keyed = self._newest(keyed)
        if current is None:
            return replace(known, keyed=keyed)
        return replace(known, keyed=keyed, stored=Summary(current.summary, "valid"))

    def _outdated(self, keyed: Mapping[str, SessionRecord]) -> list[SessionRecord]:
        """Return the sessions that can never count again.

        That is nothing in a lasting matter: what was paid for is not taken back by another session.
        """
        if self.subject.matter.is_lasting:
            return []
        return outdated([one for one in keyed.values() if self.subject.is_current(one)])

    def _newest(self, keyed: Mapping[str, SessionRecord]) -> dict[str, SessionRecord]:
        """Return at most so many keys: the oldest finished sessions go first, never what counts.

        What was good of an earlier version goes last of them.
        """
        matter = self.subject.matter
        present = [record for record in keyed.values() if self.subject.is_current(record)]
        kept = last_result(present, matter)

        def worth(item: tuple[str, SessionRecord]) -> tuple[bool, bool, float, float]:
            record = item[1]
            is_earlier_good = matter.is_good(record.status) and record not in present
            return record.is_pending, is_earlier_good, record.completed_at, record.started_at

        oldest = sorted(keyed.items(), key=worth)
        surplus = [key for key, record in oldest if kept is None or record.id != kept.id]
        dropped = surplus[: max(0, len(keyed) - MAX_KEYS)]
        return {key: record for key, record in keyed.items() if key not in dropped}

    def _changes(self, user: User, known: UserRecords, written: UserRecords) -> dict[str, Any]:
        """Return the update of private data that makes what is stored what is known."""
        changes: dict[str, Any] = dict.fromkeys(known.keyed.keys() - written.keyed.keys())
        for key, record in written.keyed.items():
            if known.keyed.get(key) != record:
                checksum = self._checksummer.checksum(key, user.id, record.fields)
                changes[key] = {**record.fields, _CHECKSUM: checksum}
        summary = written.stored.fields
        if summary is not None and written.stored != known.stored:
            checksum = self._checksummer.checksum(self.subject.key, user.id, summary)
            changes |= {self.subject.key: summary, self.subject.checksum_key: checksum}
        return changes

    def _metadata(self, user: User, known: UserRecords, written: UserRecords) -> dict[str, Any]:
        """Return the marker where the one that is stored is behind it, and what else differs."""
        metadata: dict[str, Any] = {}
        if written.marker.is_ahead_of(known.marker):
            metadata |= self._markers.sealed(written.marker, user)
        metadata |= self._rights.sealed(written.rights, known.rights, user)
        if self.decisions.has_badge:
            badge = self.decisions.badge(written)
            if badge != user.metadata.get(self.subject.badge_key):
                metadata[self.subject.badge_key] = badge
        return metadata

    def _tell_badge(self, user: User, *, is_shown: bool) -> None:
        outcome, word = "badge-shown" if is_shown else "badge-removed", self._words.subject(user.id)
        Line("access", matter=self.subject.title, outcome=outcome, subject=word).write()

    def _tell(
        self,
        user: User,
        known: UserRecords,
        written: UserRecords,
        news: Sequence[SessionRecord],
    ) -> None:
        """Tell the listeners of a result that counts now, and did not before."""
        current, before = written.current, known.current
        if current is None or current not in news or current.is_pending:
            return
        if before is None or before.summary != current.summary:
            for tell in self._listeners:
                tell(user, current.summary)


def _update(
    writers: Sequence[PrivateDataWriter], changes: Mapping[str, Any], metadata: Mapping[str, Any]
) -> PrivateDataWriter | None:
    """Send an update as the first of the writers that may; return it, None without an update."""
    failure: Exception | None = None
    for writer in writers:
        is_operator = isinstance(writer, OperatorAccess)
        if not changes and not (metadata and is_operator):
            continue
        try:
            if isinstance(writer, OperatorAccess):
                writer.update_profile(changes, metadata)
            else:
                writer.update_private_data(changes)
        except UpstreamRefused as error:
            failure = error
        else:
            return writer
    if failure is not None:
        raise failure
    return None


def _later_word(new: SessionRecord, before: SessionRecord, told: Told) -> SessionRecord | None:
    """Return a result as the vendor's next word, None where it is an earlier one."""
    if not told.is_asked_for:
        seconds = new.completed_at - before.completed_at
        # A result without a time of its own may be any of those that the vendor has ever given.
        if not new.has_vendor_time or abs(seconds) <= leeway(new, before):
            raise WordUnclear
        if seconds < 0:
            return None
    return new.revised(before.revision + 1)
