"""Who calls, and for what: the checks with which every endpoint for users and operators begins."""

from uuid import UUID

from flask import request

from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.tokens import Grant, Tokens

USER_SCOPES = frozenset({"user", "user:limited", "trusted:user"})
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


def require_id(value: object) -> str:
    """Return the id that a request names, in lower case; raises ApiError for one that is none."""
    if value is None:
        raise ApiError(400, "validation-missing-key", "id")
    if not is_uuid(value):
        raise ApiError(400, "validation-invalid-value", "id")
    return str(value).lower()


def is_uuid(value: object) -> bool:
    """Tell whether a value is a uuid in its canonical text form."""
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False
