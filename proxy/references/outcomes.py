"""What became of a vendor's word, in one word for the log.

stored      it is recorded, and is what counts now
corrected   the same, in the place of what its vendor had said of this session before
kept        it is recorded, and another session counts
marked      it was recorded, and counts now that its vendor has said it again
repeated    it was recorded already
older       the vendor has said something later of this session
"""

from __future__ import annotations

from proxy.references.record_store import Told
from proxy.references.session_record import SessionRecord
from proxy.references.user_records import UserRecords


def became_of(
    provider: str,
    told: Told,
    record: SessionRecord | None,
    known: UserRecords,
    written: UserRecords,
) -> str:
    """Return what became of a result.

    `record` is what was news of it, None where nothing was; `known` was before, `written` is known
    since.
    """
    before = known.of(provider, told.result.case or told.case)
    if record is None:
        said = before if before is not None and not before.is_pending else known.marker.decision
        is_same = said is not None and said.status == told.result.status
        return "repeated" if is_same else "older"
    if before is not None and not before.is_pending:
        if before.says_the_same_as(record):
            return "marked"
        if _counts(record, written):
            return "corrected"
    return "stored" if _counts(record, written) else "kept"


def _counts(record: SessionRecord, written: UserRecords) -> bool:
    current = written.current
    return current is not None and current.id == record.id
