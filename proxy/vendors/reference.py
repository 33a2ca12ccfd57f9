"""What a vendor of the reference trip is asked, and what it answers.

A vendor answers questions: how do I start, is this callback of a kind for us, where is the
reference, what is the result? It never sees Flask, the sealer, the environment or the marketplace,
and it cannot skip or reorder a step: `proxy.references.trip` asks in its own order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol

from proxy.outgoing.upstream import Upstream

Network = IPv4Network | IPv6Network


class Status(StrEnum):
    """How a verification stands, in our words; vendors' words stop in their files."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the vendor takes: characters of the carrier field, of the callback and return URLs.

    `needs_domains`: a return URL is https with a domain name and no port, except on loopback, where
    there is nothing else.
    """

    reference: int
    callback_url: int
    success_url: int
    error_url: int
    needs_domains: bool = False


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What a vendor needs to begin: all values fit its Limits.

    `reference` goes into the carrier, the field that the vendor echoes to our server and shows to
    nobody else. `internal_reference` is random and may reach the browser.
    """

    reference: str = field(repr=False)
    callback_url: str = field(repr=False)
    internal_reference: str
    locale: str | None = None
    success_url: str | None = None
    error_url: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """The vendor's name of one verification; `ids` are further ids that its API asks for."""

    reference: str
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Started:
    """A begun verification: where to send the user, and for how many seconds that works."""

    case: Case
    redirect_url: str = field(repr=False)
    valid_seconds: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verification was not approved: the vendor's own code and words."""

    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Result:
    """A finished verification.

    `document` holds what may be stored of it (type, country, and what the operator listed).
    `echoed_reference` is the carrier's content according to whoever told us this result.
    """

    status: Status
    document: Mapping[str, str] = field(default_factory=dict, repr=False)
    reason: Reason | None = None
    completed_at: datetime | None = None
    echoed_reference: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback about the end of a verification.

    Anything may be missing, since anybody may have sent it. `result` is what the body itself
    claims, None where the vendor's callbacks carry no result.
    """

    reference: str | None = field(repr=False)
    case: Case | None
    result: Result | None = None


class CallbackUnreadable(Exception):
    """The body is not one of this vendor's callbacks; the message (public) says what is wrong."""


class RequestHeaders(Protocol):
    """The headers of a request; a repeated header comes as one text, joined by commas."""

    def get(self, name: str, /) -> str | None:
        """Return a header's value, whatever the letter case of its name."""


class ReferenceVendor(Protocol):
    """A vendor that echoes a field of ours in its callback."""

    @property
    def name(self) -> str:
        """The vendor's name in routes, settings and the stored record."""

    @property
    def limits(self) -> Limits:
        """How much the vendor's fields hold."""

    @property
    def callback_networks(self) -> tuple[Network, ...]:
        """Where its callbacks come from; the only proof of origin that some vendors give."""

    @property
    def callback_content_type(self) -> str:
        """The media type of its callbacks."""

    @property
    def trusts_callbacks(self) -> bool:
        """Whether a callback's own result counts, without asking the vendor's API."""

    @property
    def case_ids(self) -> tuple[str, ...]:
        """The names of Case.ids, stored beside the transaction reference."""

    @property
    def upstreams(self) -> tuple[Upstream, ...]:
        """The systems that must be reachable for this vendor to work."""

    def start(self, request: StartRequest) -> Started:
        """Begin a verification; raises UpstreamUnavailable, UpstreamRefused."""

    def read_callback(self, body: bytes) -> Callback | None:
        """Read a callback body; None for a kind that needs nothing done.

        A byte order mark has been taken away. Only fields that are used need be readable. None
        ends the matter, so it is for bodies that are known to be of another kind; raises
        CallbackUnreadable for all others.
        """

    def fetch_result(self, case: Case, *, finished: bool) -> Result | None:
        """Ask the vendor's own API for the result; None while there is none to read.

        `finished` tells that a callback announced the end, which may save a request. Raises
        UpstreamUnavailable, UpstreamRefused.
        """
