"""The endpoints of the Marketplace API and the Integration API that read and write transactions."""

import threading
from typing import Any

from flask import Flask, Response, g, request

from sandbox.sharetribe.access import OPERATOR_SCOPES, USER_SCOPES, require_grant, require_id
from sandbox.sharetribe.extended_data import merged
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError, answer, request_body
from sandbox.sharetribe.transactions import (
    RELATIONSHIPS,
    Transaction,
    identity,
    listing_resource,
    resource,
)
from sandbox.sharetribe.users import own_resource, public_resource


class TransactionApi:
    """Transactions through the Marketplace API (`/v1/api`) and the Integration API."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve the transactions of `marketplace`."""
        self._marketplace = marketplace
        self._writing = threading.Lock()

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        operator = "/v1/integration_api/transactions"
        app.add_url_rule("/v1/api/transactions/show", view_func=self.show)
        app.add_url_rule(f"{operator}/show", view_func=self.show_to_operator)
        app.add_url_rule(
            f"{operator}/update_metadata", view_func=self.update_metadata, methods=["POST"]
        )

    def show(self) -> Response:
        """Answer `GET transactions/show?id=…`, which is forbidden to all but its two parties."""
        grant = require_grant(self._marketplace.tokens, USER_SCOPES)
        transaction = self._asked_for()
        if grant.user_id not in {transaction.customer_id, transaction.provider_id}:
            raise ApiError(403, "forbidden")
        return self._shown(transaction, to_operator=False)

    def show_to_operator(self) -> Response:
        """Answer the Integration API's `GET transactions/show?id=…`."""
        require_grant(self._marketplace.tokens, OPERATOR_SCOPES)
        return self._shown(self._asked_for(), to_operator=True)

    def update_metadata(self) -> Response:
        """Answer `POST transactions/update_metadata`; for one that is missing it is a conflict."""
        require_grant(self._marketplace.tokens, OPERATOR_SCOPES)
        body = request_body()
        transaction = self._marketplace.transactions.get(require_id(body.get("id")))
        metadata = _metadata_of(body)
        if transaction is None:
            raise ApiError(409, "conflict")
        g.note = f"metadata: {', '.join(metadata)}"
        with self._writing:
            transaction.metadata = merged("metadata", transaction.metadata, metadata)
            self._marketplace.metadata_updates.append((transaction.id, metadata))
        is_expanded = request.args.get("expand") == "true"
        return answer({"data": resource(transaction) if is_expanded else identity(transaction)})

    def _asked_for(self) -> Transaction:
        wanted = require_id(request.args.get("id"))
        transaction = self._marketplace.transactions.get(wanted)
        if transaction is None:
            raise ApiError(404, "not-found")
        return transaction

    def _shown(self, transaction: Transaction, *, to_operator: bool) -> Response:
        asked = request.args.get("include", "").split(",")
        included = tuple(name for name in RELATIONSHIPS if name in asked)
        body: dict[str, Any] = {"data": resource(transaction, included)}
        if included:
            body["included"] = [
                self._related(transaction, name, to_operator=to_operator) for name in included
            ]
        return answer(body)

    def _related(
        self, transaction: Transaction, relationship: str, *, to_operator: bool
    ) -> dict[str, Any]:
        users = self._marketplace.users
        if relationship == "listing":
            return listing_resource(transaction, users[transaction.provider_id])
        is_customer = relationship == "customer"
        user = users[transaction.customer_id if is_customer else transaction.provider_id]
        return own_resource(user, "user") if to_operator else public_resource(user)


def _metadata_of(body: dict[str, Any]) -> dict[str, Any]:
    for name in body:
        if name not in {"id", "metadata"}:
            raise ApiError(400, "validation-disallowed-key", name)
    if "metadata" not in body:
        raise ApiError(400, "validation-missing-key", "metadata")
    metadata = body["metadata"]
    if not isinstance(metadata, dict):
        raise ApiError(400, "validation-invalid-value", "metadata")
    return metadata
