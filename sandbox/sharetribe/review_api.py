"""The endpoints of the Marketplace API for what the parties of transactions say.

Source: sharetribe.com/api-reference, "Reviews", "Messages"; read 2026-11-30. What is not public is
told to nobody. A limited session of "log in as" sends no messages (sharetribe.com/docs, "Log in as
user").
"""

from collections.abc import Iterator
from typing import Any

from flask import Flask, Response

from sandbox.sharetribe import documents
from sandbox.sharetribe import parameters as read
from sandbox.sharetribe.access import FULL_SCOPES, require_user, require_view
from sandbox.sharetribe.conversations import Message
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.resources import Resources
from sandbox.sharetribe.reviews import OF_CUSTOMER, OF_PROVIDER, PENDING, PUBLIC, Review
from sandbox.sharetribe.transactions import Transaction
from sandbox.sharetribe.transitions import party_of

_LONGEST_MESSAGE = 10_000
_REVIEWS: dict[str, read.Reader] = {
    "subjectId": read.uuid,
    "listingId": read.uuid,
    "transactionId": read.uuid,
    "type": read.one_of(OF_PROVIDER, OF_CUSTOMER),
    "state": read.one_of(PUBLIC, PENDING),
    **read.PAGES,
}


def _content(value: Any) -> str:
    if not 0 < len(read.text(value)) <= _LONGEST_MESSAGE:
        raise ValueError("empty or too long")
    return str(value)


class ReviewApi:
    """`reviews` and `messages`."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve the transactions, messages and tokens of `marketplace`."""
        self._marketplace = marketplace
        self._resources = Resources(marketplace)

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        app.add_url_rule("/v1/api/reviews/query", "query_reviews", self.reviews)
        app.add_url_rule("/v1/api/reviews/show", "show_review", self.review)
        app.add_url_rule("/v1/api/messages/query", "query_messages", self.messages)
        app.add_url_rule("/v1/api/messages/send", "send_message", self.send, methods=["POST"])

    def reviews(self) -> Response:
        """Answer `GET reviews/query`: the newest first; one must say of whom or of what."""
        require_view(self._marketplace, of_listings=True)
        asked = read.read_query(_REVIEWS)
        if not asked.keys() & {"subjectId", "listingId", "transactionId"}:
            raise ApiError(400, "validation-invalid-params")
        found = [
            review
            for transaction, review in self._published()
            if review.subject_id == asked.get("subjectId", review.subject_id)
            and review.listing_id == asked.get("listingId", review.listing_id)
            and transaction.id == asked.get("transactionId", transaction.id)
            and review.kind == asked.get("type", review.kind)
            and review.state == asked.get("state", review.state)
        ]
        newest = sorted(found, key=lambda one: one.created_at, reverse=True)
        page, meta = documents.paged(newest, asked)
        return documents.found([self._resources.review(one) for one in page], meta)

    def review(self) -> Response:
        """Answer `GET reviews/show?id=…`."""
        require_view(self._marketplace, of_listings=True)
        asked = read.read_query({"id": read.uuid}, required=("id",))
        for _, review in self._published():
            if review.id == asked["id"]:
                return documents.found(self._resources.review(review))
        raise ApiError(404, "not-found")

    def messages(self) -> Response:
        """Answer `GET messages/query?transactionId=…`, to its parties: the newest first."""
        user = require_user(self._marketplace)
        readers = {
            "transactionId": read.uuid,
            "ids": read.several(read.uuid),
            **read.PAGES,
        }
        asked = read.read_query(readers, required=("transactionId",))
        transaction = self._marketplace.transactions.get(asked["transactionId"])
        if transaction is None or party_of(transaction, user.id) is None:
            raise ApiError(403, "forbidden")
        found = [
            one
            for one in reversed(self._marketplace.messages)
            if one.transaction_id == transaction.id and one.id in asked.get("ids", (one.id,))
        ]
        page, meta = documents.paged(found, asked)
        return documents.found([self._resources.message(one) for one in page], meta)

    def send(self) -> Response:
        """Answer `POST messages/send`."""
        user = require_user(self._marketplace, FULL_SCOPES)
        readers: dict[str, read.Reader] = {
            "transactionId": read.uuid,
            "content": _content,
            "publicFileAttachments": read.nullable(read.several(read.uuid)),
        }
        asked = read.read_body(readers, required=("transactionId", "content"))
        transaction = self._marketplace.transactions.get(asked["transactionId"])
        if transaction is None:
            raise ApiError(409, "conflict")
        if party_of(transaction, user.id) is None:
            raise ApiError(403, "forbidden")
        message = Message(transaction.id, user.id, asked["content"], self._marketplace.now())
        self._marketplace.messages.append(message)
        return documents.written(self._resources.message(message))

    def _published(self) -> Iterator[tuple[Transaction, Review]]:
        for transaction in list(self._marketplace.transactions.values()):
            for review in transaction.reviews:
                if review.state == PUBLIC:
                    yield transaction, review
