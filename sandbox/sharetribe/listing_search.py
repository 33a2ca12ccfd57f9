"""Which listings a query finds, and in which order.

Parameters and rules: sharetribe.com/api-reference, "Query listings", and sharetribe.com/docs, "How
the listing search works" (read 2026-11-30). Every key of public data and metadata can be searched
here, as if there were a search schema for each.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sandbox.sharetribe import availability
from sandbox.sharetribe import parameters as read
from sandbox.sharetribe.listings import Listing
from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.transactions import Booking

TIME_FULL, TIME_PARTIAL = "time-full", "time-partial"
_AVAILABILITY = (TIME_FULL, TIME_PARTIAL, "day-full", "day-partial")
_SHORTEST_PART = 3

BookingsOf = Callable[[Listing], Iterable[Booking]]
"""Returns what is booked of a listing."""


def _numbers(count: int) -> read.Reader:
    def values(value: Any) -> list[float]:
        found = [float(part) for part in read.text(value).split(",")]
        if len(found) != count:
            raise ValueError("not as many numbers")
        return found

    return values


def _range(value: Any) -> tuple[int | None, int | None]:
    """Read `exact`, `least,`, `,below` or `least,below`."""
    least, comma, below = read.text(value).partition(",")
    if not comma:
        return int(least), int(least) + 1
    return (int(least) if least else None), (int(below) if below else None)


PARAMETERS: dict[str, read.Reader] = {
    "authorId": read.uuid,
    "ids": read.several(read.uuid),
    "keywords": read.text,
    "origin": _numbers(2),
    "bounds": _numbers(4),
    "price": _range,
    "start": read.moment,
    "end": read.moment,
    "seats": read.whole(1),
    "availability": read.one_of(*_AVAILABILITY),
    "minDuration": read.whole(1),
    "minStock": read.whole(0),
    "stockMode": read.one_of("strict", "match-undefined"),
    "sort": read.text,
    **read.PAGES,
}


def search(listings: Iterable[Listing], asked: dict[str, Any], booked: BookingsOf) -> list[Listing]:
    """Return the listings that fit what is asked for, in order; raises ApiError."""
    if "origin" in asked and "keywords" in asked:
        raise ApiError(400, "validation-invalid-params")
    if "availability" in asked and not {"start", "end"} <= asked.keys():
        raise ApiError(400, "validation-invalid-params")
    fitting = [one for one in listings if _Fit(asked, booked).fits(one)]
    return _sorted(fitting, asked)


@dataclass(frozen=True, slots=True)
class _Fit:
    asked: dict[str, Any]
    booked: BookingsOf

    def fits(self, listing: Listing) -> bool:
        asked = self.asked
        return (
            listing.author_id == asked.get("authorId", listing.author_id)
            and listing.id in asked.get("ids", (listing.id,))
            and ("keywords" not in asked or _score(listing, asked["keywords"]) > 0)
            and ("bounds" not in asked or _is_within(listing, asked["bounds"]))
            and ("price" not in asked or _is_between(listing.price, asked["price"]))
            and self._is_stocked(listing)
            and ("availability" not in asked or self._is_available(listing))
            and all(
                _has(listing, name, value)
                for name, value in asked.items()
                if read.EXTENDED.fullmatch(name)
            )
        )

    def _is_stocked(self, listing: Listing) -> bool:
        if "minStock" not in self.asked:
            return True
        if listing.stock is None:
            return bool(self.asked.get("stockMode") == "match-undefined")
        return bool(listing.stock >= self.asked["minStock"])

    def _is_available(self, listing: Listing) -> bool:
        start, end, seats = self.asked["start"], self.asked["end"], self.asked.get("seats", 1)
        kind = self.asked["availability"].partition("-")[0]
        plan = listing.availability_plan
        if plan is None or not plan["type"].endswith(kind) or start >= end:
            return False
        booked = list(self.booked(listing))
        least = self.asked.get("minDuration")
        if self.asked["availability"].endswith("full") and least is None:
            return availability.is_free(listing, booked, start, end, seats)
        return any(
            span.seats >= seats and span.end - span.start >= timedelta(minutes=least or 1)
            for span in availability.free_spans(listing, booked, start, end)
        )


def _has(listing: Listing, name: str, wanted: str) -> bool:
    """Tell whether extended data has what `pub_…` or `meta_…` asks for; raises ApiError."""
    scope, _, key = name.partition("_")
    data = {"pub": listing.public_data, "meta": listing.metadata}.get(scope, {})
    mode, colon, words = wanted.partition(":")
    values = (words if colon else wanted).split(",")
    held = data.get(key)
    if isinstance(held, list):
        found = [value in held for value in values]
        return any(found) if mode == "has_any" else all(found)
    if isinstance(held, bool):
        return values == [str(held).lower()]
    if isinstance(held, int):
        try:
            return _is_between((held, ""), _range(wanted))
        except ValueError as error:
            raise ApiError(400, "validation-invalid-value", name) from error
    return held in values


def _is_between(price: tuple[int, str] | None, bounds: tuple[int | None, int | None]) -> bool:
    least, below = bounds
    if price is None:
        return False
    return (least is None or least <= price[0]) and (below is None or price[0] < below)


def _is_within(listing: Listing, bounds: list[float]) -> bool:
    if listing.geolocation is None:
        return False
    (lat, lng), (north, east, south, west) = listing.geolocation, bounds
    between = west <= lng <= east if west <= east else lng >= west or lng <= east
    return south <= lat <= north and between


def _score(listing: Listing, keywords: str) -> int:
    """Return how well a listing fits: a word weighs more than a part of one, a title most."""
    score = 0
    for weight, text in ((20, listing.title), (10, listing.description)):
        words = re.findall(r"\w+", text.casefold())
        for keyword in re.findall(r"\w+", keywords.casefold()):
            is_part = len(keyword) >= _SHORTEST_PART and any(
                word.startswith(keyword) or word.endswith(keyword) for word in words
            )
            score += weight + 5 if keyword in words else weight if is_part else 0
    return score


def _sorted(listings: list[Listing], asked: dict[str, Any]) -> list[Listing]:
    """Order by what is asked for, the largest first unless it begins with `-`."""
    newest = sorted(listings, key=lambda one: one.created_at, reverse=True)
    if "sort" in asked:
        for part in reversed(asked["sort"].split(",")):
            newest.sort(key=_sort_key(part.lstrip("-")), reverse=not part.startswith("-"))
    elif "keywords" in asked:
        newest.sort(key=lambda one: _score(one, asked["keywords"]), reverse=True)
    elif "origin" in asked:
        newest.sort(key=lambda one: _distance(one, asked["origin"]))
    return newest


def _sort_key(name: str) -> Callable[[Listing], Any]:
    scope, _, key = name.partition("_")
    if name == "createdAt":
        return lambda one: one.created_at
    if name == "price":
        return lambda one: one.price[0] if one.price else 0
    if scope in ("pub", "meta") and key:
        return lambda one: str((one.public_data if scope == "pub" else one.metadata).get(key, ""))
    raise ApiError(400, "validation-invalid-value", "sort")


def _distance(listing: Listing, origin: list[float]) -> float:
    if listing.geolocation is None:
        return float("inf")
    (lat, lng), (north, east) = listing.geolocation, origin
    return (lat - north) ** 2 + (lng - east) ** 2
