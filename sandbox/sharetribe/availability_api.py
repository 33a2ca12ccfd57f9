"""The endpoints of the Marketplace API that tell and change when a listing can be booked.

Source: sharetribe.com/api-reference, "Time slots", "Availability exceptions", and sharetribe.com/
docs, "Listing availability management", "Interval based filtering" (read 2026-11-30). That nothing
is asked for more than 366 days at once is a choice of the sandbox. Slots with other seats are not
joined to longer ones, as the API does for intervals since 2025-12-16.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from flask import Flask, Response

from sandbox.sharetribe import documents
from sandbox.sharetribe import parameters as read
from sandbox.sharetribe.access import require_user, require_view
from sandbox.sharetribe.access_control import require_approved
from sandbox.sharetribe.availability import DAY_PLAN, Span, free_spans
from sandbox.sharetribe.documents import Resource
from sandbox.sharetribe.listings import PUBLISHED, AvailabilityException, Listing
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError
from sandbox.transit import Keyword

MOST_SLOTS = 500
LONGEST = timedelta(days=366)
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


def _duration(value: Any) -> timedelta:
    match = _DURATION.fullmatch(read.text(value))
    days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    found = timedelta(days=days, hours=hours, minutes=minutes)
    if not found:
        raise ValueError("no duration")
    return found


_WITHIN: dict[str, read.Reader] = {
    "listingId": read.uuid,
    "start": read.moment,
    "end": read.moment,
}
_SLOTS: dict[str, read.Reader] = {
    **_WITHIN,
    "intervalDuration": _duration,
    "intervalAlign": read.moment,
    "maxPerInterval": read.whole(1),
    "minDurationStartingInInterval": read.whole(1, LONGEST.days * 24 * 60),
    "page": read.whole(1),
    "perPage": read.whole(1, MOST_SLOTS),
}
_EXCEPTION: dict[str, read.Reader] = {**_WITHIN, "seats": read.whole(0)}


class AvailabilityApi:
    """`timeslots` and `availability_exceptions`."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve the listings, users and tokens of `marketplace`."""
        self._marketplace = marketplace

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        exceptions = "/v1/api/availability_exceptions"
        app.add_url_rule("/v1/api/timeslots/query", view_func=self.slots)
        app.add_url_rule(f"{exceptions}/query", "query_exceptions", self.exceptions)
        app.add_url_rule(f"{exceptions}/create", "create_exception", self.create, methods=["POST"])
        app.add_url_rule(f"{exceptions}/delete", "delete_exception", self.delete, methods=["POST"])

    def slots(self) -> Response:
        """Answer `GET timeslots/query`: when a published listing can be booked."""
        require_view(self._marketplace, of_listings=True)
        asked = _period(read.read_query(_SLOTS, required=tuple(_WITHIN)))
        listing = self._marketplace.listings.get(asked["listingId"])
        if listing is None or listing.state != PUBLISHED:
            raise ApiError(404, "not-found")
        booked = self._marketplace.bookings_of(listing)
        spans = free_spans(listing, booked, asked["start"], asked["end"])
        if "intervalDuration" in asked:
            spans = list(dict.fromkeys(_by_interval(spans, asked)))
        page, meta = documents.paged(spans, asked, MOST_SLOTS)
        return documents.found([_slot(listing, span) for span in page], meta)

    def exceptions(self) -> Response:
        """Answer `GET availability_exceptions/query`, which only a listing's author may ask."""
        user = require_user(self._marketplace)
        asked = _period(read.read_query({**_WITHIN, **read.PAGES}, required=tuple(_WITHIN)))
        listing = self._marketplace.listings.get(asked["listingId"])
        if listing is None or listing.author_id != user.id:
            raise ApiError(403, "forbidden")
        within = [
            one
            for one in listing.availability_exceptions
            if one.start < asked["end"] and asked["start"] < one.end
        ]
        page, meta = documents.paged(sorted(within, key=lambda one: one.start), asked)
        return documents.found([_exception(one) for one in page], meta)

    def create(self) -> Response:
        """Answer `POST availability_exceptions/create`; two of a listing may not overlap."""
        user = require_user(self._marketplace)
        require_approved(user)
        asked = _period(read.read_body(_EXCEPTION, required=tuple(_EXCEPTION)))
        listing = self._marketplace.listings.get(asked["listingId"])
        if listing is None or listing.author_id != user.id:
            raise ApiError(409, "conflict")
        made = AvailabilityException(asked["start"], asked["end"], asked["seats"])
        if any(
            one.start < made.end and made.start < one.end for one in listing.availability_exceptions
        ):
            raise ApiError(409, "conflict")
        listing.availability_exceptions.append(made)
        return documents.written(_exception(made))

    def delete(self) -> Response:
        """Answer `POST availability_exceptions/delete`."""
        user = require_user(self._marketplace)
        require_approved(user)
        asked = read.read_body({"id": read.uuid}, required=("id",))
        for listing in list(self._marketplace.listings.values()):
            for one in listing.availability_exceptions:
                if one.id == asked["id"] and listing.author_id == user.id:
                    listing.availability_exceptions.remove(one)
                    return documents.written(_exception(one))
        raise ApiError(409, "conflict")


def _period(asked: dict[str, Any]) -> dict[str, Any]:
    if not timedelta() < asked["end"] - asked["start"] <= LONGEST:
        raise ApiError(400, "validation-invalid-params")
    return asked


def _by_interval(spans: list[Span], asked: dict[str, Any]) -> Iterator[Span]:
    """Iterate over the first spans of each interval that are long enough from there on."""
    length, least = asked["intervalDuration"], asked.get("minDurationStartingInInterval", 1)
    for left, right in _intervals(asked["start"], asked["end"], asked.get("intervalAlign"), length):
        fitting = [
            span
            for span in spans
            if span.start < right
            and left < span.end
            and span.end - max(span.start, left) >= timedelta(minutes=least)
        ]
        yield from fitting[: asked.get("maxPerInterval")]


def _intervals(
    start: datetime, end: datetime, align: datetime | None, length: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    origin = align or start
    left = origin + (start - origin) // length * length
    while left < end:
        yield left, left + length
        left += length


def _slot(listing: Listing, span: Span) -> Resource:
    plan = listing.availability_plan
    kind = "day" if plan is None or plan["type"] == DAY_PLAN else "time"
    attributes = {
        "type": Keyword(f"time-slot/{kind}"),
        "seats": span.seats,
        "start": span.start,
        "end": span.end,
    }
    name = f"{listing.id}/{span.start.isoformat()}/{span.end.isoformat()}"
    return Resource("timeSlot", str(uuid5(NAMESPACE_OID, name)), attributes)


def _exception(exception: AvailabilityException) -> Resource:
    attributes = {"seats": exception.seats, "start": exception.start, "end": exception.end}
    return Resource("availabilityException", exception.id, attributes)
