"""What is believed of one user in one matter: the sessions, the summary of them, the marker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from proxy.references.begun import DAY_SECONDS
from proxy.references.counting import counting, leeway, newest_of_each
from proxy.references.marker import Marker
from proxy.references.rights import Rights
from proxy.references.session_record import SessionRecord, session_id
from proxy.references.subject import Subject
from proxy.timestamps import parse_utc
from proxy.vendors.reference import Case

MAX_KEYS = 8
MAX_STARTS = 50

ChecksumState = Literal["valid", "invalid", "absent"]


@dataclass(frozen=True, slots=True)
class Summary:
    """What the summary says, and whether that can be believed."""

    fields: Mapping[str, Any] | None = field(repr=False)
    checksum: ChecksumState

    @property
    def is_edited(self) -> bool:
        """Whether there is one that none of us has written as it stands."""
        return self.fields is not None and self.checksum != "valid"


@dataclass(frozen=True, slots=True)
class UserRecords:
    """What is believed of one user's sessions, and how it was stored.

    `keyed` are the sessions with records of their own, by key, `stored` the summary as it stands,
    `rights` what was done about those that follow.
    """

    subject: Subject
    keyed: Mapping[str, SessionRecord] = field(repr=False)
    stored: Summary
    marker: Marker
    rights: Rights = field(default_factory=Rights)

    @property
    def records(self) -> tuple[SessionRecord, ...]:
        """All that is believed of sessions; what says most of one comes first.

        What is about another version of the subject is not among them, and neither is what goes on
        under another name.
        """
        return self._counted(self._told)

    def _counted(self, told: Iterable[SessionRecord]) -> tuple[SessionRecord, ...]:
        gone_on = self.gone_on
        return tuple(one for one in told if self.subject.is_current(one) and one.id not in gone_on)

    @property
    def gone_on(self) -> set[str]:
        """The ids that those sessions had at first which go on under another name."""
        return {session_id(one.provider, one.began_as) for one in self._told if one.has_moved}

    @property
    def _told(self) -> tuple[SessionRecord, ...]:
        decision = self.marker.decision
        if decision is None:
            return self._private_records
        private = (one for one in self._private_records if not self.is_outlived(one))
        return (*private, decision)

    @property
    def outlived(self) -> list[SessionRecord]:
        """The sessions whose records say more than could be when the marker was written.

        They count no more, until their vendor says it again.
        """
        return [one for one in newest_of_each(self._private_records) if self.is_outlived(one)]

    def is_outlived(self, record: SessionRecord) -> bool:
        """Tell whether what a record says may have been over, or not vouched for, at a decision.

        What is good, or goes on, is marked before all else: it stood no more when less was marked.
        """
        decision = self.marker.decision
        if decision is None or not self.subject.matter.is_lasting or record.id == decision.id:
            return False
        seconds = record.completed_at - decision.completed_at
        return self._worth(record) > self._worth(decision) and seconds <= leeway(record, decision)

    def _worth(self, record: SessionRecord) -> int:
        matter = self.subject.matter
        return 2 if matter.is_good(record.status) else int(matter.is_living(record.status))

    @property
    def _private_records(self) -> tuple[SessionRecord, ...]:
        keyed, summarized = tuple(self.keyed.values()), self.summarized
        return keyed if summarized is None else (*keyed, summarized)

    @property
    def summarized(self) -> SessionRecord | None:
        """The session of the summary, with what the marker says of the order of that very word.

        None where the summary cannot be believed.
        """
        if self.stored.fields is None or self.stored.is_edited:
            return None
        summary, decision = SessionRecord(self.stored.fields), self.marker.decision
        if decision is None:
            return summary
        word = ("provider", "transactionReference", "status", "completedAt")
        is_same = all(summary.fields.get(name) == decision.fields.get(name) for name in word)
        if not is_same:
            return summary
        order = {name: decision.fields[name] for name in ("startedAt",) if name in decision.fields}
        return SessionRecord({**decision.fields, **summary.fields, **order})

    @property
    def current(self) -> SessionRecord | None:
        """The session that counts, None where there is none."""
        return counting(self.records, self.subject.matter)

    @property
    def status(self) -> str | None:
        """The status of the session that counts."""
        current = self.current
        return None if current is None else current.status

    @property
    def is_full(self) -> bool:
        """Whether there are as many records of sessions as there should be."""
        return len(self.keyed) >= MAX_KEYS

    @property
    def asked_about(self) -> list[SessionRecord]:
        """The sessions of which no result is stored, the newest first.

        One whose result only the marker knows is one of them: the vendor can tell it again.
        """
        told = newest_of_each(self._counted(self._private_records))
        waiting = [record for record in told if record.is_pending]
        return sorted(waiting, key=lambda record: record.started_at, reverse=True)

    def lapsed(self, now: float) -> list[SessionRecord]:
        """Return the sessions whose results hold no longer without asking at `now`.

        That is what has not ended, and was paid for until then.
        """
        return [
            record
            for record in newest_of_each(self.records)
            if self.subject.matter.is_living(record.status)
            if record.paid_until is not None and record.paid_until <= now
        ]

    def of(self, provider: str, case: Case) -> SessionRecord | None:
        """Return what private data says of one session, None where it says nothing."""
        named = (provider, case.reference)
        records = [r for r in self._private_records if (r.provider, r.transaction) == named]
        return next(iter(newest_of_each(records)), None)

    def began_as(self, provider: str, case: Case) -> str:
        """Return the vendor's name of a session when it began, as far as that is recorded."""
        record = self.of(provider, case)
        return case.reference if record is None else record.began_as

    def has(self, record: SessionRecord) -> bool:
        """Tell whether a record's session is known, if only as one that had finished."""
        return any(record.id in (known.id, *known.follows) for known in self.records)

    def finished_before(self, provider: str, case: Case) -> list[SessionRecord]:
        """Return the records of sessions that have finished, if not known to have done so later.

        That is of those which do not say themselves that this one had finished before.
        """
        own = session_id(provider, case.reference)
        return [
            record
            for record in newest_of_each(self.records)
            if not record.is_pending and record.id != own
            if own not in record.follows and own not in record.after
        ]

    def marked(self, record: SessionRecord) -> SessionRecord | None:
        """Return what the marker says of a record's session, None where it says nothing."""
        decision = self.marker.decision
        return decision if decision is not None and decision.id == record.id else None

    def starts_since(self, now: float) -> dict[str, str]:
        """Return when the sessions of the day before `now` began, by id; of many the newest."""
        known = dict(self.marker.starts)
        for record in self.records:
            known |= record.starts
        recent = [(start, name) for name, start in known.items() if _is_of_last_day(start, now)]
        return {name: start for start, name in sorted(recent)[-MAX_STARTS:]}


def _is_of_last_day(start: str, now: float) -> bool:
    moment = parse_utc(start)
    return moment is not None and now - moment.timestamp() < DAY_SECONDS
