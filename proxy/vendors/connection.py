"""What a vendor of the connection trip is asked, and what it answers.

A vendor answers questions: where does the user consent, what is the code worth, how is it given
back? It never sees Flask, the sealer, the environment or the marketplace, and it cannot skip or
reorder a step: `proxy.connections.trip` asks in its own order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from proxy.vendors.part import CalledBack, Part


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

    `user_tag` (32 hex digits) stays the same for one marketplace user; it is no secret. `state` is
    "" where nothing comes back by itself. `options` holds checked values of the vendor's Options:
    texts, and "true" for a set flag. `code_challenge` is for vendors that know PKCE (RFC 7636),
    by the method S256.
    """

    return_url: str = field(repr=False)  # the state may stand in its path
    state: str = field(repr=False)
    user_tag: str
    options: Mapping[str, str] = field(default_factory=dict)
    code_challenge: str = ""


@dataclass(frozen=True, slots=True)
class ExchangeRequest:
    """An authorization code with what it was asked for with.

    `return_url` is the one of the AuthorizeRequest, to the letter (RFC 6749 4.1.3); `code_verifier`
    is what its `code_challenge` was made of.
    """

    code: str = field(repr=False)
    return_url: str = field(repr=False)
    code_verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a vendor granted: secrets, which are sealed, and ids and names that people may read.

    `lives_seconds` is how long the access token works from when it was answered, None where it does
    not end by itself; a stored grant has none, for its connection says when it ends.
    """

    secret: Mapping[str, str] = field(repr=False)
    details: Mapping[str, str] = field(default_factory=dict)
    lives_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a connection needs to be made again, in a few words, and since when (RFC 3339, UTC)."""

    reason: str
    at: str


@dataclass(frozen=True, slots=True)
class UserConnection:
    """A user's connection as it is stored, opened.

    `connected_at` (RFC 3339, UTC, milliseconds) tells it from the user's earlier ones.
    `is_registered`: the vendor has been told where this connection's callbacks go.
    `trips`: which trips have brought it and those before it home, the newest first. `expires_at`
    (unix seconds) is when the grant's access token ends, None where it does not. `renewals` counts
    how often another grant has taken the first one's place.
    """

    grant: Grant
    connected_at: str
    is_registered: bool = True
    failure: Failure | None = None
    trips: tuple[str, ...] = ()
    expires_at: int | None = None
    renewals: int = 0


class GrantRefused(Exception):
    """The vendor does not take the code or the refresh token, or grants something else.

    It is final for what was sent. The message is for the log.
    """


class ConnectionLost(Exception):
    """The vendor no longer takes the connection's token; the message (public) says why."""


@dataclass(frozen=True, slots=True)
class ReturnPages:
    """Addresses for the end of a trip; None stands for the marketplace's page."""

    success: str | None = None
    error: str | None = None


class Connection(Part, ABC):
    """A vendor that users connect by OAuth 2.0 (RFC 6749 4.1), as each vendor understands it.

    `options` is what the frontend may choose when it begins. `state_in_path`: the state also
    travels in the return URL's path, since its echo is not documented. `pages`: where the user's
    browser goes in the end, instead of to the marketplace's page. `out_of_band` is the return URL
    that has the consent page show the code, for a person to copy; most have none. `refreshes`: a
    grant that ends is renewed by `refresh` before it does, one at a time, at the first of
    `upstreams`.
    """

    options: tuple[Option, ...] = ()
    state_in_path: bool = False
    pages: ReturnPages = ReturnPages()
    out_of_band: str | None = None
    refreshes: bool = False

    @abstractmethod
    def authorize_url(self, request: AuthorizeRequest) -> str:
        """Return the address of the consent page."""

    @abstractmethod
    def exchange(self, request: ExchangeRequest) -> Grant:
        """Redeem an authorization code; what is granted and of no use is given back here.

        Raises GrantRefused, UpstreamUnavailable, UpstreamRefused.
        """

    def refresh(self, grant: Grant) -> Grant:
        """Redeem a grant's refresh token; the answer takes the whole grant's place.

        Asked of vendors that say `refreshes`. Raises GrantRefused, UpstreamUnavailable,
        UpstreamRefused.
        """
        raise NotImplementedError

    def merged(self, known: Grant | None, new: Grant) -> Grant:  # noqa: ARG002 - seldom needed
        """Return what is to be stored of a new grant where `known` is stored already."""
        return new

    @abstractmethod
    def release(self, grant: Grant, kept: Grant | None) -> None:
        """Give back what `kept` does not need of a grant: callbacks, then tokens.

        What is gone already is no error. Raises UpstreamUnavailable, UpstreamRefused.
        """


@dataclass(frozen=True, slots=True)
class ConnectionEvent:
    """News about one user's connection.

    `event_id` is the vendor's own name of the news. `place` tells where it happened, to be compared
    with the place that was connected; None where the vendor does not say it.
    """

    event_id: str
    place: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectionEnded(ConnectionEvent):
    """News that the vendor no longer takes the connection's token; `reason` (public) says why."""

    reason: str = "The vendor has ended the connection."


class ConnectionCallbacks(CalledBack[ConnectionEvent]):
    """A vendor that calls each user's connection back at an address of its own.

    `max_callback_url` is how many characters such an address may have, None for any. `place` names
    the detail of a grant that an event's place must equal, None where any place will do.
    """

    max_callback_url: int | None = None
    place: str | None = None

    @abstractmethod
    def register(self, grant: Grant, url: str | None) -> None:
        """Have the vendor call this connection's own address (None: it is to be asked instead).

        Repeating it is harmless. Raises ConnectionLost, UpstreamUnavailable, UpstreamRefused.
        """

    def covers(self, grant: Grant, event: ConnectionEvent) -> bool:
        """Tell whether an event is about the place that was connected."""
        if self.place is None:
            return True
        connected = grant.details.get(self.place)
        return connected is not None and event.place == connected

    def pending_events(self, grant: Grant) -> Sequence[ConnectionEvent]:  # noqa: ARG002 - most vendors keep none
        """Return the events that the vendor still holds, oldest first.

        Raises ConnectionLost, UpstreamUnavailable, UpstreamRefused.
        """
        return ()

    def forget_event(self, grant: Grant, event_id: str) -> None:
        """Tell the vendor that an event is dealt with; raises as `pending_events`."""
