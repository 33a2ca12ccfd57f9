"""The endpoints with which somebody joins, proves an address, changes a password, and leaves.

Keys and error codes: sharetribe.com/api-reference, "Current user", "Password reset", "API error
codes"; sharetribe.com/docs, "Implement user deletion" (all read 2026-11-30). That a token which
proves nothing is a conflict is a choice of the sandbox. Nothing is sent: `Marketplace.emails`
holds what would have been.
"""

import threading
from typing import Any

from flask import Flask, Response

from sandbox.sharetribe import documents, users
from sandbox.sharetribe import parameters as read
from sandbox.sharetribe.access import MARKETPLACE_SCOPES, require_grant, require_user
from sandbox.sharetribe.documents import Resource
from sandbox.sharetribe.extended_data import merged
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.profiles import OWN_DATA_FIELDS
from sandbox.sharetribe.resources import Resources
from sandbox.sharetribe.users import ACTIVE, PENDING_APPROVAL, User

VERIFY, RESET = "verify-email", "reset-password"
_SHORTEST_PASSWORD, _LONGEST_PASSWORD = 8, 256


class AccountApi:
    """The rest of `current_user`, and `password_reset`."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve the users, tokens and e-mails of `marketplace`."""
        self._marketplace = marketplace
        self._joining = threading.Lock()

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        for path, view in (
            ("current_user/create", self.create),
            ("current_user/send_verification_email", self.send_verification_email),
            ("current_user/verify_email", self.verify_email),
            ("current_user/change_password", self.change_password),
            ("current_user/change_email", self.change_email),
            ("current_user/delete", self.delete),
            ("password_reset/request", self.request_reset),
            ("password_reset/reset", self.reset),
        ):
            app.add_url_rule(f"/v1/api/{path}", view_func=view, methods=["POST"])

    def create(self) -> Response:
        """Answer `POST current_user/create`, which a visitor calls who has not logged in."""
        require_grant(self._marketplace.tokens, frozenset({"public-read"}))
        asked = read.read_body(_NEW_USER, required=("email", "password", "firstName", "lastName"))
        user = _new_user(asked)
        user.created_at = self._marketplace.now()
        user.state = PENDING_APPROVAL if self._marketplace.access.approves_users else ACTIVE
        with self._joining:  # no address twice, however fast somebody clicks
            if self._marketplace.user_by_email(user.email):
                raise ApiError(409, "email-taken")
            self._marketplace.users[user.id] = user
        self._marketplace.send_email(VERIFY, user.email)
        return self._written(user)

    def send_verification_email(self) -> Response:
        """Answer `POST current_user/send_verification_email`."""
        user = require_user(self._marketplace)
        read.read_body({})
        if user.email_verified and user.pending_email is None:
            raise ApiError(409, "email-already-verified")
        self._marketplace.send_email(VERIFY, user.pending_email or user.email)
        return self._written(user)

    def verify_email(self) -> Response:
        """Answer `POST current_user/verify_email`: the user who got the link is logged in."""
        user = require_user(self._marketplace)
        token = read.read_body({"verificationToken": read.text}, required=("verificationToken",))
        address = user.pending_email or user.email
        if address != self._proven(VERIFY, token["verificationToken"]):
            raise ApiError(409, "conflict")
        user.email, user.pending_email, user.email_verified = address, None, True
        return self._written(user)

    def change_password(self) -> Response:
        """Answer `POST current_user/change_password`."""
        user = require_user(self._marketplace)
        asked = read.read_body(
            {"currentPassword": read.text, "newPassword": _password},
            required=("currentPassword", "newPassword"),
        )
        _require_password(user, asked["currentPassword"])
        user.password = asked["newPassword"]
        return self._written(user)

    def change_email(self) -> Response:
        """Answer `POST current_user/change_email`: the new address counts once it is proven."""
        user = require_user(self._marketplace)
        asked = read.read_body(
            {"currentPassword": read.text, "email": _email}, required=("currentPassword", "email")
        )
        _require_password(user, asked["currentPassword"])
        if self._marketplace.user_by_email(asked["email"]) not in (None, user):
            raise ApiError(409, "email-taken")
        user.pending_email = asked["email"]
        self._marketplace.send_email(VERIFY, asked["email"])
        return self._written(user)

    def delete(self) -> Response:
        """Answer `POST current_user/delete`: what the user offers is gone, and so are sessions."""
        user = require_user(self._marketplace)
        asked = read.read_body(
            {"currentPassword": read.text, "deleteFromStripe": read.truth},
            required=("currentPassword",),
        )
        _require_password(user, asked["currentPassword"])
        user.deleted = True
        for listing in list(self._marketplace.listings.values()):
            if listing.author_id == user.id:
                del self._marketplace.listings[listing.id]
        self._marketplace.log_out(user.id)
        return documents.written(Resource("currentUser", user.id, users.public_attributes(user)))

    def request_reset(self) -> Response:
        """Answer `POST password_reset/request`."""
        require_grant(self._marketplace.tokens, MARKETPLACE_SCOPES)
        user = self._known(read.read_body({"email": _email}, required=("email",)))
        self._marketplace.send_email(RESET, user.email)
        return _reset_of(user)

    def reset(self) -> Response:
        """Answer `POST password_reset/reset`, which ends the user's sessions."""
        require_grant(self._marketplace.tokens, MARKETPLACE_SCOPES)
        readers = {"email": _email, "passwordResetToken": read.text, "newPassword": _password}
        asked = read.read_body(readers, required=tuple(readers))
        user = self._known(asked)
        if user.email != self._proven(RESET, asked["passwordResetToken"]):
            raise ApiError(409, "conflict")
        user.password = asked["newPassword"]
        self._marketplace.log_out(user.id)
        return _reset_of(user)

    def _known(self, asked: dict[str, Any]) -> User:
        user = self._marketplace.user_by_email(asked["email"])
        if user is None:
            raise ApiError(409, "email-not-found")
        return user

    def _proven(self, subject: str, token: str) -> str | None:
        """Return the address to which an e-mail with this token went."""
        emails = self._marketplace.emails
        sent = (one.to for one in emails if (one.subject, one.token) == (subject, token))
        return next(sent, None)

    def _written(self, user: User) -> Response:
        return documents.written(Resources(self._marketplace).own_user(user, "currentUser"))


def _email(value: Any) -> str:
    name, at, host = read.text(value).partition("@")
    if not (name and at and "." in host) or " " in value:
        raise ValueError("no e-mail address")
    return str(value)


def _password(value: Any) -> str:
    if not _SHORTEST_PASSWORD <= len(read.text(value)) <= _LONGEST_PASSWORD:
        raise ValueError("too short or too long")
    return str(value)


def _name(value: Any) -> str:
    if not read.text(value).strip():
        raise ValueError("no name")
    return str(value)


_NEW_USER: dict[str, read.Reader] = {
    "email": _email,
    "password": _password,
    "firstName": _name,
    "lastName": _name,
    "displayName": read.nullable(_name),
    "bio": read.nullable(read.text),
    **dict.fromkeys(OWN_DATA_FIELDS, read.mapping),
}


def _new_user(asked: dict[str, Any]) -> User:
    first, last = asked["firstName"], asked["lastName"]
    user = User(
        asked["email"],
        display_name=asked.get("displayName") or f"{first} {last[0]}",
        first_name=first,
        last_name=last,
        password=asked["password"],
        bio=asked.get("bio"),
        email_verified=False,
        stripe_connected=False,
    )
    for name, attribute in OWN_DATA_FIELDS.items():
        setattr(user, attribute, merged(name, {}, asked.get(name, {})))
    return user


def _require_password(user: User, password: str) -> None:
    if user.password != password:
        raise ApiError(403, "forbidden")


def _reset_of(user: User) -> Response:
    return documents.written(Resource("passwordReset", user.id, {}))
