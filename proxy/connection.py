"""What a vendor of the connection trip is asked, and what it answers.

A vendor answers questions: where does the user consent, what is the code worth, how is it given
back? It never sees Flask, the sealer, the environment or the marketplace, and it cannot skip or
reorder a step: `proxy.connection_trip` asks in its own order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from proxy.outgoing import Upstream


@dataclass(frozen=True, slots=True)
class Option:
    """Something that the frontend may choose when it begins: a text of this form, or a flag.

    `pattern` is a regular expression for the whole text; None makes it true or false.
    """

    name: str
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """What a consent page's address is made of.

    `user_tag` is an opaque text (32 hex digits) that stays the same for one marketplace user.
    `options` holds checked values of the vendor's Options: texts, and "true" for a set flag.
    """

    return_url: str
    state: str = field(repr=False)
    user_tag: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a vendor granted: secrets, which are sealed, and ids and names that people may read."""

    secret: Mapping[str, str] = field(repr=False)
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Connection:
    """A user's connection as it is stored, opened.

    `connected_at` (RFC 3339, UTC, whole seconds) also names this connection among the user's
    earlier ones. `failure` says in a few words why it needs to be made again.
    """

    grant: Grant
    connected_at: str
    failure: str | None = None


class GrantRefused(Exception):
    """The vendor does not take the code: wrong, expired or used."""


class ConnectionLost(Exception):
    """The vendor no longer takes the connection's token; the message (public) says why."""


class Slot(Protocol):
    """One user's place for one vendor's connection, in the user's private data."""

    def load(self) -> Connection | None:
        """Return what is stored and opens here, else None."""

    def save(self, grant: Grant) -> None:
        """Store a new connection in place of any earlier one; raises what the marketplace does."""

    def update(self, grant: Grant) -> None:
        """Store other tokens for the connection that stands; it stays the same connection."""

    def mark(self, failure: str | None) -> None:
        """Note why the connection needs to be made again; None: it works."""

    def wipe(self) -> None:
        """Remove the connection."""


class ConnectionVendor(Protocol):
    """A vendor that users connect by OAuth 2.0 (RFC 6749 4.1), as each vendor understands it."""

    @property
    def name(self) -> str:
        """The vendor's name in routes, settings and the stored record."""

    @property
    def options(self) -> tuple[Option, ...]:
        """What the frontend may choose when it begins."""

    @property
    def state_in_path(self) -> bool:
        """Whether the state also travels in the return URL's path: its echo is not documented."""

    @property
    def pages(self) -> ReturnPages:
        """Where the user's browser goes in the end, instead of to the marketplace's page."""

    @property
    def upstreams(self) -> tuple[Upstream, ...]:
        """The systems that must be reachable for this vendor to work."""

    def authorize_url(self, request: AuthorizeRequest) -> str:
        """Return the address of the consent page."""

    def exchange(self, code: str) -> Grant:
        """Redeem an authorization code.

        Raises GrantRefused, UpstreamUnavailable, UpstreamRefused.
        """

    def keep(self, slot: Slot, grant: Grant) -> None:
        """Put a new grant into the user's slot; raises what the slot raises."""

    def connected(self, grant: Grant, callback_url: str | None) -> None:
        """Have the vendor call this connection's own address (None: it is to be asked instead).

        Repeating it is harmless. Raises ConnectionLost, UpstreamUnavailable, UpstreamRefused.
        """

    def replaced(self, old: Grant, new: Grant) -> None:
        """Give back what the new grant does not need of the old; raises as `disconnect`."""

    def disconnect(self, grant: Grant) -> None:
        """Remove callbacks and revoke; what is gone already is no error.

        Raises UpstreamUnavailable, UpstreamRefused.
        """


@dataclass(frozen=True, slots=True)
class ReturnPages:
    """Addresses for the end of a trip; None stands for the marketplace's page."""

    success: str | None = None
    error: str | None = None


class OutOfBand(Protocol):
    """A vendor whose consent page can also show the code, for a person to copy."""

    def out_of_band_url(self, user_tag: str) -> str:
        """Return the address of that consent page."""
