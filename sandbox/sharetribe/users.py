"""The users of the simulated marketplace and how the APIs show them."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sandbox.transit import Keyword

ACTIVE, PENDING_APPROVAL = "active", "pending-approval"
ALLOW, DENY = "permission/allow", "permission/deny"
PERMISSIONS = ("postListings", "initiateTransactions", "read")


def no_permissions() -> dict[str, str]:
    """Return the permissions of a user to whom nobody has granted any (a choice of the sandbox)."""
    return dict.fromkeys(PERMISSIONS, DENY)


@dataclass(slots=True)
class User:
    """A marketplace user; tests and the demo page may change any field at any time.

    `id` is a uuid in text form. The four `…_data` and `metadata` dictionaries hold JSON values.
    `permissions` are the user's own setting, which counts for what the marketplace restricts.
    """

    email: str
    display_name: str
    first_name: str
    last_name: str
    id: str = field(default_factory=lambda: str(uuid4()))
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    bio: str | None = None
    private_data: dict[str, Any] = field(default_factory=dict)
    protected_data: dict[str, Any] = field(default_factory=dict)
    public_data: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    banned: bool = False
    state: str = ACTIVE
    permissions: dict[str, str] = field(default_factory=no_permissions)


def first_users() -> list[User]:
    """Make the two users that every simulated marketplace starts with."""
    return [
        User("robin@example.com", display_name="Robin R", first_name="Robin", last_name="Rivers"),
        User("holly@example.com", display_name="Holly H", first_name="Holly", last_name="Hill"),
    ]


def identity(user: User, kind: str) -> dict[str, Any]:
    """Return the part of a resource that a write answers with when nothing more is asked for."""
    return {"id": UUID(user.id), "type": Keyword(kind)}


def own_resource(user: User, kind: str) -> dict[str, Any]:
    """Return what the user and the operator see of the user; `kind` is `currentUser` or `user`."""
    profile = {
        **_public_profile(user),
        "firstName": user.first_name,
        "lastName": user.last_name,
        "protectedData": user.protected_data,
        "privateData": user.private_data,
    }
    attributes = {
        **_public_attributes(user),
        "email": user.email,
        "emailVerified": True,
        "pendingEmail": None,
        "state": Keyword(user.state),
        "permissions": {name: Keyword(word) for name, word in user.permissions.items()},
        "profile": profile,
    }
    return {**identity(user, kind), "attributes": attributes}


def public_resource(user: User) -> dict[str, Any]:
    """Return the user as anybody sees them: without email, private and protected data."""
    attributes = {**_public_attributes(user), "profile": _public_profile(user)}
    return {**identity(user, "user"), "attributes": attributes}


def _public_attributes(user: User) -> dict[str, Any]:
    return {
        "banned": user.banned,
        "deleted": False,
        "createdAt": datetime(2024, 5, 17, 8, 30, 15, 250_000, tzinfo=UTC),
    }


def _public_profile(user: User) -> dict[str, Any]:
    return {
        "displayName": user.display_name,
        "abbreviatedName": f"{user.first_name[:1]}{user.last_name[:1]}",
        "bio": user.bio,
        "publicData": user.public_data,
        "metadata": user.metadata,
    }
