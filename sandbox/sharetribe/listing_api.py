"""The endpoints of the Marketplace API that read listings, and that write a user's own.

Which of them access control locks is in `access_control`. A listing in a state from which there is
no way is a conflict ("API error codes", read 2026-11-29).
"""

from typing import Any

from flask import Flask, Response, request

from sandbox.sharetribe.access import (
    MARKETPLACE_SCOPES,
    USER_SCOPES,
    require_grant,
    require_id,
)
from sandbox.sharetribe.access_control import require_approved
from sandbox.sharetribe.listings import CLOSED, DRAFT, PUBLISHED, Listing, identity, resource
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError, answer, request_body
from sandbox.sharetribe.users import User, public_resource

_KINDS = {"title": str, "description": str, "price": dict, "publicData": dict}
_PER_PAGE = 100


class ListingApi:
    """`listings` and `own_listings`."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve the listings, users and tokens of `marketplace`."""
        self._marketplace = marketplace

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        app.add_url_rule("/v1/api/listings/query", "query_listings", self.query)
        app.add_url_rule("/v1/api/listings/show", "show_listing", self.show)
        writes = (self.create, self.create_draft, self.publish_draft, self.open, self.close)
        for write in writes:
            path = f"/v1/api/own_listings/{write.__name__}"
            app.add_url_rule(path, f"own_listing_{write.__name__}", write, methods=["POST"])

    def query(self) -> Response:
        """Answer `GET listings/query`: all that are published, the newest last."""
        self._require_view()
        found = [one for one in self._marketplace.listings.values() if one.state == PUBLISHED]
        body = self._shown(found[:_PER_PAGE])
        meta = {"totalItems": len(found), "totalPages": 1, "page": 1, "perPage": _PER_PAGE}
        return answer({**body, "meta": meta})

    def show(self) -> Response:
        """Answer `GET listings/show?id=…`; what is not published is not found."""
        self._require_view()
        listing = self._marketplace.listings.get(require_id(request.args.get("id")))
        if listing is None or listing.state != PUBLISHED:
            raise ApiError(404, "not-found")
        shown = self._shown([listing])
        return answer({**shown, "data": shown["data"][0]})

    def create(self) -> Response:
        """Answer `POST own_listings/create`."""
        return self._created(PUBLISHED)

    def create_draft(self) -> Response:
        """Answer `POST own_listings/create_draft`."""
        return self._created(DRAFT)

    def publish_draft(self) -> Response:
        """Answer `POST own_listings/publish_draft`."""
        return self._moved(DRAFT, PUBLISHED)

    def open(self) -> Response:
        """Answer `POST own_listings/open`."""
        return self._moved(CLOSED, PUBLISHED)

    def close(self) -> Response:
        """Answer `POST own_listings/close`, for which no permission is needed."""
        user = self._user()
        require_approved(user)
        return self._put(user, PUBLISHED, CLOSED)

    def _require_view(self) -> None:
        grant = require_grant(self._marketplace.tokens, MARKETPLACE_SCOPES)
        user = self._marketplace.users.get(grant.user_id or "")
        self._marketplace.access.require_view(user, of_listings=True)

    def _user(self) -> User:
        grant = require_grant(self._marketplace.tokens, USER_SCOPES)
        user = self._marketplace.users.get(grant.user_id or "")
        if user is None:
            raise ApiError(401, "auth-invalid-access-token")
        return user

    def _poster(self) -> User:
        user = self._user()
        self._marketplace.access.require_permission(user, "postListings")
        return user

    def _created(self, state: str) -> Response:
        user, asked = self._poster(), request_body()
        for name, value in asked.items():
            if name not in _KINDS:
                raise ApiError(400, "validation-disallowed-key", name)
            if not isinstance(value, _KINDS[name]):
                raise ApiError(400, "validation-invalid-value", name)
        if not asked.get("title"):
            raise ApiError(400, "validation-missing-key", "title")
        listing = Listing(
            user.id,
            asked["title"],
            asked.get("description", ""),
            _price(asked.get("price")),
            state,
            asked.get("publicData", {}),
        )
        self._marketplace.listings[listing.id] = listing
        return _written(listing)

    def _moved(self, before: str, after: str) -> Response:
        return self._put(self._poster(), before, after)

    def _put(self, user: User, before: str, after: str) -> Response:
        asked = request_body()
        listing = self._marketplace.listings.get(require_id(asked.get("id")))
        if listing is None or listing.author_id != user.id or listing.state != before:
            raise ApiError(409, "conflict")
        listing.state = after
        return _written(listing)

    def _shown(self, listings: list[Listing]) -> dict[str, Any]:
        asks = "author" in request.args.get("include", "").split(",")
        body: dict[str, Any] = {
            "data": [resource(one, "listing", with_author=asks) for one in listings]
        }
        if asks:
            authors = dict.fromkeys(one.author_id for one in listings)
            users = self._marketplace.users
            body["included"] = [public_resource(users[author]) for author in authors]
        return body


def _price(price: dict[str, Any] | None) -> tuple[int, str] | None:
    if price is None:
        return None
    amount, currency = price.get("amount"), price.get("currency")
    is_money = isinstance(amount, int) and amount >= 0 and isinstance(currency, str)
    if not is_money or len(price) != len(("amount", "currency")):
        raise ApiError(400, "validation-invalid-value", "price")
    return int(str(amount)), str(currency)


def _written(listing: Listing) -> Response:
    kind = "ownListing"
    is_expanded = request.args.get("expand") == "true"
    return answer({"data": resource(listing, kind) if is_expanded else identity(listing, kind)})
