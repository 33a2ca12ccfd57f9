"""The endpoints of the Marketplace API and the Integration API that read and write users."""

import threading
from typing import Any

from flask import Flask, Response, g, request

from sandbox.sharetribe.access import (
    MARKETPLACE_SCOPES,
    OPERATOR_SCOPES,
    USER_SCOPES,
    require_grant,
    require_id,
)
from sandbox.sharetribe.access_control import PERMISSION_SET, permission_set_identity
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError, answer, request_body
from sandbox.sharetribe.profiles import OPERATOR_DATA_FIELDS, OWN_DATA_FIELDS, update_profile
from sandbox.sharetribe.tokens import Grant
from sandbox.sharetribe.users import User, identity, own_resource, public_resource
from sandbox.transit import Keyword

LONGEST_NOTE = 200


class UserApi:
    """Users through the Marketplace API (`/v1/api`) and the Integration API."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve the users and tokens of `marketplace`."""
        self._marketplace = marketplace
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
        """Answer `GET current_user/show`; a banned user is forbidden (a choice of the sandbox)."""
        user = self._current_user()
        if user.banned:
            raise ApiError(403, "forbidden")
        return self._shown(user, "currentUser")

    def show_marketplace(self) -> Response:
        """Answer `GET marketplace/show` of both APIs; a private one needs a user who may look.

        Source: sharetribe.com/api-reference (marketplace, integration; read 2026-11).
        """
        if "integration_api" in request.path:
            self._grant(OPERATOR_SCOPES)
        else:
            asking = self._marketplace.users.get(self._grant(MARKETPLACE_SCOPES).user_id or "")
            self._marketplace.access.require_view(asking, of_listings=False)
        attributes = {"name": "Sandbox", "description": None}
        shown = {"id": self._marketplace.id, "type": Keyword("marketplace")}
        return answer({"data": {**shown, "attributes": attributes}})

    def update_current_user(self) -> Response:
        """Answer `POST current_user/update_profile`."""
        user = self._current_user()
        if user.banned:
            raise ApiError(409, "user-is-banned")
        self._update(user, request_body(), OWN_DATA_FIELDS)
        return _updated(user, "currentUser")

    def show_user(self) -> Response:
        """Answer `GET users/show?id=…`; an anonymous visitor may read what is not private."""
        grant = self._grant(MARKETPLACE_SCOPES)
        asking = self._marketplace.users.get(grant.user_id or "")
        self._marketplace.access.require_view(asking, of_listings=False)
        return answer({"data": public_resource(self._user_by_id(request.args.get("id")))})

    def show_user_to_operator(self) -> Response:
        """Answer the Integration API's `GET users/show` by `id` or `email`."""
        self._grant(OPERATOR_SCOPES)
        email = request.args.get("email")
        if email is None:
            return self._shown(self._user_by_id(request.args.get("id")), "user")
        user = self._marketplace.user_by_email(email)
        if user is None:
            raise ApiError(404, "not-found")
        return self._shown(user, "user")

    def update_user_as_operator(self) -> Response:
        """Answer the Integration API's `POST users/update_profile`; `id` names the user."""
        self._grant(OPERATOR_SCOPES)
        changes = request_body()
        user = self._user_by_id(changes.pop("id", None))
        self._update(user, changes, OPERATOR_DATA_FIELDS)
        return _updated(user, "user")

    def _shown(self, user: User, kind: str) -> Response:
        """Answer with what a user and the operator see of the user, and rights where asked for."""
        shown = own_resource(user, kind)
        if PERMISSION_SET not in request.args.get("include", "").split(","):
            return answer({"data": shown})
        shown["relationships"] = {PERMISSION_SET: {"data": permission_set_identity(user)}}
        included = [self._marketplace.access.permission_set(user)]
        return answer({"data": shown, "included": included})

    def _update(self, user: User, changes: dict[str, Any], data_fields: dict[str, str]) -> None:
        g.note = _note(changes)
        with self._writing:
            update_profile(user, changes, data_fields)
            if "privateData" in changes:
                self._marketplace.updates.append((user.id, changes["privateData"]))

    def _grant(self, scopes: frozenset[str]) -> Grant:
        return require_grant(self._marketplace.tokens, scopes)

    def _current_user(self) -> User:
        user = self._marketplace.users.get(self._grant(USER_SCOPES).user_id or "")
        if user is None:
            raise ApiError(401, "auth-invalid-access-token")
        return user

    def _user_by_id(self, user_id: object) -> User:
        user = self._marketplace.users.get(require_id(user_id))
        if user is None:
            raise ApiError(404, "not-found")
        return user


def _updated(user: User, kind: str) -> Response:
    if request.args.get("expand") == "true":
        return answer({"data": own_resource(user, kind)})
    return answer({"data": identity(user, kind)})


def _note(changes: dict[str, Any]) -> str:
    """Name what is written, never the values: `privateData: idVerification, …`."""
    parts = [
        f"{name}: {', '.join(value)}" if isinstance(value, dict) else name
        for name, value in changes.items()
    ]
    return "; ".join(parts)[:LONGEST_NOTE]
