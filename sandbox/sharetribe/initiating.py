"""Transactions that begin: `transactions/initiate` and `transactions/initiate_speculative`.

Two processes can begin, `default-purchase` and `default-booking`, with an inquiry or with a request
of payment; that one is privileged, so that only a trusted token may take it. Access control locks
both endpoints for who waits for approval, and only the first for who may not initiate
(sharetribe.com/docs, "User access control", read 2026-11-29).
"""

from typing import Any

from flask import Flask, Response, request

from sandbox.sharetribe.access import USER_SCOPES, require_grant, require_id
from sandbox.sharetribe.access_control import require_approved
from sandbox.sharetribe.listings import PUBLISHED, Listing
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError, answer, request_body
from sandbox.sharetribe.tokens import Grant
from sandbox.sharetribe.transactions import LineItem, Transaction, identity, resource

_PROCESSES = ("default-purchase", "default-booking")
_TRANSITIONS = ("transition/inquire", "transition/request-payment")
_PRIVILEGED = {"transition/request-payment"}
_KEYS = ("processAlias", "transition", "params")


class InitiatingApi:
    """The two endpoints with which a user begins a transaction."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve the listings, users and tokens of `marketplace`."""
        self._marketplace = marketplace

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        path = "/v1/api/transactions/initiate"
        app.add_url_rule(path, view_func=self.initiate, methods=["POST"])
        app.add_url_rule(
            f"{path}_speculative", view_func=self.initiate_speculative, methods=["POST"]
        )

    def initiate(self) -> Response:
        """Answer `POST transactions/initiate`."""
        return self._initiated(is_speculative=False)

    def initiate_speculative(self) -> Response:
        """Answer `POST transactions/initiate_speculative`: nothing is kept."""
        return self._initiated(is_speculative=True)

    def _initiated(self, *, is_speculative: bool) -> Response:
        marketplace = self._marketplace
        grant = require_grant(marketplace.tokens, USER_SCOPES)
        user = marketplace.users.get(grant.user_id or "")
        if user is None:
            raise ApiError(401, "auth-invalid-access-token")
        require_approved(user)
        if not is_speculative:
            marketplace.access.require_permission(user, "initiateTransactions")
        asked = _read(request_body(), grant)
        listing = marketplace.listings.get(require_id(asked["params"].get("listingId")))
        if listing is None or listing.state != PUBLISHED or listing.author_id == user.id:
            raise ApiError(409, "transaction-listing-not-found")
        made = _transaction(asked, listing, user.id)
        if not is_speculative:
            marketplace.transactions[made.id] = made
        is_expanded = is_speculative or request.args.get("expand") == "true"
        return answer({"data": resource(made) if is_expanded else identity(made)})


def _read(asked: dict[str, Any], grant: Grant) -> dict[str, Any]:
    for name in asked:
        if name not in _KEYS:
            raise ApiError(400, "validation-disallowed-key", name)
    for name in _KEYS:
        if name not in asked:
            raise ApiError(400, "validation-missing-key", name)
    process = str(asked["processAlias"]).partition("/")[0]
    if process not in _PROCESSES:
        raise ApiError(400, "validation-invalid-value", "processAlias")
    if not isinstance(asked["params"], dict):
        raise ApiError(400, "validation-invalid-value", "params")
    if asked["transition"] not in _TRANSITIONS:
        raise ApiError(409, "transaction-invalid-transition")
    if asked["transition"] in _PRIVILEGED and grant.scope != "trusted:user":
        raise ApiError(403, "forbidden")
    return asked


def _transaction(asked: dict[str, Any], listing: Listing, customer_id: str) -> Transaction:
    amount, currency = listing.price or (0, "EUR")
    return Transaction(
        customer_id,
        listing.author_id,
        listing_title=listing.title,
        line_items=(LineItem("line-item/item", unit_price=amount),),
        currency=currency,
        listing_id=listing.id,
        listing_public_data=listing.public_data,
        process_name=str(asked["processAlias"]).partition("/")[0],
        last_transition=asked["transition"],
        protected_data=asked["params"].get("protectedData") or {},
    )
