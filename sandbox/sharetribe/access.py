"""Who calls, and for what: the checks with which every endpoint for users and operators begins.

Scopes: sharetribe.com/docs, "Authentication API"; what a session of "log in as" may not do in a
Live environment, where its scope is `user:limited`: "Log in as user" there (read 2026-11-30).
"""

from flask import request

from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.parameters import is_uuid
from sandbox.sharetribe.tokens import Grant, Tokens
from sandbox.sharetribe.users import User

LIMITED, TRUSTED = "user:limited", "trusted:user"
USER_SCOPES = frozenset({"user", LIMITED, TRUSTED})
FULL_SCOPES = USER_SCOPES - {LIMITED}
MARKETPLACE_SCOPES = USER_SCOPES | {"public-read"}
OPERATOR_SCOPES = frozenset({"integ"})


def require_grant(tokens: Tokens, scopes: frozenset[str]) -> Grant:
    """Return what the request's access token stands for.

    Raises ApiError for a token that is absent or invalid, and for one of a scope not in `scopes`.
    """
    scheme, _, access_token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not access_token:
        raise ApiError(401, "auth-missing-access-token")
    grant = tokens.access_grant(access_token)
    if grant is None:
        raise ApiError(401, "auth-invalid-access-token")
    if grant.scope not in scopes:
        raise ApiError(403, "forbidden")
    return grant


def require_user(marketplace: Marketplace, scopes: frozenset[str] = USER_SCOPES) -> User:
    """Return the user who calls; raises ApiError where there is none, or none who may.

    That a banned user is forbidden to read is a choice of the sandbox.
    """
    user = marketplace.users.get(require_grant(marketplace.tokens, scopes).user_id or "")
    if user is None or user.deleted:
        raise ApiError(401, "auth-invalid-access-token")
    if user.banned and request.method == "POST":
        raise ApiError(409, "user-is-banned")
    if user.banned:
        raise ApiError(403, "forbidden")
    return user


def require_view(marketplace: Marketplace, *, of_listings: bool) -> User | None:
    """Return the user who looks, None for a visitor who has not logged in; raises ApiError.

    `of_listings` tells listings and what belongs to them from users.
    """
    grant = require_grant(marketplace.tokens, MARKETPLACE_SCOPES)
    user = marketplace.users.get(grant.user_id or "")
    marketplace.access.require_view(user, of_listings=of_listings)
    return user


def require_id(value: object) -> str:
    """Return the id that a request names, in lower case; raises ApiError for one that is none."""
    if value is None:
        raise ApiError(400, "validation-missing-key", "id")
    if not is_uuid(value):
        raise ApiError(400, "validation-invalid-value", "id")
    return str(value).lower()
