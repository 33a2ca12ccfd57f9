"""The verification record in a user's private data: its shape, its checksum, and its order in time.

Users may write their own private data, so nothing in it counts without a checksum that holds for
this very user. Both keys are always written together, whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from crypto import Checksummer
from proxy.sharetribe.client import PrivateDataWriter, User
from proxy.timestamps import format_utc, parse_utc
from proxy.vendors.reference import Case, Result, Started, Status

RECORD_KEY = "idVerification"
CHECKSUM_KEY = "idVerificationChecksum"

Listener = Callable[[User, Mapping[str, Any]], None]
ChecksumState = Literal["valid", "invalid", "absent"]


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """What private data says, and whether that can be believed."""

    record: Mapping[str, Any] | None = field(repr=False)
    checksum: ChecksumState

    @property
    def trusted(self) -> Mapping[str, Any]:
        """The record when its checksum holds, else an empty one."""
        if self.record is None or self.checksum != "valid":
            return {}
        return self.record

    @property
    def status(self) -> str | None:
        """The trusted status, None when there is none."""
        return self.trusted.get("status")

    @property
    def transaction_reference(self) -> str | None:
        """The trusted transaction reference, None when there is none."""
        return self.trusted.get("transactionReference")

    def case(self, id_names: tuple[str, ...]) -> Case | None:
        """Return the transaction that a trusted record names, with the ids its vendor asks for."""
        reference = self.transaction_reference
        if reference is None:
            return None
        return Case(reference, {n: self.trusted[n] for n in id_names if n in self.trusted})

    def started_within(self, seconds: float, now: float) -> bool:
        """Tell whether the trusted record's session began at most `seconds` before `now`."""
        started_at = parse_utc(self.trusted.get("startedAt"))
        return started_at is not None and now - started_at.timestamp() < seconds

    def is_open_at(self, now: float) -> bool:
        """Tell whether a started session can still be used at `now` (unix seconds)."""
        expires_at = parse_utc(self.trusted.get("expiresAt"))
        return (
            self.status == Status.PENDING
            and "redirectUrl" in self.trusted
            and expires_at is not None
            and expires_at.timestamp() > now
        )


@dataclass(frozen=True, slots=True)
class Finished:
    """A result on its way into the record.

    `started_at` counts where no record of the transaction says it. `authoritative`: the vendor's
    own API told the result just now, so at equal times it wins.
    """

    case: Case
    result: Result
    started_at: str
    authoritative: bool


class Verifications:
    """Reads and writes the record of one vendor; keeps nothing."""

    def __init__(
        self,
        provider: str,
        checksummer: Checksummer,
        clock: Callable[[], float],
        listeners: Sequence[Listener] = (),
    ) -> None:
        """`listeners` are told of each result that was written; they raise nothing."""
        self._provider = provider
        self._checksummer = checksummer
        self._clock = clock
        self._listeners = tuple(listeners)

    def read(self, user: User) -> StoredRecord:
        """Return the user's record with the judgement of its checksum."""
        record = user.private_data.get(RECORD_KEY)
        checksum = user.private_data.get(CHECKSUM_KEY)
        if record is None:
            return StoredRecord(None, "absent")
        if not isinstance(record, dict):
            return StoredRecord({}, "invalid")
        if checksum is None:
            return StoredRecord(record, "absent")
        holds = self._checksummer.verify(RECORD_KEY, user.id, record, checksum)
        return StoredRecord(record, "valid" if holds else "invalid")

    def write_started(
        self, writer: PrivateDataWriter, user: User, started: Started
    ) -> StoredRecord:
        """Write that a verification began; raises what the writer raises."""
        now = self._clock()
        record = {
            "provider": self._provider,
            "status": Status.PENDING.value,
            "transactionReference": started.case.reference,
            **started.case.ids,
            "startedAt": format_utc(now),
            "redirectUrl": started.redirect_url,
            "expiresAt": format_utc(now + started.valid_seconds),
        }
        return self._write(writer, user, record)

    def write_result(
        self,
        writer: PrivateDataWriter,
        user: User,
        stored: StoredRecord,
        finished: Finished,
    ) -> StoredRecord:
        """Write a result where it may be written, and return what is stored then.

        `stored` itself comes back when nothing was written. Raises what the writer raises.
        """
        record = self._finished_record(stored, finished)
        dated = finished.result.completed_at is not None
        if not supersedes(stored, record, authoritative=finished.authoritative, dated=dated):
            return stored
        written = self._write(writer, user, record)
        for tell in self._listeners:
            tell(user, record)
        return written

    def _finished_record(self, stored: StoredRecord, finished: Finished) -> dict[str, Any]:
        result = finished.result
        is_recorded = stored.transaction_reference == finished.case.reference
        record: dict[str, Any] = {
            "provider": self._provider,
            "status": result.status.value,
            "transactionReference": finished.case.reference,
            **finished.case.ids,
            "startedAt": stored.trusted["startedAt"] if is_recorded else finished.started_at,
            "completedAt": format_utc(result.completed_at or self._clock()),
        }
        if result.document:
            record["document"] = dict(result.document)
        if result.reason is not None and result.status is not Status.APPROVED:
            reason = result.reason
            record["reason"] = {"code": reason.code, "description": reason.description}
        return record

    def _write(self, writer: PrivateDataWriter, user: User, record: dict[str, Any]) -> StoredRecord:
        checksum = self._checksummer.checksum(RECORD_KEY, user.id, record)
        writer.update_private_data({RECORD_KEY: record, CHECKSUM_KEY: checksum})
        return StoredRecord(record, "valid")


def supersedes(
    stored: StoredRecord, record: Mapping[str, Any], *, authoritative: bool, dated: bool = True
) -> bool:
    """Tell whether a finished `record` may be written over what is stored.

    `authoritative`: the vendor's own API told it just now; `dated`: the vendor said when it ended.

    A trusted record of another transaction stands: that one is the current verification. A finished
    result never gives way to an older one, and one that says the same is not written again.
    """
    if stored.transaction_reference is None:
        return True
    if stored.transaction_reference != record["transactionReference"]:
        return False
    if stored.status == Status.PENDING:
        return True
    compared = ("status", "document", "reason")
    if all(stored.trusted.get(key) == record.get(key) for key in compared):
        return False
    known = parse_utc(stored.trusted.get("completedAt"))
    new = parse_utc(record["completedAt"])
    if known is None or new is None or not dated:
        return authoritative
    return new > known or (authoritative and new == known)
