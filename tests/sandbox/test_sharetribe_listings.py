"""Listings at the simulated Sharetribe: which are found, in which order, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.sharetribe import Sharetribe, User
from tests.sandbox.conftest import bearer_of, outcome_of

API = "/v1/api"
NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
ALWAYS = {
    "type": "availability-plan/time",
    "timezone": "Etc/UTC",
    "entries": [
        {"dayOfWeek": day, "startTime": "00:00", "endTime": "00:00", "seats": 2}
        for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    ],
}


@pytest.fixture
def harbour(sharetribe: Sharetribe) -> Sharetribe:
    """Return a marketplace with four listings, from the newest to the oldest."""
    robin, holly = sharetribe.users
    offers: list[tuple[str, str, dict[str, Any]]] = [
        (robin, "Kayak", {"price": (4500, "EUR"), "availability_plan": ALWAYS}),
        (holly, "Canoe", {"price": (3000, "EUR"), "geolocation": (60.2, 24.9)}),
        (robin, "Paddle", {"price": (900, "EUR"), "stock": 0, "geolocation": (59.3, 18.1)}),
        (robin, "Vest", {"price": None, "stock": 5}),
    ]
    data: list[dict[str, Any]] = [
        {"kind": "boat", "has": ["seat", "hatch"]},
        {"kind": "boat", "has": ["seat"], "crew": 2},
        {"kind": "gear", "spare": True},
        {},
    ]
    for age, ((author, title, fields), public) in enumerate(zip(offers, data, strict=True)):
        sharetribe.add_listing(
            author,
            title,
            description="For a kayak." if title == "Paddle" else "",
            public_data=public,
            created_at=NOW - timedelta(days=age),
            **fields,
        )
    sharetribe.add_listing(robin, "Kayak in a drawer", state="draft")
    return sharetribe


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", "Kayak Canoe Paddle Vest"),
        ("keywords=kayak", "Kayak Paddle"),
        ("keywords=can", "Canoe"),
        ("price=900,4500", "Canoe Paddle"),
        ("price=4500", "Kayak"),
        ("price=,3000", "Paddle"),
        ("minStock=1", "Vest"),
        ("minStock=1&stockMode=match-undefined", "Kayak Canoe Vest"),
        ("pub_kind=boat,gear", "Kayak Canoe Paddle"),
        ("pub_has=seat,hatch", "Kayak"),
        ("pub_has=has_any:seat,hatch", "Kayak Canoe"),
        ("pub_spare=true", "Paddle"),
        ("pub_crew=1,3", "Canoe"),
        ("sort=-price", "Vest Paddle Canoe Kayak"),
        ("sort=price&pub_kind=boat", "Kayak Canoe"),
        ("sort=-createdAt", "Vest Paddle Canoe Kayak"),
        ("bounds=61,26,60,24", "Canoe"),
        ("origin=59,18", "Paddle Canoe Kayak Vest"),
        ("perPage=2&page=2", "Paddle Vest"),
        ("start=2027-02-01&end=2027-02-03&availability=time-full", "Kayak"),
        ("start=2027-02-01&end=2027-02-03&availability=time-full&seats=3", ""),
        ("start=2027-02-01&end=2027-02-03&availability=day-partial", ""),
    ],
)
def test_a_query_finds_what_fits_in_order(
    harbour: Sharetribe, client: FlaskClient, query: str, titles: str
) -> None:
    visitor = bearer_of(harbour.anonymous())
    found = client.get(f"{API}/listings/query?{query}", headers=visitor).get_json()
    assert titles.split() == [one["attributes"]["title"] for one in found["data"]]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("colour=red", "validation-disallowed-key"),
        ("perPage=101", "validation-invalid-value"),
        ("page=0", "validation-invalid-value"),
        ("price=cheap", "validation-invalid-value"),
        ("pub_crew=many", "validation-invalid-value"),
        ("bounds=1,2,3", "validation-invalid-value"),
        ("sort=colour", "validation-invalid-value"),
        ("ids=1", "validation-invalid-value"),
        ("start=tomorrow", "validation-invalid-value"),
        ("start=2027-02-01T00:00:00", "validation-invalid-value"),
        ("include=owner", "validation-invalid-value"),
        ("include=images&limit.images=few", "validation-invalid-value"),
        ("availability=time-full", "validation-invalid-params"),
        ("origin=1,2&keywords=a", "validation-invalid-params"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    harbour: Sharetribe, client: FlaskClient, query: str, code: str
) -> None:
    visitor = bearer_of(harbour.anonymous())
    answer = client.get(f"{API}/listings/query?{query}", headers=visitor)
    assert (400, code) == outcome_of(answer)


@pytest.mark.parametrize("variant", ["w:4000", "w:0", "h:2;fit:round", "colour:red", ""])
def test_a_variant_that_no_picture_can_have_is_refused(
    sharetribe: Sharetribe, client: FlaskClient, user: User, bearer: dict[str, str], variant: str
) -> None:
    user.image_id = sharetribe.add_image("data:,", 400, 300).id
    query = f"include=profileImage&imageVariant.mine={variant}"
    answer = client.get(f"{API}/current_user/show?{query}", headers=bearer)
    assert (400, "validation-invalid-value") == outcome_of(answer)


def test_variants_keep_the_shape_of_a_picture_unless_they_crop(
    sharetribe: Sharetribe, client: FlaskClient, user: User, bearer: dict[str, str]
) -> None:
    user.image_id = sharetribe.add_image("data:,", 400, 300).id
    query = "include=profileImage&imageVariant.mine=w:100;h:100;fit:crop"
    fields = "fields.image=variants.mine,variants.scaled-small,variants.default"
    shown = client.get(f"{API}/current_user/show?{query}&{fields}", headers=bearer).get_json()
    variants = shown["included"][0]["attributes"]["variants"]
    assert {"mine": (100, 100), "scaled-small": (320, 240), "default": (400, 300)} == {
        name: (one["width"], one["height"]) for name, one in variants.items()
    }


def test_what_is_reached_by_two_ways_is_included_once(
    harbour: Sharetribe, client: FlaskClient, bearer: dict[str, str]
) -> None:
    query = "pub_kind=boat,gear&include=author,author.profileImage&fields.listing=title"
    found = client.get(f"{API}/listings/query?{query}", headers=bearer).get_json()
    assert list(harbour.users) == [one["id"] for one in found["included"]]
    assert [{"title"}] * 3 == [set(one["attributes"]) for one in found["data"]]


def test_by_the_time_there_are_no_pages(client: FlaskClient, bearer: dict[str, str]) -> None:
    period = "start=2027-02-01&end=2027-02-03&availability=time-partial&minDuration=60"
    found = client.get(f"{API}/listings/query?{period}", headers=bearer).get_json()
    assert {"paginationUnsupported": True, "perPage": 100} == found["meta"]


def test_authors_see_their_drafts_and_nobody_else_does(
    harbour: Sharetribe, client: FlaskClient, bearer: dict[str, str]
) -> None:
    path = f"{API}/own_listings/query?states=draft"
    (draft,) = client.get(path, headers=bearer).get_json()["data"]
    assert "Kayak in a drawer" == draft["attributes"]["title"]
    _, holly = harbour.users
    other = bearer_of(harbour.log_in(holly))
    assert [] == client.get(path, headers=other).get_json()["data"]
    show = f"{API}/own_listings/show?id={draft['id']}"
    assert (403, "forbidden") == outcome_of(client.get(show, headers=other))
    public = client.get(f"{API}/listings/show?id={draft['id']}", headers=bearer)
    assert (404, "not-found") == outcome_of(public)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"images": ["0b9f2a52-5d0e-4f5b-8a75-0a3e7f1c9d24"]}, (409, "image-invalid")),
        ({"price": {"amount": -1, "currency": "EUR"}}, (400, "validation-invalid-value")),
        ({"price": {"amount": 1, "currency": "euro"}}, (400, "validation-invalid-value")),
        ({"geolocation": {"lat": 91, "lng": 0}}, (400, "validation-invalid-value")),
        ({"availabilityPlan": {"type": "never"}}, (400, "validation-invalid-value")),
        (
            {"availabilityPlan": {"type": "availability-plan/time", "timezone": "Moon/Sea"}},
            (400, "validation-invalid-value"),
        ),
        ({"state": "published"}, (400, "validation-disallowed-key")),
        ({"title": ""}, (400, "validation-invalid-value")),
    ],
)
def test_a_wrong_update_changes_nothing_of_a_listing(
    harbour: Sharetribe,
    client: FlaskClient,
    bearer: dict[str, str],
    changes: dict[str, Any],
    refusal: tuple[int, str],
) -> None:
    kayak = next(iter(harbour.listings.values()))
    body = {"id": kayak.id, "description": "New", **changes}
    answer = client.post(f"{API}/own_listings/update", headers=bearer, json=body)
    assert (refusal, "") == (outcome_of(answer), kayak.description)


def test_a_discarded_draft_is_gone(
    harbour: Sharetribe, client: FlaskClient, bearer: dict[str, str]
) -> None:
    *_, draft = harbour.listings
    path = f"{API}/own_listings/discard_draft"
    assert 200 == client.post(path, headers=bearer, json={"id": draft}).status_code
    assert draft not in harbour.listings


def test_a_private_marketplace_tells_visitors_nothing_of_what_is_in_it(
    harbour: Sharetribe, client: FlaskClient, user: User, bearer: dict[str, str]
) -> None:
    harbour.access.is_private, harbour.access.restricted = True, {"read"}
    kayak = next(iter(harbour.listings))
    period = "start=2027-02-01&end=2027-02-02"
    paths = [
        f"timeslots/query?listingId={kayak}&{period}",
        f"reviews/query?listingId={kayak}",
        "sitemap_data/query_listings",
    ]
    visitor = bearer_of(harbour.anonymous())
    outcomes = [outcome_of(client.get(f"{API}/{path}", headers=visitor)) for path in paths]
    assert [(403, "forbidden")] * 3 == outcomes
    told = [outcome_of(client.get(f"{API}/{path}", headers=bearer)) for path in paths]
    assert [(403, "permission-denied-read")] * 2 + [(200, "")] == told
    user.state = "pending-approval"
    told = [outcome_of(client.get(f"{API}/{path}", headers=bearer)) for path in paths]
    assert [(403, "user-pending-approval")] * 3 == told
