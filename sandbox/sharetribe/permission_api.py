"""The endpoints of the Integration API that approve users, and change what they may do.

That approving somebody who does not wait for it is a conflict, and that an update which names no
permission is refused, are choices of the sandbox: the reference says nothing of either.
"""

from typing import Any

from flask import Flask, Response, g

from sandbox.sharetribe import documents
from sandbox.sharetribe.access import OPERATOR_SCOPES, require_grant, require_id
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError, request_body
from sandbox.sharetribe.resources import Resources
from sandbox.sharetribe.users import ACTIVE, ALLOW, DENY, PENDING_APPROVAL, PERMISSIONS, User


class PermissionApi:
    """`users/approve` and `users/update_permissions`."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve the users and tokens of `marketplace`."""
        self._marketplace = marketplace

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        users = "/v1/integration_api/users"
        app.add_url_rule(f"{users}/approve", view_func=self.approve, methods=["POST"])
        app.add_url_rule(
            f"{users}/update_permissions", view_func=self.update_permissions, methods=["POST"]
        )

    def approve(self) -> Response:
        """Answer `POST users/approve`; who does not wait for it is a conflict, unless told so."""
        user, asked = self._asked()
        _refuse_others(asked, ())
        if user.state != PENDING_APPROVAL and self._marketplace.approves_once:
            raise ApiError(409, "conflict")
        user.state = ACTIVE
        return self._changed(user, {"state": ACTIVE})

    def update_permissions(self) -> Response:
        """Answer `POST users/update_permissions`: those that are named change, others do not."""
        user, asked = self._asked()
        _refuse_others(asked, PERMISSIONS)
        for name, word in asked.items():
            if word not in (ALLOW, DENY):
                raise ApiError(400, "validation-invalid-value", name)
        if not asked:
            raise ApiError(400, "validation-invalid-params")
        user.permissions = {**user.permissions, **asked}
        return self._changed(user, asked)

    def _asked(self) -> tuple[User, dict[str, Any]]:
        require_grant(self._marketplace.tokens, OPERATOR_SCOPES)
        asked = request_body()
        user = self._marketplace.users.get(require_id(asked.pop("id", None)))
        if user is None:
            raise ApiError(404, "not-found")
        return user, asked

    def _changed(self, user: User, changes: dict[str, Any]) -> Response:
        g.note = ", ".join(f"{name}: {word}" for name, word in changes.items())
        self._marketplace.access_updates.append((user.id, changes))
        return documents.written(Resources(self._marketplace).own_user(user, "user"))


def _refuse_others(asked: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in asked:
        if name not in names:
            raise ApiError(400, "validation-disallowed-key", name)
