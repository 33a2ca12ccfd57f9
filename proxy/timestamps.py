"""Points in time as text: RFC 3339 in UTC, the only form that is stored or sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime

# Vendors write no fraction, or one to three digits of it, in the same field.
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)


def format_utc(moment: datetime | float) -> str:
    """Return a moment (aware datetime, or unix seconds) as `2026-01-31T12:00:00.000Z`."""
    if not isinstance(moment, datetime):
        moment = datetime.fromtimestamp(moment, UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_utc(text: object) -> datetime | None:
    """Return the moment that a UTC timestamp names, or None when it is not one."""
    if not isinstance(text, str) or not _TIMESTAMP.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
