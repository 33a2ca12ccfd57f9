"""A connection: what a user has allowed the client to do with one location, behind one token.

Reuse of tokens: "Connection Reuse" in "Authentication"; dead tokens: "Token Invalidity" there, read
2026-11-20.
"""

from dataclasses import dataclass, field
from typing import Literal

from sandbox.hubrise.events import Event
from sandbox.hubrise.locations import Location
from sandbox.hubrise.scopes import Scope, parse_scope

DeadReason = Literal["revoked", "blocked", "unpaid"]

DEAD_MESSAGES: dict[DeadReason, str] = {
    "revoked": "The access token is invalid or the connection has been revoked",
    "blocked": "The connection has been blocked",
    "unpaid": "The account/location has been suspended for non payment of the subscription",
}


@dataclass(frozen=True, slots=True)
class Target:
    """What a user connects: a location, a whole account, or (with a profile scope only) neither.

    `device_id` keeps connections of the same client to the same location apart.
    """

    account_id: str | None
    location_id: str | None
    device_id: str | None


@dataclass(slots=True)
class Connection:
    """A connection as the vendor remembers it; one without a callback has no `callback_events`.

    A callback without `callback_url` is passive: events are kept, not sent. `pending` holds the
    events that nobody has acknowledged, by id, oldest first.
    """

    token: str
    location_id: str | None
    account_id: str | None
    device_id: str | None
    scope: str
    app_instance_id: str
    callback_url: str | None = None
    callback_events: dict[str, list[str]] = field(default_factory=dict)
    dead: DeadReason | None = None
    pending: dict[str, Event] = field(default_factory=dict, repr=False)

    @property
    def target(self) -> Target:
        """What is connected."""
        return Target(self.account_id, self.location_id, self.device_id)

    @property
    def parsed_scope(self) -> Scope:
        """What is allowed."""
        return parse_scope(self.scope)

    def hears(self, location: Location, resource_type: str, event_type: str) -> bool:
        """Return whether an event at `location` concerns this connection's callback."""
        if self.dead or event_type not in self.callback_events.get(resource_type, []):
            return False
        if self.location_id is None:
            return self.account_id == location.account_id
        return self.location_id == location.id

    def drop_callback(self) -> None:
        """Unregister the callback, and forget its events with it (a choice of the sandbox)."""
        self.callback_url = None
        self.callback_events = {}
        self.pending.clear()

    def revoke(self) -> None:
        """Make the token useless for good."""
        self.dead = "revoked"
        self.drop_callback()
