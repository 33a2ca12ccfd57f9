"""Access control: what a marketplace restricts as a whole, and what one of its users may do then.

Settings, locked endpoints and the asset are those of sharetribe.com/docs, "User access control",
the codes those of sharetribe.com/api-reference, "API error codes"; both read 2026-11-29.
"""

from dataclasses import dataclass, field
from typing import Any

from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.users import ALLOW, DENY, PENDING_APPROVAL, PERMISSIONS, User

_DENIED = {
    "postListings": "permission-denied-post-listings",
    "initiateTransactions": "permission-denied-initiate-transactions",
    "read": "permission-denied-read",
}


@dataclass(slots=True)
class AccessControl:
    """Console's access control; tests and the demo page may change any field at any time.

    `restricted` names the permissions that a user must be granted. `calls_to_action` are the
    buttons of the pages that say no, by the setting's name in the asset without `Options`, such as
    `requirePermissionToPostListings`: `{"type": "external", "text": …, "href": …}`.
    """

    is_private: bool = False
    approves_users: bool = False
    restricted: set[str] = field(default_factory=set)
    calls_to_action: dict[str, dict[str, str]] = field(default_factory=dict)

    def asset(self) -> dict[str, Any]:
        """Return the data of the asset `/general/access-control.json`."""
        users: dict[str, Any] = {}
        settings = {"requireApprovalToJoin": self.approves_users} | {
            f"requirePermissionTo{name[0].upper()}{name[1:]}": name in self.restricted
            for name in PERMISSIONS
        }
        for name, is_on in settings.items():
            users[name] = is_on
            users[f"{name}Options"] = {"callToAction": self.calls_to_action.get(name, _NOTHING)}
        listings = {
            "requireApprovalToPublish": False,
            "requireApprovalToPublishOptions": {"callToAction": _NOTHING},
        }
        return {
            "marketplace": {"private": self.is_private},
            "users": users,
            "listings": listings,
        }

    def effective(self, user: User) -> dict[str, str]:
        """Return what a user's permissions amount to: what is not restricted is allowed."""
        return {
            name: user.permissions[name] if name in self.restricted else ALLOW
            for name in PERMISSIONS
        }

    def require_permission(self, user: User, name: str) -> None:
        """Raise ApiError unless a user is approved and has a permission."""
        require_approved(user)
        if self.effective(user)[name] == DENY:
            raise ApiError(403, _DENIED[name])

    def require_view(self, user: User | None, *, of_listings: bool) -> None:
        """Raise ApiError for who may not look at a private marketplace; None has not logged in.

        Who waits for approval is treated as one who has not registered, with another code. The
        permission to `read` is needed for listings, not for users.
        """
        if not self.is_private:
            return
        if user is None:
            raise ApiError(403, "forbidden")
        if user.state == PENDING_APPROVAL:
            raise ApiError(403, "user-pending-approval")
        if of_listings and self.effective(user)["read"] == DENY:
            raise ApiError(403, _DENIED["read"])


_NOTHING = {"type": "none"}


def require_approved(user: User) -> None:
    """Raise ApiError for a user who waits for approval."""
    if user.state == PENDING_APPROVAL:
        raise ApiError(403, "permission-denied-pending-approval")
