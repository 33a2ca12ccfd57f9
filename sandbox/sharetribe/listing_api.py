"""The endpoints of the Marketplace API that read listings.

Source: sharetribe.com/api-reference, "Listings", "Own listings" and "Sitemap data"; read
2026-11-30. Which of them access control locks is in `access_control`.
"""

from flask import Flask, Response

from sandbox.sharetribe import asset_tree, documents
from sandbox.sharetribe import parameters as read
from sandbox.sharetribe.access import MARKETPLACE_SCOPES, require_grant, require_user, require_view
from sandbox.sharetribe.documents import Resource
from sandbox.sharetribe.listing_search import PARAMETERS, TIME_FULL, TIME_PARTIAL, search
from sandbox.sharetribe.listings import CLOSED, DRAFT, PUBLISHED, Listing
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.resources import Resources

_MOST_IN_SITEMAP = 10_000


class ListingApi:
    """What `listings`, `own_listings` and `sitemap_data` tell."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve the listings, users and tokens of `marketplace`."""
        self._marketplace = marketplace
        self._resources = Resources(marketplace)

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        for path, view in (
            ("listings/query", self.query),
            ("listings/show", self.show),
            ("own_listings/query", self.query_own),
            ("own_listings/show", self.show_own),
            ("sitemap_data/query_listings", self.sitemap_listings),
            ("sitemap_data/query_assets", self.sitemap_assets),
        ):
            app.add_url_rule(f"/v1/api/{path}", path, view)

    def query(self) -> Response:
        """Answer `GET listings/query`: those that are published; by the time there are no pages."""
        require_view(self._marketplace, of_listings=True)
        asked = read.read_query(PARAMETERS, extended=True)
        found = search(self._published(), asked, self._marketplace.bookings_of)
        page, meta = documents.paged(found, asked)
        if asked.get("availability") in (TIME_FULL, TIME_PARTIAL):
            meta = {"paginationUnsupported": True, "perPage": meta["perPage"]}
        return documents.found([self._resources.listing(one) for one in page], meta)

    def show(self) -> Response:
        """Answer `GET listings/show?id=…`; what is not published is not found."""
        require_view(self._marketplace, of_listings=True)
        asked = read.read_query({"id": read.uuid}, required=("id",))
        listing = self._marketplace.listings.get(asked["id"])
        if listing is None or listing.state != PUBLISHED:
            raise ApiError(404, "not-found")
        return documents.found(self._resources.listing(listing))

    def query_own(self) -> Response:
        """Answer `GET own_listings/query`: the user's own in all states, the newest first."""
        user = require_user(self._marketplace)
        states = read.several(read.one_of(DRAFT, "pendingApproval", PUBLISHED, CLOSED))
        asked = read.read_query({**PARAMETERS, "states": states}, extended=True)
        own = [
            one
            for one in list(self._marketplace.listings.values())
            if one.author_id == user.id and one.state in asked.get("states", (one.state,))
        ]
        page, meta = documents.paged(search(own, asked, self._marketplace.bookings_of), asked)
        return documents.found([self._resources.own_listing(one) for one in page], meta)

    def show_own(self) -> Response:
        """Answer `GET own_listings/show?id=…`; another user's is forbidden."""
        user = require_user(self._marketplace)
        asked = read.read_query({"id": read.uuid}, required=("id",))
        listing = self._marketplace.listings.get(asked["id"])
        if listing is None:
            raise ApiError(404, "not-found")
        if listing.author_id != user.id:
            raise ApiError(403, "forbidden")
        return documents.found(self._resources.own_listing(listing))

    def sitemap_listings(self) -> Response:
        """Answer `GET sitemap_data/query_listings`: the newest that are published."""
        require_view(self._marketplace, of_listings=False)
        read.read_query({})
        newest = sorted(self._published(), key=lambda one: one.created_at, reverse=True)
        shown = [Resource("listing", one.id, {}) for one in newest[:_MOST_IN_SITEMAP]]
        return documents.found(shown, {"totalItems": len(shown)})

    def sitemap_assets(self) -> Response:
        """Answer `GET sitemap_data/query_assets`: the content pages under a `pathPrefix`."""
        require_grant(self._marketplace.tokens, MARKETPLACE_SCOPES)
        prefix = read.read_query({"pathPrefix": read.text}).get("pathPrefix", "/")
        shown = [
            Resource("asset", asset_tree.asset_id(path), {"assetPath": f"/{path}"})
            for path in asset_tree.page_paths()
            if f"/{path}".startswith(prefix)
        ]
        return documents.found(shown, {"totalItems": len(shown)})

    def _published(self) -> list[Listing]:
        listings = list(self._marketplace.listings.values())  # others may be offered meanwhile
        return [one for one in listings if one.state == PUBLISHED]
