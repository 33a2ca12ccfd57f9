"""The endpoints of the Marketplace API and the Integration API that read transactions.

Parameters: sharetribe.com/api-reference, "Query transactions" of the Marketplace API, with what its
changelog of 2025-04-10 adds; read 2026-11-30.
"""

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g

from sandbox.sharetribe import documents
from sandbox.sharetribe import parameters as read
from sandbox.sharetribe.access import OPERATOR_SCOPES, require_grant, require_user
from sandbox.sharetribe.extended_data import merged
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.resources import Resources
from sandbox.sharetribe.transactions import Transaction
from sandbox.sharetribe.transitions import Transitions, party_of

_KINDS = ("order", "sale")
_QUERY: dict[str, read.Reader] = {
    "only": read.one_of(*_KINDS),
    "states": read.several(read.text),
    "lastTransitions": read.several(read.text),
    "processNames": read.several(read.text),
    "listingId": read.uuid,
    "createdAtStart": read.moment,
    "createdAtEnd": read.moment,
    "lastTransitionedAtStart": read.moment,
    "lastTransitionedAtEnd": read.moment,
    "hasBooking": read.truth,
    "hasStockReservation": read.truth,
    "hasPayin": read.truth,
    "bookingStates": read.several(read.text),
    "stockReservationStates": read.several(read.text),
    "sort": read.text,
    **read.PAGES,
}


class TransactionApi:
    """Transactions through the Marketplace API (`/v1/api`) and the Integration API."""

    def __init__(self, marketplace: Marketplace, transitions: Transitions) -> None:
        """Serve the transactions of `marketplace`."""
        self._marketplace = marketplace
        self._transitions = transitions
        self._resources = Resources(marketplace)
        self._writing = threading.Lock()

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        operator = "/v1/integration_api/transactions"
        app.add_url_rule("/v1/api/transactions/show", view_func=self.show)
        app.add_url_rule("/v1/api/transactions/query", "query_transactions", self.query)
        app.add_url_rule(f"{operator}/show", view_func=self.show_to_operator)
        app.add_url_rule(
            f"{operator}/update_metadata", view_func=self.update_metadata, methods=["POST"]
        )

    def show(self) -> Response:
        """Answer `GET transactions/show?id=…`, which is forbidden to all but its two parties."""
        user = require_user(self._marketplace)
        transaction = self._asked_for()
        if party_of(transaction, user.id) is None:
            raise ApiError(403, "forbidden")
        return documents.found(self._resources.transaction(transaction))

    def query(self) -> Response:
        """Answer `GET transactions/query`: the user's orders and sales, the newest first."""
        user = require_user(self._marketplace)
        asked = read.read_query(_QUERY, extended=True)
        self._transitions.settle()
        held = list(self._marketplace.transactions.values())
        own = [one for one in held if party_of(one, user.id) and _fits(one, user.id, asked)]
        page, meta = documents.paged(_sorted(own, asked.get("sort", "createdAt")), asked)
        return documents.found([self._resources.transaction(one) for one in page], meta)

    def show_to_operator(self) -> Response:
        """Answer the Integration API's `GET transactions/show?id=…`."""
        require_grant(self._marketplace.tokens, OPERATOR_SCOPES)
        return documents.found(self._resources.transaction(self._asked_for(), to_operator=True))

    def update_metadata(self) -> Response:
        """Answer `POST transactions/update_metadata`; for one that is missing it is a conflict."""
        require_grant(self._marketplace.tokens, OPERATOR_SCOPES)
        readers = {"id": read.uuid, "metadata": read.mapping}
        asked = read.read_body(readers, required=tuple(readers))
        transaction, metadata = self._marketplace.transactions.get(asked["id"]), asked["metadata"]
        if transaction is None:
            raise ApiError(409, "conflict")
        g.note = f"metadata: {', '.join(metadata)}"
        with self._writing:
            transaction.metadata = merged("metadata", transaction.metadata, metadata)
            self._marketplace.metadata_updates.append((transaction.id, metadata))
        return documents.written(self._resources.transaction(transaction, to_operator=True))

    def _asked_for(self) -> Transaction:
        asked = read.read_query({"id": read.uuid}, required=("id",))
        self._transitions.settle()
        transaction = self._marketplace.transactions.get(asked["id"])
        if transaction is None:
            raise ApiError(404, "not-found")
        return transaction


def _fits(transaction: Transaction, user_id: str, asked: dict[str, Any]) -> bool:
    booking, reservation = transaction.booking, transaction.stock_reservation
    held = {
        "only": _kind(transaction, user_id),
        "states": f"state/{transaction.state}",
        "lastTransitions": transaction.last_transition,
        "processNames": transaction.process_name,
        "listingId": transaction.listing_id,
        "hasBooking": booking is not None,
        "hasStockReservation": reservation is not None,
        "hasPayin": bool(transaction.line_items),
        "bookingStates": booking and booking.state,
        "stockReservationStates": reservation and reservation.state,
    }
    for name, value in held.items():
        wanted = asked.get(name, value)
        if value not in wanted if isinstance(wanted, list) else value != wanted:
            return False
    for name, moment in (
        ("createdAt", transaction.created_at),
        ("lastTransitionedAt", transaction.last_transitioned_at),
    ):
        if moment < asked.get(f"{name}Start", moment):
            return False
        if f"{name}End" in asked and moment >= asked[f"{name}End"]:
            return False
    data = {"prot": transaction.protected_data, "meta": transaction.metadata}
    extended = [name for name in asked if read.EXTENDED.fullmatch(name)]
    return all(
        str(data.get(name[:4], {}).get(name[5:])) in asked[name].split(",") for name in extended
    )


def _kind(transaction: Transaction, user_id: str) -> str:
    return "order" if transaction.customer_id == user_id else "sale"


def _sorted(transactions: list[Transaction], sort: str) -> list[Transaction]:
    keys: dict[str, Callable[[Transaction], Any]] = {
        "createdAt": lambda one: one.created_at,
        "lastTransitionedAt": lambda one: one.last_transitioned_at,
        "bookingStart": lambda one: one.booking.start if one.booking else one.created_at,
        "bookingEnd": lambda one: one.booking.end if one.booking else one.created_at,
        "lastMessageAt": lambda one: one.last_transitioned_at,
    }
    for part in reversed(sort.split(",")):
        key = keys.get(part.lstrip("-"))
        if key is None:
            raise ApiError(400, "validation-invalid-value", "sort")
        transactions = sorted(transactions, key=key, reverse=not part.startswith("-"))
    return transactions
