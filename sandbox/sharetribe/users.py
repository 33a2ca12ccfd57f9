"""The users of the simulated marketplace and how the APIs show them."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sandbox.transit import Keyword

ACTIVE, PENDING_APPROVAL, BANNED = "active", "pending-approval", "banned"
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
    `image_id` is a picture's. Who has connected a Stripe account can be paid; whose `card` is set
    has saved that payment method. Who is `deleted` is remembered by what they took part in alone.
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
    deleted: bool = False
    state: str = ACTIVE
    permissions: dict[str, str] = field(default_factory=no_permissions)
    email_verified: bool = True
    pending_email: str | None = None
    image_id: str | None = None
    stripe_connected: bool = True
    is_stripe_customer: bool = False
    card: str | None = None
    created_at: datetime = datetime(2024, 5, 17, 8, 30, 15, 250_000, tzinfo=UTC)


def first_users() -> list[User]:
    """Make the two users that every simulated marketplace starts with."""
    return [
        User("robin@example.com", display_name="Robin R", first_name="Robin", last_name="Rivers"),
        User("holly@example.com", display_name="Holly H", first_name="Holly", last_name="Hill"),
    ]


def own_attributes(user: User) -> dict[str, Any]:
    """Return what the user and the operator see of the user.

    Names and states: sharetribe.com/api-reference, "Current user resource format", and
    sharetribe.com/docs, "User access control" (read 2026-11-30).
    """
    profile = {
        **_public_profile(user),
        "firstName": user.first_name,
        "lastName": user.last_name,
        "protectedData": user.protected_data,
        "privateData": user.private_data,
    }
    return {
        **_public_attributes(user),
        "email": user.email,
        "emailVerified": user.email_verified,
        "pendingEmail": user.pending_email,
        "state": Keyword(BANNED if user.banned else user.state),
        "permissions": {name: Keyword(word) for name, word in user.permissions.items()},
        "identityProviders": [],
        "stripeConnected": user.stripe_connected,
        "stripePayoutsEnabled": user.stripe_connected,
        "stripeChargesEnabled": user.stripe_connected,
        "profile": profile,
    }


def public_attributes(user: User) -> dict[str, Any]:
    """Return the user as anybody sees them: without email, private and protected data."""
    if user.deleted:
        nothing = dict.fromkeys(_public_profile(user))
        return {"banned": False, "deleted": True, "createdAt": None, "profile": nothing}
    return {**_public_attributes(user), "profile": _public_profile(user)}


def _public_attributes(user: User) -> dict[str, Any]:
    return {"banned": user.banned, "deleted": False, "createdAt": user.created_at}


def _public_profile(user: User) -> dict[str, Any]:
    return {
        "displayName": user.display_name,
        "abbreviatedName": f"{user.first_name[:1]}{user.last_name[:1]}",
        "bio": user.bio,
        "publicData": user.public_data,
        "metadata": user.metadata,
    }
