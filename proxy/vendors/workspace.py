"""What a vendor with a workspace of people is asked: take its signed requests, pass news on.

The workspace is the operator's: one marketplace user, named in the settings, has connected it. The
lookup is what such a vendor may use of the marketplace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from proxy.vendors.connection import Connection, Grant
from proxy.vendors.proof import Signed
from proxy.vendors.reference import RequestHeaders


@dataclass(frozen=True, slots=True)
class Standing:
    """How a marketplace user's verification stands.

    `status` is one of the stored words, or "none" or "invalid". `verified` is true only for an
    approved record whose checksum holds for this user.
    """

    user_id: UUID
    display_name: str = field(repr=False)
    status: str
    verified: bool


class UserLookup(Protocol):
    """What the kernel lends to a chat vendor: looks at the marketplace, and writes nothing."""

    def connection(self) -> Connection | None:
        """Return the operator's connection; None where there is none.

        Raises UpstreamUnavailable, UpstreamRefused.
        """

    def standing(self, user: str) -> Standing | None:
        """Return how a user stands, by uuid or email address; None where there is no such user.

        Raises UpstreamUnavailable, UpstreamRefused.
        """


@dataclass(frozen=True, slots=True)
class Ending:
    """News that an installation has ended, or one user's authorization of it.

    `user_id` is None where it is about the whole workspace. `at` is when it ended (unix seconds),
    None where that is not told.
    """

    workspace_id: str
    user_id: str | None = None
    at: float | None = None


@dataclass(frozen=True, slots=True)
class WorkspaceAnswer:
    """An answer to a workspace's request; without a body it is the text "ok"."""

    status: int
    body: Mapping[str, Any] | None = field(default=None, repr=False)


class WorkspaceVendor(Protocol):
    """A vendor whose workspace sends signed requests to one address and takes messages."""

    @property
    def name(self) -> str:
        """The vendor's name in routes and settings."""

    @property
    def operator_id(self) -> UUID | None:
        """The marketplace user who connects the operator's workspace."""

    @property
    def answer_seconds(self) -> float:
        """How long an answer may take before the vendor gives up on it, with some to spare."""

    def signed(self, headers: RequestHeaders, body: bytes) -> Signed | None:
        """Return the signature that a request presents; None where it presents none."""

    def answer(self, body: bytes, lookup: UserLookup) -> WorkspaceAnswer:
        """Answer a signed request, whose body has lost its byte order mark.

        Raises CallbackUnreadable, ConnectionLost, UpstreamUnavailable, UpstreamRefused. What a
        handler of the request raises goes to its own hook, never into the answer.
        """

    def ending(self, body: bytes) -> Ending | None:
        """Return the ending that a signed request tells of, None for any other request."""

    def after(self, ending: Ending, grant: Grant | None) -> Grant | None:
        """Return what an ending leaves of the operator's grant; None: nothing.

        What the vendor itself keeps of tokens elsewhere ends here too.
        """

    def late_answer(self, body: bytes) -> WorkspaceAnswer | None:
        """Answer a signed request whose own answer could not be had in time.

        None where nobody waits for words, so that a refusal may bring the request again.
        """

    def announce(self, lookup: UserLookup, standing: Standing) -> None:
        """Tell the workspace that a verification ended.

        Raises UpstreamUnavailable, UpstreamRefused, ConnectionLost.
        """
