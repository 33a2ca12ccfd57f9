"""The endpoints of the Marketplace API with which users offer things.

Keys and states: sharetribe.com/api-reference, "Own listings", "Stock"; read 2026-11-30. Which of
them access control locks is in `access_control`. A listing that is not the user's, or in a state
from which there is no way, is a conflict ("API error codes").
"""

from typing import Any

from flask import Flask, Response

from sandbox.sharetribe import documents
from sandbox.sharetribe import parameters as read
from sandbox.sharetribe.access import require_user
from sandbox.sharetribe.access_control import require_approved
from sandbox.sharetribe.availability import read_plan
from sandbox.sharetribe.extended_data import merged
from sandbox.sharetribe.listings import CLOSED, DRAFT, PUBLISHED, Listing
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.resources import Resources, stock
from sandbox.sharetribe.users import User

_LONGEST_TITLE, _LONGEST_DESCRIPTION = 1000, 5000
_DATA = {"publicData": "public_data", "privateData": "private_data"}
_FIELDS = {
    "title": "title",
    "description": "description",
    "price": "price",
    "geolocation": "geolocation",
    "availabilityPlan": "availability_plan",
    "images": "image_ids",
}


def _text(longest: int) -> read.Reader:
    def value_of(value: Any) -> str:
        if not 0 < len(read.text(value)) <= longest:
            raise ValueError("empty or too long")
        return str(value)

    return value_of


def _price(value: Any) -> tuple[int, str]:
    amount, currency = read.money(value)
    if amount < 0:
        raise ValueError("negative")
    return amount, currency


def _place(value: Any) -> tuple[float, float]:
    place = read.mapping(value)
    lat, lng = place.get("lat"), place.get("lng")
    if len(place) != len(("lat", "lng")) or not isinstance(lat, int | float):
        raise ValueError("no place")
    if not isinstance(lng, int | float) or not (-90 <= lat <= 90 and -180 <= lng <= 180):
        raise ValueError("no place")
    return lat, lng


_READERS: dict[str, read.Reader] = {
    "title": _text(_LONGEST_TITLE),
    "description": read.nullable(_text(_LONGEST_DESCRIPTION)),
    "price": read.nullable(_price),
    "geolocation": read.nullable(_place),
    "availabilityPlan": read.nullable(read_plan),
    "images": read.several(read.uuid),
    **dict.fromkeys(_DATA, read.mapping),
}


class OwnListingApi:
    """The writes of `own_listings`, and `stock/compare_and_set`."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve the listings, users and tokens of `marketplace`."""
        self._marketplace = marketplace

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        writes = (
            self.create,
            self.create_draft,
            self.update,
            self.publish_draft,
            self.discard_draft,
            self.open,
            self.close,
        )
        for write in writes:
            path = f"/v1/api/own_listings/{write.__name__}"
            app.add_url_rule(path, f"own_listing_{write.__name__}", write, methods=["POST"])
        app.add_url_rule(
            "/v1/api/stock/compare_and_set", view_func=self.compare_and_set, methods=["POST"]
        )

    def create(self) -> Response:
        """Answer `POST own_listings/create`."""
        return self._created(PUBLISHED)

    def create_draft(self) -> Response:
        """Answer `POST own_listings/create_draft`."""
        return self._created(DRAFT)

    def update(self) -> Response:
        """Answer `POST own_listings/update`: extended data is merged, the rest replaced."""
        user = require_user(self._marketplace)
        require_approved(user)
        asked = read.read_body({"id": read.uuid, **_READERS}, required=("id",))
        listing = self._own(user, asked.pop("id"))
        self._set(listing, asked)
        return self._written(listing)

    def publish_draft(self) -> Response:
        """Answer `POST own_listings/publish_draft`."""
        return self._moved(self._poster(), DRAFT, PUBLISHED)

    def discard_draft(self) -> Response:
        """Answer `POST own_listings/discard_draft`, after which the draft is gone."""
        user = require_user(self._marketplace)
        require_approved(user)
        listing = self._in_state(user, DRAFT)
        del self._marketplace.listings[listing.id]
        return self._written(listing)

    def open(self) -> Response:
        """Answer `POST own_listings/open`."""
        return self._moved(self._poster(), CLOSED, PUBLISHED)

    def close(self) -> Response:
        """Answer `POST own_listings/close`, for which no permission is needed."""
        user = require_user(self._marketplace)
        require_approved(user)
        return self._moved(user, PUBLISHED, CLOSED)

    def compare_and_set(self) -> Response:
        """Answer `POST stock/compare_and_set`, which does nothing where `oldTotal` is outdated."""
        user = require_user(self._marketplace)
        require_approved(user)
        readers = {
            "listingId": read.uuid,
            "oldTotal": read.nullable(read.whole(0)),
            "newTotal": read.whole(0),
        }
        asked = read.read_body(readers, required=tuple(readers))
        listing = self._own(user, asked["listingId"])
        if listing.stock != asked["oldTotal"]:
            raise ApiError(409, "old-total-mismatch")
        listing.stock = asked["newTotal"]
        return documents.written(stock(listing, asked["newTotal"]))

    def _poster(self) -> User:
        user = require_user(self._marketplace)
        self._marketplace.access.require_permission(user, "postListings")
        return user

    def _created(self, state: str) -> Response:
        user = self._poster()
        asked = read.read_body(_READERS, required=("title",))
        listing = Listing(user.id, asked["title"], price=None, state=state)
        listing.created_at = self._marketplace.now()
        self._set(listing, asked)
        self._marketplace.listings[listing.id] = listing
        return self._written(listing)

    def _set(self, listing: Listing, asked: dict[str, Any]) -> None:
        if any(image not in self._marketplace.images for image in asked.get("images", ())):
            raise ApiError(409, "image-invalid")
        data = {
            attribute: merged(name, getattr(listing, attribute), asked[name])
            for name, attribute in _DATA.items()
            if name in asked
        }
        fields = {_FIELDS[name]: value for name, value in asked.items() if name in _FIELDS}
        for attribute, value in {**fields, **data}.items():
            setattr(listing, attribute, value)

    def _moved(self, user: User, before: str, after: str) -> Response:
        listing = self._in_state(user, before)
        listing.state = after
        return self._written(listing)

    def _in_state(self, user: User, state: str) -> Listing:
        asked = read.read_body({"id": read.uuid}, required=("id",))
        listing = self._own(user, asked["id"])
        if listing.state != state:
            raise ApiError(409, "conflict")
        return listing

    def _own(self, user: User, listing_id: str) -> Listing:
        listing = self._marketplace.listings.get(listing_id)
        if listing is None or listing.author_id != user.id:
            raise ApiError(409, "conflict")
        return listing

    def _written(self, listing: Listing) -> Response:
        return documents.written(Resources(self._marketplace).own_listing(listing))
