"""Which of a user's sessions counts: a function of what is believed of each, whatever came first.

No write of ours takes another session's record, so records may arrive late, twice or never; what
they say together must not depend on it. Two times are compared as they are where they are of one
vendor's clock, else with leeway: then what began with the other one before its eyes is the later.
"""

from __future__ import annotations

from collections.abc import Iterable

from crypto import LEEWAY_SECONDS
from proxy.references.session_record import SessionRecord
from proxy.vendors.matters import IDENTITY, Matter


def newest_of_each(records: Iterable[SessionRecord]) -> list[SessionRecord]:
    """Return one record a session: a result before none, and the vendor's last word before others.

    Of two that say the same, the first one is taken.
    """
    newest: dict[tuple[str, str], SessionRecord] = {}
    for record in records:
        key = record.provider, record.transaction
        if key not in newest or _rank(record) > _rank(newest[key]):
            newest[key] = record
    return list(newest.values())


def _rank(record: SessionRecord) -> tuple[bool, int, float]:
    return not record.is_pending, record.revision, record.completed_at


def counting(records: Iterable[SessionRecord], matter: Matter = IDENTITY) -> SessionRecord | None:
    """Return the session that a user's summary is of, None where there is none.

    That is a pending one while the vendor has judged none after it began, else the last result.
    In a lasting matter it is what is good, else what has not ended, else a pending one: who pays
    for something more, and does not finish, has paid for the first all the same.
    """
    sessions = newest_of_each(records)
    if matter.is_lasting:
        pending = [one for one in sessions if one.is_pending]
        newest = max(pending, key=_start, default=None)
        return _lasting(sessions, matter) or newest or last_result(sessions)
    waiting = [one for one in sessions if one.is_pending and not _is_outrun(one, sessions)]
    if waiting:
        return max(waiting, key=_start)
    return last_result(sessions)


def _start(session: SessionRecord) -> tuple[float, str]:
    return session.started_at, session.transaction


def _lasting(sessions: Iterable[SessionRecord], matter: Matter) -> SessionRecord | None:
    """Return the last of the good ones, else of those that have not ended."""
    good = [one for one in sessions if matter.is_good(one.status)]
    return _last(good or [one for one in sessions if matter.is_living(one.status)])


def last_result(
    records: Iterable[SessionRecord], matter: Matter = IDENTITY
) -> SessionRecord | None:
    """Return the finished session that counts, None where none has finished.

    One that merely expired counts while the vendor has judged none after it began: nobody finished
    it, which says nothing against the verdict of another.
    """
    sessions = newest_of_each(records)
    lasting = _lasting(sessions, matter) if matter.is_lasting else None
    return lasting or _last(
        [
            one
            for one in sessions
            if one.is_verdict or not (one.is_pending or _is_outrun(one, sessions))
        ]
    )


def outdated(records: Iterable[SessionRecord]) -> list[SessionRecord]:
    """Return the finished sessions that can never count again: the vendor has judged later.

    The last verdict is never one of them, and no word without a time of the vendor's: what is told
    later could be that word again or another one, and only its record tells which.
    """
    finished = [session for session in newest_of_each(records) if not session.is_pending]
    verdict = _last([session for session in finished if session.is_verdict])
    if verdict is None:
        return []
    return [one for one in finished if one.has_vendor_time and is_later(verdict, one)]


def is_later(session: SessionRecord, other: SessionRecord) -> bool:
    """Tell whether one finished session surely finished after another.

    A first word without a time of the vendor's may be read again long after it was given.
    """
    if _is_known_before(other, session):
        return True
    if _is_known_before(session, other):
        return False
    seconds = session.completed_at - other.completed_at
    if abs(seconds) > leeway(session, other):
        return seconds > 0
    return other.id in session.follows


def _is_known_before(session: SessionRecord, other: SessionRecord) -> bool:
    """Tell whether a session had finished when another one did, by other means than its time."""
    is_undated = not session.has_vendor_time and not session.revision
    return is_undated and (session.id in other.follows or session.id in other.after)


def leeway(session: SessionRecord, other: SessionRecord) -> float:
    """Return by how many seconds two completions must differ for one to be surely the later.

    A vendor's own times may be told in whole seconds.
    """
    is_one_clock = session.provider == other.provider
    if is_one_clock and session.has_vendor_time and other.has_vendor_time:
        return 1.0
    return LEEWAY_SECONDS


def _last(finished: list[SessionRecord]) -> SessionRecord | None:
    """Return the one that finished last; where clocks cannot tell, the one that began last."""
    last = [one for one in finished if not any(is_later(other, one) for other in finished)]
    return max(
        last or finished,
        key=lambda session: (session.started_at, session.completed_at, session.transaction),
        default=None,
    )


def _is_outrun(session: SessionRecord, sessions: Iterable[SessionRecord]) -> bool:
    """Tell whether the vendor has judged another session after this one began."""
    return any(
        _is_after_start(other, session)
        for other in sessions
        if other.is_verdict and other.id != session.id
    )


def _is_after_start(finished: SessionRecord, session: SessionRecord) -> bool:
    """Tell whether a session finished after another one began."""
    seconds = finished.completed_at - session.started_at
    if abs(seconds) > LEEWAY_SECONDS:
        return seconds > 0
    return finished.id not in session.follows
