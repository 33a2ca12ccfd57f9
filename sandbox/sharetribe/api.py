"""The endpoints of the Marketplace API and the Integration API that read and write users.

Source: sharetribe.com/api-reference, "Users", "Current user", "Marketplace"; read 2026-11-30.
"""

import threading
from typing import Any

from flask import Flask, Response, g, request

from sandbox.sharetribe import documents
from sandbox.sharetribe import parameters as read
from sandbox.sharetribe.access import (
    OPERATOR_SCOPES,
    require_grant,
    require_id,
    require_user,
    require_view,
)
from sandbox.sharetribe.documents import Resource
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError, request_body
from sandbox.sharetribe.profiles import OPERATOR_DATA_FIELDS, OWN_DATA_FIELDS, update_profile
from sandbox.sharetribe.resources import Resources
from sandbox.sharetribe.users import User

LONGEST_NOTE = 200


class UserApi:
    """Users through the Marketplace API (`/v1/api`) and the Integration API."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve the users and tokens of `marketplace`."""
        self._marketplace = marketplace
        self._resources = Resources(marketplace)
        self._writing = threading.Lock()

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        marketplace, integration = "/v1/api", "/v1/integration_api"
        app.add_url_rule(f"{marketplace}/current_user/show", view_func=self.show_current_user)
        app.add_url_rule(
            f"{marketplace}/current_user/update_profile",
            view_func=self.update_current_user,
            methods=["POST"],
        )
        for root in (marketplace, integration):
            app.add_url_rule(
                f"{root}/marketplace/show", f"{root}/marketplace", self.show_marketplace
            )
        app.add_url_rule(f"{marketplace}/users/show", view_func=self.show_user)
        app.add_url_rule(f"{integration}/users/show", view_func=self.show_user_to_operator)
        app.add_url_rule(
            f"{integration}/users/update_profile",
            view_func=self.update_user_as_operator,
            methods=["POST"],
        )

    def show_current_user(self) -> Response:
        """Answer `GET current_user/show`."""
        user = require_user(self._marketplace)
        read.read_query({})
        return documents.found(self._resources.own_user(user, "currentUser"))

    def show_marketplace(self) -> Response:
        """Answer `GET marketplace/show` of both APIs; a private one needs a user who may look."""
        if "integration_api" in request.path:
            require_grant(self._marketplace.tokens, OPERATOR_SCOPES)
        else:
            require_view(self._marketplace, of_listings=False)
        read.read_query({})
        attributes = {"name": "Sandbox", "description": None}
        return documents.found(Resource("marketplace", str(self._marketplace.id), attributes))

    def update_current_user(self) -> Response:
        """Answer `POST current_user/update_profile`."""
        user = require_user(self._marketplace)
        self._update(user, request_body(), OWN_DATA_FIELDS)
        return documents.written(self._resources.own_user(user, "currentUser"))

    def show_user(self) -> Response:
        """Answer `GET users/show?id=…`; an anonymous visitor may read what is not private."""
        require_view(self._marketplace, of_listings=False)
        asked = read.read_query({"id": read.uuid}, required=("id",))
        return documents.found(self._resources.user(self._user_by_id(asked["id"])))

    def show_user_to_operator(self) -> Response:
        """Answer the Integration API's `GET users/show` by `id` or `email`."""
        require_grant(self._marketplace.tokens, OPERATOR_SCOPES)
        asked = read.read_query({"id": read.uuid, "email": read.text})
        if "email" not in asked:
            user = self._user_by_id(require_id(asked.get("id")))
        else:
            user = self._marketplace.user_by_email(asked["email"]) or _nobody()
        return documents.found(self._resources.own_user(user, "user"))

    def update_user_as_operator(self) -> Response:
        """Answer the Integration API's `POST users/update_profile`; `id` names the user."""
        require_grant(self._marketplace.tokens, OPERATOR_SCOPES)
        changes = request_body()
        user = self._user_by_id(require_id(changes.pop("id", None)))
        self._update(user, changes, OPERATOR_DATA_FIELDS)
        return documents.written(self._resources.own_user(user, "user"))

    def _update(self, user: User, changes: dict[str, Any], data_fields: dict[str, str]) -> None:
        g.note = _note(changes)
        with self._writing:
            update_profile(user, changes, data_fields, self._marketplace.images.keys())
            if "privateData" in changes:
                self._marketplace.updates.append((user.id, changes["privateData"]))

    def _user_by_id(self, user_id: str) -> User:
        return self._marketplace.users.get(user_id) or _nobody()


def _nobody() -> User:
    raise ApiError(404, "not-found")


def _note(changes: dict[str, Any]) -> str:
    """Name what is written, never the values: `privateData: idVerification, …`."""
    parts = [
        f"{name}: {', '.join(value)}" if isinstance(value, dict) else name
        for name, value in changes.items()
    ]
    return "; ".join(parts)[:LONGEST_NOTE]
