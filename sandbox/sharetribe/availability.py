"""When a listing can be booked: its plan, the exceptions from it, and what is booked already.

The rules are those of sharetribe.com/docs, "Listing availability management" (read 2026-11-30):
plans by the day count in UTC, plans by the time in their own time zone, an exception replaces what
the plan says, and only bookings that are pending or accepted take seats. Without a plan there is
one seat at any time, which is a choice of the sandbox.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.sharetribe import parameters as read
from sandbox.sharetribe.listings import Listing
from sandbox.sharetribe.transactions import Booking

DAY_PLAN, TIME_PLAN = "availability-plan/day", "availability-plan/time"
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")


@dataclass(frozen=True, slots=True)
class Span:
    """Time from one moment to another, and how many seats there are in it."""

    start: datetime
    end: datetime
    seats: int


def read_plan(value: Any) -> dict[str, Any]:
    """Read an availability plan; raises ValueError for one that is none."""
    plan = read.mapping(value)
    kind = plan.get("type")
    if kind not in (DAY_PLAN, TIME_PLAN) or not plan.keys() <= {"type", "timezone", "entries"}:
        raise ValueError("no plan")
    if kind == TIME_PLAN:
        _zone(plan)
    for entry in read.several(read.mapping)(plan.get("entries", [])):
        _check_entry(entry, with_times=kind == TIME_PLAN)
    return plan


def free_spans(
    listing: Listing, bookings: Iterable[Booking], start: datetime, end: datetime
) -> list[Span]:
    """Return when there are seats left between two moments, in order; `bookings` take theirs."""
    planned = list(_planned(listing.availability_plan, start, end))
    exceptions = [Span(one.start, one.end, one.seats) for one in listing.availability_exceptions]
    taken = [Span(one.start, one.end, one.seats) for one in bookings]
    edges = {start, end}
    for span in (*planned, *exceptions, *taken):
        edges |= {edge for edge in (span.start, span.end) if start < edge < end}
    free: list[Span] = []
    moments = sorted(edges)
    for left, right in pairwise(moments):
        excepted = [span.seats for span in exceptions if span.start <= left < span.end]
        seats = excepted[-1] if excepted else _seats_at(left, planned)
        seats -= _seats_at(left, taken)
        if seats <= 0:
            continue
        if free and (free[-1].end, free[-1].seats) == (left, seats):
            free[-1] = Span(free[-1].start, right, seats)
        else:
            free.append(Span(left, right, seats))
    return free


def is_free(
    listing: Listing, bookings: Iterable[Booking], start: datetime, end: datetime, seats: int
) -> bool:
    """Tell whether there are so many seats all the time between two moments."""
    covered = start
    for span in free_spans(listing, bookings, start, end):
        if span.start == covered and span.seats >= seats:
            covered = span.end
    return covered == end


def _seats_at(moment: datetime, spans: Iterable[Span]) -> int:
    return sum(span.seats for span in spans if span.start <= moment < span.end)


def _planned(plan: dict[str, Any] | None, start: datetime, end: datetime) -> Iterator[Span]:
    if plan is None:
        yield Span(start, end, 1)
        return
    zone = _zone(plan) if plan["type"] == TIME_PLAN else UTC
    day = start.astimezone(zone).date() - _DAY
    while day <= end.astimezone(zone).date():
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        for entry in plan.get("entries", []):
            if entry["dayOfWeek"] == _WEEKDAYS[day.weekday()]:
                opens, closes = entry.get("startTime", "00:00"), entry.get("endTime", "00:00")
                yield Span(_at(midnight, opens), _at(midnight, closes, is_end=True), entry["seats"])
        day += _DAY


def _at(midnight: datetime, clock: str, *, is_end: bool = False) -> datetime:
    """Return the moment of a day; as an end, midnight is that of the next day."""
    hours, minutes = (int(part) for part in clock.split(":"))
    if is_end and (hours, minutes) == (0, 0):
        hours = 24
    days, hours = divmod(hours, 24)
    local = (midnight + days * _DAY).replace(hour=hours, minute=minutes)
    return local.astimezone(UTC)


def _zone(plan: dict[str, Any]) -> ZoneInfo:
    try:
        return ZoneInfo(read.text(plan.get("timezone")))
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError("no time zone") from error


def _check_entry(entry: dict[str, Any], *, with_times: bool) -> None:
    keys = {"dayOfWeek", "seats"} | ({"startTime", "endTime"} if with_times else set())
    if entry.keys() != keys or entry["dayOfWeek"] not in _WEEKDAYS:
        raise ValueError("no entry of a plan")
    read.whole(0)(entry["seats"])
    for name in keys & {"startTime", "endTime"}:
        if not _CLOCK.fullmatch(read.text(entry[name])):
            raise ValueError("no time of a day")
