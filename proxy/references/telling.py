"""What the trip tells: how a matter stands, whether that is good now, and what leads on."""

from __future__ import annotations

from typing import Any

from proxy.kernel import Kernel
from proxy.references.session_record import SessionRecord, shown
from proxy.references.subject import Subject
from proxy.references.user_records import UserRecords
from proxy.vendors.matters import Matter
from proxy.vendors.reference import Reason

# Where the user goes on with a session, and until when.
_WAY = ("redirectUrl", "expiresAt")


class Telling:
    """Tells of one subject."""

    def __init__(self, subject: Subject, kernel: Kernel) -> None:
        self._subject = subject
        self._grace = kernel.settings.billing_grace_seconds
        self._clock = kernel.clock

    def told(
        self, current: SessionRecord, waiting: Reason | None, *, is_served: bool
    ) -> dict[str, Any]:
        """Return what is told of the session that counts.

        `waiting` is what a pending one waits for, `is_served` whether its vendor is enabled.
        """
        told = current.summary
        if current.is_pending and not is_served:
            told = {name: told[name] for name in told if name not in _WAY}
        if waiting is not None:
            told["reason"] = shown(waiting)
        is_open = opens(current, self._subject.matter, self._clock(), self._grace)
        return self._flagged(told, "valid", is_open=is_open)

    def unbelieved(self, known: UserRecords) -> dict[str, Any]:
        """Return what is told where nothing counts."""
        status = "invalid" if known.stored.is_edited else "none"
        return self._flagged({"status": status}, known.stored.checksum, is_open=False)

    def _flagged(self, told: dict[str, Any], checksum: str, *, is_open: bool) -> dict[str, Any]:
        matter = self._subject.matter
        named = {matter.subject: self._subject.name} if matter.subject else {}
        return {**named, **told, matter.flag: is_open, "checksum": checksum}


def opens(record: SessionRecord, matter: Matter, now: float, grace: float) -> bool:
    """Tell whether what a session says is good at `now` (unix seconds).

    What was paid for until a time is good until then, and for `grace` seconds more: the payment may
    be late, or the vendor not there to tell that it came. Nothing outlives its own end.
    """
    if record.paid_until is None:
        return matter.is_good(record.status)
    is_over = record.ends_at is not None and record.ends_at <= now
    is_tolerated = matter.is_good(record.status) or record.status in matter.late
    return is_tolerated and not is_over and now < record.paid_until + grace


def leading_to(record: SessionRecord, redirect_url: str) -> dict[str, Any]:
    """Return the answer to a start: the session, and the address of its page."""
    return {**_named(record), "redirectUrl": redirect_url}


def leading_nowhere(record: SessionRecord, reason: Reason) -> dict[str, Any]:
    """Return the answer to a start whose session waits for somebody else."""
    return {**_named(record), "reason": shown(reason)}


def _named(record: SessionRecord) -> dict[str, Any]:
    names = ("status", "transactionReference", "expiresAt")
    return {name: record.fields[name] for name in names if name in record.fields}
