"""The cookies that bind begun trips to the browser that began them: one nonce for each trip.

RFC 6265bis 4.1.3.2 (draft 20): browsers take a cookie whose name begins with `__Host-` from this
very host alone, over https, for all of its paths. Without that, a sibling host could put the nonce
of its own trip into somebody's browser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Response
from werkzeug.wrappers import Response as BaseResponse

from proxy.connections.state import STATE_SECONDS
from proxy.connections.trip import Departure
from proxy.http.cookies import cookie_pairs

MOST_TRIPS = 5  # begun in one browser, of one vendor, and not ended
_MOST_REMOVED = 8  # by one answer: routers have limits for the head of an answer
_TRIP = re.compile("[0-9a-f]{16}")


class NonceCookies:
    """Writes and reads the cookies of one vendor's trips; keeps nothing."""

    def __init__(self, vendor: str, *, secure: bool) -> None:
        self._prefix = f"{'__Host-' if secure else ''}echoseal-{vendor}-"
        self._attributes: dict[str, Any] = {
            "path": "/",
            "secure": secure,
            "httponly": True,
            "samesite": "Lax",
        }

    def add(self, response: Response, departure: Departure, header: str | None) -> None:
        """Give the browser the nonce of a trip; `header` is the `Cookie` that it has just sent.

        The oldest trips make room.
        """
        trips = [trip for trip in self._values(header) if trip != departure.trip]
        surplus = len(trips) - (MOST_TRIPS - 1)
        for trip in trips[: max(0, min(surplus, _MOST_REMOVED))]:
            self.remove(response, trip)
        name = f"{self._prefix}{departure.trip}"
        response.set_cookie(name, departure.nonce, max_age=STATE_SECONDS, **self._attributes)

    def nonces(self, header: str | None) -> Mapping[str, str]:
        """Return the nonces that a `Cookie` header holds, by their trips.

        One that stands there with two values is none: somebody else may have set the other.
        """
        return {
            trip: next(iter(values))
            for trip, values in self._values(header).items()
            if len(values) == 1
        }

    def _values(self, header: str | None) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name, value in cookie_pairs(header):
            trip = name.removeprefix(self._prefix)
            if trip != name and _TRIP.fullmatch(trip):
                found.setdefault(trip, set()).add(value)
        return found

    def remove(self, response: BaseResponse, trip: str) -> None:
        """Take the nonce of one trip away."""
        response.delete_cookie(f"{self._prefix}{trip}", **self._attributes)
