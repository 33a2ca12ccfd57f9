"""When a listing of the simulated Sharetribe can be booked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.sharetribe import Listing, Sharetribe, Transaction, User
from sandbox.sharetribe.listings import AvailabilityException
from sandbox.sharetribe.transactions import Booking
from tests.sandbox.conftest import bearer_of, outcome_of

API = "/v1/api"
MONDAY = datetime(2027, 1, 18, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFFICE = {
    "type": "availability-plan/time",
    "timezone": "Europe/Helsinki",
    "entries": [
        {"dayOfWeek": day, "startTime": "09:00", "endTime": "17:00", "seats": 2}
        for day in ("mon", "tue")
    ],
}
BY_DAY = {
    "type": "availability-plan/day",
    "entries": [{"dayOfWeek": "tue", "seats": 1}],
}


@pytest.fixture
def desk(sharetribe: Sharetribe, user: User) -> Listing:
    return sharetribe.add_listing(user.id, "Desk", availability_plan=OFFICE)


def _slots(
    client: FlaskClient, bearer: dict[str, str], listing: Listing, days: int, more: str = ""
) -> list[tuple[str, str, int]]:
    """Return the slots of so many days from Monday on: from when to when, and the seats."""
    end = (MONDAY + days * DAY).isoformat().replace("+00:00", "Z")
    query = f"listingId={listing.id}&start={MONDAY.date()}&end={end}{more}"
    found = client.get(f"{API}/timeslots/query?{query}", headers=bearer).get_json()["data"]
    return [
        (
            one["attributes"]["start"][8:16],
            one["attributes"]["end"][8:16],
            one["attributes"]["seats"],
        )
        for one in found
    ]


def _book(sharetribe: Sharetribe, listing: Listing, start: datetime, hours: int) -> Transaction:
    end = start + hours * HOUR
    robin, holly = sharetribe.users
    booking = Booking(start, end, start, end)
    return sharetribe.add_transaction(holly, robin, listing_id=listing.id, booking=booking)


def test_a_plan_by_the_time_counts_in_its_own_time_zone(
    client: FlaskClient, bearer: dict[str, str], desk: Listing
) -> None:
    expected = [("18T07:00", "18T15:00", 2), ("19T07:00", "19T15:00", 2)]
    assert expected == _slots(client, bearer, desk, days=7)


def test_a_plan_by_the_day_counts_in_utc(
    client: FlaskClient, bearer: dict[str, str], desk: Listing
) -> None:
    desk.availability_plan = BY_DAY
    assert [("19T00:00", "20T00:00", 1)] == _slots(client, bearer, desk, days=7)


def test_an_exception_replaces_what_the_plan_says(
    client: FlaskClient, bearer: dict[str, str], desk: Listing
) -> None:
    desk.availability_exceptions = [
        AvailabilityException(MONDAY + 10 * HOUR, MONDAY + 11 * HOUR, 0),
        AvailabilityException(MONDAY + 15 * HOUR, MONDAY + 16 * HOUR, 2),
    ]
    expected = [("18T07:00", "18T10:00", 2), ("18T11:00", "18T16:00", 2)]
    assert expected == _slots(client, bearer, desk, days=1)


def test_a_booking_takes_seats_until_it_is_declined(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str], desk: Listing
) -> None:
    booked = _book(sharetribe, desk, MONDAY + 8 * HOUR, 2)
    assert booked.booking is not None
    expected = [
        ("18T07:00", "18T08:00", 2),
        ("18T08:00", "18T10:00", 1),
        ("18T10:00", "18T15:00", 2),
    ]
    assert expected == _slots(client, bearer, desk, days=1)
    booked.booking.state = "declined"
    assert [("18T07:00", "18T15:00", 2)] == _slots(client, bearer, desk, days=1)


def test_of_each_interval_come_the_first_slots_that_are_long_enough(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str], desk: Listing
) -> None:
    for hour in (8, 12):
        _book(sharetribe, desk, MONDAY + hour * HOUR, 1)
    by_day = "&intervalDuration=P1D&maxPerInterval=1&minDurationStartingInInterval=120"
    expected = [("18T09:00", "18T12:00", 2), ("19T07:00", "19T15:00", 2)]
    assert expected == _slots(client, bearer, desk, days=7, more=by_day)
    aligned = f"{by_day}&intervalAlign=2027-01-17T12:00:00Z"
    expected = [
        ("18T09:00", "18T12:00", 2),
        ("18T13:00", "18T15:00", 2),
        ("19T07:00", "19T15:00", 2),
    ]
    assert expected == _slots(client, bearer, desk, days=7, more=aligned)


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("", (400, "validation-missing-key")),
        ("&start=2027-01-18&end=2027-01-18", (400, "validation-invalid-params")),
        ("&start=2027-01-18&end=2028-02-18", (400, "validation-invalid-params")),
        ("&start=2027-01-18&end=2027-01-19&perPage=501", (400, "validation-invalid-value")),
        ("&start=2027-01-18&end=2027-01-19&intervalDuration=1D", (400, "validation-invalid-value")),
        ("&start=2027-01-18&end=2027-01-19&seats=1", (400, "validation-disallowed-key")),
    ],
)
def test_slots_of_no_period_are_refused(
    client: FlaskClient,
    bearer: dict[str, str],
    desk: Listing,
    query: str,
    refusal: tuple[int, str],
) -> None:
    answer = client.get(f"{API}/timeslots/query?listingId={desk.id}{query}", headers=bearer)
    assert refusal == outcome_of(answer)


def test_only_the_author_makes_exceptions_and_no_two_for_one_time(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str], desk: Listing
) -> None:
    path = f"{API}/availability_exceptions/create"
    body: dict[str, Any] = {
        "listingId": desk.id,
        "start": "2027-01-18T10:00:00Z",
        "end": "2027-01-18T12:00:00Z",
        "seats": 0,
    }
    _, holly = sharetribe.users
    other = bearer_of(sharetribe.log_in(holly))
    assert (409, "conflict") == outcome_of(client.post(path, headers=other, json=body))
    assert 200 == client.post(path, headers=bearer, json=body).status_code
    overlapping = {**body, "start": "2027-01-18T11:00:00Z"}
    assert (409, "conflict") == outcome_of(client.post(path, headers=bearer, json=overlapping))
    query = f"listingId={desk.id}&start=2027-01-18&end=2027-01-19"
    asked = client.get(f"{API}/availability_exceptions/query?{query}", headers=other)
    assert (403, "forbidden") == outcome_of(asked)
