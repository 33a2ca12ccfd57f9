"""Whether an outcome opens what it is for, now."""

from __future__ import annotations

from proxy.references.session_record import SessionRecord
from proxy.vendors.matters import Matter


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
